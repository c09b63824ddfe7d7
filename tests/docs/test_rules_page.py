"""docs/rules.md and its companions: every figure of their examples is what the code computes."""

from __future__ import annotations

import re

import pytest

from tests.docs import one_day
from tests.docs.counting_examples import WAYS
from tests.docs.notation import length, percent
from tests.docs.one_day import DAY, EVENTS, HOURS, MOMENTS, minutes
from tests.docs.pages import DOCS, EXAMPLES, PAGES, TABLES, blocks, example, filled, tables

RULES = [
    f"{letter}{n}"
    for letter, last in (("T", 6), ("O", 10), ("C", 5), ("A", 7), ("R", 7), ("S", 4))
    for n in range(1, last + 1)
]
RULES += ["K6", "S7", "S9", "P3", "P4", "P5"]


def page(name: str) -> str:
    return (DOCS / name).read_text(encoding="utf-8")


SHOWN = {name: text for one in PAGES for name, text in blocks(page(one)).items()}


@pytest.mark.parametrize("name", sorted(EXAMPLES))
def test_an_example_on_a_page_is_what_the_code_computes(name: str) -> None:
    assert SHOWN[name] == example(name)


@pytest.mark.parametrize("name", sorted(TABLES))
def test_a_table_on_a_page_is_what_the_code_computes(name: str) -> None:
    shown = {name: text for one in PAGES for name, text in tables(page(one)).items()}
    assert shown[name] == TABLES[name]() + "\n"


def test_no_example_on_a_page_is_without_its_computation() -> None:
    assert set(SHOWN) == set(EXAMPLES)
    for one in PAGES:
        assert page(one).count("```") == 2 * len(blocks(page(one))), "every drawing is computed"
        assert filled(page(one)) == page(one)


def test_every_rule_has_its_place_and_its_example() -> None:
    headings = re.findall(r"^### ([A-Z]\d+) ", page("rules.md") + page("rules-money.md"), re.MULTILINE)
    assert sorted(headings) == sorted(RULES)
    told = {name.split("-")[0] for name in EXAMPLES}
    assert set(RULES) - told == {"O9"}, "identity has no figure"


def test_the_pages_stay_short() -> None:
    for one in PAGES:
        assert len(page(one).splitlines()) < 500
        assert max(map(len, re.sub(r"^[|].*$", "", page(one), flags=re.MULTILINE).splitlines())) <= 125


def test_the_moments_of_the_day_follow_each_other() -> None:
    assert [one.until for one in MOMENTS[:-1]] == [one.start for one in MOMENTS[1:]]
    seen = one_day.polls("printer")
    assert len(seen) == 24 * 60 - 20 == len(one_day.polls("switch"))


def test_every_way_of_counting_keeps_within_the_period() -> None:
    for period in (HOURS, DAY):
        for way in WAYS.values():
            counted = way("printer", period)
            assert 0 <= counted.share <= 1
            for part in (*counted.bad, *counted.out):
                assert period.start <= part.start < part.until <= period.until


def test_all_ways_agree_about_a_day_without_events() -> None:
    quiet = EVENTS["dead switch"]._replace(start=EVENTS["dead switch"].until, until=EVENTS["collector blind"].start)
    assert {name: way("printer", quiet).share for name, way in WAYS.items()} == dict.fromkeys(WAYS, 1)


def test_lengths_and_percentages_read_well() -> None:
    assert [length(ms) for ms in (0, 61_000, 3_600_000, 5_400_000)] == ["0", "1 min 1 s", "1 h", "1 h 30 min"]
    assert [percent(None), percent(1), percent(1 / 3, 1)] == ["–", "100.00 %", "33.3 %"]


def test_so_many_minutes_are_lost_at_the_beginning_of_an_outage() -> None:
    window = EVENTS["dead switch"]
    whole = minutes(WAYS["hallwatch, service"]("switch", window).bad)
    lost = {name: whole - minutes(WAYS[name]("switch", window).bad) for name in ("Zabbix", "Checkmk", "Icinga", "PRTG")}
    assert lost == {"Zabbix": 2, "Checkmk": 0, "Icinga": 2, "PRTG": 1}
