"""Availability of devices, halls, branches, vendors, kinds and the city: the figures once, for every way to show them.

SQL selects (`store.device_facts`), `sla` counts (A1-A6); here devices are grouped, and their seconds added (A4).
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final, NamedTuple

from sqlalchemy import Engine

from reports.asked import Asked, chosen, group, group_name
from reports.pieces import MANY, pieces
from sla.availability import Figures, Tally, figures, total
from sla.bulk import tallies
from sla.instant import Ms, render
from sla.version import RULES
from store.city import City, Device
from store.database import Parts, moment
from store.device_facts import KindPolicy, Period, Selected, clock_of
from store.inventory import load

CITED: Final = ("A1", "A2", "A3", "A4", "A5", "A6", "C1", "C5", "O3", "O5", "O6", "O10", "T3")
"""The rules that make these figures."""
TOTAL: Final = "total"
_CHUNK: Final = MANY
"""Devices in one piece, see `reports.pieces`."""

Progress = Callable[[int, int], None]


def N_(text: str) -> str:  # noqa: N802 - the usual mark for strings that are translated later
    """Mark a string for extraction."""
    return text


EMPTY: Final = N_("The inventory is empty: take one in with `hallwatch import FILE` or PUT /api/v1/inventory.")
NOBODY: Final = N_("No device that was asked for was in service in this period.")


class Row(NamedTuple):
    """The figures of one group, or of all; `provisional` where a year's holidays are not known yet (T3)."""

    id: str | None
    name: str | None
    devices: int
    figures: Figures
    provisional: bool


@dataclass(frozen=True, slots=True)
class Report:
    """The figures as they are known at `known_at`; `note` says what to do where there are none."""

    asked: Asked
    known_at: Ms
    rows: tuple[Row, ...]
    total: Row
    calendars: tuple[str, ...]
    note: str | None = None


class _Counted(NamedTuple):
    device: Device
    tally: Tally
    provisional: bool


def availability(
    engine: Engine,
    asked: Asked,
    policies: Mapping[str, KindPolicy],
    now: Ms,
    progress: Progress = lambda _done, _all: None,
) -> Report:
    """Count it, as of one moment; `progress` hears how many devices of how many are done. Raises `Unknown`."""
    period = Period(asked.start, asked.until, now)
    with moment(engine) as parts:
        with parts() as conn:
            city = load(conn)
            mine = chosen(city, asked)
            selected = Selected.planned(conn, city, policies, period)
        counted = list(_count(parts, selected, mine, asked, progress))
    hours = {hall.calendar for one in mine if (hall := city.halls.get(one.hall)) and hall.calendar}
    note = None if mine else NOBODY if city.devices else EMPTY
    return Report(
        asked, now, tuple(_rows(city, asked, counted)), _row(None, None, asked, counted), tuple(sorted(hours)), note
    )


def _count(
    parts: Parts, selected: Selected, mine: Sequence[Device], asked: Asked, progress: Progress
) -> Iterator[_Counted]:
    """Each device's tally, some devices at a time, so that memory stays small."""
    start, until, now = selected.period
    for some, columns in pieces(parts, selected, mine, progress, _CHUNK):
        found = tallies(columns, start, until, now, asked.profile)
        for n, device in enumerate(some):
            yield _Counted(device, found[n], clock_of(selected.city, device).provisional(start, until))


def _rows(city: City, asked: Asked, counted: Iterable[_Counted]) -> Iterator[Row]:
    groups: dict[str | None, list[_Counted]] = {}
    for one in counted:
        groups.setdefault(group(city, asked.by, one.device), []).append(one)
    for id in sorted(groups, key=lambda id: (id is None, id or "")):
        yield _row(id, group_name(city, asked.by, id), asked, groups[id])


def _row(id: str | None, name: str | None, asked: Asked, counted: Sequence[_Counted]) -> Row:
    added = total(asked.profile, (one.tally for one in counted))
    provisional = any(one.provisional for one in counted)
    return Row(id, name, len(counted), figures(added, asked.min_coverage), provisional)


def document(report: Report) -> dict[str, Any]:
    """The report as JSON has it (contracts, HTTP): instants RFC 3339, ratios 0..1 unrounded or null, times in s."""
    asked = report.asked
    return {
        "from": render(asked.start),
        "until": render(asked.until),
        "known_at": render(report.known_at),
        "by": asked.by,
        "profile": asked.profile,
        "min_coverage": float(asked.min_coverage),
        "rules": list(CITED),
        "rules_version": RULES,
        "calendars": list(report.calendars),
        "provisional": report.total.provisional,
        "rows": [_document(row) for row in report.rows],
        "total": _document(report.total),
        "note": report.note,
    }


def _document(row: Row) -> dict[str, Any]:
    named = {"id": row.id, "name": row.name, "devices": row.devices}
    return {**named, **shown(row.figures), "provisional": row.provisional}


def shown(found: Figures) -> dict[str, Any]:
    """Figures as JSON has them (A3, A6): ratios 0..1 or null, times in s."""
    return {
        "availability": found.availability,
        "raw": found.raw,
        "coverage": found.coverage,
        "seconds": {class_: ms / 1000 for class_, ms in found.ms.items()},
        "outages": found.outages,
        "mttr_s": None if found.mttr_ms is None else float(found.mttr_ms / 1000),
        "mtbf_s": None if found.mtbf_ms is None else float(found.mtbf_ms / 1000),
    }
