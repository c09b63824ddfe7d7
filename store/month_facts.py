"""All that a statement counts, out of the database: selected here, counted in `sla` (S2).

A month of a contract in its zone: the tickets whose clock starts in it or that are opened or restored in it, those that
are open at its end, and those that they repeat; the devices in service, the time that counts, what people found.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Final, Self

from sqlalchemy import BigInteger, ColumnElement, Connection, cast, or_, select

from sla.availability import Tally, figures, total
from sla.bulk import collect, tallies
from sla.case import Case
from sla.columns import Columns
from sla.contract import Contract
from sla.facts import Counted, MonthFacts
from sla.instant import Ms
from sla.interval import Interval
from sla.month import month as month_in
from sla.spans import DeviceFacts
from store import findings as found
from store.cases import Cases
from store.city import City, ContractRow, Device
from store.device_facts import KindPolicy, Period, Selected, clock_of, out_of_service
from store.findings import Finding
from store.many_facts import Shared, short_way
from store.schema import outages, ticket_events, tickets
from store.tickets import Ticket

_TICKET: Final = [tickets.c[name] for name in Ticket._fields]
_MANY: Final = 1000
_CHUNK: Final = 40
"""Devices at a time, by their runs and by their rows."""
_IDS: Final = 500


@dataclass(frozen=True, slots=True)
class Gathered:
    """The facts of a contract's month as known at `now`, and the rows behind them.

    `tickets` are the rows of `facts.cases` in their order, `cases` the same by row number; `devices` those that the
    contract covers (R1: by kind and hall, whichever vendor the newest inventory names), in service for some of `time`,
    the part of the month in which the contract is in force and that has begun. `provisional`: it touches a year whose
    holidays are not known yet (T3). `calendars` are the ids of those that were used.
    """

    contract: Contract
    contract_row: ContractRow
    name: str
    month: Interval
    time: Interval
    now: Ms
    city: City
    facts: MonthFacts
    tickets: tuple[Ticket, ...]
    cases: Cases
    devices: tuple[Device, ...]
    findings: tuple[Finding, ...]
    provisional: bool
    calendars: tuple[str, ...]

    @classmethod
    def of(
        cls,
        conn: Connection,
        city: City,
        contract: Contract,
        month: str,
        policies: Mapping[str, KindPolicy],
        now: Ms,
        *,
        others: Sequence[Contract] = (),
    ) -> Self:
        """Gather them; `others` are contracts under which the same facts will be counted, too (S9).

        `city` is the whole inventory. Raises ValueError for what is no month such as 2026-10.
        """
        within = month_in(month, contract.zone)
        reader = _Reader(conn, city, contract, (contract, *others), policies, within, now)
        rows = reader.tickets()
        cases = Cases.of(conn, city, rows, policies, now)
        devices = reader.devices()
        entered = tuple(one for one in found.listed(conn, contract.id, month) if one.stands(now))
        return cls(
            contract=contract,
            contract_row=city.contracts[contract.id],
            name=month,
            month=within,
            time=reader.time,
            now=now,
            city=city,
            facts=reader.facts([cases.by_number[one.n] for one in rows], devices, entered),
            tickets=tuple(rows),
            cases=cases,
            devices=tuple(devices),
            findings=entered,
            provisional=reader.provisional(rows, devices),
            calendars=reader.calendars(cases, devices),
        )


def covered(contract: Contract, device: Device) -> bool:
    """Whether a contract covers a device while it is in force (R1)."""
    of_kind = contract.kinds is None or device.kind in contract.kinds
    return of_kind and (contract.halls is None or device.hall in contract.halls)


@dataclass(frozen=True, slots=True)
class _Reader:
    conn: Connection
    city: City
    contract: Contract
    counted: Sequence[Contract]
    policies: Mapping[str, KindPolicy]
    month: Interval
    now: Ms

    @property
    def time(self) -> Interval:
        """The part of the month in which the contract is in force, up to now; empty where that is none."""
        start = max(self.month.start, self.contract.start)
        return Interval(start, max(start, min(self.month.until, self.contract.until, self.now)))

    @property
    def timed(self) -> bool:
        """Whether any of the contracts charges availability."""
        return any(term.term == "availability" for one in self.counted for term in one.terms)

    def tickets(self) -> list[Ticket]:
        """By their opening: those that may belong to the month, and those that they repeat.

        Not those of devices that the contract does not cover, nor of another vendor's, nor preventive ones (K1).
        """
        numbers = {one.n for one in self.city.devices.values() if covered(self.contract, one)}
        mine = self._mine(_touching(self.month), numbers)
        known = {one.id for one in mine}
        earlier = sorted({one.repeat_of for one in mine if one.repeat_of} - known)
        parts = (earlier[i : i + _IDS] for i in range(0, len(earlier), _IDS))
        repeated = [one for part in parts for one in self._mine(tickets.c.id.in_(part), numbers)]
        return sorted([*mine, *repeated], key=lambda one: (one.opened_at, one.n))

    def _mine(self, where: ColumnElement[bool], numbers: Collection[int]) -> list[Ticket]:
        rows = self.conn.execute(select(*_TICKET).where(tickets.c.purpose == "fault", where))
        some = (Ticket(*row) for row in rows)
        return [one for one in some if one.vendor in (None, self.contract.vendor) and one.device in numbers]

    def devices(self) -> list[Device]:
        """Those that the contract covers, in service for some of the time or at the month's start, by id."""
        until = max(self.time.until, self.month.start + 1)
        some = (one for _, one in sorted(self.city.devices.items()) if covered(self.contract, one))
        return [one for one in some if _in_service(one, self.month.start, until)]

    def facts(self, cases: Sequence[Case], devices: Sequence[Device], entered: Sequence[Finding]) -> MonthFacts:
        """What is counted."""
        return MonthFacts(
            month=self.month,
            cases=tuple(cases),
            devices_in_service=sum(_at_work(one, self.month.start) for one in devices),
            missed_patrols=found.things(entered, "missed_patrol"),
            spares_not_ready=found.things(entered, "spare_not_ready"),
            satisfaction=found.survey(entered),
            availability=self.availability(devices),
        )

    def availability(self, devices: Sequence[Device]) -> Counted | None:
        """The time of these devices under the profile `contract` (A2); None where no term asks for it."""
        start, until = self.time
        if not self.timed or start >= until:
            return None
        tally = total("contract", self._tallies(devices))
        return Counted(tally.good, tally.bad, figures(tally).availability is not None)

    def _tallies(self, devices: Sequence[Device]) -> Iterator[Tally]:
        """By runs where these tell enough, of the others by rows (`store.many_facts`)."""
        selected = Selected.planned(self.conn, self.city, self.policies, Period(*self.time, self.now))
        shared, rest = Shared(self.policies, self.contract.free_silence), list[Device]()
        for some in _parts(devices, _MANY):
            found = short_way(self.conn, selected, some, shared)
            rest += found.rest
            yield from self._counted(found.columns)
        for some in _parts(rest, _CHUNK):
            known = selected.seen_now(self.conn, some)
            yield from self._counted(collect([self._charged(known.facts(self.conn, one)) for one in some], self.now))

    def _counted(self, columns: Columns) -> Iterator[Tally]:
        counted = tallies(columns, *self.time, self.now, "contract")
        return (counted[n] for n in range(len(columns)))

    def _charged(self, facts: DeviceFacts) -> DeviceFacts:
        """C5: a contract may make silence free."""
        return replace(facts, policy=replace(facts.policy, free_silence=self.contract.free_silence))

    def calendars(self, cases: Cases, devices: Sequence[Device]) -> tuple[str, ...]:
        """The contract's hours, those of the tickets' halls (K6), and of all halls where time is counted (A1)."""
        own = {row.document.get("calendar") for one in self.counted if (row := self.city.contracts.get(one.id))}
        rooms = {case.hall for case in cases.by_number.values()} | {one.hall for one in devices if self.timed}
        hours = {self.city.halls[id].calendar for id in rooms if id in self.city.halls}
        return tuple(sorted(name for name in own | hours if name))

    def provisional(self, rows: Sequence[Ticket], devices: Sequence[Device]) -> bool:
        """Whether hours that count lie in a year whose holidays are not known yet (T3)."""
        low = min([self.month.start, *(one.opened_at for one in rows)])
        if any(one.clock.provisional(low, self.month.until) for one in self.counted):
            return True
        at = {one.hall: one for one in devices}
        return self.timed and any(clock_of(self.city, one).provisional(*self.month) for one in at.values())


def _parts(devices: Sequence[Device], size: int) -> Iterator[Sequence[Device]]:
    return (devices[start : start + size] for start in range(0, len(devices), size))


def _at_work(device: Device, at: Ms) -> bool:
    """Whether it is in service at an instant."""
    end = out_of_service(device)
    return (device.commissioned is None or device.commissioned <= at) and (end is None or end > at)


def _in_service(device: Device, start: Ms, until: Ms) -> bool:
    end = out_of_service(device)
    return (device.commissioned is None or device.commissioned < until) and (end is None or end > start)


def _touching(month: Interval) -> ColumnElement[bool]:
    """Tickets that may begin in a month, be restored in it, or be open at its end: rather too many than too few.

    A clock may start before its ticket was opened, by a report or an outage that became known later, and a restoration
    that was contradicted ends with the outage (K6, R2).
    """
    start, until = month
    lasting = outages.c.until.is_(None) | (outages.c.until >= start)
    seen = select(outages.c.ticket).where(outages.c.ticket.is_not(None), outages.c.start < until, lasting)
    said = cast(ticket_events.c.detail["reported_at"].as_string(), BigInteger)
    told = select(ticket_events.c.ticket).where(
        ticket_events.c.event == "note", said < until, ticket_events.c.at >= start
    )
    lasted = tickets.c.closed_at.is_(None) | (tickets.c.closed_at >= start) | (tickets.c.opened_at >= start)
    early = (tickets.c.opened_at < until) & lasted
    return or_(early, tickets.c.id.in_(seen), (tickets.c.opened_at >= until) & tickets.c.n.in_(told))
