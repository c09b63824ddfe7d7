"""Availability of this month so far, counted once for all levels: what the monthly report says of it (A1-A6)."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Final
from zoneinfo import ZoneInfo

from sqlalchemy import Engine

from reports.asked import Asked, By
from reports.availability import Progress
from reports.live.point import LivePoint, point, seconds
from reports.monthly_count import Pass, Wanted, counted
from reports.monthly_levels import Row, Targets, level
from reports.periods import period
from sla.instant import Ms
from sla.interval import Interval
from store.city import City
from store.database import moment
from store.device_facts import KindPolicy
from store.inventory import load

LEVELS: Final[tuple[By, ...]] = ("city", "branch", "hall", "kind", "vendor")


def availability(
    engine: Engine,
    policies: Mapping[str, KindPolicy],
    now: Ms,
    zone: ZoneInfo,
    targets: Targets,
    progress: Progress = lambda _done, _all: None,
) -> list[LivePoint]:
    """A point for each group of each level; `zone` is the site's, for what a month is."""
    within = period(None, None, None, now, zone)
    asked = Asked(*within)
    wanted = Wanted(Interval(within.start, within.start), ("service", "contract"))
    with moment(engine) as parts:
        with parts() as conn:
            city = load(conn)
        found = counted(parts, city, asked, wanted, policies, now, progress)
    return [one for by in LEVELS for one in _level(found, by, asked, targets, now)]


def _level(found: Pass, by: By, asked: Asked, targets: Targets, now: Ms) -> Iterator[LivePoint]:
    service, contract = (level(found, by, one, targets, asked.min_coverage) for one in ("service", "contract"))
    for one, vendors in zip(service, contract, strict=True):
        yield _point(found.city, by, one, vendors, now)


def _point(city: City, by: By, one: Row, vendors: Row, now: Ms) -> LivePoint:
    """`one` under `service`, `vendors` the same group under `contract`."""
    figures = one.figures
    tags = {"level": by, "id": one.id, "name": one.name or one.id, "branch": _branch(city, by, one.id)}
    known = {
        "service": figures.availability,
        "contract": vendors.figures.availability,
        "raw": figures.raw,
        "coverage": figures.coverage,
        "down_s": seconds(figures.ms["down"]),
        "outages": figures.outages,
        "target": None if one.target is None else float(one.target),
    }
    return point("availability", tags, known, now)


def _branch(city: City, by: By, id: str | None) -> str | None:
    if by == "hall":
        return hall.branch if id is not None and (hall := city.halls.get(id)) else None
    return id if by == "branch" else None
