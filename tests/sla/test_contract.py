"""R1, R3, S1, S7: what a contract says, and how it is read."""

from __future__ import annotations

from fractions import Fraction
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from sla.clock import ALWAYS
from sla.contract import Band, Contract, Granted, Term, Travel, contract_at
from sla.instant import DAY, MINUTE
from tests.sla.lives import DAYTIME

ZONE = ZoneInfo("Asia/Shanghai")

LEAST: dict[str, Any] = {
    "id": "c-1",
    "vendor": "v-1",
    "valid": {"from": 10 * DAY, "until": 20 * DAY},
    "covers": {"kinds": "all", "halls": "all"},
    "repair": {"start": "phone", "targets": {}, "warn": [50, 75, 100]},
    "travel": {"mode": "allowance", "default": [], "halls": {}},
    "pauses": [],
    "silence": "vendor",
    "fee": None,
    "payment": "none",
    "terms": [],
}
FULL: dict[str, Any] = {
    "id": "c-2",
    "vendor": "v-2",
    "valid": {"from": 0, "until": DAY},
    "covers": {"kinds": ["printer", "kiosk"], "halls": ["h-1"]},
    "repair": {"start": "notified", "targets": {"printer": 7200, "kiosk": 90.5}, "warn": [100, 50, 50, 90]},
    "travel": {
        "mode": "actual",
        "default": [{"seconds": 1800, "from": None, "until": None}],
        "halls": {
            "h-1": [{"seconds": 0.5, "from": None, "until": 7}, {"seconds": 60, "from": 7, "until": None}],
        },
    },
    "pauses": ["hall_closed", "awaiting_customer"],
    "silence": "free",
    "fee": "20000.50",
    "payment": {"bands": [{"from": "90", "percent": "97.5"}, {"from": "0.5", "percent": "1"}]},
    "terms": [
        {
            "id": "a",
            "term": "fault_count",
            "points": "0.1",
            "round": "down",
            "allowance": {"per_100": "2.5"},
            "unit": "7",
            "cap": "12.5",
            "group": "g",
            "sources": ["phone", "patrol"],
            "scale": None,
            "count": "linear",
        },
        {
            "id": "b",
            "term": "satisfaction",
            "points": "5",
            "round": "exact",
            "allowance": "4.5",
            "unit": "0.1",
            "cap": None,
            "group": None,
            "sources": None,
            "scale": "5",
        },
        {
            "id": "c",
            "term": "late_minutes",
            "points": "1",
            "round": "up",
            "allowance": None,
            "unit": "1",
            "cap": None,
            "group": None,
            "sources": None,
            "scale": None,
            "count": "rectification",
        },
    ],
}


def test_R1_a_contract_that_says_the_least_covers_all_and_grants_nothing() -> None:
    read = Contract.parse(LEAST, ALWAYS, ZONE)
    assert read == Contract("c-1", "v-1", 10 * DAY, 20 * DAY, ZONE)


def test_R1_R3_S1_S7_a_contract_is_read_word_by_word_and_exactly() -> None:
    assert Contract.parse(FULL, DAYTIME, ZONE) == Contract(
        id="c-2",
        vendor="v-2",
        start=0,
        until=DAY,
        zone=ZONE,
        clock=DAYTIME,
        kinds=frozenset({"printer", "kiosk"}),
        halls=frozenset({"h-1"}),
        begin="notified",
        targets={"printer": 120 * MINUTE, "kiosk": 90_500},
        warn=(50, 90, 100),
        travel=Travel(
            "actual",
            (Granted(30 * MINUTE),),
            {"h-1": (Granted(500, until=7), Granted(MINUTE, start=7))},
        ),
        pauses=frozenset({"hall_closed", "awaiting_customer"}),
        free_silence=True,
        fee=Fraction("20000.5"),
        payment=(Band(Fraction(90), Fraction("97.5")), Band(Fraction("0.5"), Fraction(1))),
        terms=(
            Term(
                id="a",
                term="fault_count",
                points=Fraction("0.1"),
                round="down",
                allowance=Fraction("2.5"),
                per_100=True,
                unit=Fraction(7),
                cap=Fraction("12.5"),
                group="g",
                sources=frozenset({"phone", "patrol"}),
            ),
            Term(
                id="b",
                term="satisfaction",
                points=Fraction(5),
                round="exact",
                allowance=Fraction("4.5"),
                unit=Fraction("0.1"),
                scale=Fraction(5),
            ),
            Term(id="c", term="late_minutes", points=Fraction(1), count="rectification"),
        ),
    )


def test_S7_a_contract_may_pay_linear() -> None:
    assert Contract.parse(LEAST | {"payment": "linear"}, ALWAYS, ZONE).payment == "linear"


@pytest.mark.parametrize(
    ("hall", "at", "granted"),
    [
        ("h-1", 9, 1),
        ("h-1", 10, 2),
        ("h-1", 19, 2),
        ("h-1", 20, 40),  # its own are over: the default of then
        ("h-2", 9, 30),
        ("h-2", 10, 40),
        ("h-2", 30, 0),
    ],
)
def test_R3_a_halls_own_travel_comes_first_then_the_default_each_while_it_is_valid(
    hall: str, at: int, granted: int
) -> None:
    own = (Granted(1, until=10), Granted(2, start=10, until=20))
    travel = Travel("allowance", (Granted(30, until=10), Granted(40, start=10, until=30)), {"h-1": own})
    assert travel.allowance(hall, at) == granted


@pytest.mark.parametrize(
    ("kind", "hall", "at", "covered"),
    [
        ("printer", "h-1", 0, True),
        ("printer", "h-1", DAY - 1, True),
        ("printer", "h-1", DAY, False),
        ("printer", "h-1", -1, False),
        ("pc", "h-1", 0, False),
        ("printer", "h-2", 0, False),
    ],
)
def test_R1_a_contract_covers_its_kinds_in_its_halls_while_it_is_valid(
    kind: str, hall: str, at: int, covered: bool
) -> None:
    read = Contract.parse(FULL, ALWAYS, ZONE)
    assert read.covers(kind, hall, at) is covered
    found = contract_at([Contract.parse(LEAST, ALWAYS, ZONE), read], kind, hall, at)
    assert found is (read if covered else None)


def test_R1_a_contract_for_all_kinds_may_be_for_some_halls_only_and_the_other_way_round() -> None:
    of_hall = Contract.parse(LEAST | {"covers": {"kinds": "all", "halls": ["h-1"]}}, ALWAYS, ZONE)
    of_kind = Contract.parse(LEAST | {"covers": {"kinds": ["pc"], "halls": "all"}}, ALWAYS, ZONE)
    asked = [("pc", "h-1"), ("pc", "h-2"), ("kiosk", "h-1"), ("kiosk", "h-2")]
    assert [of_hall.covers(*one, 10 * DAY) for one in asked] == [True, False, True, False]
    assert [of_kind.covers(*one, 10 * DAY) for one in asked] == [True, True, False, False]
