"""The layers of many devices from runs of their observations: those that are made of each one's facts (A1, O3, O5)."""

from __future__ import annotations

import random
from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import NamedTuple

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from sla.availability import tally
from sla.bulk import collect, tallies
from sla.calendar import Calendar
from sla.columns import EVER, Columns, Pieces
from sla.instant import DAY, HOUR, MINUTE
from sla.judge import Confirmation, Outage, judge
from sla.laid import Above, Faults, Runs, doubtful, graces, laid, unreachable
from sla.opening import grace_end
from sla.owners import Policy, blame, counts_as_vendor
from sla.parents import Ancestor
from sla.profile import PROFILES
from sla.seen import RANK, Seen
from sla.spans import Class, DeviceFacts
from sla.timeline import BLIND_AFTER
from tests.sla.cities import CLOCKS, devices, instants, profiles
from tests.sla.histories import drawn, examples


class Run(NamedTuple):
    device: int
    head: int
    last: int
    state: int
    hold: int
    charged: bool


def runs_of(n: int, facts: DeviceFacts) -> Iterator[Run]:
    """Observations that say the same, none later than three intervals after the one before."""
    found: list[Run] = []
    before: Seen | None = None
    for one in facts.seen:
        hold = max(one.interval_ms, facts.interval_ms)
        if before and before[1:] == one[1:] and one.ts - before.ts <= BLIND_AFTER * hold:
            found[-1] = found[-1]._replace(last=one.ts)
        else:
            owner = blame(one.conditions, facts.policy, down=True).owner
            found.append(Run(n, one.ts, one.ts, RANK[one.state], hold, counts_as_vendor(owner, facts.policy)))
        before = one
    return iter(found)


def arrays(city: Sequence[DeviceFacts]) -> Runs:
    rows = [run for n, facts in enumerate(city) for run in runs_of(n, facts)]
    device, head, last, state, hold, charged = np.array(rows, np.int64).reshape(-1, 6).T.copy()
    return Runs(device, head, last, state.astype(np.int8), hold, charged.astype(np.bool_))


def faults_of(outages: Sequence[tuple[int, Outage]], city: Sequence[DeviceFacts]) -> Faults:
    rows = [(n, one.start, EVER if one.until is None else one.until, one.last_ok) for n, one in outages]
    known = [[-EVER if value is None else value for value in row] for row in rows]
    device, start, until, last_ok = np.array(known, np.int64).reshape(-1, 4).T.copy()
    clock = np.array([CLOCKS.index(city[n].clock) if city else 0 for n, _ in outages], np.int64)
    grace_ms = np.array([city[n].grace_ms if city else 0 for n, _ in outages], np.int64)
    return Faults(device, start, until, last_ok, graces(CLOCKS, clock, start, grace_ms))


def of_runs(city: Sequence[DeviceFacts], now: int) -> tuple[Columns, list[bool]]:
    """Columns as `collect` makes them, with the layers of the runs; and which devices are doubtful."""
    runs = arrays(city)
    faults = faults_of([(n, one) for n, facts in enumerate(city) for one in facts.outages], city)
    behind = [(n, one) for n, facts in enumerate(city) for one in facts.ancestors[0].outages]
    upper = Above(faults_of(behind, []), np.array([one.ancestors[0].interval_ms for one in city]))
    found, charged = laid(runs, faults, now)
    found["unreachable"] = unreachable(runs, faults, upper, [np.arange(len(city))], now)
    usual = collect(city, now)
    planned: dict[Class, Pieces] = dict(usual.layers)
    return replace(usual, layers=planned | found, charged=charged), doubtful(runs, faults, len(city), now).tolist()


@examples
@given(st.lists(devices(), min_size=1, max_size=5), instants, instants, instants, profiles)
def test_A1_to_A6_what_is_laid_from_runs_counts_as_what_is_laid_from_observations(
    city: list[DeviceFacts], a: int, b: int, now: int, profile: str
) -> None:
    start, until = min(a, b), max(a, b)
    seen = [replace(one, seen=[said for said in one.seen if said.ts <= now]) for one in city]
    columns, doubts = of_runs(seen, now)
    found = tallies(columns, start, until, now, profile)  # type: ignore[arg-type]
    for n, facts in enumerate(seen):
        if not doubts[n]:
            assert found[n] == tally(facts, start, until, now, profile)  # type: ignore[arg-type]


def drawn_at_random(pick: random.Random) -> DeviceFacts:
    """A device that fails now and then, before or after its ancestor or alone, with gaps and changing conditions."""
    own, above = ("".join(pick.choice("uuudddd?.g") * pick.randrange(1, 9) for _ in range(12)) for _ in range(2))
    if pick.random() < 0.6:
        own = above[: pick.randrange(2, 20)] + own
    words = [(), (), ("jammed",), ("noPaper",)]
    seen = [one._replace(conditions=pick.choice(words)) if pick.random() < 0.3 else one for one in drawn(own)]
    shift = pick.choice([0, 20_000, -20_000])
    return DeviceFacts(
        clock=pick.choice(CLOCKS),
        seen=seen,
        outages=judge(seen, Confirmation(pick.choice([1, 2, 2, 3]))).outages,
        ancestors=[Ancestor(judge(drawn(above, start=shift), Confirmation()).outages, MINUTE)],
        policy=Policy({"jammed": "vendor", "noPaper": "hall"}, frozenset({"jammed"}), pick.choice(["v", None])),
        grace_ms=pick.choice([0, 15 * MINUTE]),
    )


@pytest.mark.parametrize("seed", [0, pytest.param(1, marks=pytest.mark.slow), pytest.param(2, marks=pytest.mark.slow)])
def test_O5_a_city_that_fails_often_counts_the_same_either_way(seed: int) -> None:
    pick = random.Random(seed)
    city = [drawn_at_random(pick) for _ in range(80)]
    start, until, now = 10 * MINUTE, 50 * MINUTE, pick.choice([30, 50, 70]) * MINUTE
    seen = [replace(one, seen=[said for said in one.seen if said.ts <= now]) for one in city]
    columns, doubts = of_runs(seen, now)
    found = {profile: tallies(columns, start, until, now, profile) for profile in PROFILES}
    sure = [n for n, doubt in enumerate(doubts) if not doubt]
    assert len(sure) > 50
    for n in sure:
        for profile, each in found.items():
            assert each[n] == tally(seen[n], start, until, now, profile)


def plain(picture: str, confirm: int = 2, recover: int = 1, **more: object) -> DeviceFacts:
    seen = drawn(picture)
    outages = judge(seen, Confirmation(confirm, recover)).outages
    facts = DeviceFacts(seen=seen, outages=outages, ancestors=[Ancestor((), MINUTE)], policy=Policy(vendor="v"))
    return replace(facts, **more)  # type: ignore[arg-type]


def doubts(*city: DeviceFacts, now: int = DAY) -> list[bool]:
    return of_runs(city, now)[1]


def test_the_usual_device_is_not_doubtful() -> None:
    assert doubts(plain("uudduu?ddduug"), plain("dduu"), plain("uuuu")) == [False, False, False]


def test_what_was_up_within_an_outage_or_is_no_edge_of_a_run_is_doubtful() -> None:
    assert doubts(plain("uuddudduu", recover=2)) == [True]
    late = Outage(2 * MINUTE, 4 * MINUTE, None, 3 * MINUTE)
    assert doubts(plain("uuuuuu", outages=[late]), plain("dddddd", outages=[late])) == [True, True]
    assert doubts(plain("uu?ddd", outages=[late])) == [True]
    assert doubts(plain("uudddd", outages=[late])) == [True]
    assert doubts(plain("uuuuuu"), now=3 * MINUTE) == [True]


def test_O10_the_grace_of_many_is_that_of_each() -> None:
    at = np.arange(0, 9 * DAY, 7 * HOUR) + 20_000 * DAY
    monday = Calendar.parse({"zone": "UTC", "dates": {"2024-10-07": ["08:00-10:00"]}}).clock()
    clocks = [*CLOCKS, monday]
    for n, clock in enumerate(clocks):
        found = graces(clocks, np.full(len(at), n), at, np.full(len(at), 15 * MINUTE))
        for start, end in zip(at.tolist(), found.tolist(), strict=True):
            expected = grace_end(start, clock, 15 * MINUTE)
            assert end == (EVER if expected is None else expected)


def test_O10_the_last_opening_of_a_table_is_looked_up_further_on() -> None:
    once = Calendar.parse({"zone": "UTC", "week": {"mon": ["08:00-10:00"]}}).clock()
    eve = np.array([1735603200000 - DAY + 10 * HOUR + n * HOUR for n in range(40)])  # the last days of 2024
    found = graces([once], np.zeros(len(eve), np.int64), eve, np.zeros(len(eve), np.int64))
    assert found.tolist() == [grace_end(int(at), once, 0) for at in eve]


def test_no_device_has_no_layer() -> None:
    columns, none = of_runs([], 0)
    assert (len(columns), none) == (0, [])
