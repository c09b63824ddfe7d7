"""K1 and O10: when an outage becomes a ticket."""

from __future__ import annotations

from sla.calendar import ALWAYS, Calendar
from sla.clock import Clock
from sla.instant import DAY, HOUR, MINUTE, parse
from sla.interval import Interval
from sla.opening import grace_end, ticket_due, with_grace
from sla.owners import Owned, Owner, Policy

PRINTER = Policy(vendor="v-1", kind="printer")
HOURS = Calendar.parse({"zone": "Asia/Shanghai", "week": {"mon-fri": ["08:30-18:00"]}}).clock()
NEVER = Calendar.parse({"zone": "Asia/Shanghai", "week": {}}).clock()
MONDAY = parse("2026-11-02T00:00:00+08:00")
OPENING, CLOSING = MONDAY + 17 * HOUR // 2, MONDAY + 18 * HOUR
GRACE, AFTER = 15 * MINUTE, 5 * MINUTE


def due(
    *spans: tuple[int, int, Owner],
    now: int,
    clock: Clock = HOURS,
    hidden: tuple[Interval, ...] = (),
    after: int = AFTER,
    policy: Policy = PRINTER,
) -> int | None:
    owned = [Owned(start, until, "x", owner) for start, until, owner in spans]
    return ticket_due(owned, hidden, clock, GRACE, after, policy, now)


def test_K1_a_ticket_opens_when_the_vendors_time_has_lasted_ticket_after() -> None:
    noon = MONDAY + 12 * HOUR
    assert due((noon, noon + HOUR, "vendor"), now=noon + HOUR) == noon + AFTER


def test_K1_the_instant_may_lie_ahead_while_the_outage_goes_on() -> None:
    noon = MONDAY + 12 * HOUR
    assert due((noon, noon + MINUTE, "vendor"), now=noon + MINUTE) == noon + AFTER


def test_K1_an_outage_that_was_over_before_opens_none_and_one_that_lasted_exactly_so_long_does() -> None:
    noon = MONDAY + 12 * HOUR
    assert due((noon, noon + AFTER - 1, "vendor"), now=noon + HOUR) is None
    assert due((noon, noon + AFTER, "vendor"), now=noon + HOUR) == noon + AFTER


def test_K1_silence_of_a_device_with_a_vendor_counts_and_without_one_does_not() -> None:
    noon = MONDAY + 12 * HOUR
    assert due((noon, noon + HOUR, "undetermined"), now=noon + HOUR) == noon + AFTER
    assert due((noon, noon + HOUR, "operator"), now=noon + HOUR, policy=Policy(kind="pc")) is None


def test_K1_the_halls_time_opens_no_ticket_and_the_vendors_adds_up_around_it() -> None:
    noon = MONDAY + 12 * HOUR
    spans: tuple[tuple[int, int, Owner], ...] = (
        (noon, noon + 3 * MINUTE, "vendor"),
        (noon + 3 * MINUTE, noon + 10 * MINUTE, "hall"),
        (noon + 10 * MINUTE, noon + 60 * MINUTE, "vendor"),
    )
    assert due(*spans, now=noon + HOUR) == noon + 12 * MINUTE
    assert due((noon, noon + HOUR, "hall"), now=noon + HOUR) is None


def test_K1_only_time_in_hall_hours_counts_also_over_the_night() -> None:
    late = CLOSING - 2 * MINUTE
    assert due((late, late + 5 * MINUTE, "vendor"), now=late + 5 * MINUTE) == OPENING + DAY + 3 * MINUTE


def test_O5_unreachable_time_opens_no_ticket() -> None:
    noon = MONDAY + 12 * HOUR
    whole = Interval(noon, noon + HOUR)
    assert due((noon, noon + HOUR, "vendor"), now=noon + HOUR, hidden=(whole,)) is None
    gone = Interval(noon, noon + 20 * MINUTE)
    assert due((noon, noon + HOUR, "vendor"), now=noon + HOUR, hidden=(gone,)) == noon + 25 * MINUTE


def test_O10_an_outage_that_begins_in_closed_hours_is_the_halls_until_15_min_after_opening() -> None:
    night = MONDAY + 3 * HOUR
    assert due((night, night + HOUR, "undetermined"), now=night + HOUR) == OPENING + GRACE + AFTER
    assert due((night, OPENING + GRACE + MINUTE, "vendor"), now=CLOSING) is None


def test_O10_over_a_weekend_the_grace_begins_at_the_next_opening() -> None:
    saturday = MONDAY + 5 * DAY + 12 * HOUR
    assert grace_end(saturday, HOURS, GRACE) == OPENING + 7 * DAY + GRACE


def test_O10_an_outage_that_begins_at_the_instant_of_closing_began_in_closed_hours_and_at_opening_in_open_ones() -> (
    None
):
    assert grace_end(CLOSING, HOURS, GRACE) == OPENING + DAY + GRACE
    assert grace_end(OPENING, HOURS, GRACE) == OPENING
    assert due((CLOSING - 1, CLOSING, "vendor"), now=CLOSING) == OPENING + DAY + AFTER - 1


def test_O10_the_grace_is_the_halls_span_by_span_and_causes_stay() -> None:
    night = MONDAY + 3 * HOUR
    owned = [Owned(night, OPENING, "jammed", "vendor"), Owned(OPENING, OPENING + HOUR, "silence", "undetermined")]
    assert with_grace(owned, HOURS, GRACE) == [
        Owned(night, OPENING, "jammed", "hall"),
        Owned(OPENING, OPENING + GRACE, "silence", "hall"),
        Owned(OPENING + GRACE, OPENING + HOUR, "silence", "undetermined"),
    ]
    assert with_grace([], HOURS, GRACE) == []


def test_O10_of_several_outages_each_has_its_own_grace() -> None:
    owned = [
        Owned(CLOSING - MINUTE, CLOSING, "silence", "undetermined"),
        Owned(CLOSING + HOUR, OPENING + DAY + HOUR, "silence", "undetermined"),
    ]
    assert [one.owner for one in with_grace(owned, HOURS, GRACE)] == ["undetermined", "hall", "undetermined"]


def test_O10_a_hall_that_never_opens_gets_no_ticket_and_one_that_never_closes_no_grace() -> None:
    assert due((MONDAY, MONDAY + DAY, "vendor"), now=MONDAY + DAY, clock=NEVER) is None
    assert due((MONDAY, MONDAY + DAY, "vendor"), now=MONDAY + DAY, clock=ALWAYS) == MONDAY + AFTER


def test_K1_without_a_delay_the_ticket_opens_with_the_first_open_second() -> None:
    assert due((OPENING, OPENING + 9, "vendor"), now=OPENING + 9, after=0) == OPENING
    late = Policy(vendor="v-1")
    assert due((MONDAY, MONDAY + 9, "vendor"), now=MONDAY + 9, after=0, policy=late) == OPENING + GRACE
    assert due(now=MONDAY) is None


def test_K1_a_fault_that_becomes_the_vendors_at_night_opens_a_ticket_at_the_next_opening() -> None:
    late = CLOSING - MINUTE
    spans: tuple[tuple[int, int, Owner], ...] = (
        (late, CLOSING + HOUR, "hall"),
        (CLOSING + HOUR, OPENING + DAY, "vendor"),
    )
    assert due(*spans, now=OPENING + DAY, after=0) == OPENING + DAY
    assert due(*spans, now=OPENING + DAY, after=1) == OPENING + DAY + 1


def test_K1_the_vendors_time_adds_up_over_more_than_two_parts() -> None:
    noon = MONDAY + 12 * HOUR
    parts = [(noon + 10 * i * MINUTE, noon + (10 * i + 2) * MINUTE) for i in range(3)]
    spans: list[tuple[int, int, Owner]] = [(start, until, "vendor") for start, until in parts]
    assert due(*spans, now=noon + HOUR) == noon + 21 * MINUTE


def test_O10_what_ends_with_the_grace_is_one_part() -> None:
    owned = [Owned(CLOSING, OPENING + DAY + GRACE, "silence", "undetermined")]
    assert with_grace(owned, HOURS, GRACE) == [Owned(CLOSING, OPENING + DAY + GRACE, "silence", "hall")]


def test_K1_A1_maintenance_is_left_out_and_the_time_goes_on_after_it() -> None:
    noon = MONDAY + 12 * HOUR
    planned = [Interval(noon + 2 * MINUTE, noon + HOUR)]
    for now in (noon + MINUTE, noon + 30 * MINUTE, noon + 2 * HOUR):
        lasting = [Owned(noon, now, "x", "vendor")]
        found = ticket_due(lasting, (), HOURS, GRACE, AFTER, PRINTER, now, planned)
        assert found == noon + HOUR + 3 * MINUTE
    over = [Owned(noon, noon + HOUR, "x", "vendor")]
    assert ticket_due(over, (), HOURS, GRACE, AFTER, PRINTER, noon + 2 * HOUR, planned) is None
