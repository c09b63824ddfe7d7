"""Everything that the metrics store gets of `tests.live_city`, as lines by policy: seeds a real server.

The live figures are those of the product; those of every minute are made as of some instants of the last hours, so that
lines over time have more than one point.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from fractions import Fraction
from pathlib import Path

from sqlalchemy import Engine

from collector.kind import load_kinds
from hallwatch.compose import policies
from hallwatch.figures import GENTLE, QUICK, SLOW, Figures
from hallwatch.live import line_of
from reports.live.point import LivePoint
from reports.live.supplies import Hours
from reports.monthly_levels import Targets
from sla.instant import DAY, HOUR, MINUTE
from store.embedded_metrics import EmbeddedMetrics
from store.influx.lines import device_line, device_tags, line
from store.measurements import BY_NAME, HOURLY, RAW
from store.rollup import roll
from store.told import Told
from tests.live_city import NOW, ZONE, samples

TARGETS = Targets(Fraction("0.99"), {"printer": Fraction("0.98")})
EARLIER = tuple(range(3 * 60, 0, -10))
"""Minutes before `now` at which the figures of every minute are made besides."""


def measured(folder: Path, now: int = NOW) -> EmbeddedMetrics:
    """What its devices measured, in a file of the folder."""
    metrics = EmbeddedMetrics(folder / "measured.db")
    metrics.write(list(samples(now)))
    return metrics


def figures(engine: Engine, metrics: Hours, folder: Path, now: int = NOW, raw_days: float = 90) -> Figures:
    """What the live figures stand on: the city's database, what was measured, and a memory in the folder."""
    waits = {"recorder": {"points": 12, "oldest_ms": now - 4000, "quarantined": 1}}
    given = Told(folder / "told.db"), policies(load_kinds(None)), ZONE, round(raw_days * DAY), TARGETS
    return Figures(engine, metrics, *given, lambda: waits)


def points(found: Figures, now: int = NOW, earlier: Iterable[int] = ()) -> list[LivePoint]:
    """All live figures as of `now`, and those of every minute as of so many minutes earlier."""
    made: list[LivePoint] = []
    quick = [one for one in QUICK if one.every_ms == MINUTE]
    rounds = [(quick, now - minute * MINUTE) for minute in earlier]
    for table, at in [*rounds, ((*QUICK, *SLOW, *GENTLE), now)]:
        for one in table:
            for batch in one.make(found, at):
                made += batch.points
                batch.done()
    return made


def lines(engine: Engine, folder: Path, now: int = NOW) -> Iterator[tuple[str, str]]:
    """(policy, line) of every point: devices raw and by the hour, and the live figures."""
    hours: dict[str, list[tuple[int, dict[str, float]]]] = {}
    tags = {}
    for one in samples(now):
        said = device_line(one)
        if said is not None:
            yield RAW, said
        hours.setdefault(one.device, []).append((one.ts, dict(one.values)))
        tags[one.device] = device_tags(one.device, one.tags)
    for device, values in hours.items():
        for ts, fields in _hours(values).items():
            said = line("device_hour", tags[device], fields, ts)
            if said is not None:
                yield HOURLY, said
    for point in points(figures(engine, measured(folder, now), folder, now), now, EARLIER):
        said = line_of(point)
        if said is not None:
            yield BY_NAME[point.measurement].policy, said
        if (point.tags.get("device"), point.tags.get("supply")) == ("CO-0101", "1"):
            yield RAW, line("supply", point.tags, {"percent": 24.0}, now - 8 * HOUR) or ""  # before it was replaced


def _hours(values: list[tuple[int, dict[str, float]]]) -> dict[int, dict[str, float]]:
    """By the hour's start (ms) the fields of `device_hour`."""
    found: dict[int, dict[str, float]] = {}
    for field, of_field in roll(values).items():
        for hour in of_field.values():
            said = {name: float(getattr(hour, name)) for name in ("n", "min", "max", "sum", "last")}
            row = found.setdefault(hour.hour * HOUR, {})
            row.update((f"{field}_{name}", value) for name, value in said.items())
    return found
