"""The weekly part of a calendar as people write it: `mon-fri: ["08:30-18:00"]` (T3)."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from difflib import get_close_matches
from typing import Final

Span = tuple[int, int]
"""Minutes after a day's midnight; the second beyond 1440 lies on the next day."""

DAYS: Final = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
DAY_MINUTES: Final = 24 * 60
MAX_SPANS: Final = 48

Week = tuple[tuple[Span, ...], ...]
"""Seven days from Monday on, each with its spans."""

EMPTY: Final[Week] = ((),) * 7

_SPAN: Final = re.compile(r"(\d{1,2}):(\d{2})\s*-\s*(\d{1,2}):(\d{2})", re.ASCII)


class BadCalendar(Exception):
    """A calendar that cannot be meant: where in its document (`week.mon-fri`), and why."""

    def __init__(self, place: str, reason: str) -> None:
        super().__init__(f"{place}: {reason}" if place else reason)
        self.place = place
        self.reason = reason


def parse_week(document: object, place: str) -> Week:
    """Read `{days: [span, ...]}`. Days may be a list and ranges that wrap (`sat-mon`); each day may come once."""
    if not isinstance(document, Mapping):
        raise BadCalendar(place, "not a table of days")
    week = list(EMPTY)
    given: set[int] = set()
    for key, spans in document.items():
        here = f"{place}.{str(key)[:40]}"
        parsed = parse_spans(spans, here)
        for day in _days(str(key), here):
            if day in given:
                raise BadCalendar(here, f"{DAYS[day]} is given twice")
            given.add(day)
            week[day] = parsed
    return tuple(week)


def parse_spans(document: object, place: str) -> tuple[Span, ...]:
    """Read `closed` or a list of `HH:MM-HH:MM`; an end at or before its start lies on the next day."""
    if document == "closed":
        return ()
    if not isinstance(document, list | tuple):
        raise BadCalendar(place, 'neither closed nor a list such as ["08:30-18:00"]')
    if len(document) > MAX_SPANS:
        raise BadCalendar(place, f"more than {MAX_SPANS} spans a day")
    return tuple(sorted(_span(text, place) for text in document))


def is_full(week: Week) -> bool:
    """Whether the week leaves no minute closed."""
    reached = max((end - DAY_MINUTES for _, end in week[6]), default=0)
    for day in week:
        for start, end in day:
            if start > reached:
                return False
            reached = max(reached, end)
        reached -= DAY_MINUTES
        if reached < 0:
            return False
    return True


def _span(text: object, place: str) -> Span:
    match = _SPAN.fullmatch(text.strip()) if isinstance(text, str) and len(text) < 40 else None
    if match is None:
        raise BadCalendar(place, f"{str(text)[:40]!r} is not HH:MM-HH:MM")
    start, end = (_minutes(match[i], match[i + 1], place) for i in (1, 3))
    if start == DAY_MINUTES:
        raise BadCalendar(place, "a span cannot begin at 24:00; write 00:00 of the next day")
    return start, end if end > start else end + DAY_MINUTES


def _minutes(hours: str, minutes: str, place: str) -> int:
    of_day = int(hours) * 60 + int(minutes)
    if int(minutes) > 59 or of_day > DAY_MINUTES:
        raise BadCalendar(place, f"{hours}:{minutes} is no time of day")
    return of_day


def _days(text: str, place: str) -> Iterator[int]:
    for part in text.lower().split(","):
        first, _, last = part.strip().partition("-")
        start = _day(first.strip(), place)
        length = (_day(last.strip(), place) - start) % 7 if last else 0
        yield from ((start + i) % 7 for i in range(length + 1))


def _day(word: str, place: str) -> int:
    if word in DAYS:
        return DAYS.index(word)
    near = get_close_matches(word[:20], DAYS, n=1, cutoff=0.5)
    raise BadCalendar(place, f"{word[:20]!r} is no day" + (f"; did you mean {near[0]}?" if near else ""))
