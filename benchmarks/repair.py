"""How long one repair clock takes, with all its slices, beside the obvious walk minute by minute in the same run.

Both must give the same figures. Medians of rounds in turn, in CPU microseconds a clock, since the machine may be
shared. Nothing is kept from one clock to the next but the compiled calendar.
`python -m benchmarks.repair [--tickets N] [--rounds N] [--json FILE]`
"""

from __future__ import annotations

import argparse
import gc
import json
import random
import statistics
import time
from collections.abc import Callable, Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, Final
from zoneinfo import ZoneInfo

from sla.calendar import Calendar
from sla.case import Case
from sla.contract import Contract, Granted, Travel
from sla.instant import DAY, HOUR, MINUTE, parse
from sla.repair import repair
from sla.ticket import Happening

ZONE: Final = ZoneInfo("Asia/Shanghai")
OPENING, CLOSING = 8, 20
START: Final = parse("2026-10-01T00:00:00+08:00")
PAUSE: Final = {"reason": "hall_closed", "approver": "Li"}
GOAL_US: Final = 20

Figures = tuple[int, int, int]
"""Minutes of travel, of pauses, and counted."""


def agreement() -> Contract:
    """Two hours, half an hour's travel, open from eight to eight."""
    week = {"mon-sun": [f"{OPENING:02}:00-{CLOSING}:00"]}
    return Contract(
        id="c",
        vendor="v",
        start=START - 365 * DAY,
        until=START + 365 * DAY,
        zone=ZONE,
        clock=Calendar.parse({"zone": ZONE.key, "week": week, "holidays": "cn"}).clock(),
        targets={"printer": 2 * HOUR},
        travel=Travel("allowance", (Granted(30 * MINUTE),)),
        pauses=frozenset({"hall_closed"}),
    )


def typical(chance: random.Random, days: int) -> Case:
    """Phoned in, acknowledged, dispatched, arrived, paused once, restored; after so many days more."""
    begin = START + chance.randrange(30 * 1440) * MINUTE
    steps = [0, 1, chance.randrange(2, 10), chance.randrange(10, 60), chance.randrange(60, 90)]
    steps += [steps[-1] + chance.randrange(1, 60), days * 1440 + chance.randrange(150, 400)]
    names = ("opened", "acknowledged", "dispatched", "arrived", "paused", "resumed", "restored")
    details: dict[str, dict[str, Any]] = {"opened": {"source": "phone"}, "paused": PAUSE}
    events = [
        Happening(name, begin + step * MINUTE, "somebody", details.get(name, {}))
        for name, step in zip(names, steps, strict=True)
    ]
    return Case("T", "P", "printer", "h", events)


def by_hallwatch(case: Case) -> Figures:
    """All of the clock; some of its figures."""
    found = repair(case, CONTRACT, START + 365 * DAY)
    if found is None:
        raise SystemExit("no clock")
    return found.travel // MINUTE, found.paused // MINUTE, found.counted // MINUTE


def by_minutes(case: Case) -> Figures:
    """The obvious way: look at each minute. It knows the holidays beforehand."""
    times = {event.event: datetime.fromtimestamp(event.at / 1000, UTC).astimezone(ZONE) for event in case.events}
    travel = paused = counted = 0
    at = times["opened"]
    while at < times["restored"]:
        if OPENING <= at.hour < CLOSING and at.date() not in HOLIDAYS:
            if times["paused"] <= at < times["resumed"]:
                paused += 1
            elif travel < 30:
                travel += 1
            else:
                counted += 1
        at += timedelta(minutes=1)
    return travel, paused, counted


def measure(subject: Callable[[Case], Figures], cases: Sequence[Case]) -> float:
    """CPU microseconds of one clock."""
    gc.collect()
    begin = time.process_time()
    for case in cases:
        subject(case)
    return (time.process_time() - begin) / len(cases) * 1e6


def compare(name: str, cases: Sequence[Case], sample: int, rounds: int) -> list[dict[str, Any]]:
    """Both in turn, the walk over a sample of the tickets; exits where they differ."""
    for case in cases[:sample]:
        if by_hallwatch(case) != by_minutes(case):
            raise SystemExit(f"they differ: {case}")
    ours, walk = [], []
    for _ in range(rounds):
        ours.append(measure(by_hallwatch, cases))
        walk.append(measure(by_minutes, cases[:sample]))
    first = statistics.median(ours)
    return [
        {"tickets": name, "subject": subject, "microseconds": round(median, 1), "ratio": round(median / first, 1)}
        for subject, median in (("hallwatch", first), ("minute by minute", statistics.median(walk)))
    ]


def holidays(contract: Contract) -> frozenset[Any]:
    """The dates of the months in question on which nothing opens."""
    days = [datetime(2026, 10, 1, 12, tzinfo=ZONE) + timedelta(days=n) for n in range(70)]
    return frozenset(day.date() for day in days if not contract.clock.is_open(int(day.timestamp()) * 1000))


CONTRACT: Final = agreement()
HOLIDAYS: Final = holidays(CONTRACT)


def main() -> None:
    """Print the figures of typical tickets and of such as took a month."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--tickets", type=int, default=10_000)
    parser.add_argument("--rounds", type=int, default=9)
    parser.add_argument("--json", type=Path, help="write the figures there as well")
    options = parser.parse_args()
    chance = random.Random(1)
    figures = []
    for name, days, sample in (("typical, 7 events", 0, 100), ("open for 30 days", 30, 5)):
        cases = [typical(chance, days) for _ in range(options.tickets)]
        figures += compare(name, cases, sample, options.rounds)
    for one in figures:
        print(f"{one['tickets']:18} {one['subject']:17} {one['microseconds']:10.1f} us  ratio {one['ratio']:.1f}")
    print(f"the goal is {GOAL_US} us for a typical one")
    if options.json:
        options.json.write_text(json.dumps(figures, indent=2) + "\n")


if __name__ == "__main__":
    main()
