"""The figures of `benchmarks.city` the obvious way with pandas, and minute by minute."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

import numpy as np
import pandas as pd

from benchmarks.city import NOW, START, UNTIL, City
from sla.availability import Tally
from sla.clock import Clock
from sla.instant import DAY, MINUTE
from sla.spans import CLASSES

LOW = START - 3 * DAY
_LOCAL = 8 * 3_600_000
"""Shanghai is ahead of UTC."""

COLUMNS = ["up", "down", "closed", "good", "bad", "raw_good", "raw_bad", "outages", "ended", "ended_bad_ms"]


def by_pandas(city: City, clocks: list[Clock]) -> pd.DataFrame:
    """COLUMNS by device under `contract`: outages day by day, merged with the hours of the day, clipped, grouped."""
    hours = _hours(clocks)
    outages = _outages(city)
    first, last = _day(outages.start), _day(outages.until)
    days = pd.Series([list(range(a, b + 1)) for a, b in zip(first, last, strict=True)])
    parts = outages.assign(day=days).explode("day").astype({"day": "int64"}).merge(hours, on=["calendar", "day"])
    parts["before"] = _overlap(parts, LOW, START)
    parts["within"] = _overlap(parts, START, UNTIL)
    parts["after"] = _overlap(parts, UNTIL, NOW)
    bad = parts.groupby("outage")[["before", "within", "after"]].sum()
    outages = outages.join(bad, on="outage").fillna({"before": 0, "within": 0, "after": 0})
    outages["raw_bad"] = (outages.until.clip(upper=UNTIL) - outages.start.clip(lower=START)).clip(lower=0)
    return _figures(city, hours, outages)


def _hours(clocks: list[Clock]) -> pd.DataFrame:
    rows = [(n, *open_) for n, clock in enumerate(clocks) for open_ in clock.open_intervals(LOW, NOW)]
    hours = pd.DataFrame(rows, columns=["calendar", "opens", "closes"])
    return hours.assign(day=_day(hours.opens))


def _outages(city: City) -> pd.DataFrame:
    device, start, until = city.columns.outages
    frame = pd.DataFrame({"device": device, "start": start, "until": np.minimum(until, NOW)})
    return frame.assign(
        outage=frame.index, calendar=city.columns.clock[device], charged=city.columns.charged, over=until <= NOW
    )


def _day(at: pd.Series[int]) -> pd.Series[int]:
    return (at + _LOCAL) // DAY


def _overlap(parts: pd.DataFrame, low: int, high: int) -> pd.Series[int]:
    ends = parts[["until", "closes"]].min(axis=1).clip(upper=high)
    return (ends - parts[["start", "opens"]].max(axis=1).clip(lower=low)).clip(lower=0)


def _figures(city: City, hours: pd.DataFrame, outages: pd.DataFrame) -> pd.DataFrame:
    charged = outages[outages.charged & (outages.within > 0)]
    ended = charged[charged.over & (charged.after == 0)]
    open_ = (hours.closes.clip(upper=UNTIL) - hours.opens.clip(lower=START)).clip(lower=0).groupby(hours.calendar).sum()
    found = pd.DataFrame({"open": open_.reindex(city.columns.clock, fill_value=0).to_numpy()})
    found["down"] = outages.groupby("device").within.sum()
    found["up"] = found["good"] = found.open - found.down
    found["closed"] = UNTIL - START - found.open
    found["bad"] = charged.groupby("device").within.sum()
    found["raw_bad"] = outages.groupby("device").raw_bad.sum()
    found["raw_good"] = UNTIL - START - found.raw_bad
    found["outages"] = charged[charged.before == 0].groupby("device").size()
    found["ended"] = ended.groupby("device").size()
    found["ended_bad_ms"] = (ended.before + ended.within).groupby(ended.device).sum()
    return found[COLUMNS].fillna(0).astype("int64")


def by_minutes(city: City, devices: Sequence[int], clocks: list[Clock]) -> list[Tally]:
    """Some devices under `contract`, minute by minute."""
    return [_walked(city, device, clocks[city.columns.clock[device]]) for device in devices]


def _walked(city: City, device: int, clock: Clock) -> Tally:
    columns = city.columns
    mine = columns.outages.among(range(device, device + 1))
    outages = list(zip(*(column[mine].tolist() for column in columns.outages[1:]), columns.charged[mine], strict=True))
    ms: Counter[str] = Counter()
    bad: Counter[tuple[int, str]] = Counter()
    for at in range(LOW, NOW, MINUTE):
        down = next((n for n, (start, until, _) in enumerate(outages) if start <= at < until), None)
        open_, inside = clock.is_open(at), START <= at < UNTIL
        if inside:
            ms["closed" if not open_ else "up" if down is None else "down"] += MINUTE
            ms["raw_good" if down is None else "raw_bad"] += MINUTE
        if open_ and down is not None and outages[down][2]:
            bad[down, "within" if inside else "before" if at < START else "after"] += MINUTE
    counted = [n for n in range(len(outages)) if bad[n, "within"]]
    ended = [n for n in counted if not bad[n, "after"] and outages[n][1] <= NOW]
    return Tally(
        "contract",
        tuple(ms[class_] for class_ in CLASSES),
        ms["up"],
        sum(bad[n, "within"] for n in counted),
        ms["raw_good"],
        ms["raw_bad"],
        sum(not bad[n, "before"] for n in counted),
        len(ended),
        sum(bad[n, "before"] + bad[n, "within"] for n in ended),
    )
