"""C3: supplies."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sla.supplies import Replacement, Supply, replacements, supplies_of
from tests.sla.histories import examples

Said = dict[str, float | int | str]


@pytest.mark.parametrize(
    ("level", "capacity", "quality", "percent"),
    [
        (80, 100, "exact", 80.0),
        (0, 100, "exact", 0.0),
        (50, 0, "exact", None),
        (50, -2, "exact", None),
        (50, None, "exact", None),
        (-3, 100, "some", None),
        (-2, 100, "unknown", None),
        (-1, 100, "unrestricted", None),
        (-7, 100, "unknown", None),
        (None, 100, "unknown", None),
        (1300, 2000, "exact", 65.0),
    ],
)
def test_C3_a_percentage_exists_only_where_the_device_gives_one(
    level: int | None, capacity: int | None, quality: str, percent: float | None
) -> None:
    supply = Supply(1, level=level, capacity=capacity)
    assert (supply.quality, supply.percent) == (quality, percent)


def test_C3_supplies_are_read_from_the_values_by_index() -> None:
    values: dict[str, float | int | str] = {
        "pages": 10231,
        "supply.10.level": -3,
        "supply.2.level": 80.0,
        "supply.2.capacity": 100,
        "supply.2.unit": 19,
        "supply.2.class": 3,
        "supply.2.description": "Black Toner",
        "supply.x.level": 1,
        "supply.3": 1,
    }
    toner, other = supplies_of(values)
    assert toner == Supply(2, "Black Toner", "3", "19", 80, 100)
    assert (other.index, other.quality, other.percent) == (10, "some", None)


def test_C3_a_waste_box_reports_the_room_left() -> None:
    (box,) = supplies_of({"supply.4.class": 4, "supply.4.level": 20, "supply.4.capacity": 100})
    assert box.is_receptacle
    assert box.percent == 20.0


def test_C3_a_waste_box_without_a_class_is_one_by_its_type() -> None:
    box, toner, other = supplies_of({"supply.1.type": 4, "supply.2.type": 3, "supply.3.type": 4, "supply.3.class": 3})
    assert (box.is_receptacle, toner.is_receptacle, other.is_receptacle) == (True, False, False)


def test_C3_a_level_of_32_bits_without_its_sign_is_the_negative_one() -> None:
    some, unknown = supplies_of({"supply.1.level": 4294967293, "supply.2.level": 4294967294, "supply.2.capacity": 100})
    assert (some.level, some.quality, unknown.quality, unknown.percent) == (-3, "some", "unknown", None)


def test_C3_a_supply_has_the_colour_that_its_device_names() -> None:
    values: Said = {"supply.1.colorant": 2, "supply.1.level": 1, "supply.2.level": 1, "colorant.2.value": "cyan"}
    cyan, other = supplies_of(values)
    assert (cyan.colorant, other.colorant) == ("cyan", "")


def test_C3_a_makers_own_table_is_taken_where_the_standard_one_says_less() -> None:
    black: Said = {"supply.1.description": "Black Toner", "supply.1.level": -3, "supply.1.capacity": 100}
    own: Said = {"supply.1001.description": "black toner", "supply.1001.level": 40, "supply.1001.capacity": 100}
    waste: Said = {"supply.2.description": "Waste", "supply.2.level": -3}
    assert [one.index for one in supplies_of(black | own | waste)] == [2, 1001]
    assert [one.index for one in supplies_of(black | own | waste | {"supply.1.level": 50})] == [1, 2]
    assert [one.index for one in supplies_of(black | own | waste | {"supply.1001.level": -2})] == [1, 2]
    alike: Said = {
        "supply.3.description": "Drum",
        "supply.3.level": -3,
        "supply.4.description": "Drum",
        "supply.4.level": 9,
    }
    assert len(supplies_of(alike)) == 2, "two drums of one name are two"


def test_C3_values_that_are_no_numbers_are_not_known() -> None:
    for level in ("many", float("nan"), float("inf"), -float("inf"), "80"):
        (supply,) = supplies_of({"supply.1.level": level, "supply.1.capacity": 100})
        assert (supply.quality, supply.percent) == ("unknown", None)


def test_C3_a_rise_of_20_points_that_lasts_two_polls_is_a_replacement_recorded_as_one() -> None:
    assert replacements([(0, 10.0), (1, 98.0), (2, 98.0), (3, 97.0)]) == [Replacement(1, 10.0, 98.0)]
    assert replacements([(0, 10.0), (1, 30.0), (2, 30.0)]) == [Replacement(1, 10.0, 30.0)]


def test_C3_a_rise_that_does_not_last_is_none() -> None:
    assert replacements([(0, 10.0), (1, 98.0), (2, 11.0), (3, 11.0)]) == []
    assert replacements([(0, 10.0), (1, 98.0)]) == []
    assert replacements([(0, 10.0), (1, 29.9), (2, 29.9)]) == []


def test_C3_what_is_not_known_in_between_is_passed_over() -> None:
    assert replacements([(0, 10.0), (1, None), (2, 90.0), (3, None), (4, 90.0)]) == [Replacement(2, 10.0, 90.0)]


def test_C3_a_rise_in_two_steps_is_one_replacement_and_the_next_is_another() -> None:
    assert replacements([(0, 10.0), (1, 40.0), (2, 95.0), (3, 95.0)]) == [Replacement(1, 10.0, 40.0)]
    assert len(replacements([(0, 5.0), (1, 95.0), (2, 95.0), (3, 5.0), (4, 95.0), (5, 95.0)])) == 2


@examples
@given(st.lists(st.floats(0, 100), max_size=20))
def test_C3_a_level_that_only_falls_is_never_a_replacement(levels: list[float]) -> None:
    assert replacements(list(enumerate(sorted(levels, reverse=True)))) == []


def test_C3_what_a_device_does_not_say_is_empty_and_numbers_may_come_as_floats() -> None:
    (bare,) = supplies_of({"supply.1.type": 5})
    assert bare == Supply(1, "", "", "", None, None, "5")
    (box,) = supplies_of({"supply.4.class": 4.0, "supply.4.unit": 19.0})
    assert (box.class_, box.unit, box.is_receptacle) == ("4", "19", True)


def test_C3_a_level_beyond_64_bits_is_not_known() -> None:
    (kept,) = supplies_of({"supply.1.level": (1 << 63) - 1})
    (lost,) = supplies_of({"supply.1.level": 1 << 63})
    assert (kept.level, lost.level) == ((1 << 63) - 1, None)


def test_C3_rises_one_after_the_other_are_each_looked_at() -> None:
    levels = [50.0, 50.0, 10.0, 40.0, 40.0, 12.0, 60.0, 60.0]
    assert replacements(list(enumerate(levels))) == [Replacement(3, 10.0, 40.0), Replacement(6, 12.0, 60.0)]


def test_C3_a_replacement_is_found_wherever_it_is_and_soon_after_another() -> None:
    assert replacements([(0, 50.0), (1, 50.0), (2, 100.0), (3, 100.0)]) == [Replacement(2, 50.0, 100.0)]
    twice = [(0, 10.0), (1, 90.0), (2, 60.0), (3, 100.0), (4, 100.0)]
    assert replacements(twice) == [Replacement(1, 10.0, 90.0), Replacement(3, 60.0, 100.0)]
