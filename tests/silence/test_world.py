"""From true states through collector and judge to the vendor's figures: no outage is invented and none is missed."""

from __future__ import annotations

from hypothesis import given, settings
from hypothesis import strategies as st

from sla.instant import MINUTE, Ms
from tests.silence.world import BAD, INTERVAL, Turn, World, charged

LIVES = ["well", "well", "asleep", "dead", "jammed", "jammed asleep", "agent closed", "key refused"]


def turns(values: list[str], shortest: int, longest: int) -> st.SearchStrategy[list[Turn]]:
    """Begins with the first; each lasts so many minutes, and some seconds."""
    lasting = st.integers(shortest * 60, longest * 60)
    more = st.lists(st.tuples(st.sampled_from(values), lasting), max_size=8)

    def laid(some: list[tuple[str, int]]) -> list[Turn]:
        found, at = [Turn(0, values[0])], 10 * MINUTE
        for value, seconds in some:
            found.append(Turn(at, value))
            at += seconds * 1000
        return [*found, Turn(at, values[0])]

    return more.map(laid)


worlds = st.builds(
    lambda life, line, collector: World(
        life, line, collector, max(part[-1].at for part in (life, line, collector)) + 30 * MINUTE
    ).run(),
    turns(LIVES, 3, 40),
    turns(["up", "cut"], 3, 20),
    turns(["connected", "cut off"], 3, 20),
)


def noticed(world: World, at: Ms) -> Ms:
    """The first word after an instant that the printer serves."""
    good = (one.ts for one in world.printer if one.ts >= at and one.state in ("up", "degraded"))
    return next(good, world.end)


@given(worlds)
@settings(max_examples=60, deadline=None)
def test_O2_O5_what_serves_is_never_charged_as_down_whatever_else_is_dead_asleep_or_cut_off(world: World) -> None:
    """Down time that counts as the vendor's lies within the device's own faults, up to the poll that sees it serve.

    What O3 and O5 leave is an interval at most: a device that dies after its line was mended and before it was asked
    has been down since its switch answered; a line that is cut, mended and cut again while the device could not be
    judged makes one outage for the device and two for its switch, the second noticed a little later.
    """
    real = [(start - INTERVAL, noticed(world, until)) for start, until in world.periods(world.life, BAD)]
    for span in world.judged():
        if charged(span) and not any(start <= span.start and span.until <= until for start, until in real):
            near = [one.state for one in world.printer if span.start - INTERVAL <= one.ts <= span.until]
            assert "unknown" in near, (span, real)
            assert span.until - span.start <= INTERVAL, (span, real)


@given(worlds)
@settings(max_examples=60, deadline=None)
def test_O3_what_is_dead_for_three_polls_is_down_or_unreachable_where_the_collector_saw_it(world: World) -> None:
    away = world.periods(world.collector, ["cut off"])
    for start, until in world.periods(world.life, ["dead"]):
        downs = [one.ts for one in world.printer if start <= one.ts < until and one.state == "down"]
        if until - start < 4 * MINUTE or any(a < until and b > start for a, b in away):
            continue
        assert downs, "it was polled"
        assert downs[0] - start <= MINUTE
        for span in world.judged():
            if span.start < until and span.until > downs[0]:
                assert span.class_ in ("down", "unreachable"), (span, start, until)


@given(turns(["well", "asleep", "agent closed"], 3, 40), turns(["connected", "cut off"], 3, 20))
@settings(max_examples=40, deadline=None)
def test_O2_a_collector_that_is_cut_off_charges_nobody_also_where_no_switch_is_known(
    life: list[Turn], collector: list[Turn]
) -> None:
    end = max(life[-1].at, collector[-1].at) + 10 * MINUTE
    world = World(life, [Turn(0, "up")], collector, end, parented=False).run()
    assert not any(charged(span) for span in world.judged())
    assert all(one.conditions == ("isolated",) for one in world.printer if one.state == "unknown")


@given(turns(["well", "asleep"], 3, 90), st.booleans())
@settings(max_examples=40, deadline=None)
def test_O2_a_printer_that_only_sleeps_is_up_for_good(life: list[Turn], deaf: bool) -> None:
    """One that also drops pings cannot be told from a dead one while it sleeps: docs/silence.md says so."""
    life = [Turn(at, "well" if deaf else value) for at, value in life]
    world = World(life, [Turn(0, "up")], [Turn(0, "connected")], life[-1].at + 10 * MINUTE, deaf).run()
    assert {span.class_ for span in world.judged() if span.start > 0} <= {"up"}
