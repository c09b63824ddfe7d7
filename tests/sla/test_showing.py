"""K1: how long a condition was shown, and when that asks for preventive work."""

from __future__ import annotations

import pytest

from sla.instant import HOUR, MINUTE
from sla.seen import Seen, State, distinct
from sla.showing import Showing, Word, due, is_back, judged, showings, without
from tests.sla.lives import CLOSED, at, hours

HALL = hours("08:30-18:00")
TONER = "lowToner"
_LETTERS: dict[str, tuple[State, tuple[str, ...]]] = {
    "t": ("degraded", (TONER,)),
    "T": ("down", ("jammed", TONER)),
    "u": ("up", ()),
    "g": ("degraded", ("lowPaper",)),
    "z": ("up", ("asleep",)),
    "d": ("down", ()),
    "?": ("unknown", (TONER,)),
}


def drawn(picture: str, start: str = "10:00") -> list[Seen]:
    """One observation a minute."""
    return [Seen(at(start) + i * MINUTE, _LETTERS[one][0], 0, _LETTERS[one][1]) for i, one in enumerate(picture)]


def spans(picture: str) -> list[tuple[int, int | None, int | None]]:
    """The showings in minutes after the first observation."""
    found = showings(drawn(picture), TONER)
    return [tuple(None if one is None else (one - at("10:00")) // MINUTE for one in span) for span in found]  # type: ignore[misc]


@pytest.mark.parametrize(
    ("picture", "found"),
    [
        ("uuuu", []),
        ("utt", [(1, None, None)]),
        ("uTt", [(1, None, None)]),
        ("u?tt", [(2, None, None)]),  # unknown shows nothing
        ("tuutu", [(0, None, None)]),  # flicker
        ("tuuu", [(0, 1, 3)]),
        ("tugu", [(0, 1, 3)]),  # another condition is none of this one
        ("tudu?u", [(0, 1, 5)]),  # what says nothing neither goes on nor breaks it
        ("tzzzz", [(0, None, None)]),  # asleep
        ("tuzuzu", [(0, 1, 5)]),
        ("tuuututuuut", [(0, 1, 3), (4, 7, 9), (10, None, None)]),
    ],
)
def test_K1_a_condition_is_shown_until_three_observations_in_a_row_are_without_it(
    picture: str, found: list[tuple[int, int | None, int | None]]
) -> None:
    assert spans(picture) == found


def test_K1_work_is_due_after_so_much_open_time() -> None:
    assert due(at("10:00"), HALL, 5 * MINUTE) == at("10:05")
    assert due(at("17:58"), HALL, 5 * MINUTE) == at("08:33", "2026-11-03")
    assert due(at("10:00"), CLOSED, 5 * MINUTE) is None


def test_K1_what_comes_back_within_an_hour_must_last_one() -> None:
    assert due(at("10:00"), HALL, 5 * MINUTE, at("09:00")) == at("10:05")
    assert due(at("10:00"), HALL, 5 * MINUTE, at("09:00") + 1) == at("11:00")
    assert due(at("10:00"), HALL, 3 * HOUR, at("09:30")) == at("13:00")


def test_K1_what_is_back_within_an_hour_is_the_same() -> None:
    assert is_back(at("10:00"), at("09:00") + 1)
    assert not is_back(at("10:00"), at("09:00"))


def test_K1_three_observations_without_it_say_that_it_went_before() -> None:
    times = [at("10:00") + i * MINUTE for i in range(5)]
    assert without(drawn("uzgu"), TONER) == Showing(times[0], times[0], times[3])
    assert without(drawn("zugudu"), TONER) == Showing(times[1], times[1], times[3])
    assert without(drawn("uu"), TONER) is None
    assert without(drawn("uuut"), TONER) is None


@pytest.mark.parametrize(
    ("picture", "now", "word"),
    [
        ("", "10:30", None),
        ("ttt", "10:30", None),
        ("tuuu", "10:30", Word("verified", at("10:03"))),
        ("uuuu", "10:30", Word("verified", at("10:03"))),  # the first is at the claim itself
        ("ttuuuttt", "10:30", Word("verified", at("10:04"))),
        ("tuuuu", "10:02", None),
        ("zuuTuuu", "10:30", Word("verified", at("10:06"))),  # down, and low on toner
        ("tuztu", "10:30", None),
        ("", "13:59", None),
        ("", "14:00", Word("verified", at("14:00"), stands=True)),
        ("uzz", "15:00", Word("verified", at("14:00"), stands=True)),
        ("ut", "15:00", None),  # shown since, but nothing newer is known
        ("t" * 241, "14:00", Word("rejected", at("14:00"))),
        ("t" * 242 + "uuu", "14:30", Word("verified", at("14:04"))),
    ],
)
def test_K6_the_word_that_the_work_is_done(picture: str, now: str, word: Word | None) -> None:
    assert judged(at("10:00"), distinct(drawn(picture)), TONER, HALL, at(now)) == word


def test_K6_where_the_hall_never_opens_the_device_alone_decides() -> None:
    assert judged(at("10:00"), drawn("t" * 300), TONER, CLOSED, at("19:00")) is None
    assert judged(at("10:00"), drawn("tuuu"), TONER, CLOSED, at("19:00")) == Word("verified", at("10:03"))
