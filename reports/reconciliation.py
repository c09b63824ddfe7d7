"""What halls phoned in against what monitoring saw, by hall: the figures once, for every way to show them (K5).

SQL selects (`store.reconciling`), `sla.reconciliation` sorts and counts.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, Final, NamedTuple

from sqlalchemy import Engine

from reports.asked import Asked, chosen
from reports.availability import EMPTY, N_, Progress
from sla.instant import Ms, render
from sla.reconciliation import CLASSES, Complaint, Counted, Sorted, classify, counted, without_call
from sla.version import RULES
from store import complaints
from store.city import City, Device
from store.database import Parts, moment
from store.device_facts import KindPolicy, Period, clock_of
from store.inventory import load
from store.reconciling import Known, faults, known, late_repairs
from store.tickets import Ticket

CITED: Final = ("K1", "K3", "K5", "K6", "O10", "R2")
"""The rules that make these figures."""
NOTHING: Final = N_("There were no faults and no complaints of what was asked for in this period.")
_CHUNK: Final = 200
_EVER: Final = 1 << 62


class Row(NamedTuple):
    """The figures of one hall, or of all."""

    id: str | None
    name: str | None
    figures: Counted


@dataclass(frozen=True, slots=True)
class Report:
    """The figures as known at `known_at`, with the faults and complaints behind them; `note` where there are none."""

    asked: Asked
    known_at: Ms
    rows: tuple[Row, ...]
    total: Row
    faults: tuple[Sorted, ...]
    uncalled: tuple[Complaint, ...]
    calendars: tuple[str, ...]
    provisional: bool
    note: str | None = None


def reconciliation(
    engine: Engine,
    asked: Asked,
    policies: Mapping[str, KindPolicy],
    now: Ms,
    progress: Progress = lambda _done, _all: None,
    city: City | None = None,
) -> Report:
    """Count it, as of one moment; `progress` hears how many tickets of how many are done. Raises `Unknown`.

    `city` is the inventory where it was read already.
    """
    period = Period(asked.start, asked.until, now)
    with moment(engine) as parts:
        with parts() as conn:
            city = load(conn) if city is None else city
            mine = chosen(city, replace(asked, start=-_EVER, until=_EVER))  # a report on any device counts (K2)
            some = faults(conn, period, asked.scope, {one.n for one in mine})
            ids = {one.id for one in mine}
            said = [one for one in late_repairs(conn, period) if _wanted(city, asked, one, ids)]
        found = list(_known(parts, city, some, policies, period, progress))
    return _report(city, asked, now, mine, found, [_complaint(one) for one in said])


def _known(
    parts: Parts,
    city: City,
    some: Sequence[Ticket],
    policies: Mapping[str, KindPolicy],
    period: Period,
    progress: Progress,
) -> Iterator[Known]:
    for done in range(0, len(some), _CHUNK):
        progress(done, len(some))
        with parts() as conn:
            yield from list(known(conn, city, some[done : done + _CHUNK], policies, period))
    progress(len(some), len(some))


def _report(
    city: City,
    asked: Asked,
    now: Ms,
    mine: Sequence[Device],
    found: Sequence[Known],
    said: Sequence[Complaint],
) -> Report:
    within = [classify(one.fault, one.hours) for one in found if one.within]
    uncalled = [one for one in said if without_call(one, (other.fault for other in found))]
    ids = sorted({one.hall for one in mine} | {one.hall for one in said})
    of_hall: dict[str, list[Sorted]] = {}
    for one in within:
        of_hall.setdefault(one.fault.hall, []).append(one)
    complained, without = (Counter(one.hall for one in some) for some in (said, uncalled))
    rows = [_row(city, id, counted(of_hall.get(id, ()), complained[id], without[id])) for id in ids]
    whole = Row(None, None, counted(within, len(said), len(uncalled)))
    hours = {city.halls[id].calendar or "" for id in ids if id in city.halls} - {""}
    clocks = {clock_of(city, one) for one in mine}
    provisional = any(clock.provisional(asked.start, asked.until) for clock in clocks)
    note = None if within or said else NOTHING if city.devices else EMPTY
    return Report(
        asked, now, tuple(rows), whole, tuple(within), tuple(uncalled), tuple(sorted(hours)), provisional, note
    )


def _row(city: City, id: str, figures: Counted) -> Row:
    return Row(id, city.halls[id].name if id in city.halls else None, figures)


def _wanted(city: City, asked: Asked, one: complaints.Complaint, devices: Collection[str]) -> bool:
    """Whether a complaint is about what was asked for, and may be seen: a vendor hears of its own devices only."""
    if one.device is not None:
        return one.device in devices
    hall = city.halls.get(one.hall)
    narrow = asked.vendor, asked.kind, asked.scope.vendor
    return (
        narrow == (None, None, None)
        and (not asked.halls or one.hall in asked.halls)
        and asked.branch in (None, hall.branch if hall else None)
        and asked.scope.hall in (None, one.hall)
    )


def _complaint(one: complaints.Complaint) -> Complaint:
    return Complaint(one.id, one.hall, one.at, one.device, one.ticket)


def document(report: Report) -> dict[str, Any]:
    """The report as JSON has it: instants RFC 3339, the score 0..1 unrounded or null, times in s of hall hours."""
    asked = report.asked
    return {
        "from": render(asked.start),
        "until": render(asked.until),
        "known_at": render(report.known_at),
        "rules": list(CITED),
        "rules_version": RULES,
        "calendars": list(report.calendars),
        "provisional": report.provisional,
        "rows": [_document(row) for row in report.rows],
        "total": _document(report.total),
        "faults": [_fault(one) for one in report.faults],
        "complaints_without_call": [one._asdict() | {"at": render(one.at)} for one in report.uncalled],
        "note": report.note,
    }


def _document(row: Row) -> dict[str, Any]:
    found = row.figures
    return {
        "id": row.id,
        "name": row.name,
        "faults": found.faults,
        "complaints": found.complaints,
        **{name: found.classes[name] for name in CLASSES},
        "phoned": found.phoned,
        "seen_first": found.first,
        "detection_score": None if found.share is None else float(found.share),
        "median_lead_s": None if found.median_lead_ms is None else float(found.median_lead_ms / 1000),
    }


def _fault(one: Sorted) -> dict[str, Any]:
    fault = one.fault
    return {
        "ticket": fault.id,
        "device": fault.device,
        "hall": fault.hall,
        "classes": list(one.classes),
        "at": render(fault.at),
        "until": _instant(fault.until),
        "phoned_at": _instant(fault.phoned_at),
        "seen_at": _instant(fault.seen_at),
        "lead_s": None if one.lead_ms is None else one.lead_ms / 1000,
    }


def _instant(at: Ms | None) -> str | None:
    return None if at is None else render(at)
