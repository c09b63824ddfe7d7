"""How far repair clocks have run is told at the contract's marks, each once per ticket, late rather than not (R6)."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial
from typing import Any, Final, NamedTuple

from sqlalchemy import Connection, func, select

from alerts import floods
from alerts.escalation import Plan, Step, plan_of
from alerts.floods import Flood
from alerts.notify import recipients
from alerts.places import KindPolicy, Places
from alerts.recipient import Recipient
from alerts.rota import people
from alerts.setbacks import Setbacks
from alerts.settings import N_
from alerts.values import Room, length, values_of
from sla.instant import DAY, MINUTE, SECOND, Ms, render
from sla.marks import Mark, marks, next_mark
from sla.repair import Repair
from sla.ticket import OPEN
from store import escalations
from store.cases import Cases
from store.escalations import Reached
from store.schema import notices, outages, ticket_events
from store.schema import tickets as rows
from store.tickets import Ticket

LATE_MS: Final = 2 * MINUTE
"""Told later than this after it was reached, a message says so."""
LATE: Final = N_("told late: the mark was reached at {time}")
AT_ONCE: Final = 500
_SCAN_MS: Final = 5 * SECOND
_RECHECK_MS: Final = 10 * MINUTE
_IS_OPEN: Final = rows.c.state.in_(sorted(OPEN)) & (rows.c.purpose == "fault")
_TICKET: Final = [rows.c[name] for name in Ticket._fields]
_Signature = tuple[Any, ...]


class Known(NamedTuple):
    """A ticket's clock with its contract's plan, and the steps that were reached."""

    plan: Plan
    repair: Repair
    reached: Mapping[str, Reached]

    def marks(self, now: Ms) -> dict[int, Ms]:
        """When each percent of the plan was reached, of those that were."""
        return dict(marks(self.repair, self.plan.contract.warn, now))

    def next_at(self, now: Ms) -> Ms | None:
        """When there is something to be said, `now` for at once; None: not as things are (R6)."""
        if self.repair.state != "running":
            return None
        reached = self.marks(now)
        found = [now for one in self.plan.steps if one.percent in reached and one.name not in self.reached]
        found += [one.due_at for one in self.reached.values() if one.state == "waiting"]
        ahead: Mark | None = next_mark(self.repair, self.plan.contract, now)
        return min([*found, *([ahead.at] if ahead else [])], default=None)


class Passed(NamedTuple):
    """A step that is to be told, with its row."""

    step: Step
    row: Reached


@dataclass(slots=True)
class Watch:
    """Knows of each open ticket when its clock is to be looked at again; what it remembers only saves work."""

    _next: dict[int, tuple[_Signature, Ms]] = field(default_factory=dict)
    _signed: dict[int, _Signature] = field(default_factory=dict)
    _entry: int = 0
    _scanned_at: Ms = -1 << 62
    _digest: str | None = None

    def due(
        self, conn: Connection, places: Places, policies: Mapping[str, KindPolicy], now: Ms, setbacks: Setbacks
    ) -> list[int]:
        """The tickets (row numbers) of which something is to be said, or to be dropped, at `now` (ms)."""
        self._sign(conn, now)
        if places.digest != self._digest:
            self._digest, self._next = places.digest, {}
        fresh = [n for n, signed in self._signed.items() if self._worth(n, signed, now)]
        fresh = [n for n in fresh if not setbacks.waits(key_of(n), now)][:AT_ONCE]
        found = escalations.due(conn, now)
        if fresh:
            look = partial(self._look, conn, places, policies, fresh, now)
            found += setbacks.alone(conn, "look at clocks", now, look) or []
        return [n for n in dict.fromkeys(found) if not setbacks.waits(key_of(n), now)]

    def _worth(self, n: int, signed: _Signature, now: Ms) -> bool:
        known = self._next.get(n)
        return known is None or known[0] != signed or now >= known[1]

    def _look(
        self, conn: Connection, places: Places, policies: Mapping[str, KindPolicy], fresh: Sequence[int], now: Ms
    ) -> list[int]:
        known = known_of(conn, places, policies, fresh, now)
        due = []
        for n in fresh:
            at = known[n].next_at(now) if n in known else None
            if at is not None and at <= now:
                due.append(n)
                self._next.pop(n, None)
            else:
                self._next[n] = self._signed[n], min(now + _RECHECK_MS, at or now + _RECHECK_MS)
        return due

    def _sign(self, conn: Connection, now: Ms) -> None:
        """What clocks hang on: all of it now and then, between that only of tickets with news."""
        newest = conn.scalar(select(func.max(ticket_events.c.entry))) or 0
        if now - self._scanned_at >= _SCAN_MS:
            self._signed = _signatures(conn, None)
            self._next = {n: self._next[n] for n in self._signed if n in self._next}
            self._scanned_at = now
        elif newest != self._entry:
            some = conn.scalars(select(ticket_events.c.ticket).where(ticket_events.c.entry > self._entry).distinct())
            news = list(some)
            self._signed = {n: one for n, one in self._signed.items() if n not in news} | _signatures(conn, news)
        self._entry = newest


def key_of(n: int) -> str:
    """By what name setbacks know the warnings of a ticket (its row number)."""
    return f"warn of ticket {n}"


def known_of(
    conn: Connection, places: Places, policies: Mapping[str, KindPolicy], numbers: Iterable[int], now: Ms
) -> dict[int, Known]:
    """The clocks of these tickets, of those that have one."""
    some = [Ticket(*row) for row in conn.execute(select(*_TICKET).where(rows.c.n.in_(list(numbers))))]
    cases = Cases.of(conn, places.city, some, policies, now)
    reached = escalations.of_tickets(conn, [one.n for one in some])
    plans: dict[str, Plan] = {}
    found = {}
    for one in some:
        repair = cases.repair(one.n, now)
        if repair is not None and repair.target is not None:
            plan = plans.get(repair.contract.id) or plan_of(places.city, repair.contract)
            plans[repair.contract.id] = plan
            found[one.n] = Known(plan, repair, reached.get(one.n, {}))
    return found


def say(conn: Connection, room: Room, policies: Mapping[str, KindPolicy], n: int, now: Ms) -> int:
    """Tell what a ticket (row number) has reached, and write that it was told, in one transaction; how many rows.

    Steps whose hours are closed wait as rows; those that waited are told, or dropped where the ticket is over.
    """
    row = conn.execute(select(*_TICKET).where(rows.c.n == n).with_for_update()).one_or_none()
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
    """The steps that may be told now; the others are written down to wait."""
    reached, found = known.marks(now), list[Passed]()
    steps = {one.name: one for one in known.plan.steps}
    for step in known.plan.steps:
        at = reached.get(step.percent)
        if at is not None and step.name not in known.reached:
            due_at = known.plan.opens(step, now) or now + DAY
            row = Reached(ticket.n, step.name, step.percent, at, due_at, "waiting", None)
            if escalations.reach(conn, row) and due_at <= now:
                found.append(Passed(step, row))
    for name, row in known.reached.items():
        if row.state == "waiting" and row.due_at <= now:
            found += _waited(conn, known, steps.get(name), row, reached, now)
    return found


def _waited(
    conn: Connection, known: Known, step: Step | None, row: Reached, reached: Mapping[int, Ms], now: Ms
) -> list[Passed]:
    if step is None:  # the contract has it no more
        escalations.settle(conn, row, "over", now)
    elif step.percent not in reached:
        escalations.undo(conn, row)
    elif (due_at := known.plan.opens(step, now) or now + DAY) > now:
        escalations.put_off(conn, row, due_at)
    else:
        return [Passed(step, row)]
    return []


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


def _signatures(conn: Connection, numbers: Sequence[int] | None) -> dict[int, _Signature]:
    """Of open tickets (all, or these): the newest event, the outages and the first word to the vendor."""
    mine = _IS_OPEN if numbers is None else _IS_OPEN & rows.c.n.in_(numbers)
    newest = select(rows.c.n, func.max(ticket_events.c.entry)).join(ticket_events, ticket_events.c.ticket == rows.c.n)
    its = select(rows.c.n, func.count(), func.sum(outages.c.start), func.sum(outages.c.until)).join(
        outages, outages.c.ticket == rows.c.id
    )
    told = select(rows.c.n, func.min(notices.c.sent_at)).join(notices, notices.c.ticket == rows.c.id)
    told = told.where(notices.c.state == "sent", notices.c.key.startswith("ticket/"))
    found: dict[int, _Signature] = {}
    for query in (newest, its, told):
        for n, *rest in conn.execute(query.where(mine).group_by(rows.c.n)):
            found[n] = (*found.get(n, ()), *rest)
    return found
