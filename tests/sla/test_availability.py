"""A1-A6 for one device: time by class, good and bad, outages, and the figures from them."""

from __future__ import annotations

from dataclasses import replace
from fractions import Fraction
from typing import Any

import pytest
from hypothesis import given

from sla.availability import Tally, figures, tally, total
from sla.calendar import Calendar
from sla.instant import MINUTE
from sla.interval import Interval
from sla.judge import Confirmation, judge
from sla.owners import Policy
from sla.parents import Ancestor
from sla.profile import PROFILES, ProfileName, verdict
from sla.seen import Seen
from sla.spans import CLASSES, IGNORED_BY_RAW, DeviceFacts, Planned, spans
from tests.sla.cities import STEP, STEPS, ZERO, devices, instants, profiles
from tests.sla.histories import drawn, examples

M = MINUTE
CARED_FOR = Policy({"jammed": "vendor", "noPaper": "hall"}, frozenset({"jammed", "noPaper"}), "v-1")
THREE: tuple[ProfileName, ...] = ("contract", "service", "raw")


def facts(seen: str | list[Seen], **more: Any) -> DeviceFacts:
    """One observation a minute; looked after by a vendor."""
    told = drawn(seen) if isinstance(seen, str) else seen
    outages = judge(told, Confirmation()).outages
    return DeviceFacts(**{"seen": told, "interval_ms": M, "outages": outages, "policy": CARED_FOR, **more})


def counted(one: DeviceFacts, start: int, until: int, now: int, profile: ProfileName = "contract") -> Tally:
    """In minutes."""
    return tally(one, start * M, until * M, now * M, profile)


def outages(found: Tally) -> tuple[int, int, int]:
    """Counted, ended, bad minutes of those that ended."""
    return found.outages, found.ended, found.ended_bad_ms // M


def hours(*spans: str) -> Any:
    return Calendar.parse({"zone": "UTC", "week": {"thu": list(spans)}}).clock()  # 1970-01-01 was one


def test_A1_time_by_class_is_clipped_to_the_period_and_adds_up_to_it() -> None:
    found = counted(facts("uuggdddduu......"), 1, 12, 16)
    assert dict(zip(CLASSES, found.ms, strict=True)) == {
        "not_in_service": 0,
        "closed": 0,
        "maintenance": 0,
        "excluded": 0,
        "unmonitored": 2 * M,
        "unreachable": 0,
        "down": 4 * M,
        "degraded": 2 * M,
        "up": 3 * M,
    }


def test_A2_contract_leaves_out_what_is_not_the_vendors() -> None:
    seen = drawn("uu") + [Seen(n * M, "down", M, ("noPaper",)) for n in (2, 3)]
    seen += [Seen(n * M, "down", M, ("jammed",)) for n in (4, 5, 6)] + drawn("uuu", start=7 * M)
    contract, service, raw = (counted(facts(seen), 0, 10, 10, name) for name in PROFILES)
    assert (contract.good, contract.bad) == (5 * M, 3 * M)
    assert (service.good, service.bad) == (raw.good, raw.bad) == (5 * M, 5 * M)
    assert contract.raw_good == service.raw_good == 5 * M
    assert [outages(one) for one in (contract, service, raw)] == [(1, 1, 3), (1, 1, 5), (1, 1, 5)]


def test_A2_silence_that_the_contract_makes_free_is_left_out() -> None:
    one = facts("uudddduuuu")
    assert counted(one, 0, 10, 10).bad == 4 * M
    free = counted(replace(one, policy=replace(CARED_FOR, free_silence=True)), 0, 10, 10)
    assert (free.good, free.bad, outages(free)) == (6 * M, 0, (0, 0, 0))


def test_A2_unreachable_is_bad_for_the_customer_and_left_out_for_the_vendor() -> None:
    above = Ancestor(judge(drawn("uudddduuuu"), Confirmation()).outages, M)
    contract, service = (counted(facts("uudddduuuu", ancestors=[above]), 0, 10, 10, name) for name in THREE[:2])
    assert (contract.good, contract.bad, outages(contract)) == (6 * M, 0, (0, 0, 0))
    assert (service.good, service.bad, outages(service)) == (6 * M, 4 * M, (1, 1, 4))


def test_A2_raw_sees_beneath_closed_maintenance_and_excluded_but_not_out_of_service() -> None:
    one = facts(
        "dddddddduuuu",
        commissioned=1 * M,
        clock=hours("00:02-24:00"),
        maintenance=[Planned(2 * M, 4 * M, 0)],
        excluded=[Interval(4 * M, 6 * M)],
    )
    for name in PROFILES:
        found = counted(one, 0, 12, 12, name)
        assert (found.raw_good, found.raw_bad) == (4 * M, 7 * M)
        assert found.ms[:4] == (M, M, 2 * M, 2 * M)
    service, raw = (counted(one, 0, 12, 12, name) for name in THREE[1:])
    assert (service.bad, outages(service)) == (2 * M, (1, 1, 2))
    assert (raw.bad, outages(raw)) == (7 * M, (1, 1, 7))


def test_A3_availability_is_good_over_good_and_bad_rounded_once() -> None:
    found = figures(Tally("service", (0,) * 8 + (10,), good=2, bad=1, raw_good=1, raw_bad=6))
    assert (found.availability, found.raw, found.coverage) == (2 / 3, 1 / 7, 1.0)


def test_A3_what_nothing_counts_for_is_null() -> None:
    assert figures(Tally("service", (0,) * 8 + (10,))).availability is None
    assert figures(Tally("raw")).availability is None
    assert figures(Tally("raw")).raw is None


def test_A3_coverage_is_of_agreed_time_and_null_without_any() -> None:
    assert figures(Tally("service", (9, 9, 9, 9, 1, 0, 1, 0, 2))).coverage == 3 / 4
    assert figures(Tally("service", (9, 9, 9, 9, 0, 0, 0, 0, 0))).coverage is None


@pytest.mark.parametrize(("unseen", "seen", "shown"), [(1, 1, True), (500_001, 499_999, False), (1, 0, False)])
def test_A3_below_the_least_coverage_availability_is_null_and_raw_is_not(unseen: int, seen: int, shown: bool) -> None:
    ms = (0, 0, 0, 0, unseen, 0, 0, 0, seen)
    found = figures(Tally("contract", ms, good=1, raw_good=1))
    assert (found.availability, found.raw) == (1.0 if shown else None, 1.0)
    assert figures(Tally("raw", ms, good=1)).availability == 1.0
    assert figures(Tally("contract", ms, good=1), Fraction(0)).availability == 1.0


def test_A3_a_report_shows_time_by_class() -> None:
    ms = tuple(range(9))
    assert list(figures(Tally("raw", ms)).ms.items()) == list(zip(CLASSES, ms, strict=True))


def test_A4_totals_add_seconds_and_never_percentages() -> None:
    small = Tally("service", (0,) * 8 + (10,), good=0, bad=10, outages=1, ended=1, ended_bad_ms=10)
    large = Tally("service", (0,) * 8 + (90,), good=90)
    assert figures(total("service", [small, large])).availability == 0.9
    assert total("service", []) == Tally("service")
    assert figures(small + large).mtbf_ms == 90


def test_A4_tallies_of_different_profiles_do_not_add() -> None:
    with pytest.raises(ValueError, match="contract and raw"):
        Tally("contract") + Tally("raw")


def test_A5_an_open_outage_counts_up_to_the_end_of_the_period_or_to_now() -> None:
    one = facts("uudddddddd")
    assert [counted(one, 0, until, now).bad // M for until, now in ((5, 10), (10, 10), (20, 10), (10, 6))] == [
        3,
        8,
        8,
        4,
    ]
    assert counted(one, 0, 20, 10).ms[CLASSES.index("unmonitored")] == 10 * M


def test_A5_an_open_outage_has_begun_and_not_ended() -> None:
    assert outages(counted(facts("uudddddddd"), 0, 20, 10)) == (1, 0, 0)


def test_A5_an_outage_that_ends_after_now_has_not_ended_yet() -> None:
    assert outages(counted(facts("uudddduuuu"), 0, 5, 5)) == (1, 0, 0)
    assert outages(counted(facts("uudddduuuu"), 0, 9, 6)) == (1, 1, 4)


def test_A6_an_outage_over_the_border_counts_where_it_begins_and_ends_where_it_ends() -> None:
    one = facts("uuuudddddduuuu")
    assert outages(counted(one, 0, 7, 14)) == (1, 0, 0)
    assert outages(counted(one, 7, 14, 14)) == (0, 1, 6)
    assert outages(counted(one, 5, 9, 14)) == (0, 0, 0)
    assert outages(counted(one, 4, 10, 14)) == (1, 1, 6)
    assert outages(counted(one, 10, 14, 14)) == outages(counted(one, 0, 4, 14)) == (0, 0, 0)


def test_A6_what_goes_down_after_the_period_is_no_part_of_what_ended_within_it() -> None:
    one = facts("uudduudddduu")
    assert [outages(counted(one, 0, 6, now)) for now in (6, 8, 12)] == [(1, 1, 2)] * 3
    assert outages(counted(one, 5, 12, 12)) == (1, 1, 4)


def test_A6_the_first_bad_time_counts_not_the_first_time_down() -> None:
    """Down since before opening: its first bad second is in the month that opens later."""
    one = facts("uuuddddddduuuu", clock=hours("00:05-24:00"), grace_ms=0)
    assert outages(counted(one, 0, 5, 14)) == (0, 0, 0)
    assert outages(counted(one, 4, 14, 14)) == (1, 1, 5)
    assert outages(counted(one, 4, 14, 14, "raw")) == (0, 1, 7)


def test_A6_an_outage_that_is_only_closed_after_the_period_ended_within_it() -> None:
    one = facts("uuuddddddduuuu", clock=hours("00:00-00:06"))
    assert outages(counted(one, 0, 8, 14)) == (1, 1, 3)
    assert outages(counted(one, 0, 8, 9)) == (1, 0, 0)
    assert outages(counted(one, 8, 14, 14)) == (0, 0, 0)


def test_A6_maintenance_amid_an_outage_does_not_make_two_of_it() -> None:
    one = facts("uudddddddduu", maintenance=[Planned(4 * M, 7 * M, 0)])
    found = counted(one, 0, 12, 12)
    assert (found.bad, outages(found)) == (5 * M, (1, 1, 5))
    assert outages(counted(one, 0, 5, 12)) == (1, 0, 0)


def test_A6_mean_times_are_exact() -> None:
    found = figures(counted(facts("uuddudddudduuuuu"), 0, 16, 16))
    assert (found.mttr_ms, found.mtbf_ms) == (Fraction(7 * M, 3), Fraction(9 * M, 3))


def test_A6_mean_times_of_no_outage_are_null() -> None:
    found = figures(counted(facts("uuuu"), 0, 4, 4))
    assert (found.outages, found.mttr_ms, found.mtbf_ms) == (0, None, None)


def test_A1_an_empty_period_is_nothing() -> None:
    for seen in ("uuuu", "uddd", "uddu"):
        assert counted(facts(seen), 2, 2, 4) == counted(facts(seen), 3, 2, 4) == Tally("contract")


@examples
@given(devices(), instants, instants, instants, instants, profiles)
def test_A4_cutting_a_period_in_two_and_adding_gives_the_whole(
    one: DeviceFacts, a: int, b: int, c: int, now: int, profile: ProfileName
) -> None:
    a, b, c = sorted((a, b, c))
    whole = tally(one, a, c, now, profile)
    assert sum(whole.ms) == c - a
    assert tally(one, a, b, now, profile) + tally(one, b, c, now, profile) == whole


@examples
@given(devices(), instants, instants, instants, profiles)
def test_A1_to_A6_agree_with_looking_at_every_half_hour(
    one: DeviceFacts, a: int, b: int, now: int, profile: ProfileName
) -> None:
    start, until = min(a, b), max(a, b)
    steps = range(ZERO, ZERO + STEPS * STEP, STEP)
    shown, raw = ({t: spans(one, t, t + STEP, now, raw=bare)[0] for t in steps} for bare in (False, True))
    inside = range(start, until, STEP)
    said = {t: verdict(span, profile, one.policy) for t, span in (raw if profile == "raw" else shown).items()}
    beneath = [verdict(raw[t], "raw", one.policy) for t in inside]
    bad = [
        (
            outage,
            [t for t in steps if outage.start <= t and (outage.until is None or t < outage.until) and said[t] == "bad"],
        )
        for outage in one.outages
    ]
    ended = [
        some for outage, some in bad if some and some[-1] in inside and outage.until is not None and outage.until <= now
    ]
    found = tally(one, start, until, now, profile)
    assert found.ms == tuple(STEP * sum(shown[t].class_ == class_ for t in inside) for class_ in CLASSES)
    assert (found.good, found.bad) == tuple(STEP * sum(said[t] == word for t in inside) for word in ("good", "bad"))
    assert (found.raw_good, found.raw_bad) == tuple(STEP * beneath.count(word) for word in ("good", "bad"))
    assert found.outages == sum(bool(some) and some[0] in inside for _, some in bad)
    assert (found.ended, found.ended_bad_ms) == (len(ended), STEP * sum(len(some) for some in ended))


@examples
@given(devices(), instants, profiles.filter(lambda name: name != "contract"))
def test_A3_more_outage_never_raises_availability(one: DeviceFacts, now: int, profile: ProfileName) -> None:
    def availability(seen: list[Seen]) -> float | None:
        changed = replace(one, seen=seen, outages=judge(seen, Confirmation()).outages)
        return figures(tally(changed, ZERO, ZERO + STEPS * STEP, now, profile), Fraction(0)).availability

    seen = list(one.seen)
    before = availability(seen)
    for i in range(len(seen)):
        after = availability([*seen[:i], seen[i]._replace(state="down"), *seen[i + 1 :]])
        if before is not None and after is not None and seen[i].state in ("up", "degraded"):
            assert after <= before


@examples
@given(devices(), instants, instants)
def test_A2_raw_spans_show_what_lies_beneath(one: DeviceFacts, until: int, now: int) -> None:
    bare = spans(replace(one, maintenance=(), excluded=()), ZERO, until, now, raw=True)
    assert spans(one, ZERO, until, now, raw=True) == bare
    assert not {span.class_ for span in bare} & IGNORED_BY_RAW
