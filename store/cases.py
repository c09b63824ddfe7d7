"""Tickets with all that their repair clocks depend on, out of the database: selected here, counted in `sla` (R, K6)."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Final, Self

from sqlalchemy import Connection, func, select

from sla.case import Case, Fault
from sla.contract import Contract
from sla.instant import DAY, Ms
from sla.interval import Interval
from sla.judge import Outage
from sla.opening import GRACE_MS, with_grace
from sla.owners import Owner, Policy, owned
from sla.parents import Ancestor, unreachable
from sla.repair import Repair, repair
from sla.seen import distinct
from sla.start import deciding
from sla.ticket import Happening
from sla.verification import STANDS_AFTER_MS, down_seen
from store import facts, judged
from store import tickets as rows
from store.agreements import contracts_of
from store.city import City, Device, ancestors
from store.device_facts import KindPolicy, clock_of
from store.judged import OutageRow
from store.schema import notices, outages
from store.tickets import Event, Ticket

_CHUNK: Final = 500
_CLAIM: Final = "restored"
WINDOW_MS: Final = 30 * DAY
"""How long after a claim observations are looked at where the hall never opens again (K6)."""


@dataclass(frozen=True, slots=True)
class Cases:
    """Some tickets with their events, outages and notices, and the contracts that may decide about them."""

    city: City
    policies: Mapping[str, KindPolicy]
    contracts: Sequence[Contract]
    by_number: Mapping[int, Case]
    preventive: frozenset[int] = frozenset()

    @classmethod
    def of(
        cls,
        conn: Connection,
        city: City,
        tickets: Sequence[Ticket],
        policies: Mapping[str, KindPolicy],
        now: Ms,
    ) -> Self:
        """Read them in a few statements for all, and some more for each claim that an outage of its ticket outlasts.

        No other claim can be contradicted so that it changes a clock (K6); nor is `down_seen` filled in for others. A
        contract whose clock starts when monitoring sees the fault costs some for each of its tickets as well (R2).
        """
        found = contracts_of(city)
        events = rows.events_of(conn, [one.n for one in tickets])
        its = _outages(conn, [one.id for one in tickets])
        told = _notified(conn, [one.id for one in tickets])
        devices = {one.n: one for one in city.devices.values()}
        reader = _Reader(conn, city, policies, found, now)
        cases = {
            one.n: reader.case(one, devices[one.device], events.get(one.n, []), its.get(one.id, []), told.get(one.id))
            for one in tickets
        }
        return cls(city, policies, found, cases, frozenset(one.n for one in tickets if one.purpose != "fault"))

    def repair(self, n: int, now: Ms) -> Repair | None:
        """The clock of the ticket with this row number as known at `now`; None where it has none (K1, R2)."""
        contract = self.contract(n)
        return None if contract is None else repair(self.by_number[n], contract, now)

    def contract(self, n: int) -> Contract | None:
        """The contract that decides about a ticket (R1); None for preventive work, which has no clock (K1)."""
        return None if n in self.preventive else deciding(self.by_number[n], self.contracts)


@dataclass(frozen=True, slots=True)
class _Reader:
    conn: Connection
    city: City
    policies: Mapping[str, KindPolicy]
    contracts: Sequence[Contract]
    now: Ms

    def case(
        self, ticket: Ticket, device: Device, events: Sequence[Event], its: Sequence[OutageRow], told: Ms | None
    ) -> Case:
        happenings = [Happening(one.event, one.at, one.by, one.detail) for one in events]
        claims = [one.at for one in events if one.event == _CLAIM and _outlasted(one.at, its)]
        needed = any(one.begin == "detected" and ticket.vendor in (None, one.vendor) for one in self.contracts)
        return Case(
            id=ticket.id,
            device=device.id,
            kind=device.kind,
            hall=device.hall,
            events=happenings,
            outages=[Fault(one.start, one.until) for one in its],
            down_seen=self._contradictions(device, claims) if claims else (),
            notified_at=told,
            detected_at=self._detected(device, its) if needed else None,
            owner=_owner(its),
            has_vendor=ticket.vendor is not None,
            repeat_of=ticket.repeat_of,
        )

    def _contradictions(self, device: Device, claims: Sequence[Ms]) -> list[Ms]:
        """K6: what was seen down after a claim, and explained neither by closed hours nor by an ancestor."""
        clock, start = clock_of(self.city, device), min(claims)
        until = max(clock.deadline(one, STANDS_AFTER_MS) or one + WINDOW_MS for one in claims)
        seen = distinct(facts.seen(self.conn, device.n, start=start, until=min(self.now, until) + 1))
        if not any(one.state == "down" for one in seen):
            return []
        own = [_outage(one) for one in judged.outages_since(self.conn, device.n, start)]
        hidden = unreachable(own, seen, self._above(device, start), self.now) if own else []
        kind = self.policies.get(device.kind)
        return down_seen(claims, seen, clock, hidden, grace_ms=kind.grace_ms if kind else GRACE_MS)

    def _above(self, device: Device, since: Ms) -> list[Ancestor]:
        found = [self.city.devices[id] for id in ancestors(self.city, device.id)]
        return [
            Ancestor(
                [_outage(row) for row in judged.outages_since(self.conn, one.n, since - DAY)],
                round(one.interval_s * 1000),
            )
            for one in found
        ]

    def _detected(self, device: Device, its: Sequence[OutageRow]) -> Ms | None:
        """R2 `detected`: the first second that counts as the vendor's (C1, C5, O10), not behind an ancestor (O5)."""
        kind = self.policies.get(device.kind)
        policy = Policy(kind.owners if kind else {}, kind.stopping if kind else frozenset(), device.vendor, device.kind)
        grace_ms = kind.grace_ms if kind else GRACE_MS
        for row in its:
            outage = _outage(row)
            seen = distinct(facts.seen(self.conn, device.n, start=outage.start, until=outage.until))
            hidden = unreachable([outage], seen, self._above(device, outage.start), self.now)
            for part in with_grace(owned(outage, seen, policy, self.now), clock_of(self.city, device), grace_ms):
                whose = part.owner == "vendor" or (part.owner == "undetermined" and device.vendor is not None)
                at = _first_outside(Interval(part.start, part.until), hidden) if whose else None
                if at is not None:
                    return at
        return None


def _outlasted(claim: Ms, its: Sequence[OutageRow]) -> bool:
    return any(one.start < claim and (one.until is None or one.until > claim) for one in its)


def _first_outside(part: Interval, hidden: Iterable[Interval]) -> Ms | None:
    at = part.start
    for one in hidden:
        if one.start <= at < one.until:
            at = one.until
    return at if at < part.until else None


def _owner(its: Sequence[OutageRow]) -> Owner:
    """C1: the vendor's if any of its outages is; else the first one's; nobody saw any: undetermined."""
    owners: list[Owner] = [one.owner for one in its]  # type: ignore[misc]  # the judge wrote no other
    return "vendor" if "vendor" in owners else owners[0] if owners else "undetermined"


def _outage(row: OutageRow) -> Outage:
    return Outage(row.start, row.until, row.last_ok, row.confirmed_at)


def _outages(conn: Connection, ids: Sequence[str]) -> dict[str, list[OutageRow]]:
    columns = [outages.c[name] for name in OutageRow._fields]
    found: dict[str, list[OutageRow]] = {}
    for i in range(0, len(ids), _CHUNK):
        query = select(*columns, outages.c.ticket.label("whose")).where(outages.c.ticket.in_(ids[i : i + _CHUNK]))
        for row in conn.execute(query.order_by(outages.c.start)):
            found.setdefault(row.whose, []).append(OutageRow(*row[:-1]))
    return found


def _notified(conn: Connection, ids: Sequence[str]) -> dict[str, Ms]:
    """When each ticket's vendor was first told of it on any channel (R2); a broker's PUBACK counts."""
    found: dict[str, Ms] = {}
    first = func.min(notices.c.sent_at)
    about = (notices.c.state == "sent") & notices.c.key.startswith("ticket/")
    for i in range(0, len(ids), _CHUNK):
        query = select(notices.c.ticket, first).where(notices.c.ticket.in_(ids[i : i + _CHUNK]), about)
        found |= {row[0]: row[1] for row in conn.execute(query.group_by(notices.c.ticket)) if row[1] is not None}
    return found
