"""Single changes of what is recorded: each kind of fact that a month's statement may hang on, one at a time."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from random import Random
from typing import Any, Final

from sqlalchemy import Connection, Table, select, update

from sla.instant import HOUR, SECOND
from store import findings, planned
from store.schema import calendars, contracts, devices, notices, outages, ticket_events, tickets
from tests.reports.packed import KINDS, Told

Change = Callable[[Connection, Random, Told], object]
_SHIFTS: Final = (-3 * HOUR, -61 * SECOND, -1, 1, 61 * SECOND, 3 * HOUR)
_CLOCKED: Final = ("opened", "restored", "rejected", "reopened", "paused", "resumed", "dispatched", "arrived")
_NUMBERS: Final = ("0", "1", "5/2", "7/3", "10")


def _one(conn: Connection, chance: Random, table: Table, *where: Any) -> Any:
    rows = conn.execute(select(table).where(*where).order_by(*table.primary_key)).all()
    return chance.choice(rows) if rows else None


def _event_moved(conn: Connection, chance: Random, told: Told) -> None:
    one = _one(conn, chance, ticket_events, ticket_events.c.event.in_(_CLOCKED))
    at = min(one.at + chance.choice(_SHIFTS), told.now)
    conn.execute(update(ticket_events).where(ticket_events.c.entry == one.entry).values(at=at))


def _event_gone(conn: Connection, chance: Random, _: Told) -> None:
    if one := _one(conn, chance, ticket_events, ticket_events.c.event.in_(_CLOCKED[1:])):
        conn.execute(ticket_events.delete().where(ticket_events.c.entry == one.entry))


def _event_said(conn: Connection, chance: Random, told: Told) -> None:
    one = _one(conn, chance, ticket_events)
    said: dict[str, Any] = {
        "source": chance.choice(("phone", "detected", "patrol")),
        "reported_at": one.at - HOUR,
        "how": chance.choice(("by_maker", "repaired")),
        "approver": chance.choice(("Li", "", None)),
        "reason": chance.choice(("hall_closed", "awaiting_customer", "lunch", None)),
        "owner": chance.choice(("vendor", "hall", "undetermined")),
        "detected": True,
        "reported": True,
    }
    name = chance.choice(sorted(said))
    detail = dict(one.detail) | {name: said[name]}
    conn.execute(update(ticket_events).where(ticket_events.c.entry == one.entry).values(detail=detail))


def _event_other(conn: Connection, chance: Random, _: Told) -> None:
    one = _one(conn, chance, ticket_events, ticket_events.c.event != "opened")
    if one:
        word = chance.choice(("cancelled", "restored", "rejected", "reopened", "owner_changed", "note", "arrived"))
        conn.execute(update(ticket_events).where(ticket_events.c.entry == one.entry).values(event=word))


def _ticket(conn: Connection, chance: Random, _: Told) -> None:
    one = _one(conn, chance, tickets)
    values = chance.choice(({"vendor": None}, {"vendor": "v-1"}, {"repeat_of": None}, {"repeat_of": "K-0"}))
    conn.execute(update(tickets).where(tickets.c.n == one.n).values(values))


def _told(conn: Connection, chance: Random, _: Told) -> None:
    if one := _one(conn, chance, notices):
        sent = one.sent_at + chance.choice(_SHIFTS)
        conn.execute(update(notices).where(notices.c.id == one.id).values(sent_at=sent))


def _outage(conn: Connection, chance: Random, _: Told) -> None:
    if one := _one(conn, chance, outages):
        values = chance.choice(({"owner": "hall"}, {"owner": "vendor"}, {"ticket": None}))
        conn.execute(update(outages).where(outages.c.id == one.id).values(values))


def _device(conn: Connection, chance: Random, told: Told) -> None:
    one = _one(conn, chance, devices)
    at = told.now - chance.randrange(40) * 24 * HOUR
    changes: tuple[Mapping[str, Any], ...] = (
        {"commissioned": at},
        {"retired": at},
        {"gone_at": at},
        {"kind": chance.choice(KINDS)},
        {"vendor": None},
        {"interval_s": 3600.0},
    )
    conn.execute(update(devices).where(devices.c.n == one.n).values(chance.choice(changes)))


def _agreed(conn: Connection, chance: Random, told: Told) -> None:
    """A member of the contract."""
    row = conn.execute(select(contracts).where(contracts.c.id == told.contract)).one()
    document = json.loads(json.dumps(row.document))
    changes: dict[str, Any] = {
        "fee": chance.choice((None, "1", "12345.67")),
        "payment": chance.choice(("none", "linear", {"bands": [{"from": "50", "percent": "80"}]})),
        "pauses": [],
        "silence": chance.choice(("free", "vendor")),
        "calendar": None,
        "repair": document["repair"] | {"start": chance.choice(("phone", "notified", "detected"))},
        "travel": document["travel"] | {"mode": chance.choice(("allowance", "actual"))},
        "covers": {"kinds": ["printer"], "halls": "all"},
        "valid": {"from": document["valid"]["from"], "until": document["valid"]["until"] - 200 * HOUR},
    }
    name = chance.choice(sorted(changes))
    _write(conn, told, document | {name: changes[name]})


def _granted(conn: Connection, chance: Random, told: Told) -> None:
    """The targets, or what is granted for the way."""
    row = conn.execute(select(contracts).where(contracts.c.id == told.contract)).one()
    document = json.loads(json.dumps(row.document))
    if chance.randrange(2):
        document["repair"]["targets"] = {kind: chance.choice((1, 60, 7200)) for kind in KINDS}
    else:
        document["travel"]["default"] = [{"seconds": chance.choice((0, 90, 5400)), "from": None, "until": None}]
        document["travel"]["halls"] = {}
    _write(conn, told, document)


def _term(conn: Connection, chance: Random, told: Told) -> None:
    """A member of one of its terms."""
    row = conn.execute(select(contracts).where(contracts.c.id == told.contract)).one()
    document = json.loads(json.dumps(row.document))
    term = chance.choice(document["terms"])
    number = chance.choice(_NUMBERS)
    changes: dict[str, Any] = {
        "points": number,
        "unit": chance.choice(_NUMBERS[1:]),
        "allowance": chance.choice((None, number, {"per_100": number})),
        "cap": chance.choice((None, number)),
        "round": chance.choice(("up", "down", "exact")),
        "group": chance.choice((None, "repair", "other")),
        "sources": chance.choice((None, ["patrol", "detected"])) if term["term"] == "fault_count" else None,
        "count": chance.choice(("linear", "rectification")),
    }
    name = chance.choice(sorted(changes))
    term[name] = changes[name]
    _write(conn, told, document)


def _write(conn: Connection, told: Told, document: Mapping[str, Any]) -> None:
    conn.execute(update(contracts).where(contracts.c.id == told.contract).values(document=document))


def _calendar(conn: Connection, chance: Random, _: Told) -> None:
    if one := _one(conn, chance, calendars):
        spans = chance.choice((["00:00-24:00"], [], ["10:00-11:00"], ["22:00-06:00", "09:00-12:30"]))
        document = {**one.document, "week": {"mon-sun": spans}}
        conn.execute(update(calendars).where(calendars.c.id == one.id).values(document=document))


def _found(conn: Connection, chance: Random, told: Told) -> None:
    some = findings.listed(conn, told.contract, told.month)
    if some and chance.randrange(2):
        findings.withdraw(conn, chance.choice(some).n, "me", "wrong", told.now)
        return
    kind: findings.Kind = chance.choice(("missed_patrol", "spare_not_ready"))
    findings.record(conn, findings.New(told.contract, told.month, kind, "one more", "seen", "me"), told.now)


def _planned(conn: Connection, chance: Random, told: Told) -> None:
    start = told.now - chance.randrange(40 * 24) * HOUR
    kind: planned.Kind = chance.choice(("maintenance", "correction"))
    approved = start + chance.choice((-1, 0))
    new = planned.New(kind, "branch", "b-1", start, start + 100 * HOUR, "why", "boss", approved, "me")
    planned.record(conn, new, told.now)


CHANGES: Final[Mapping[str, Change]] = {
    "an event moved": _event_moved,
    "an event gone": _event_gone,
    "what an event says": _event_said,
    "what an event is": _event_other,
    "a ticket": _ticket,
    "a notice": _told,
    "whose an outage is": _outage,
    "a device": _device,
    "the contract": _agreed,
    "targets and ways": _granted,
    "a term": _term,
    "a calendar": _calendar,
    "a finding": _found,
    "an exemption": _planned,
}
