"""How far repair clocks have run is told at the contract's marks, each once per ticket, late rather than not (R6)."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Final, NamedTuple

from sqlalchemy import Connection, select

from alerts import floods
from alerts.clocks import TICKET, Known, known_of
from alerts.escalation import Plan, Step
from alerts.floods import Flood
from alerts.notify import recipients
from alerts.places import KindPolicy
from alerts.recipient import Recipient
from alerts.rota import people
from alerts.settings import N_
from alerts.values import Room, length, values_of
from sla.instant import DAY, MINUTE, SECOND, Ms, render
from sla.repair import Repair
from sla.ticket import OPEN
from store import escalations
from store.escalations import Reached
from store.schema import tickets as rows
from store.tickets import Ticket

LATE_MS: Final = 2 * MINUTE
"""Told later than this after it was reached, a message says so."""
LATE: Final = N_("told late: the mark was reached at {time}")


class Passed(NamedTuple):
    """A step that is to be told, with its row."""

    step: Step
    row: Reached


def say(conn: Connection, room: Room, policies: Mapping[str, KindPolicy], n: int, now: Ms) -> int:
    """Tell what a ticket (row number) has reached, and write that it was told, in one transaction; how many rows.

    Steps whose hours are closed wait as rows; those that waited are told, or dropped where the ticket is over.
    """
    row = conn.execute(select(*TICKET).where(rows.c.n == n).with_for_update()).one_or_none()
    if row is None:
        return 0
    ticket = Ticket(*row)
    known = known_of(conn, room.places, policies, [n], now).get(n)
    if known is None or ticket.state not in OPEN or known.repair.state in ("restored", "cancelled"):
        _drop(conn, n, now)
        return 0
    if known.repair.state == "paused":
        _later(conn, n, now)
        return 0
    return _tell(conn, room, ticket, known, _ready(conn, ticket, known, now), now)


def _drop(conn: Connection, n: int, now: Ms) -> None:
    for one in escalations.of_tickets(conn, [n]).get(n, {}).values():
        if one.state == "waiting":
            escalations.settle(conn, one, "over", now)


def _later(conn: Connection, n: int, now: Ms) -> None:
    """While a clock is paused what waits goes on waiting."""
    for one in escalations.of_tickets(conn, [n]).get(n, {}).values():
        if one.state == "waiting" and one.due_at <= now:
            escalations.put_off(conn, one, now + MINUTE)


def _ready(conn: Connection, ticket: Ticket, known: Known, now: Ms) -> list[Passed]:
    """The steps that may be told now, in order; the others are written down to wait.

    A warning takes along those before it that wait for the end of quiet hours: they go to the same people.
    """
    reached = known.marks(now)
    waits = [*_fresh(conn, ticket, known, reached, now), *_waiting(conn, known, reached, now)]
    due = [one for one in waits if one.row.due_at <= now and _open(conn, known.plan, one, now)]
    loudest = max((one.step.percent for one in due if one.step.warning), default=0)
    along = [one for one in waits if one.step.warning and one.step.percent < loudest and one not in due]
    return sorted(due + along, key=_percent)


def _fresh(conn: Connection, ticket: Ticket, known: Known, reached: Mapping[int, Ms], now: Ms) -> Iterator[Passed]:
    for step in known.plan.steps:
        at = reached.get(step.percent)
        if at is not None and step.name not in known.reached:
            due_at = known.plan.opens(step, now) or now + DAY
            row = Reached(ticket.n, step.name, step.percent, at, due_at, "waiting", None)
            if escalations.reach(conn, row):
                yield Passed(step, row)


def _waiting(conn: Connection, known: Known, reached: Mapping[int, Ms], now: Ms) -> Iterator[Passed]:
    steps = {one.name: one for one in known.plan.steps}
    for name, row in known.reached.items():
        if row.state != "waiting":
            continue
        step = steps.get(name)
        if step is None:  # the contract has it no more
            escalations.settle(conn, row, "over", now)
        elif step.percent not in reached:
            escalations.undo(conn, row)
        else:
            yield Passed(step, row)


def _open(conn: Connection, plan: Plan, one: Passed, now: Ms) -> bool:
    """Whether its hours are open still: a contract may have changed, or a clock."""
    opens = plan.opens(one.step, now) or now + DAY
    if opens > now:
        escalations.put_off(conn, one.row, opens)
    return opens <= now


def _tell(conn: Connection, room: Room, ticket: Ticket, known: Known, passed: Sequence[Passed], now: Ms) -> int:
    """To each recipient one message of all the steps that are theirs."""
    theirs: dict[Recipient, list[Passed]] = {}
    for one in passed:
        them = recipients(people(one.step.to, known.plan.rotas, known.plan.people, now), room.settings)
        for who in them:
            theirs.setdefault(who, []).append(one)
        escalations.settle(conn, one.row, "said" if them else "over", now)
    return sum(_one(Flood(conn, room, who, now), ticket, known, its) for who, its in theirs.items())


def _one(flood: Flood, ticket: Ticket, known: Known, passed: Sequence[Passed]) -> int:
    room = flood.room
    name = "warning" if all(one.step.warning for one in passed) else "escalation"
    last = max(passed, key=_percent)
    late = flood.now - min(one.row.reached_at for one in passed) > LATE_MS
    values = values_of(room, ticket, room.places.by_number[ticket.device]) | _said(
        room, known.repair, passed, late=late
    )
    document = _document(room, ticket, known.repair, passed) | {"event": name, "late": late}
    key = f"{floods.WARNING}{ticket.id}/{last.step.name}/{flood.recipient.channel}/{flood.recipient.target}"
    return int(floods.put(flood, key, room.write(name, values), document, ticket.id))


def _said(room: Room, repair: Repair, passed: Sequence[Passed], *, late: bool) -> dict[str, str]:
    last = max(passed, key=_percent)
    at = room.local(last.row.reached_at)
    each = sorted({(one.step.percent, one.row.reached_at) for one in passed})
    lines = [f"{percent} %: {room.local(when)}" for percent, when in each]
    reason = [room.translate(LATE).format(time=at)] * late + lines * (len(lines) > 1)
    return {
        "percent": str(last.step.percent),
        "time": at,
        "due": room.local(repair.due) if repair.due is not None else "",
        "target": length(repair.target or 0),
        "counted": length(repair.counted),
        "count": str(len(lines)),
        "list": "\n".join(lines),
        "reason": "; ".join(reason),
    }


def _document(room: Room, ticket: Ticket, repair: Repair, passed: Sequence[Passed]) -> dict[str, Any]:
    """The same for machines."""
    device = room.places.by_number[ticket.device].device
    last = max(passed, key=_percent)
    return {
        "v": 1,
        "id": f"{ticket.id}-{last.step.name.replace('/', '-')}",
        "ticket": ticket.id,
        "device": device.id,
        "hall": device.hall,
        "percent": last.step.percent,
        "passed": sorted({one.step.percent for one in passed}),
        "at": render(last.row.reached_at),
        "due": None if repair.due is None else render(repair.due),
        "target_s": (repair.target or 0) // SECOND,
        "counted_s": repair.counted // SECOND,
        "url": room.page(f"/tickets/{ticket.id}") or None,
    }


def _percent(one: Passed) -> int:
    return one.step.percent
