"""A1: every instant has one class, the first that applies."""

from __future__ import annotations

from itertools import pairwise
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from sla.calendar import Calendar
from sla.clock import Clock
from sla.instant import HOUR, MINUTE, parse
from sla.interval import Interval
from sla.judge import Confirmation, judge
from sla.owners import Policy
from sla.parents import Ancestor
from sla.seen import Seen, distinct
from sla.spans import CLASSES, DeviceFacts, Planned, Span, spans
from tests.sla import naive
from tests.sla.histories import S, drawn, examples, histories, rules

M = MINUTE
VENDORS = Policy(
    owners={"jammed": "vendor", "noPaper": "hall"}, stopping=frozenset({"jammed", "noPaper"}), vendor="v-1"
)


def facts(seen: list[Seen], **more: Any) -> DeviceFacts:
    return DeviceFacts(seen=seen, interval_ms=M, outages=judge(seen, Confirmation()).outages, **more)


def cut(given_: DeviceFacts, until: int, now: int | None = None) -> list[tuple[int, int, str]]:
    found = spans(given_, 0, until * M, until * M if now is None else now * M)
    return [(one.start // M, one.until // M, one.class_) for one in found]


def test_A1_the_classes_stand_in_their_order() -> None:
    assert CLASSES == (
        "not_in_service",
        "closed",
        "maintenance",
        "excluded",
        "unmonitored",
        "unreachable",
        "down",
        "degraded",
        "up",
    )


def test_A1_the_first_class_that_applies_counts() -> None:
    hours = Calendar.parse({"zone": "UTC", "week": {"thu": ["00:02-24:00"]}}).clock()  # 1970-01-01 was a Thursday
    above = Ancestor(judge(drawn("u......ddd", start=0), Confirmation()).outages, M)
    found = facts(
        drawn("ddddd....ddddu"),
        commissioned=1 * M,
        retired=13 * M,
        clock=hours,
        maintenance=[Planned(0, 3 * M, -1), Planned(10 * M, 20 * M, 10 * M)],
        excluded=[Interval(0, 4 * M)],
        ancestors=[above],
    )
    assert cut(found, 20) == [
        (0, 1, "not_in_service"),
        (1, 2, "closed"),
        (2, 3, "maintenance"),
        (3, 4, "excluded"),
        (4, 5, "down"),
        (5, 9, "unmonitored"),
        (9, 13, "unreachable"),
        (13, 20, "not_in_service"),
    ]


def test_A1_maintenance_counts_only_where_it_was_approved_before_it_began() -> None:
    for approved_at, class_ in ((M - 1, "maintenance"), (M, "up"), (2 * M, "up")):
        found = spans(facts(drawn("uuuu"), maintenance=[Planned(M, 3 * M, approved_at)]), M, 2 * M, 4 * M)
        assert [one.class_ for one in found] == [class_]


def test_A1_a_period_before_the_first_observation_or_after_now_is_unmonitored() -> None:
    assert cut(facts(drawn("uu", start=3 * M)), 9, now=5) == [
        (0, 3, "unmonitored"),
        (3, 5, "up"),
        (5, 9, "unmonitored"),
    ]
    assert cut(DeviceFacts(), 9) == [(0, 9, "unmonitored")]


def test_A1_a_device_that_was_never_in_service_and_an_empty_period() -> None:
    assert cut(facts(drawn("uu"), commissioned=5 * M, retired=5 * M), 9) == [(0, 9, "not_in_service")]
    assert spans(DeviceFacts(), 5, 5, 9) == []
    assert spans(DeviceFacts(), 5, 3, 9) == []


def test_A5_an_outage_without_end_counts_up_to_now() -> None:
    assert cut(facts(drawn("udd")), 9, now=3) == [(0, 1, "up"), (1, 3, "down"), (3, 9, "unmonitored")]


def test_A1_what_holds_now_may_be_drawn_on() -> None:
    for now_and_then, class_ in (("uu", "up"), ("gg", "degraded"), ("dd", "down")):
        found = spans(facts(drawn(now_and_then)), 0, 9 * M, 2 * M, 6 * M)
        assert [one[:3] for one in found] == [(0, 6 * M, class_), (6 * M, 9 * M, "unmonitored")]
    above = Ancestor(judge(drawn("udd"), Confirmation()).outages, M)
    found = spans(facts(drawn("udd"), ancestors=[above]), 0, 9 * M, 3 * M, 6 * M)
    assert [one[:3] for one in found[:2]] == [(0, M, "up"), (M, 6 * M, "unreachable")]


def test_O6_blind_time_of_an_outage_that_is_unreachable_is_unmonitored() -> None:
    above = Ancestor(judge(drawn("udddddddd"), Confirmation()).outages, M)
    assert cut(facts(drawn("udd"), ancestors=[above]), 8) == [
        (0, 1, "up"),
        (1, 3, "unreachable"),
        (3, 8, "unmonitored"),
    ]


def test_C1_down_and_degraded_time_bears_cause_and_owner() -> None:
    seen = [Seen(0, "degraded", M, ("noPaper",)), *(Seen(i * M, "down", M, ("jammed",)) for i in (1, 2))]
    seen += [Seen(3 * M, "down", M), Seen(4 * M, "degraded", M), Seen(5 * M, "up", M, ("asleep",))]
    assert spans(facts(seen, policy=VENDORS), 0, 6 * M, 6 * M) == [
        Span(0, M, "degraded", "noPaper", "hall"),
        Span(M, 3 * M, "down", "jammed", "vendor"),
        Span(3 * M, 4 * M, "down", "silence", "undetermined"),
        Span(4 * M, 5 * M, "degraded", "silence", "undetermined"),
        Span(5 * M, 6 * M, "up"),
    ]


def test_C1_all_that_is_said_counts_while_degraded_and_what_stops_it_while_down() -> None:
    policy = Policy({"lowToner": "vendor", "noPaper": "hall"}, frozenset({"noPaper"}), "v-1")
    said = ("lowToner", "noPaper")
    seen = [Seen(0, "degraded", M, said), *(Seen(i * M, "down", M, said) for i in (1, 2))]
    assert spans(facts(seen, policy=policy), 0, 3 * M, 3 * M) == [
        Span(0, M, "degraded", "lowToner", "vendor"),
        Span(M, 3 * M, "down", "noPaper", "hall"),
    ]


def test_O10_the_open_time_of_an_outage_that_began_in_closed_hours_is_the_halls_until_its_grace_ends() -> None:
    hours = Calendar.parse({"zone": "Asia/Shanghai", "week": {"mon-sun": ["08:30-18:00"]}}).clock()
    night = parse("2026-11-02T08:00:00+08:00")
    opening = night + 30 * M
    found = spans(facts(drawn("d" * 60, start=night), clock=hours, policy=VENDORS), night, night + HOUR, night + HOUR)
    assert found == [
        Span(night, opening, "closed"),
        Span(opening, opening + 15 * M, "down", "silence", "hall"),
        Span(opening + 15 * M, night + HOUR, "down", "silence", "undetermined"),
    ]


pieces = st.lists(st.tuples(st.integers(0, 90), st.integers(0, 90)).map(sorted), max_size=2)


@examples
@given(
    histories(max_size=10),
    histories(max_size=8),
    rules,
    st.tuples(pieces, pieces, pieces),
    st.tuples(st.integers(0, 60), st.integers(60, 120)),
    st.integers(0, 100),
)
def test_A1_every_second_has_the_first_class_that_applies(
    own: list[Seen],
    parent: list[Seen],
    rule: Confirmation,
    planned: tuple[list[list[int]], list[list[int]], list[list[int]]],
    service: tuple[int, int],
    now_s: int,
) -> None:
    now, (closed, maintained, excluded) = now_s * S, planned
    seen, above = (distinct(one for one in some if one.ts <= now) for some in (own, parent))
    given_ = DeviceFacts(
        commissioned=service[0] * S,
        retired=service[1] * S,
        clock=Shut([(a * S, b * S) for a, b in closed]),
        maintenance=[Planned(a * S, b * S, a * S - 1) for a, b in maintained],
        excluded=[Interval(a * S, b * S) for a, b in excluded],
        seen=seen,
        interval_ms=4 * S,
        outages=judge(seen, rule).outages,
        ancestors=[Ancestor(judge(above, rule).outages, 4 * S)],
    )
    found = spans(given_, 0, 110 * S, now)
    assert (found[0].start, found[-1].until) == (0, 110 * S)
    assert all(a.until == b.start and a[2:] != b[2:] for a, b in pairwise(found))
    told = [one.class_ for one in found for _ in range(one.start, one.until, S)]

    def class_at(t: int) -> str:
        if not service[0] * S <= t < service[1] * S:
            return "not_in_service"
        for parts, class_ in ((closed, "closed"), (maintained, "maintenance"), (excluded, "excluded")):
            if any(a * S <= t < b * S for a, b in parts):
                return class_
        state = naive.state_at(own, rule, 4 * S, now, t) if t < now else "unmonitored"
        hidden = state == "down" and naive.hidden_at(own, [(parent, 4 * S)], rule, now, t)
        return "unreachable" if hidden else state

    assert told == [class_at(t) for t in range(0, 110 * S, S)]


class Shut(Clock):
    """A clock that stops in given intervals."""

    def __init__(self, closed: list[tuple[int, int]]) -> None:
        super().__init__()
        self.closed = closed

    def is_open(self, at: int) -> bool:
        return not any(a <= at < b for a, b in self.closed)

    def open_intervals(self, from_: int, until: int) -> list[Interval]:
        return [Interval(t, t + S) for t in range(from_, until, S) if self.is_open(t)]
