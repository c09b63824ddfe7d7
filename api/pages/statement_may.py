"""What somebody may do to a statement now: what one may not do is not offered (S5, S6)."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

from sqlalchemy import Connection

from api.pages.statement_found import Found
from api.pages.view import View
from api.words import N_
from reports.difference import amends, difference
from reports.obstacles import Obstacle, obstacles
from reports.statement import statement_document
from sla.words import points
from store import papers

CODES: Final[Mapping[str, str]] = {
    "not_published": N_("Not published"),
    "window_open": N_("Time to dispute"),
    "facts_changed": N_("Facts changed"),
    "earlier_month": N_("Earlier month open"),
    "later_month": N_("Later month sealed"),
    "dispute_open": N_("Dispute without an answer"),
    "approval_awaited": N_("Approval awaited"),
    "provisional_year": N_("Holidays not known"),
    "collector_unheard": N_("Collector never heard"),
    "collector_offline": N_("Collector away"),
    "collector_backlog": N_("Facts not delivered"),
    "collector_gap": N_("Facts missing"),
    "collector_ahead": N_("Facts out of order"),
    "kept_aside": N_("Observations kept aside"),
}

CHANGED: Final[Mapping[str, str]] = {
    "score": N_("Score"),
    "payment": N_("Payment"),
    "score_before": N_("Score before counter-entries"),
    "fee": N_("Fee of a month"),
    "payment_rule": N_("Rule of payment"),
    "devices_in_service": N_("Devices in service"),
    "provisional": N_("Provisional"),
    "rules_version": N_("Version of the rules"),
    "value": N_("Value"),
    "allowance": N_("Allowance"),
    "overrun": N_("Overrun"),
    "units": N_("Units"),
    "deduction": N_("Deduction"),
    "added": N_("new"),
    "gone": N_("no more"),
    "changed": N_("otherwise"),
}
"""What may be different between two statements, by its name in the JSON."""


@dataclass(frozen=True, slots=True)
class Against:
    """What stands against sealing under one name, which an override names; each of it in `words`."""

    name: str
    title: str
    words: Sequence[str]
    may_override: bool


@dataclass(frozen=True, slots=True)
class May:
    """What is offered: disputes by their number, lines by id; `changed` is how today's figures differ."""

    publish: bool = False
    score: str = ""
    changed: Mapping[str, Any] | None = None
    seal: bool = False
    obstacles: Sequence[Against] = ()
    overrides: Sequence[Against] = ()
    amend: bool = False
    findings: bool = False
    dispute: frozenset[str] = frozenset()
    answer: frozenset[int] = frozenset()
    approve: frozenset[int] = frozenset()
    waits_for_another: frozenset[int] = frozenset()
    withdraw: frozenset[int] = frozenset()
    left: Mapping[int, str] = field(default_factory=dict)


def may_of(conn: Connection, view: View, one: Found) -> May:
    """What the person who looks may do."""
    person = view.person
    if person is None:
        return May()
    if person.kind in ("admin", "operator"):
        return _operator(conn, view, one)
    if one.standing.publication.state == "sealed":
        return May(overrides=_overridden(view, one))
    return _vendor(one) if person.kind == "vendor" and person.of == one.contract.vendor else May()


def _vendor(one: Found) -> May:
    at = one.standing.publication
    waiting = {dispute.line for dispute in at.waiting}
    lines = frozenset(at.deductions) - waiting if one.standing.may_dispute else frozenset()
    return May(dispute=lines, withdraw=frozenset(dispute.n for dispute in at.waiting))


def _operator(conn: Connection, view: View, one: Found) -> May:
    at = one.standing.publication
    over = view.now >= one.within.until
    if at.state == "sealed":
        changed = _changed(conn, view, one)
        return May(amend=amends(changed), changed=changed, overrides=_overridden(view, one))
    if at.published is None:
        return May(publish=over, score=one.document["score"], findings=True)
    found = obstacles(conn, one.city, one.standing, view.room.policies)
    changed = _changed(conn, view, one) if any(obstacle.code == "facts_changed" for obstacle in found) else None
    name = view.person.name if view.person else ""
    return May(
        publish=changed is not None,
        score=_score(one, changed),
        changed=changed,
        seal=changed is None,
        obstacles=_against(view, found),
        findings=True,
        answer=frozenset(dispute.n for dispute in at.waiting),
        approve=frozenset(d.n for d in at.waiting if d.fate == "awaiting" and d.answer and d.answer.by != name),
        waits_for_another=frozenset(
            d.n for d in at.waiting if d.fate == "awaiting" and d.answer and d.answer.by == name
        ),
        left={d.n: points(at.left(d.line, d.n)) for d in at.waiting},
    )


def _changed(conn: Connection, view: View, one: Found) -> Mapping[str, Any] | None:
    """How today's figures differ from the paper."""
    stands = one.standing
    if stands.document is None:
        return None
    paper = papers.get(conn, stands.seals[-1].statement) if stands.seals else stands.document
    return difference(
        paper, statement_document(conn, one.city, stands.contract, stands.month, view.room.policies, view.now)
    )


def _score(one: Found, changed: Mapping[str, Any] | None) -> str:
    figures = (changed or {}).get("figures", {})
    return str(figures["score"]["after"]) if "score" in figures else str(one.document["score_before"])


def _against(view: View, found: Sequence[Obstacle]) -> list[Against]:
    """By name, so that one tick passes over all of a kind."""
    known = {one.code: one.overridable for one in found}
    return [
        Against(code, view.translate(CODES.get(code, code)), _words(view, found, code), known[code]) for code in known
    ]


def _words(view: View, found: Sequence[Obstacle], code: str) -> list[str]:
    return [one.words(view.translate, _clock(view)) for one in found if one.code == code]


def _clock(view: View) -> Callable[[int], str]:
    return lambda at: view.clock(at, "%Y-%m-%d %H:%M")


def _overridden(view: View, one: Found) -> list[Against]:
    """The overrides as they were sealed: what was passed over, by whom, and why."""
    said = (one.document["seal"] or {}).get("overrides") or ()
    return [
        Against(each["code"], view.translate(CODES.get(each["code"], each["code"])), _sealed(view, each), True)
        for each in said
    ]


def _sealed(view: View, said: Mapping[str, Any]) -> list[str]:
    words = view.translate(str(said["text"]))
    for name, value in said["values"].items():
        words = words.replace("{" + name + "}", str(value))
    return [words, f"{said['by']}: {said['override']}"]
