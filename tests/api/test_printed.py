"""C3: what a printer said, as lines of its page."""

from __future__ import annotations

import pytest

from api.last import Value
from api.printed import Line, printed
from tests.api.conftest import Served


def plain(text: str) -> str:
    return text


def supply(**columns: Value) -> Line:
    (line,) = printed({f"supply.1.{name}": value for name, value in columns.items()}, plain).supplies
    return line


@pytest.mark.parametrize(
    ("columns", "percent", "level", "more"),
    [
        ({"type": 3, "unit": 13, "capacity": 5300, "level": 1060}, 20.0, "not known", "toner · 106 of 530 g"),
        ({"type": 3, "unit": 7, "capacity": 6000, "level": 4260}, 71.0, "not known", "toner · 4,260 of 6,000 pages"),
        ({"type": 3, "unit": 19, "capacity": 100, "level": 40}, 40.0, "not known", "toner"),
        (
            {"class": 4, "type": 4, "unit": 19, "capacity": 100, "level": 35},
            35.0,
            "not known",
            "waste toner · room left",
        ),
        (
            {"class": 4, "type": 4, "unit": 18, "capacity": -2, "level": 100},
            None,
            "100 items",
            "waste toner · room left",
        ),
        ({"type": 9, "unit": 7, "capacity": 12000, "level": -3}, None, "some", "drum · 12,000 pages when full"),
        ({"type": 9, "unit": 7, "capacity": -2, "level": -2}, None, "not known", "drum"),
        ({"type": 32, "unit": 18, "capacity": -1, "level": -1}, None, "unrestricted", "staples"),
        ({"level": 5}, None, "5", ""),
        ({"type": 7}, None, "not known", "ribbon"),
    ],
)
def test_C3_a_supply_is_told_in_per_cent_or_in_words_with_its_unit(
    columns: dict[str, Value], percent: float | None, level: str, more: str
) -> None:
    line = supply(**columns)
    assert line.percent == (None if percent is None else pytest.approx(percent))
    assert (line.percent is not None or line.level == level, line.more) == (True, more)


@pytest.mark.parametrize(
    ("description", "colour"),
    [("Cyan Toner", "cyan"), ("品红墨粉", "magenta"), ("Drum", ""), ("黑色硒鼓", "black"), ("Gelb", "")],
)
def test_C3_the_colour_is_what_the_device_says(description: str, colour: str) -> None:
    assert supply(level=1, description=description).colour == colour


def test_a_tray_and_an_output_are_told_with_their_state() -> None:
    values: dict[str, Value] = {
        "input.2.level": 181,
        "input.2.capacity": 550,
        "input.2.status": 8,
        "input.2.media": "A4",
    }
    values |= {"output.1.level": -2, "output.1.name": "Top", "input.3.voltage": 231, "input.4.level": 5}
    values |= {"input.5.level": 4294967293, "input.5.capacity": 250}
    seen = printed(values, plain)
    first = seen.inputs[0]
    assert (first.name, first.level, first.more) == ("tray 2", "181 sheets", "A4 · 181 of 550 sheets · warning")
    assert first.percent == pytest.approx(32.909, abs=0.01)
    assert (seen.inputs[1].level, seen.inputs[1].percent) == ("5 sheets", None)
    assert [(one.name, one.level, one.more) for one in seen.outputs] == [("Top", "not known", "room left")]
    assert (seen.inputs[2].level, seen.inputs[2].percent) == ("some", None)
    assert len(seen.inputs) == 3, "a UPS has inputs without a level"


def test_alerts_stand_with_the_worst_first_open_covers_and_lights_by_name() -> None:
    values: dict[str, Value] = {"alert.1.severity": 4, "alert.1.code": 1104, "alert.1.group": 11, "alert.1.training": 5}
    values |= {"alert.2.severity": 3, "alert.2.code": 808, "alert.2.description": " Load\n paper "}
    values |= {"alert.3.code": 4711, "cover.1.status": 3, "cover.2.status": 4, "light.1.lit": 1000, "light.2.lit": 0}
    seen = printed(values, plain)
    assert [(one.rank, one.severity, one.text, one.more) for one in seen.alerts] == [
        ("stops", "critical", "Load paper", ""),
        ("warn", "warning", "toner almost empty", "supplies · needs service"),
        ("", "notice", "code 4711", ""),
    ]
    assert (seen.open_covers, seen.lights, seen.works) == (["1"], ["1"], True)


def test_nothing_is_told_of_a_device_that_is_no_printer() -> None:
    seen = printed({"uptime": 1, "if.1.oper": 1, "output.1.voltage": 230, "supply": "x", "alert.1": 2}, plain)
    assert (seen.supplies, seen.works) == ([], False)


def test_hostile_values_are_words_on_the_page_and_no_trace(city: Served) -> None:
    values: dict[str, Value] = {"supply.1.level": 1 << 62, "supply.1.unit": "x" * 300, "supply.1.type": -5}
    values |= {"input.x.level": "many", "alert.9.code": float("nan"), "cover.1.status": 1e300, "console": "x" * 900}
    seen = printed(values, plain)
    assert len(seen.console) <= 120
    assert city.as_("viewer").get("/devices/PR-0101").status_code == 200
