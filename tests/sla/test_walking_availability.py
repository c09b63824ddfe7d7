"""A1-A6 on random cities: `sla` says what a walk second by second says, and what must hold of any city holds."""

from __future__ import annotations

from dataclasses import replace
from fractions import Fraction
from random import Random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sla.availability import figures, tally
from sla.interval import Interval
from sla.judge import Confirmation, judge
from sla.owners import Policy
from sla.parents import Ancestor
from sla.profile import ProfileName
from sla.seen import Seen, State, distinct
from sla.spans import DeviceFacts
from tests.sla.histories import drawn
from tests.sla.walking.agree_on_availability import PROFILES, differences
from tests.sla.walking.cities import CONDITIONS, city, facts, seeds
from tests.sla.walking.city import City, Device

S, M = 1000, 60_000
SILENT: tuple[tuple[int, State], ...] = ((0, "up"), (60, "up"), (70, "down"), (80, "down"))
few = settings(max_examples=12, deadline=None)
profiles = st.sampled_from(PROFILES)


def last(of: City) -> Device:
    """The device that has all the others above it."""
    return of.devices[-1]


def ratio(of: City, device: Device, profile: ProfileName) -> Fraction | None:
    found = tally(facts(of, device), of.start, of.until, of.now, profile)
    return Fraction(found.good, found.good + found.bad) if found.good + found.bad else None


@pytest.mark.slow
@few
@given(seeds)
def test_A1_to_A6_agree_with_a_walk_second_by_second_alone_and_at_once(seed: int) -> None:
    assert list(differences(city(Random(seed)))) == []


@few
@given(seeds, profiles)
def test_O7_the_order_and_repetition_of_facts_change_no_figure(seed: int, profile: ProfileName) -> None:
    chance = Random(seed)
    where = city(chance)

    def told(device: Device) -> Device:
        seen = [*device.seen, *(chance.choice(device.seen) for _ in device.seen[:5])]
        chance.shuffle(seen)
        planned, corrected = device.maintenance[::-1] * 2, device.excluded[::-1] * 2
        above = tuple(told(one) for one in device.above)
        return replace(device, seen=tuple(seen), maintenance=planned, excluded=corrected, above=above)

    period = (where.start, where.until, where.now, profile)
    assert tally(facts(where, told(last(where))), *period) == tally(facts(where, last(where)), *period)


@few
@given(seeds, profiles)
def test_A4_a_period_cut_in_two_adds_up_to_the_whole_and_counts_each_outage_once(
    seed: int, profile: ProfileName
) -> None:
    chance = Random(seed)
    where = city(chance)
    told, cut = facts(where, last(where)), chance.randrange(where.start, where.until)
    parts = [tally(told, *part, where.now, profile) for part in ((where.start, cut), (cut, where.until))]
    assert parts[0] + parts[1] == tally(told, where.start, where.until, where.now, profile)


@few
@given(seeds, profiles)
def test_A1_a_correction_moves_only_what_it_covers_and_withdrawn_it_leaves_nothing(
    seed: int, profile: ProfileName
) -> None:
    chance = Random(seed)
    where = city(chance)
    device, period = last(where), (where.start, where.until, where.now, profile)
    start = chance.randrange(where.start, where.until)
    correction = Interval(start, start + chance.randrange(600_000))
    corrected = replace(device, excluded=(*device.excluded, correction))
    before, during = tally(facts(where, device), *period), tally(facts(where, corrected), *period)
    moved = during.ms[3] - before.ms[3]
    assert 0 <= moved <= correction.until - correction.start
    assert all(old >= new for n, (old, new) in enumerate(zip(before.ms, during.ms, strict=True)) if n != 3)
    assert (before.raw_good, before.raw_bad) == (during.raw_good, during.raw_bad)
    withdrawn = tuple(one for one in corrected.excluded if one is not correction)
    assert tally(facts(where, replace(corrected, excluded=withdrawn)), *period) == before


def worse(chance: Random, device: Device) -> Device:
    """The same with some of what was seen `up` or `degraded` seen `down`.

    One observation an instant, since another that counts in its place may hold for longer (O6, O7).
    """
    seen = tuple(
        one._replace(state="down", conditions=chance.choice(CONDITIONS))
        if one.state in ("up", "degraded") and chance.randrange(4) == 0
        else one
        for one in distinct(device.seen)
    )
    return replace(device, seen=seen)


@few
@given(seeds, st.sampled_from(PROFILES[1:]))
def test_A3_more_down_of_a_device_or_of_one_above_it_never_raises_what_the_customer_sees(
    seed: int, profile: ProfileName
) -> None:
    chance = Random(seed)
    where = city(chance)
    device = last(where)
    after = replace(worse(chance, device), above=tuple(worse(chance, one) for one in device.above))
    then, now = (ratio(where, one, profile) for one in (device, after))
    assert then is None or now is None or now <= then


@few
@given(seeds)
def test_A3_more_silence_never_raises_a_vendors_availability_where_nobody_else_answers_for_it(seed: int) -> None:
    """Not so behind a parent, where it may become unreachable, nor with a grace, where it may become the hall's."""
    chance = Random(seed)
    where = city(chance)
    device = replace(last(where), above=(), grace=0, policy=replace(last(where).policy, vendor="v-1"))
    silent = tuple(
        one._replace(state="down", conditions=()) if one.state == "up" and chance.randrange(4) == 0 else one
        for one in distinct(device.seen)
    )
    then, now = (ratio(where, one, "contract") for one in (device, replace(device, seen=silent)))
    assert then is None or now is None or now <= then


def test_O5a_more_silence_may_become_unreachable_and_so_cost_its_vendor_less() -> None:
    """Why the profile `contract` is not among those that more outage never raises."""
    switch = [Ancestor(judge(drawn("uuddddddd"), Confirmation()).outages, M)]

    def availability(at_90_s: State) -> float | None:
        seen = [Seen(at * S, state, M) for at, state in SILENT] + [Seen(90 * S, at_90_s, M), Seen(95 * S, at_90_s, M)]
        told = DeviceFacts(
            seen=seen,
            outages=judge(seen, Confirmation()).outages,
            ancestors=switch,
            policy=Policy(vendor="v-1"),
        )
        return figures(tally(told, 0, 200 * S, 200 * S, "contract")).availability

    assert availability("up") == 0.9
    assert availability("down") == 1.0
