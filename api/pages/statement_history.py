"""What happened to a statement, in words, the newest last: nothing of it is ever deleted (S5, S6)."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, Final, NamedTuple

from api.pages.statement_found import Found
from api.pages.view import View
from api.words import N_
from sla.instant import Ms
from sla.publication import Entry
from store.seals import Seal

EVENTS: Final[Mapping[str, str]] = {
    "published": N_("published"),
    "disputed": N_("disputed a line"),
    "answered": N_("answered"),
    "approved": N_("approved"),
    "withdrawn": N_("withdrawn"),
    "sealed": N_("sealed"),
    "amended": N_("amended"),
}
AGAIN: Final = N_("published anew")
LINE: Final = N_("line {n}")
DISPUTE: Final = N_("dispute {n}")
GIVEN: Final = N_("accepted: {n} points")
REJECTED: Final = N_("rejected")
LINK: Final = N_("seal {n} of the chain")


class Item(NamedTuple):
    """One thing that somebody did: in words, when, who, and what was said with it."""

    words: str
    at: Ms
    by: str
    said: list[str]


def history(view: View, one: Found) -> list[Item]:
    """All of it, in order."""
    published = [entry.entry for entry in one.standing.entries if entry.event == "published"]
    found = [_entry(view, entry, entry.entry in published[1:]) for entry in one.standing.entries]
    found += [_seal(view, link) for link in one.standing.seals]
    return sorted(found, key=lambda item: item.at)


def _entry(view: View, one: Entry, again: bool) -> Item:
    words = AGAIN if again else EVENTS.get(one.event, one.event)
    return Item(view.translate(words), one.at, one.by, list(_said(view, one.event, one.detail)))


def _said(view: View, event: str, detail: Mapping[str, Any]) -> Iterator[str]:
    _ = view.translate
    if event == "disputed":
        yield _(LINE).replace("{n}", str(detail["line"]))
    if detail.get("dispute"):
        yield _(DISPUTE).replace("{n}", str(detail["dispute"]))
    if event == "answered":
        yield _(GIVEN).replace("{n}", str(detail.get("points"))) if detail["accepted"] else _(REJECTED)
    if detail.get("reason"):
        yield str(detail["reason"])


def _seal(view: View, one: Seal) -> Item:
    words = view.translate(EVENTS["amended" if one.number else "sealed"])
    return Item(words, one.at, one.by, [view.translate(LINK).replace("{n}", str(one.n))])
