"""A1-A6 for many devices at once: what `tally` says of each, column by column."""

from __future__ import annotations

from typing import Final

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from sla import bulk
from sla.availability import tally
from sla.bulk import collect, tallies
from sla.calendar import Calendar
from sla.clock import ALWAYS
from sla.instant import HOUR, MINUTE, parse
from sla.interval import Interval
from sla.judge import judge
from sla.owners import Policy
from sla.parents import Ancestor
from sla.profile import ProfileName
from sla.seen import Seen, distinct
from sla.spans import DeviceFacts, Planned
from tests.sla.histories import examples, rules, states

STEP: Final = 20 * MINUTE
STEPS: Final = 150
"""Two days and two hours around the night in which Berlin's clocks go back."""
ZERO: Final = parse("2026-10-24T00:00:00Z")

CLOCKS: Final = (
    ALWAYS,
    Calendar.parse({"zone": "Europe/Berlin", "week": {"mon-sun": ["08:30-18:00"]}}).clock(),
    Calendar.parse({"zone": "Europe/Berlin", "week": {"sat": ["22:00-06:00"], "sun": ["01:30-02:30"]}}).clock(),
    Calendar.parse({"zone": "UTC"}).clock(),
)
POLICIES: Final = tuple(
    Policy({"jammed": "vendor", "noPaper": "hall"}, frozenset({"jammed", "noPaper"}), vendor, free_silence=free)
    for vendor, free in (("v-1", False), ("v-1", True), (None, False))
)

instants = st.integers(0, STEPS).map(lambda n: ZERO + n * STEP)
some = st.lists(
    st.builds(
        Seen,
        instants,
        states,
        st.sampled_from([0, STEP, 9 * STEP]),
        st.sampled_from([(), ("jammed",), ("noPaper",)]),
    ),
    max_size=14,
)
pieces = st.lists(st.tuples(instants, instants).map(sorted), max_size=2)
profiles: Final[tuple[ProfileName, ...]] = ("contract", "service", "raw")


@st.composite
def devices(draw: st.DrawFn) -> DeviceFacts:
    """One of a random city; its ancestors' outages reach beyond everything."""
    rule = draw(rules)
    seen, above = (distinct(draw(some)) for _ in range(2))
    return DeviceFacts(
        commissioned=draw(st.none() | instants),
        retired=draw(st.none() | instants),
        clock=draw(st.sampled_from(CLOCKS)),
        maintenance=[Planned(a, b, a - draw(st.integers(0, 1))) for a, b in draw(pieces)],
        excluded=[Interval(a, b) for a, b in draw(pieces)],
        seen=seen,
        interval_ms=draw(st.sampled_from([STEP, 12 * STEP])),
        outages=judge(seen, rule).outages,
        ancestors=[Ancestor(judge(above, rule).outages, STEP)],
        policy=draw(st.sampled_from(POLICIES)),
    )


@examples
@given(st.lists(devices(), max_size=5), instants, instants, instants, st.sampled_from(profiles), st.integers(1, 3))
def test_A1_to_A6_the_tallies_of_many_are_those_of_each(
    city: list[DeviceFacts], a: int, b: int, now: int, profile: ProfileName, chunk: int
) -> None:
    start, until = min(a, b), max(a, b)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(bulk, "CHUNK", chunk)
        found = tallies(collect(city, now), start, until, now, profile)
    assert [found[n] for n in range(len(found))] == [tally(one, start, until, now, profile) for one in city]
