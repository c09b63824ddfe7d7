"""Everything that a month's statement hangs on, as one document of plain JSON, noun by noun (S4).

The same facts give the same bytes (`store.papers.canonical`), in whatever order their rows were written. Instants are
whole ms since 1970, UTC. What is judged or derived (an outage's edges, a clock) stands beside what it was judged from,
so that it can be judged again: `reports/evidence/verify.py` does.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

from sqlalchemy import Connection

from reports.evidence import health, outages
from reports.evidence.agreement import agreement
from reports.evidence.edges import Observed
from reports.evidence.hours import Days, calendar, offsets
from reports.evidence.people import exemptions, findings, told
from sla.case import Case, reports
from sla.instant import Ms
from sla.judge import Confirmation
from sla.opening import GRACE_MS
from sla.version import RULES
from store.agreements import contracts_of
from store.city import City, Device, ancestors, parent_of
from store.device_facts import KindPolicy, Period, Selected, out_of_service
from store.judged import OutageRow, states_of
from store.month_facts import Gathered
from store.tickets import Event, Ticket, events_of

VERSION: Final = 1


def facts_document(
    conn: Connection, city: City, contract_id: str, month: str, policies: Mapping[str, KindPolicy], now: Ms
) -> dict[str, Any]:
    """The facts of a contract's month as known at `now` (ms).

    Raises KeyError for a contract that `city` does not have, ValueError for what is no month such as 2026-10.
    """
    contract = {one.id: one for one in contracts_of(city)}[contract_id]
    found = Gathered.of(conn, city, contract, month, policies, now)
    return _Facts(conn, found, policies, [one for one in found.tickets if _concerns(found, one)]).document()


def _concerns(found: Gathered, row: Ticket) -> bool:
    """Whether anything of a ticket lies before the month's end, so that it may have begun by then."""
    case = found.cases.by_number[row.n]
    known = [one.at for one in case.events] + [one.at for one in reports(case)]
    known += [at for at in (case.notified_at, case.detected_at) if at is not None]
    return any(at < found.month.until for at in known)


@dataclass(slots=True)
class _Facts:
    conn: Connection
    found: Gathered
    policies: Mapping[str, KindPolicy]
    tickets: Sequence[Ticket]
    instants: list[Ms] = field(default_factory=list)

    def document(self) -> dict[str, Any]:
        rows = outages.needed(self.conn, self.found, [one.id for one in self.tickets], self.timed)
        names = {one.n: one.id for one in self.found.city.devices.values()}
        devices = self._devices([names[row.device] for row in rows])
        rules = self._rules(devices)
        observed = self._observed(rows, rules).document()
        mine = [self._ticket(one, its) for one, its in self._events()]
        seen = self._seen()
        self._remember(rows, mine, seen, observed)
        days = Days.around([*self.found.month, *self.instants])
        calendars = self._calendars(devices, days)
        return {
            "month": self._month(),
            "contract": agreement(self.found.contract, self._calendar(self.found.contract_row.document)),
            "zones": self._zones(calendars, days),
            "calendars": calendars,
            "halls": self._halls(devices),
            "kinds": self._kinds(devices),
            "devices": [self._device(one, rules[one.id]) for one in devices],
            "tickets": sorted(mine, key=lambda one: str(one["id"])),
            "outages": [outages.document(row, names[row.device]) for row in rows],
            "observations": observed,
            "seen": seen,
            "exemptions": exemptions(self.conn, self.found.city, devices, self.found.month),
            "findings": findings(self.conn, self.found),
            "health": self._health(rows, devices, observed),
            "neighbours": health.neighbours(self.conn, self.found, rows),
        }

    @property
    def timed(self) -> Sequence[Device]:
        """The devices whose time a term counts."""
        charged = any(one.term == "availability" for one in self.found.contract.terms)
        return self.found.devices if charged and self.found.time.start < self.found.time.until else ()

    def _month(self) -> dict[str, Any]:
        found, vendor = self.found, self.found.city.vendors.get(self.found.contract.vendor)
        return {
            "v": VERSION,
            "contract": found.contract.id,
            "vendor": found.contract.vendor,
            "vendor_name": vendor.name if vendor else found.contract.vendor,
            "month": found.name,
            "from": found.month.start,
            "until": found.month.until,
            "rules_version": RULES,
        }

    def _devices(self, others: Iterable[str]) -> list[Device]:
        """The contract's, the tickets', and what stands before them (O5)."""
        city = self.found.city
        by_number = {one.n: one.id for one in city.devices.values()}
        ids = {one.id for one in self.found.devices} | {by_number[one.device] for one in self.tickets} | set(others)
        ids |= {id for one in list(ids) for id in ancestors(city, one)}
        return [city.devices[id] for id in sorted(ids)]

    def _rules(self, devices: Sequence[Device]) -> dict[str, Confirmation]:
        """By which (confirm, recover) each device's outages were judged (O3)."""
        states = states_of(self.conn, [one.n for one in devices])
        judged = {one.id: (states[one.n].fold or {}).get("rule") if one.n in states else None for one in devices}
        return {id: Confirmation(*rule) if rule else Confirmation() for id, rule in judged.items()}

    def _device(self, one: Device, rule: Confirmation) -> dict[str, Any]:
        return {
            "id": one.id,
            "kind": one.kind,
            "hall": one.hall,
            "vendor": one.vendor,
            "model": one.model,
            "parent": parent_of(one, self.found.city.halls.get(one.hall)),
            "collector": one.collector,
            "interval_ms": round(one.interval_s * 1000),
            "commissioned": one.commissioned,
            "out_of_service": out_of_service(one),
            "judged_by": [rule.confirm, rule.recover],
        }

    def _observed(self, rows: Sequence[OutageRow], rules: Mapping[str, Confirmation]) -> Observed:
        observed = Observed(self.conn, self.found.now)
        devices = {one.n: one for one in self.found.city.devices.values()}
        found = ((one.id, outages.Claims.of(self._case(one))) for one in self.tickets)
        claims = {id: about for id, about in found if about is not None}
        by_device: dict[int, list[OutageRow]] = {}
        for row in rows:
            by_device.setdefault(row.device, []).append(row)
        for row in rows:
            device = devices[row.device]
            words = outages.recoveries(self.found, row, by_device, device.id)
            interval = round(device.interval_s * 1000)
            made = claims[row.ticket].made if row.ticket in claims else ()
            observed.add(device.id, observed.edges(row, rules[device.id], interval, words, made))
        for one in self.tickets:
            if one.id in claims:
                observed.add(devices[one.device].id, observed.at(one.device, claims[one.id].seen))
        return observed

    def _events(self) -> Iterator[tuple[Ticket, list[Event]]]:
        found = events_of(self.conn, [one.n for one in self.tickets])
        return ((one, [event for event in found.get(one.n, []) if event.at <= self.found.now]) for one in self.tickets)

    def _ticket(self, row: Ticket, events: Sequence[Event]) -> dict[str, Any]:
        case = self._case(row)
        names = ("event", "at", "recorded_at", "by", "detail")
        return {
            "id": row.id,
            "device": case.device,
            "vendor": row.vendor,
            "source": row.source,
            "symptom": row.symptom,
            "external_id": row.external_id,
            "opened_at": row.opened_at,
            "repeat_of": row.repeat_of,
            "notified": told(self.conn, row.id, case.notified_at),
            "events": [{name: getattr(one, name) for name in names} for one in events],
        }

    def _case(self, row: Ticket) -> Case:
        return self.found.cases.by_number[row.n]

    def _seen(self) -> dict[str, list[list[Any]]]:
        """What was seen of the devices whose time counts, without what changes nothing (`store.steady`)."""
        if not self.timed:
            return {}
        found = self.found
        period = Period(*found.time, found.now)
        selected = Selected.of(self.conn, found.city, self.timed, self.policies, period)
        told = {one.id: selected.facts(self.conn, one).seen for one in self.timed}
        return {
            id: [[one.ts, one.state, one.interval_ms, list(one.conditions)] for one in seen]
            for id, seen in sorted(told.items())
        }

    def _remember(
        self, rows: Sequence[OutageRow], tickets: Sequence[dict[str, Any]], *seen: Mapping[str, Sequence[Sequence[Any]]]
    ) -> None:
        """The instants that hours are asked for."""
        self.instants += [at for row in rows for at in (row.start, row.until) if at is not None]
        self.instants += [one["at"] for ticket in tickets for one in ticket["events"]]
        self.instants += [one.at for ticket in self.tickets for one in reports(self._case(ticket))]
        self.instants += [some[place][0] for one in seen for some in one.values() if some for place in (0, -1)]

    def _calendar(self, document: Mapping[str, Any]) -> str | None:
        name = document.get("calendar")
        return name if name in self.found.city.calendars else None

    def _used(self, devices: Sequence[Device]) -> list[str]:
        rooms = {self.found.city.halls[one.hall].calendar for one in devices}
        return sorted(name for name in {self._calendar(self.found.contract_row.document), *rooms} if name)

    def _calendars(self, devices: Sequence[Device], days: Days) -> dict[str, Any]:
        known = self.found.city.calendars
        return {name: calendar(known[name].document, days) for name in self._used(devices)}

    def _zones(self, calendars: Mapping[str, Mapping[str, Any]], days: Days) -> dict[str, Any]:
        names = {self.found.contract.zone.key, *(one["zone"] for one in calendars.values() if "zone" in one)}
        return {name: offsets(name, days) for name in sorted(names)}

    def _halls(self, devices: Sequence[Device]) -> list[dict[str, Any]]:
        some = [self.found.city.halls[id] for id in sorted({one.hall for one in devices})]
        names = ("id", "name", "branch", "calendar", "gateway")
        return [{name: getattr(one, name) for name in names} for one in some]

    def _kinds(self, devices: Sequence[Device]) -> list[dict[str, Any]]:
        return [self._kind(kind) for kind in sorted({one.kind for one in devices})]

    def _kind(self, name: str) -> dict[str, Any]:
        kind = self.policies.get(name)
        if kind is None:
            return {"kind": name, "owners": {}, "stopping": [], "grace_ms": GRACE_MS}
        return {
            "kind": name,
            "owners": dict(kind.owners),
            "stopping": sorted(kind.stopping),
            "grace_ms": kind.grace_ms,
        }

    def _health(
        self, rows: Sequence[OutageRow], devices: Sequence[Device], observed: Mapping[str, Sequence[Sequence[Any]]]
    ) -> dict[str, Any]:
        edges = sorted({at for row in rows for at in (row.start, row.until) if at is not None})
        collectors = {one.collector for one in devices}
        return {
            "silences": health.silences(self.conn, collectors, edges),
            "lost": health.lost(self.conn, observed),
        }
