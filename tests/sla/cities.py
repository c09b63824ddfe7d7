"""Random devices in halls with hours, around a night in which clocks go back; all in steps of half an hour."""

from __future__ import annotations

from typing import Final

from hypothesis import strategies as st

from sla.calendar import Calendar
from sla.clock import ALWAYS
from sla.instant import MINUTE, parse
from sla.interval import Interval
from sla.judge import judge
from sla.owners import Policy
from sla.parents import Ancestor
from sla.profile import PROFILES
from sla.seen import Seen, distinct
from sla.spans import DeviceFacts, Planned
from tests.sla.histories import rules, states

STEP: Final = 30 * MINUTE
STEPS: Final = 110
"""Two days and some hours."""
ZERO: Final = parse("2026-10-24T00:00:00Z")

CLOCKS: Final = (
    ALWAYS,
    Calendar.parse({"zone": "Europe/Berlin", "week": {"mon-sun": ["08:30-18:00"]}}).clock(),
    Calendar.parse({"zone": "Europe/Berlin", "week": {"sat": ["22:00-06:00"], "sun": ["01:30-02:30"]}}).clock(),
    Calendar.parse({"zone": "UTC"}).clock(),
)

policies = st.builds(
    Policy,
    owners=st.just({"jammed": "vendor", "noPaper": "hall"}),
    stopping=st.just(frozenset({"jammed", "noPaper"})),
    vendor=st.sampled_from(["v-1", "v-1", None]),
    free_silence=st.booleans(),
)
instants = st.integers(0, STEPS).map(lambda n: ZERO + n * STEP)
observations = st.lists(
    st.builds(
        Seen,
        instants,
        states,
        st.sampled_from([0, STEP, 9 * STEP]),
        st.sampled_from([(), ("jammed",), ("noPaper",)]),
    ),
    max_size=14,
).map(distinct)
pieces = st.lists(st.tuples(instants, instants).map(lambda pair: Interval(*sorted(pair))), max_size=2)
profiles = st.sampled_from(list(PROFILES))


@st.composite
def devices(draw: st.DrawFn) -> DeviceFacts:
    """One device of such a city with all that may hang on it."""
    rule = draw(rules)
    seen, above = draw(observations), draw(observations)
    return DeviceFacts(
        commissioned=draw(st.none() | instants),
        retired=draw(st.none() | instants),
        clock=draw(st.sampled_from(CLOCKS)),
        maintenance=[Planned(*one, one.start - draw(st.integers(0, 1))) for one in draw(pieces)],
        excluded=draw(pieces),
        seen=seen,
        interval_ms=draw(st.sampled_from([STEP, 12 * STEP])),
        outages=judge(seen, rule).outages,
        ancestors=[Ancestor(judge(above, rule).outages, STEP)],
        policy=draw(policies),
        grace_ms=draw(st.sampled_from([0, 2 * STEP])),
    )
