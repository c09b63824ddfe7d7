"""The re-implementations keep to what they cite."""

from __future__ import annotations

from fractions import Fraction

from sla.interval import Interval
from sla.seen import Seen
from tests.docs.counting_elsewhere import Given, checkmk, icinga, prtg, zabbix
from tests.sla.histories import WORDS

HOUR = Interval(0, 60)


def seen(picture: str, step: int = 1, conditions: tuple[str, ...] = ()) -> list[Seen]:
    """One observation each step from 0 on; a dot is none."""
    return [Seen(i * step, WORDS[one], step, conditions) for i, one in enumerate(picture) if one != "."]


def given(picture: str, parent: str = "", *, maintenance: tuple[Interval, ...] = ()) -> Given:
    return Given(seen(picture), seen(parent), maintenance, (), 60)


def test_icinga_the_example_of_its_documentation_is_90_per_cent() -> None:
    polls = [one._replace(ts=1000 + one.ts) for one in seen("uu" + "d" * 8 + "u" * 10, 50)]
    downtimes = (Interval(1100, 1300), Interval(1400, 1600))
    counted = icinga(Given(polls, [], downtimes, (), 2000), Interval(1000, 2000))
    assert counted.bad == [Interval(1300, 1400)], "critical is hard at 1200 and over at 1500"
    assert counted.share == Fraction(9, 10)


def test_icinga_a_soft_state_is_none() -> None:
    assert icinga(given("udduddu" + "u" * 53), HOUR).share == 1


def test_zabbix_an_excluded_downtime_stays_in_the_scheduled_time() -> None:
    counted = zabbix(given("u" * 10 + "d" * 20 + "u" * 30, maintenance=(Interval(20, 40),)), HOUR)
    assert counted.bad == [Interval(12, 20)], "from the third failed poll to the excluded time"
    assert counted.share == Fraction(52, 60)


def test_zabbix_a_trigger_keeps_its_state_while_its_parent_has_a_problem() -> None:
    assert zabbix(given("d" * 60, "d" * 60), HOUR).bad == []
    assert zabbix(given("u" * 10 + "d" * 50, "u" * 20 + "d" * 40), HOUR).bad == [Interval(12, 60)]


def test_zabbix_a_problem_of_any_severity_is_downtime() -> None:
    one = given("g" * 60)
    assert zabbix(one._replace(own=seen("g" * 60, conditions=("lowToner",))), HOUR).share == 0


def test_checkmk_warn_has_its_own_column_and_soft_states_count() -> None:
    counted = checkmk(given("gg" + "d" + "u" * 57), HOUR)
    assert (counted.share, counted.bad, counted.out) == (Fraction(57, 60), [Interval(2, 3)], [Interval(0, 2)])


def test_checkmk_a_downtime_hides_the_state() -> None:
    counted = checkmk(given("d" * 60, maintenance=(Interval(0, 30),)), HOUR)
    assert counted.bad == [Interval(30, 60)]


def test_prtg_an_error_between_two_good_polls_is_no_downtime() -> None:
    assert prtg(given("udu" + "u" * 57), HOUR).share == 1
    assert prtg(given("uddu" + "u" * 56), HOUR).bad == [Interval(1, 2)]


def test_prtg_downtime_is_relative_to_the_coverage() -> None:
    counted = prtg(given("u" * 30 + "d" * 30, maintenance=(Interval(0, 20),)), HOUR)
    assert counted.share == 1 - Fraction(29, 40)


def test_prtg_a_sensor_is_paused_while_its_master_is_down() -> None:
    counted = prtg(given("u" * 10 + "d" * 10 + "u" * 40, "u" * 10 + "d" * 10 + "u" * 40), HOUR)
    assert (counted.bad, counted.out) == ([], [Interval(11, 20)])
