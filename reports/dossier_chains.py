"""The chains of repeats in a row of statements [同一故障的二次维修] (K4, S8)."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

Document = Mapping[str, Any]


def chains(papers: Iterable[Document]) -> list[dict[str, Any]]:
    """Each fault that came again: its tickets in order, the longest chain first.

    A ticket that began before the first of these statements is named, where one in them repeats it.
    """
    known = {one["id"]: one for paper in papers for one in paper["tickets"]}
    found: dict[str, list[Document]] = {}
    for one in known.values():
        found.setdefault(_first(one, known), []).append(one)
    made = [_chain(first, its) for first, its in found.items() if len(its) > 1 or first not in known]
    return sorted(made, key=lambda one: (-len(one["tickets"]), one["from"], one["device"]))


def _first(ticket: Document, known: Mapping[str, Document]) -> str:
    """The ticket with which its chain begins."""
    seen = {ticket["id"]}
    while ticket["repeat_of"] and ticket["repeat_of"] not in seen:
        seen.add(ticket["repeat_of"])
        if ticket["repeat_of"] not in known:
            return str(ticket["repeat_of"])
        ticket = known[ticket["repeat_of"]]
    return str(ticket["id"])


def _chain(first: str, its: Iterable[Document]) -> dict[str, Any]:
    ordered = sorted(its, key=lambda one: (one["begun_at"], one["id"]))
    ids = [one["id"] for one in ordered]
    newest = ordered[-1]
    return {
        "device": newest["device"],
        "kind": newest["kind"],
        "hall": newest["hall"],
        "hall_name": newest["hall_name"],
        "tickets": ids if first in ids else [first, *ids],
        "from": ordered[0]["begun_at"],
        "until": newest["begun_at"],
    }
