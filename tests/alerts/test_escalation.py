"""Chains by contract: who is told at which percent, in which hours; quiet hours; who is on duty (R6)."""

from __future__ import annotations

from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from alerts.escalation import Plan, Step
from alerts.rota import Rota, people
from sla.calendar import Calendar
from sla.contract import Contract
from sla.instant import DAY, HOUR, MINUTE, parse
from tests.alerts.clocks import happen, imported, phoned, said, site_with, steps, told
from tests.alerts.site import T0, Site

pytestmark = pytest.mark.slow

SHANGHAI = ZoneInfo("Asia/Shanghai")
NIGHT = {"calendar": None, "week": {"mon-sun": ["10:30-16:00"]}, "zone": "Asia/Shanghai", "except": 100}


def step(at: int, *to: str, hours: str = "always") -> dict[str, Any]:
    return {"at": at, "to": list(to), "hours": hours}


def chained(path: Path, *chain: dict[str, Any], **keys: Any) -> Site:
    """No warnings, only this chain."""
    return site_with(path, warn=[], escalation=list(chain), **keys)


def whom(site: Site) -> list[str]:
    return [one.whom for one in told(site)]


def test_R6_each_step_is_told_to_its_own_people_once(tmp_path: Path) -> None:
    site = chained(tmp_path, step(50, "wecom:desk"), step(150, "mailto:head@x", "sms:110"))
    phoned(site)
    for minute in (59, 60, 61, 179, 180, 181):
        site.look(minute)
        site.alerts = site.started()
    assert whom(site) == ["desk", "head@x", "110"]
    assert told(site)[1].what == "Escalation (150 %)"
    assert steps(site) == [("chain/50/1", "said", 60), ("chain/150/1", "said", 180)]
    site.engine.dispose()


def test_R6_warnings_and_steps_for_one_person_are_one_message(tmp_path: Path) -> None:
    site = site_with(tmp_path, warn=[50, 75], escalation=[step(75, "mailto:duty@vendor.example", "wecom:desk")])
    phoned(site)
    site.look(91)
    assert [(one.whom, one.what) for one in told(site)] == [
        ("duty@vendor.example", "Escalation (75 %)"),
        ("desk", "Escalation (75 %)"),
    ]
    assert [body["document"]["passed"] for body in said(site)] == [[50, 75], [75]]
    site.engine.dispose()


def test_R6_a_step_outside_its_hours_waits_until_they_open_and_says_that_it_is_late(tmp_path: Path) -> None:
    site = chained(tmp_path, step(50, "wecom:desk", hours="hours"))
    phoned(site, minute=8 * 60)  # 18:00: the hours have just ended
    for minute in (9 * 60, 22 * 60, 22.5 * 60 - 0.001):
        site.look(minute)
        site.alerts = site.started()
        assert told(site) == []
    assert steps(site) == [("chain/50/1", "waiting", 9 * 60)]
    site.look(22.5 * 60)  # 08:30
    assert whom(site) == ["desk"]
    assert "told late: the mark was reached at 2026-11-02 19:00:00" in said(site)[0]["text"]
    assert steps(site) == [("chain/50/1", "said", 9 * 60)]
    site.engine.dispose()


@pytest.mark.parametrize(
    ("event", "detail"), [("restored", {"how": "repaired"}), ("cancelled", {"reason": "a mistake"})]
)
def test_R6_a_step_that_waits_is_dropped_when_the_ticket_is_over_by_then(
    tmp_path: Path, event: str, detail: dict[str, str]
) -> None:
    site = chained(tmp_path, step(50, "wecom:desk", hours="hours"))
    ticket = phoned(site, minute=8 * 60)
    site.look(9 * 60)
    happen(site, ticket, event, 10 * 60, **detail)
    site.look(23 * 60)
    assert told(site) == []
    assert steps(site) == [("chain/50/1", "over", 9 * 60)]
    site.engine.dispose()


def test_R4_a_step_that_waits_goes_on_waiting_while_the_clock_is_paused(tmp_path: Path) -> None:
    site = chained(tmp_path, step(50, "wecom:desk", hours="hours"))
    ticket = phoned(site, minute=8 * 60)
    site.look(9 * 60)
    happen(site, ticket, "paused", 10 * 60, reason="hall_closed", approver="boss")
    site.look(23 * 60)
    assert told(site) == []
    happen(site, ticket, "resumed", 23 * 60 + 5)
    site.look(23 * 60 + 6)
    assert whom(site) == ["desk"]
    site.engine.dispose()


def test_R6_in_quiet_hours_nobody_is_disturbed_but_from_the_percent_that_is_loud(tmp_path: Path) -> None:
    site = site_with(tmp_path, warn=[50, 100], escalation=[step(75, "wecom:desk")], quiet=NIGHT)
    phoned(site)
    for minute in (60, 90, 119):
        site.look(minute)
    assert told(site) == []
    site.look(100)
    assert [state for _, state, _ in steps(site)] == ["waiting"] * 2
    site.look(120)
    (loud,) = told(site)
    assert (loud.whom, loud.what) == ("duty@vendor.example", "100 % of the repair time used")
    assert said(site)[0]["document"]["passed"] == [50, 100]
    site.look(6 * 60)
    assert [(one.whom, one.what) for one in told(site)[1:]] == [("desk", "Escalation (75 %)")]
    site.engine.dispose()


def test_R6_a_step_that_waits_is_over_when_the_contract_has_it_no_more(tmp_path: Path) -> None:
    site = chained(tmp_path, step(50, "wecom:desk", hours="hours"))
    phoned(site, minute=8 * 60)
    site.look(9 * 60)
    imported(site, warn=[], escalation=[step(120, "wecom:desk")])
    site.look(9 * 60 + 1)
    site.look(22.5 * 60)
    assert ("chain/50/1", "over", 9 * 60) in steps(site)
    site.engine.dispose()


def test_R6_other_people_in_an_amended_contract_are_not_told_again_what_was_told(tmp_path: Path) -> None:
    site = chained(tmp_path, step(50, "wecom:desk"))
    phoned(site)
    site.look(60)
    imported(site, warn=[], escalation=[step(50, "wecom:other")])
    site.look(61)
    assert whom(site) == ["desk"]
    site.engine.dispose()


def test_R6_who_is_on_duty_is_asked_when_the_message_goes_out(tmp_path: Path) -> None:
    days = [["sms:111"], ["sms:112"], *([["sms:119"]] * 5)]
    rotas = {"duty": {"zone": "Asia/Shanghai", "start": None, "weeks": None, "week": days}}
    site = chained(tmp_path, step(50, "rota:duty", hours="hours"), step(55, "rota:duty"), rotas=rotas)
    phoned(site, minute=8 * 60)
    site.look(9 * 60 + 6)
    assert whom(site) == ["111"]
    site.look(22.5 * 60)
    assert whom(site) == ["111", "112"]
    site.engine.dispose()


def test_R6_a_step_that_nobody_can_be_told_of_is_over(tmp_path: Path) -> None:
    site = chained(tmp_path, step(50, "https://nowhere.example"))
    phoned(site)
    site.look(60)
    assert (told(site), steps(site)) == ([], [("chain/50/1", "over", 60)])
    site.engine.dispose()


def test_R6_weeks_are_taken_in_turn_and_handed_over_at_the_same_wall_time() -> None:
    berlin = ZoneInfo("Europe/Berlin")
    rota = Rota(berlin, parse("2026-10-19T08:00:00+02:00"), [["a"], ["b"], ["c"]])
    on = {when: rota.on_duty(parse(when))[0] for when in (
        "2026-10-19T07:59:59+02:00", "2026-10-19T08:00:00+02:00", "2026-10-26T07:59:59+01:00",
        "2026-10-26T08:00:00+01:00", "2026-11-02T08:00:00+01:00", "2026-11-09T08:00:00+01:00",
    )}  # fmt: skip
    assert list(on.values()) == ["c", "a", "a", "b", "c", "a"]


@given(st.integers(0, 60 * DAY), st.integers(1, 5))
def test_R6_somebody_is_on_duty_at_any_time_and_again_after_all_had_their_turn(at: int, weeks: int) -> None:
    rota = Rota(SHANGHAI, T0, [[f"p{n}"] for n in range(weeks)])
    assert rota.on_duty(T0 + at) == rota.on_duty(T0 + at + weeks * 7 * DAY) == [f"p{at // (7 * DAY) % weeks}"]


def test_R6_where_nobody_is_on_duty_the_contracts_people_are_told() -> None:
    rota = Rota(SHANGHAI, days=[["sms:111"], *([[]] * 6)])
    named, home = ["rota:duty", "wecom:desk"], ["mailto:a@x", "rota:duty"]
    assert people(named, {"duty": rota}, home, T0) == ["sms:111", "wecom:desk"]
    assert people(named, {"duty": rota}, home, T0 + DAY) == ["mailto:a@x", "wecom:desk"]
    assert people(["rota:gone"], {}, home, T0) == ["mailto:a@x"]


def clock(*spans: str) -> Any:
    return Calendar.parse({"zone": "Asia/Shanghai", "week": {"mon-sun": list(spans)}}).clock()


CONTRACT = Contract("c", "v", 0, 1 << 50, SHANGHAI)
BY_DAY = Step("s", 50, (), clock("09:00-17:00"))


@pytest.mark.parametrize(
    ("quiet", "at", "opens"),
    [
        (None, "10:00", "10:00"),
        (None, "16:59", "16:59"),
        (None, "17:00", "33:00"),
        (clock("08:00-12:00"), "07:00", "12:00"),
        (clock("08:00-09:00", "12:00-18:00"), "12:00", "33:00"),
        (clock("16:00-09:30"), "16:30", "33:30"),
        (clock("00:00-24:00"), "10:00", None),
    ],
)
def test_R6_a_step_opens_in_its_hours_and_out_of_the_quiet_ones(quiet: Any, at: str, opens: str | None) -> None:
    midnight = T0 - 10 * HOUR

    def instant(text: str) -> int:
        hours, minutes = text.split(":")
        return midnight + int(hours) * HOUR + int(minutes) * MINUTE

    plan = Plan(CONTRACT, [BY_DAY], quiet=quiet)
    assert plan.opens(BY_DAY, instant(at)) == (None if opens is None else instant(opens))
    assert Plan(CONTRACT, [BY_DAY], quiet=quiet, loud=50).opens(BY_DAY, instant("10:00")) == instant("10:00")


def test_R6_a_step_whose_hours_never_come_opens_never() -> None:
    never = Calendar.parse({"zone": "Asia/Shanghai", "week": {}}).clock()
    assert Plan(CONTRACT, []).opens(Step("s", 50, (), never), T0) is None
