"""The stories: the same for the same seed, asked in any order, and what they promise about their faults."""

from __future__ import annotations

import json
from itertools import islice, pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from simulator.city import City, build, with_besides
from simulator.demo import demo
from simulator.fault import Fault, fault
from simulator.proof import proof
from simulator.quiet import quiet
from simulator.scenario import Scenario, stopped
from simulator.scenarios import SCENARIOS
from simulator.toner import Cycle, low_from, low_toner
from tests.simulator.conftest import START, told

CITY = build(3)
MINUTE = 60_000
HOUR = 60 * MINUTE
SECOND = 1000


def broken(story: Scenario, city: City, t: int) -> int:
    """Things that are broken at `t`: a dead switch is one, what sleeps, is late or waits behind the switch is none."""
    faults = story.truth(t, t + 1)
    gaps = {f.device for f in story.truth(t - 100 * SECOND, t + 100 * SECOND) if f.kind == "flapping"}
    return len({f.device for f in faults if f.kind not in ("asleep", "lazy", "unreachable")} | gaps)


@pytest.mark.parametrize("name", ["demo", "proof", "quiet"])
def test_a_story_is_the_same_for_the_same_seed_and_another_for_another(name: str) -> None:
    span = (START, START + (30 if name == "quiet" else 3) * HOUR)
    one, same, other = (SCENARIOS[name](CITY, seed, START).truth(*span) for seed in (1, 1, 2))
    assert one == same != other
    assert len(one) > 5


@pytest.mark.parametrize("name", ["demo", "proof", "quiet"])
def test_the_truth_is_what_the_devices_show_at_every_edge(name: str) -> None:
    story = SCENARIOS[name](CITY, 4, START)
    spans = stopped(story.truth(START, START + 5 * HOUR))
    assert spans
    for device, times in spans.items():
        for start, until in times:
            shown = [story.state_at(device, t).stops for t in (start - 1, start, until - 1, until)]
            assert shown == [False, True, True, False]


@settings(max_examples=20, deadline=None)
@given(st.lists(st.integers(0, 90 * MINUTE), min_size=2, max_size=8), st.sampled_from(CITY.devices))
def test_a_situation_does_not_depend_on_what_was_asked_before(times: list[int], device: object) -> None:
    name = getattr(device, "id", "")
    asked = demo(CITY, 5, START)
    for t in times:
        got = asked.state_at(name, START + t)
        assert got._replace(until=0) == demo_told().state_at(name, START + t)._replace(until=0)
        assert asked.state_at(name, min(got.until - 1, START + 95 * MINUTE))[:6] == got[:6]


_TOLD: list[Scenario] = []


def demo_told() -> Scenario:
    if not _TOLD:
        _TOLD.append(demo(CITY, 5, START))
        _TOLD[0].truth(START, START + 100 * MINUTE)
    return _TOLD[0]


@pytest.mark.parametrize("seed", range(3))
def test_the_demo_keeps_a_handful_of_things_broken(seed: int) -> None:
    story = demo(CITY, seed, START)
    counts = [broken(story, CITY, START + t * SECOND) for t in range(90, 2400, 7)]
    assert min(counts) >= 2
    assert max(counts) <= 8


@pytest.mark.parametrize("seed", range(3))
def test_the_demo_begins_soon_and_a_switch_dies_within_two_minutes(seed: int) -> None:
    faults = [
        f for f in demo(CITY, seed, START).truth(START, START + 2 * MINUTE) if f.kind not in ("lazy", "low_toner")
    ]
    assert faults[0].kind == "jam"
    assert faults[0].start - START <= 8 * SECOND
    switch = next(f for f in faults if f.kind == "switch")
    behind = {
        f.device for f in faults if f.kind == "unreachable" and f.start == switch.start and f.until == switch.until
    }
    assert behind == {device.id for device in CITY.behind()[switch.device]}


def test_where_there_is_a_ups_the_mains_fail_within_two_minutes_and_come_back() -> None:
    city = with_besides(CITY, 8080)
    faults = [f for f in demo(city, 1, START).truth(START, START + HOUR) if f.kind == "mains"]
    assert {f.device for f in faults} == {"U-0001"}
    assert faults[0].start < START + 2 * MINUTE
    assert 5 <= len(faults) <= 14
    assert not any(f.stops for f in faults)


def test_the_demo_shows_something_new_every_15_to_40_seconds() -> None:
    faults = demo(CITY, 1, START).truth(START, START + HOUR)
    starts = sorted({f.start for f in faults if f.kind not in ("lazy", "low_toner", "unreachable", "flapping")})
    gaps = [later - earlier for earlier, later in pairwise(starts[1:])]
    assert min(gaps) >= 15 * SECOND
    assert sum(gap > 60 * SECOND for gap in gaps) < len(gaps) / 5


def test_the_proof_keeps_stops_of_a_device_apart() -> None:
    story = proof(CITY, 9, START, every=5_000, apart=3 * MINUTE)
    faults = story.truth(START, START + 3 * HOUR)
    assert {f.kind for f in faults} == {"dead", "paper", "jam", "door", "switch", "unreachable"}
    assert all(f.stops and MINUTE <= f.until - f.start <= 3 * MINUTE for f in faults)
    for times in stopped(faults).values():
        assert all(later[0] - earlier[1] >= 3 * MINUTE for earlier, later in pairwise(times))


def test_quiet_weeks_have_few_faults_dark_nights_and_low_toner() -> None:
    faults = quiet(CITY, 1, START).truth(START, START + 14 * 24 * HOUR)
    kinds = {f.kind for f in faults}
    assert {"paper", "jam", "low_toner", "night_off", "asleep", "lazy"} <= kinds
    assert len([f for f in faults if f.kind in ("paper", "jam", "door", "dead", "toner_out")]) < 20 * 14


def test_a_story_is_told_in_order() -> None:
    for make in SCENARIOS.values():
        faults = make(CITY, 2, START).truth(0, START + 12 * HOUR)
        assert [f.start for f in faults] == sorted(f.start for f in faults)


def test_low_toner_is_when_a_tenth_is_left() -> None:
    cycle = low_from(START + HOUR, 2 * HOUR, 100 * HOUR)
    assert cycle.percent(START + HOUR - MINUTE) > 10 >= cycle.percent(START + HOUR + 1)
    assert 7 < cycle.percent(START + 3 * HOUR - 1) < 10
    assert cycle.percent(START + 3 * HOUR) == 100
    first = next(low_toner({"P-1": cycle}, START))
    assert first == fault("P-1", "low_toner", START + HOUR, START + 3 * HOUR)


def test_low_times_begin_with_the_one_that_is_not_over() -> None:
    cycle = Cycle(0, 1000, 50)
    assert list(islice(cycle.low_times(920), 2)) == [(900, 950), (1850, 1900)]


def test_overlapping_stops_are_one_in_the_truth() -> None:
    faults = [
        fault("a", "jam", 0, 10),
        fault("a", "dead", 5, 20),
        fault("a", "low_paper", 15, 90),
        fault("a", "dead", 30, 40),
    ]
    assert stopped(faults) == {"a": [(0, 20), (30, 40)]}


def test_the_exported_truth_is_one_json_object_a_line() -> None:
    story = told(fault("P-1", "jam", START, START + 5), fault("P-1", "dead", START + 9, START + 10))
    lines = story.truth_lines(START, START + 9).splitlines()
    assert [Fault(**json.loads(line)) for line in lines] == [fault("P-1", "jam", START, START + 5)]
