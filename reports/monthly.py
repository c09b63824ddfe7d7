"""The monthly availability report [月度可用率报告]: the figures once, for every form (A1-A7, K5, O6, P5).

One pass over the devices counts the period and the one before; all levels are sums of it (A4). `availability` counts a
single grouping; this is the same, with all that a manager reads beside it.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any, Final
from zoneinfo import ZoneInfo

from sqlalchemy import Engine

from reports import blind, reconciliation, worst
from reports.asked import Asked, By
from reports.availability import CITED as COUNTED_BY
from reports.availability import EMPTY, NOBODY, Progress
from reports.intact import How, Stood, inspection, served_each
from reports.monthly_count import Pass, Wanted, counted
from reports.monthly_document import compared, plain
from reports.monthly_levels import LEVELS, Row, Targets, level
from reports.periods import before, name_of
from reports.scorecard import Scorecard, scorecard
from reports.scorecard import document as scorecard_document
from sla.instant import Ms, render
from sla.interval import Interval
from sla.profile import ProfileName
from sla.version import RULES
from store import seals
from store.database import moment
from store.device_facts import KindPolicy, Period
from store.inventory import load
from store.pages import EVERYTHING

__all__ = ["Monthly", "Targets", "document", "monthly"]

NO_TARGETS: Final = Targets()
_USUAL: Final = How()


@dataclass(frozen=True, slots=True)
class Monthly:
    """The report as it is known at `known_at`; `name` is 2026-10 or 2026-W41, None of any other period.

    `rows` and `total` are what `asked` groups by, under its profile; `levels` have each the profile of LEVELS.
    """

    asked: Asked
    known_at: Ms
    zone: ZoneInfo
    name: str | None
    before: Interval
    targets: Targets
    rows: tuple[Row, ...]
    total: Row
    levels: Mapping[By, tuple[Row, ...]]
    worst: tuple[worst.Bad, ...]
    blind: blind.BlindTime
    reconciliation: reconciliation.Report
    scorecard: Scorecard | None
    hours: Mapping[str, tuple[str, ...]]
    halls: Mapping[str, str]
    head: str | None
    note: str | None


def monthly(
    engine: Engine,
    asked: Asked,
    policies: Mapping[str, KindPolicy],
    now: Ms,
    progress: Progress = lambda _done, _all: None,
    *,
    zone: ZoneInfo,
    targets: Targets = NO_TARGETS,
    how: How = _USUAL,
) -> Monthly:
    """Count it as of one moment; `progress` hears how many devices of how many are done. Raises `Unknown`.

    `zone` is the site's, for what a month is; `targets` and `how` (the scorecard's) are settings of the site.
    """
    within = Interval(asked.start, asked.until)
    at = inspection(*within, now, zone, how)
    profiles: set[ProfileName] = {asked.profile, *LEVELS.values()}
    wanted = Wanted(before(within, zone), sorted(profiles), at)
    with moment(engine) as parts:
        with parts() as conn:
            city = load(conn)
        found = counted(parts, city, asked, wanted, policies, now, progress)
        with parts() as conn:
            mine = [one for n, one in enumerate(found.devices) if found.now.mine[n]]
            bad = worst.worst(conn, city, found.devices, found.now, policies, now)
            unseen = blind.blind_time(conn, city, mine, found.blind, within, now)
            head = seals.head(conn)
    levels = {by: level(found, by, profile, targets, asked.min_coverage) for by, profile in LEVELS.items()}
    own = levels[asked.by]
    if asked.profile != LEVELS[asked.by]:
        own = level(found, asked.by, asked.profile, targets, asked.min_coverage)
    note = None if found.now.mine.any() else NOBODY if city.devices else EMPTY
    return Monthly(
        asked=asked,
        known_at=now,
        zone=zone,
        name=name_of(within, zone),
        before=wanted.before,
        targets=targets,
        rows=own,
        total=level(found, asked.by, asked.profile, targets, asked.min_coverage, whole=True)[0],
        levels=levels,
        worst=bad,
        blind=unseen,
        reconciliation=reconciliation.reconciliation(engine, asked, policies, now, city=city),
        scorecard=_scorecard(found, asked, now, how, at),
        hours=_hours(found),
        halls={hall.id: hall.name for hall in city.halls.values()},
        head=str(head) if head else None,
        note=note,
    )


def _scorecard(found: Pass, asked: Asked, now: Ms, how: How, at: Ms | None) -> Scorecard | None:
    """P5 compares a branch with all halls: there is none where only a part of them was counted."""
    everything = replace(asked, halls=(), branch=None, vendor=None, kind=None, scope=EVERYTHING)
    if asked != everything:
        return None
    served = served_each(found.now.by_profile["service"])
    rows = zip(found.devices, served, found.inspected, found.now.mine.tolist(), strict=True)
    stood = [Stood(device, time, inspected) for device, time, inspected, mine in rows if mine]
    return scorecard(found.city, stood, Period(asked.start, asked.until, now), how, at)


def _hours(found: Pass) -> Mapping[str, tuple[str, ...]]:
    """The calendars of the halls, and which halls go by each; "" for those without one, which are always open."""
    used = {one.hall for n, one in enumerate(found.devices) if found.now.mine[n]}
    hours: dict[str, list[str]] = {}
    for id in sorted(used):
        hall = found.city.halls.get(id)
        hours.setdefault((hall.calendar if hall else None) or "", []).append(id)
    return {calendar: tuple(halls) for calendar, halls in sorted(hours.items())}


def document(report: Monthly) -> dict[str, Any]:
    """The report as JSON has it: instants RFC 3339, ratios 0..1 unrounded or null, times in s.

    It has all members of `reports.availability.document`, and more.
    """
    asked = report.asked
    within = Interval(asked.start, asked.until)
    return {
        "from": render(asked.start),
        "until": render(asked.until),
        "name": report.name,
        "zone": report.zone.key,
        "known_at": render(report.known_at),
        "before": {"from": render(report.before.start), "until": render(report.before.until)},
        "by": asked.by,
        "profile": asked.profile,
        "profiles": dict(LEVELS),
        "only": _only(asked),
        "min_coverage": float(asked.min_coverage),
        "targets": _targets(report.targets),
        "rules": _rules(report),
        "rules_version": RULES,
        "calendars": [name for name in report.hours if name],
        "hours": [{"calendar": name or None, "halls": list(halls)} for name, halls in report.hours.items()],
        "provisional": report.total.provisional,
        "rows": [plain(row) | compared(row) for row in report.rows],
        "total": plain(report.total) | compared(report.total),
        "levels": {by: [plain(row) | compared(row) for row in rows] for by, rows in report.levels.items()},
        "worst": worst.document(report.worst, within, report.halls),
        "blind": blind.document(report.blind, report.halls),
        "reconciliation": reconciliation.document(report.reconciliation),
        "scorecard": None if report.scorecard is None else scorecard_document(report.scorecard),
        "note": report.note,
        "head": report.head,
    }


def _only(asked: Asked) -> dict[str, Any]:
    """What the report is narrowed to, by who asked or by what may be seen; empty: all of the city."""
    vendor, halls = asked.vendor or asked.scope.vendor, asked.halls or ((asked.scope.hall,) if asked.scope.hall else ())
    given = {"halls": list(halls), "branch": asked.branch, "vendor": vendor, "kind": asked.kind}
    return {name: value for name, value in given.items() if value}


def _rules(report: Monthly) -> list[str]:
    card = () if report.scorecard is None else ("A7", "P5")
    return sorted({*COUNTED_BY, *reconciliation.CITED, *card}, key=lambda id: (id[0], int(id[1:])))


def _targets(targets: Targets) -> dict[str, Any]:
    overall = None if targets.overall is None else float(targets.overall)
    return {"overall": overall, "kinds": {kind: float(value) for kind, value in sorted(targets.kinds.items())}}
