"""The keys `notify`, `escalation`, `quiet` and `rotas` of a contract: what is refused, and what is stored (R6)."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest

from sla.instant import parse
from tests.hallwatch.inventories import CITY, judged, told

PAGE = Path(__file__).parents[2] / "docs/contract.md"
VALID = "    valid: {from: 2026-01-01, until: 2027-01-01}\n"


def with_keys(*lines: str) -> str:
    """The city, whose contract says this too; its lines begin at 14."""
    return CITY.replace(VALID, VALID + "".join(f"    {line}\n" for line in lines))


def contract(*lines: str) -> Any:
    checked = judged(with_keys(*lines))
    assert checked.document is not None, [fault.reason for fault in checked.faults]
    return checked.document["contracts"][0]


def test_R6_without_a_chain_its_keys_are_empty() -> None:
    found = contract()
    assert (found["notify"], found["escalation"], found["quiet"], found["rotas"]) == ([], [], None, {})


def test_R6_the_example_of_the_page_is_taken_as_it_stands() -> None:
    (example,) = re.findall(r"```yaml\n(.*?)```", PAGE.read_text(encoding="utf-8"), re.DOTALL)
    office = '  office-hours: {week: {mon-fri: ["08:30-18:00"]}}\n'
    city = CITY.replace("branches:", office + "branches:", 1)
    checked = judged(city, example)
    assert checked.faults == []
    assert checked.document is not None
    found = checked.document["contracts"][1]
    assert [(step["at"], step["hours"]) for step in found["escalation"]] == [
        (75, "always"),
        (100, "office-hours"),
        (150, "always"),
    ]
    assert found["quiet"] == {
        "calendar": None,
        "week": {"mon-sun": ["22:00-07:00"]},
        "zone": "Asia/Shanghai",
        "except": 150,
    }
    assert found["rotas"]["duty"]["start"] == parse("2027-01-04T00:30:00Z")
    assert found["rotas"]["desk"]["week"] == [["dingtalk:day-desk"]] * 5 + [["sms:13800138003"]] * 2


def test_R6_steps_are_stored_in_order_of_their_percent() -> None:
    found = contract(
        "escalation: [{at: 150, to: ['sms:110']}, {at: 50, to: ['mailto:a@b.example'], hours: hall-hours}]"
    )
    assert found["escalation"] == [
        {"at": 50, "to": ["mailto:a@b.example"], "hours": "hall-hours"},
        {"at": 150, "to": ["sms:110"], "hours": "always"},
    ]


def test_T1_a_rota_that_starts_on_a_date_starts_with_it_in_its_zone() -> None:
    found = contract("rotas: {duty: {start: 2026-11-02, zone: Europe/Berlin, weeks: [['sms:110']]}}")
    assert found["rotas"]["duty"]["start"] == parse("2026-11-01T23:00:00Z")


STEP = "contracts[0].escalation[0]"
DUTY = "contracts[0].rotas.duty"


@pytest.mark.parametrize(
    ("line", "fault"),
    [
        ("escalation: [{at: 50, to: ['sms:110'], hour: always}]", f"{STEP}.hour: unknown key hour [hours]"),
        ("escalation: [{at: 0, to: ['sms:110']}]", f"{STEP}.at: a number from 1 to 1000 is wanted, not 0"),
        ("escalation: [{at: 50, to: []}]", f"{STEP}.to: at least one recipient is wanted"),
        (
            "escalation: [{at: 50, to: ['wecon:ops']}]",
            f"{STEP}.to[0]: wecon:ops is no recipient: did you mean `wecom:`?",
        ),
        (
            "escalation: [{at: 50, to: ['sms:110'], hours: hall-hour}]",
            f"{STEP}.hours: there is no calendar hall-hour; write one of calendars, or always [hall-hours]",
        ),
        ("escalation: [{at: 50, to: ['rota:duty']}]", f"{STEP}.to: there is no rota duty"),
        ("notify: ['rota:duty']", "contracts[0].notify: there is no rota duty"),
        (
            "rotas: {duty: {weeks: [['sms:110']]}}",
            f"{DUTY}: weeks taken in turn need a start, and at least one week",
        ),
        (
            "rotas: {duty: {start: 2026-11-02}}",
            f"{DUTY}: a rota has either weeks, taken in turn from start on, or one week of days",
        ),
        (
            "rotas: {duty: {week: {mon-sun: ['rota:duty']}}}",
            f"{DUTY}: a rota names people, not another rota: rota:duty",
        ),
        (
            "rotas: {duty: {week: {mno: ['sms:110']}}}",
            f"{DUTY}.week: not a week: week.mno: 'mno' is no day; did you mean mon?",
        ),
        (
            "rotas: {duty: {week: {mon-fri: ['sms:110']}}}",
            f"{DUTY}.week: nobody is on duty on sat, sun: the contract's own people are told then",
        ),
        (
            "rotas: {duty: {zone: Asia/Shangai, week: {mon-sun: ['sms:110']}}}",
            f"{DUTY}.zone: Asia/Shangai is no zone such as Asia/Shanghai",
        ),
        ("quiet: {except: 150}", "contracts[0].quiet: quiet hours are either those of a calendar or a week"),
        ("quiet: {calendar: night}", "contracts[0].quiet.calendar: there is no calendar night"),
        (
            "quiet: {week: {mon: ['22-07']}}",
            "contracts[0].quiet: not a calendar: '22-07' is not HH:MM-HH:MM",
        ),
    ],
)
def test_R6_what_cannot_be_meant_is_refused_with_its_near_miss(line: str, fault: str) -> None:
    assert told(with_keys(line)) == [f"a.yaml:14 {fault}"]


def test_R6_a_rota_that_is_nearly_named_is_the_near_miss() -> None:
    lines = ["rotas: {duty: {week: {mon-sun: ['sms:110']}}}", "escalation: [{at: 50, to: ['rota:dutty']}]"]
    assert told(with_keys(*lines)) == [f"a.yaml:15 {STEP}.to: there is no rota dutty [duty]"]
