"""Examples made by hand of repair clocks, statements and duties (R1-R7, S1-S4, S7, S9, P3-P5, A7).

The figures in `examples/` were reckoned from the rules' text with a pencil. Where one of these tests fails, the code or
the example is wrong, and the rule says which.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from fractions import Fraction
from typing import Any

import pytest

from sla.contract import Contract
from sla.facts import Counted, MonthFacts, Survey
from sla.forecast import Level, forecast
from sla.instant import DAY, HOUR
from sla.intact import Served, by_count, by_time
from sla.line import Line
from sla.marks import Mark, marks, next_mark
from sla.month import month
from sla.repair import Repair, repair
from sla.scorecard import ITEMS, Hour, Rule, scored
from sla.spans import CLASSES, Class
from sla.spares import RATIOS, Observed, Stock, duties, running_out
from sla.statement import Statement, statement
from sla.ticket import derive
from sla.whatif import what_if
from sla.words import explain
from tests.sla.example_money import (
    Document,
    Reader,
    case,
    contract,
    examples,
    ms,
    number,
    optional,
    table,
    tickets,
)


def _of(*files: str, having: str = "id") -> pytest.MarkDecorator:
    """The examples of some files, or those of them that have a key."""
    found = [pytest.param(one, id=one["id"]) for file in files for one in examples(f"{file}.yaml") if having in one]
    return pytest.mark.parametrize("example", found)


# Repair clocks


_CLOCKS = (
    "r_1_targets",
    "r_2_start",
    "r_3_travel",
    "r_4_pauses",
    "r_5_repair_time",
    "r_6_warnings",
    "r_7_slices",
)


@_of(*_CLOCKS)
def test_R1_to_R7_the_repair_clock_is_as_reckoned_by_hand(example: Document) -> None:
    reader, expect = Reader.of(example), example["expect"]
    contracts = [contract(example["contract"] | one) for one in example.get("contracts", [{}])]
    ticket, now = case(example, reader), _now(example, reader)
    found = [one for one in (repair(ticket, each, now) for each in contracts) if one]
    if "clock" in expect:
        assert not found
        return
    assert len(found) == 1
    got = {key: _CLOCK[key](found[0], now, reader) for key in expect}
    assert got == {key: _WANTED.get(key, _instant)(value, reader) for key, value in expect.items()}


@_of(*_CLOCKS)
def test_K2_every_example_is_an_order_that_can_be(example: Document) -> None:
    events = case(example, Reader.of(example)).events
    assert list(events) == sorted(events, key=lambda one: one.at)
    derive(events)


@_of(*_CLOCKS)
def test_R7_the_slices_cover_every_example(example: Document) -> None:
    reader = Reader.of(example)
    ticket, now = case(example, reader), _now(example, reader)
    for each in (contract(example["contract"] | one) for one in example.get("contracts", [{}])):
        if found := repair(ticket, each, now):
            edges = [found.start, *(one.until for one in found.slices)]
            assert [one.start for one in found.slices] == edges[:-1]
            assert edges[-1] == (now if found.until is None else found.until)
            assert all(a.class_ != b.class_ for a, b in zip(found.slices, found.slices[1:], strict=False))


def _now(example: Document, reader: Reader) -> int:
    """When it is looked at: as it says, else a day after all."""
    if "now" in example:
        return reader.instant(example["now"])
    ends = [reader.stretch(one)[1] or 0 for one in example.get("outages", ())]
    return max([*ends, *(one.at for one in case(example, reader).events)]) + DAY


_CLOCK: Mapping[str, Callable[[Repair, int, Reader], Any]] = {
    "contract": lambda one, now, reader: one.contract.id,
    "start": lambda one, now, reader: reader.shown(one.start),
    "until": lambda one, now, reader: reader.shown(one.until),
    "due": lambda one, now, reader: reader.shown(one.due),
    "target": lambda one, now, reader: one.target,
    "travel": lambda one, now, reader: one.travel,
    "paused": lambda one, now, reader: one.paused,
    "counted": lambda one, now, reader: one.counted,
    "breached": lambda one, now, reader: one.breached,
    "slices": lambda one, now, reader: [_stretch(reader, *each) for each in one.slices],
    "marks": lambda one, now, reader: [_marked(each, reader) for each in marks(one, one.contract.warn, now)],
    "next mark": lambda one, now, reader: _marked(next_mark(one, one.contract, now), reader),
}


def _instant(text: str, reader: Reader) -> str:
    return text if text == "none" else reader.shown(reader.instant(text))


def _length(text: str, reader: Reader) -> int | None:
    return None if text == "none" else ms(text)


def _mark(text: str, reader: Reader) -> str:
    percent, _, at = text.partition(" % at ")
    return text if text == "none" else f"{percent} % at {_instant(at, reader)}"


def _marked(mark: Mark | None, reader: Reader) -> str:
    return "none" if mark is None else f"{mark.percent} % at {reader.shown(mark.at)}"


def _stretch(reader: Reader, start: int, until: int | None, words: str) -> str:
    return f"{reader.shown(start)} - {reader.shown(until)} {words}"


_WANTED: Mapping[str, Callable[[Any, Reader], Any]] = {
    "contract": lambda text, reader: text,
    "target": _length,
    "travel": _length,
    "paused": _length,
    "counted": _length,
    "breached": lambda text, reader: _yes(text),
    "slices": lambda lines, reader: [_stretch(reader, *reader.stretch(line)) for line in lines],
    "marks": lambda texts, reader: [_mark(text, reader) for text in texts],
    "next mark": _mark,
}


def _yes(text: str) -> bool:
    assert text in ("yes", "no")
    return text == "yes"


# Statements


def _facts(example: Document, one: Contract) -> MonthFacts:
    survey, seen = example.get("satisfaction"), example.get("availability")
    total, _, count = (survey or "").partition(" / ")
    return MonthFacts(
        month=month(example["month"], one.zone),
        cases=tickets(example.get("tickets", ""), Reader.of(example)),
        devices_in_service=int(example.get("devices in service", 0)),
        missed_patrols=example.get("missed patrols", ()),
        spares_not_ready=example.get("spares not ready", ()),
        satisfaction=Survey(number(total), int(count)) if survey else None,
        availability=Counted(ms(seen["good"]), ms(seen["bad"]), _yes(seen.get("seen enough", "yes"))) if seen else None,
    )


def _statement(example: Document) -> Statement:
    one = contract(example["contract"], example["terms"])
    return statement(one, _facts(example, one), Reader.of(example).instant(example["now"]))


@_of("s_1_points", "s_2_terms", "s_3_groups", "s_4_evidence")
def test_S1_to_S4_the_statement_is_as_reckoned_by_hand(example: Document) -> None:
    found, expect = _statement(example), example["expect"]
    assert [_told(line, row) for line, row in zip(found.lines, table(expect["lines"]), strict=True)] == [
        _wanted(row) for row in table(expect["lines"])
    ]
    wanted = max(Fraction(0), 100 - sum(number(row["deduction"]) for row in table(expect["lines"])))
    assert found.score == wanted == number(expect.get("score", str(wanted)))
    if "open" in expect:
        assert list(found.open) == expect["open"]


_COLUMNS = ("id", "value", "allowance", "overrun", "units", "deduction", "behind")


def _told(line: Line, row: Document) -> dict[str, Any]:
    """The columns that the example has; without a cell for it nothing is behind."""
    told = {name: getattr(line, name) for name in _COLUMNS[:-1]}
    told["behind"] = {one.thing for one in line.evidence if one.amount} if _names_things(line, row) else set()
    return told


def _names_things(line: Line, row: Document) -> bool:
    """Of a rate the example says nothing about what is behind it."""
    return "behind" in row or line.term not in ("self_repair_rate", "satisfaction", "availability")


def _wanted(row: Document) -> dict[str, Any]:
    wanted: dict[str, Any] = {name: number(row[name]) for name in _COLUMNS[2:-1]}
    return {"id": row["id"], "value": optional(row["value"]), "behind": set(row.get("behind", "").split())} | wanted


@_of("s_4_evidence")
def test_S4_a_line_names_what_stands_behind_it(example: Document) -> None:
    reader, expect = Reader.of(example), example["expect"]
    lines = {line.id: line for line in _statement(example).lines}
    found = [
        (id, one.thing, one.amount, one.start, one.until, one.counted)
        for id, line in lines.items()
        for one in line.evidence
    ]
    assert found == [
        (
            row["id"],
            row["thing"],
            ms(row["amount"]) if row["amount"][-1].isalpha() else number(row["amount"]),
            reader.instant(row["from"]),
            reader.instant(row["restored"]),
            ms(row["repair time"]),
        )
        for row in table(expect["evidence"])
    ]
    for id, rules in expect["rules"].items():
        assert lines[id].rules.split(" ") == rules
    for id, removed in expect.get("removed", {}).items():
        assert [f"{one.ticket} charged in {one.charged_in}" for one in lines[id].removed] == removed


@_of("s_4_evidence")
def test_S4_the_arithmetic_is_told_in_words_and_numbers(example: Document) -> None:
    lines = {line.id: line for line in _statement(example).lines}
    for id, figures in example["expect"].get("told", {}).items():
        words = " ".join(explain(lines[id], str)).split(" ")
        assert [figure for figure in figures if figure not in words] == []


@_of("s_7_payment")
def test_S7_the_payment_is_as_reckoned_by_hand(example: Document) -> None:
    lost = str(100 - number(example["score"]))
    terms = f"id  term  unit  points  round\nT1  missed_patrols  1  {lost}  up"
    found = _statement({**example, "terms": terms, "missed patrols": ["h-1"]})
    assert found.score == max(Fraction(0), number(example["score"]))
    assert found.payment == optional(example["expect"]["payment"])


@_of("s_9_what_if")
def test_S9_what_if_is_as_reckoned_by_hand(example: Document) -> None:
    reader, expect = Reader.of(example), example["expect"]
    one = contract(example["contract"], example["terms"])
    other = contract(example["contract"] | example.get("other", {}), example.get("other terms", example["terms"]))
    found = what_if(one, other, _facts(example, one), reader.instant(example["now"]))
    assert found.before.score == number(expect["before"])
    assert found.after.score == number(expect["after"])
    if "tickets" in expect:
        told = [(each.ticket, each.before.counted, each.after.counted) for each in found.tickets]
        assert told == [(row["ticket"], ms(row["before"]), ms(row["after"])) for row in table(expect["tickets"])]


# Duties


@_of("p_3_forecast")
def test_P3_the_forecast_is_as_reckoned_by_hand(example: Document) -> None:
    pages = int(example["pages a day"]) if "pages a day" in example else None
    levels = [level for line in example["levels"] for level in _levels(line, pages)]
    against = example.get("against", "time")
    assert against in ("time", "pages")
    found, expect = forecast(levels, _noon(example["now"]), against), example["expect"]
    if expect == "none":
        assert found is None
        return
    assert found is not None
    for key, wanted in expect.items():
        assert getattr(found, key) == (None if wanted == "never" else pytest.approx(float(wanted)))


def _noon(text: str) -> int:
    """`day 20` at noon."""
    return int(text.removeprefix("day ")) * DAY + 12 * HOUR


def _levels(text: str, pages: int | None) -> list[Level]:
    """`day 0 to 20 from 100 % by -2`: one a day at noon, the first day's level and the step a day."""
    match = re.fullmatch(r"day (\d+) to (\d+) from (\d+) % by (-?\d+)", text)
    assert match
    first, last, level, step = map(int, match.groups())
    return [
        Level(_noon(f"day {day}"), level + step * (day - first), None if pages is None else pages * day)
        for day in range(first, last + 1)
    ]


@_of("p_4_spares", having="stocks")
def test_P4_spares_are_as_reckoned_by_hand(example: Document) -> None:
    names = ("installed", "supplied", "broken", "missing")
    stocks = [Stock(row["kind"], *(int(row[name]) for name in names)) for row in table(example["stocks"])]
    ratios = {kind: number(ratio) for kind, ratio in example.get("ratios", {}).items()} or RATIOS
    found = [
        {"kind": one.kind, **{name: str(getattr(one, name)) for name in ("required", "kept", "operator", "vendor")}}
        for one in duties(stocks, ratios)
    ]
    assert found == table(example["expect"]["duties"])


@_of("p_4_spares", having="observed")
def test_P4_the_chance_of_running_out_is_as_reckoned_by_hand(example: Document) -> None:
    seen = {name: int(value) for name, value in example["observed"].items()}
    observed = Observed(seen["faults"], seen["days"] * DAY, seen["away days"] * DAY, seen["back"])
    for kept, wanted in example["expect"]["chance"].items():
        found = running_out(observed, int(kept))
        assert (found and found.chance) == (None if wanted == "none" else pytest.approx(float(wanted), abs=1e-6))


_HOURS: Mapping[Hour, str] = {
    "blind_bad": "an unseen hour bad",
    "blind_good": "an unseen hour good",
    "bad_blind": "a bad hour not seen",
}


@_of("p_5_scorecard")
def test_P5_the_scorecard_is_as_reckoned_by_hand(example: Document) -> None:
    branch = _served(example["devices"])
    others = Served(*(int(example["others"][name]) * HOUR for name in ("good", "bad")))
    compare = example.get("compare", "relative")
    assert compare in ("relative", "points")
    found = scored(example["item"], ITEMS[example["item"]], branch, others, Rule(compare=compare))
    got = {
        "score": found.score,
        "branch": found.branch,
        "all": found.all,
        "below": found.below,
        "devices": list(found.devices),
        "hours": [_HOURS[one] for one in found.hours],
        "warning": "yes" if found.warning else "no",
    }
    for key, wanted in example["expect"].items():
        assert got[key] == (wanted if key in ("devices", "hours", "warning") else optional(wanted)), key


def _served(text: str) -> dict[str, Served]:
    """A table of devices and their hours."""
    names = ("good", "bad", "not seen")
    return {row["device"]: Served(*(int(row[name]) * HOUR for name in names)) for row in table(text)}


@_of("p_a7_intact", having="hours")
def test_A7_the_intact_rate_by_time_is_as_reckoned_by_hand(example: Document) -> None:
    assert by_time(_served(example["hours"]).values()) == optional(example["expect"]["by time"])


@_of("p_a7_intact", having="inspected")
def test_A7_the_intact_rate_by_count_is_as_reckoned_by_hand(example: Document) -> None:
    counted = [one.split(" ") for one in example["inspected"]]
    classes = [_class(class_) for many, class_ in counted for _ in range(int(many))]
    assert by_count(classes) == optional(example["expect"]["by count"])


def _class(word: str) -> Class:
    return next(one for one in CLASSES if one == word)
