"""T3: whether a place is open, by what its clock on the wall shows; nothing opens or closes within a minute."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import date, datetime, timedelta
from functools import lru_cache
from typing import Any
from zoneinfo import ZoneInfo

from chinese_calendar import constants

S = 1000
DAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
M = 60 * S
LOOK_BACK = 70 * M  # no clock is put back by more than an hour

Document = Mapping[str, Any]
"""A calendar as the inventory file writes it; None is always open."""


def open_seconds(document: Document | None, start: int, until: int) -> set[int]:
    """The seconds in [start, until), each named by the ms at which it begins, in which the calendar is open.

    The wall may be put back in autumn: what it showed once it does not show anew, so its highest reading counts.
    """
    if document is None:
        return set(range(start, until, S))
    zone, beginning, opened = ZoneInfo(document["zone"]), spans_on(document), set()
    highest = datetime.min  # noqa: DTZ901 - what a wall shows has no zone
    for minute in range(start // M * M - LOOK_BACK, until, M):
        wall = datetime.fromtimestamp(minute // S, zone).replace(tzinfo=None)
        highest = max(highest, wall)
        if shows_open(beginning, highest):
            opened |= {t for t in range(minute, minute + M, S) if start <= t < until}
    return opened


def shows_open(beginning: Callable[[date], Sequence[tuple[int, int]]], wall: datetime) -> bool:
    """Whether a span that began today or yesterday holds the reading."""
    today, minute = wall.date(), wall.hour * 60 + wall.minute
    for start, until in beginning(today):
        if start <= minute < until:
            return True
    return any(start <= minute + 1440 < until for start, until in beginning(today - timedelta(days=1)))


def spans_on(document: Document) -> Callable[[date], Sequence[tuple[int, int]]]:
    """The spans that begin on a date: the date's own, else what the holidays say, else its weekday's."""

    @lru_cache
    def beginning(day: date) -> list[tuple[int, int]]:
        if (special := document.get("dates", {}).get(day.isoformat())) is not None:
            return spans(special)
        if document.get("holidays") == "cn" and day in constants.holidays:
            return []
        if document.get("holidays") == "cn" and day in constants.workdays:
            return of_weekday(document, "mon")
        return of_weekday(document, DAYS[day.weekday()])

    return beginning


def of_weekday(document: Document, day: str) -> list[tuple[int, int]]:
    """`sat-mon` goes on over Sunday."""
    for key, texts in document.get("week", {}).items():
        for part in key.split(","):
            first, _, last = part.partition("-")
            named = DAYS.index(first)
            while DAYS[named] != (last or first):
                if DAYS[named] == day:
                    return spans(texts)
                named = (named + 1) % 7
            if DAYS[named] == day:
                return spans(texts)
    return []


def spans(texts: str | Sequence[str]) -> list[tuple[int, int]]:
    """`22:00-06:00` ends on the next day; minutes after midnight."""
    if texts == "closed":
        return []
    read = []
    for text in texts:
        start, until = (int(side[:2]) * 60 + int(side[3:]) for side in text.split("-"))
        read.append((start, until if until > start else until + 1440))
    return read
