"""The short hand of the examples: instants on the wall, stretches, lengths, fractions, what was seen.

Read here with the standard library alone, so that nothing which is to be proved takes part in the reading.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from fractions import Fraction
from typing import NamedTuple
from zoneinfo import ZoneInfo

from sla.seen import RANK, Seen

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MS = timedelta(milliseconds=1)
_INSTANT = r"(?:(?:\d{4}-)?\d\d-\d\d )?\d\d:\d\d(?::\d\d(?:\.\d{3})?)?(?: \((?:first|second)\))?"
_PARTS = re.compile(
    r"(?:(?P<date>(?:\d{4}-)?\d\d-\d\d) )?(?P<h>\d\d):(?P<m>\d\d)(?::(?P<s>\d\d)(?:\.(?P<ms>\d{3}))?)?"
    r"(?: \((?P<fold>first|second)\))?"
)
_STRETCH = re.compile(rf"({_INSTANT})\s*-\s*({_INSTANT})(?:\s+(.*))?")
_SINCE = re.compile(rf"since ({_INSTANT})(?:\s+(.*))?")
_ONE = re.compile(rf"({_INSTANT}) (.*)")
_EVERY = re.compile(rf"every (\S+) from ({_INSTANT}) until ({_INSTANT}) (.*)")
_LENGTH = re.compile(r"(?:(\d+)h)?(?:(\d+)m)?(?:(\d+)s)?(?:(\d+)ms)?")


class Stretch(NamedTuple):
    """[start, until) in ms, `until` None while it lasts, and the words that follow it."""

    start: int
    until: int | None
    words: tuple[str, ...] = ()


class Wall(NamedTuple):
    """A clock on the wall of a zone; instants without a date are of `day`."""

    zone: ZoneInfo
    day: date

    def instant(self, text: str) -> int:
        """`10:01`, `10:01:30.250`, `10-31 23:59`, `2026-10-25 02:30 (second)`, `24:00` in ms."""
        return self._dated(text)[0]

    def stretch(self, text: str) -> Stretch:
        """`10:01-10:05 down jammed`: the end is of the date of the start unless it bears its own; or `since 10:01`."""
        if match := _SINCE.fullmatch(text.strip()):
            return Stretch(self.instant(match[1]), None, tuple((match[2] or "").split()))
        match = _STRETCH.fullmatch(text.strip())
        if not match:
            raise ValueError(f"{text!r} is no stretch of time such as 10:01-10:05")
        start, day = self._dated(match[1])
        until = self._replace(day=day).instant(match[2])
        if until < start:
            raise ValueError(f"{text!r} ends before it begins; give the date of the end")
        return Stretch(start, until, tuple((match[3] or "").split()))

    def span(self, text: str) -> tuple[int, int]:
        """A period: a stretch, a month `2026-10`, or a date `2026-10-12`."""
        if re.fullmatch(r"\d{4}-\d\d(-\d\d)?", text):
            first = date.fromisoformat(text if len(text) == 10 else f"{text}-01")
            last = first + timedelta(days=1 if len(text) == 10 else 31)
            return self._midnight(first), self._midnight(last if len(text) == 10 else last.replace(day=1))
        start, until, _ = self.stretch(text)
        assert until is not None
        return start, until

    def seen(self, text: str) -> list[Seen]:
        """`10:00 up, 10:01 down jammed, every 60s from 10:02 until 10:05 up next 5m`, in the order written.

        A date stands for all that follow it.
        """
        found: list[Seen] = []
        wall = self
        for part in filter(None, (one.strip() for one in text.split(","))):
            if match := _EVERY.fullmatch(part):
                start, day = wall._dated(match[2])
                wall = wall._replace(day=day)
                until, day = wall._dated(match[3])
                found += [_said(ts, match[4]) for ts in range(start, until, length(match[1]))]
            else:
                match = _ONE.fullmatch(part)
                if not match:
                    raise ValueError(f"{part!r} is no observation such as 10:01 down jammed")
                start, day = wall._dated(match[1])
                found.append(_said(start, match[2]))
            wall = wall._replace(day=day)
        return found

    def shown(self, ms: int | None) -> str:
        """An instant to compare and to read."""
        if ms is None:
            return "never"
        local = (_EPOCH + ms * _MS).astimezone(self.zone)
        return local.isoformat(" ", "milliseconds" if ms % 1000 else "seconds")

    def said(self, text: str) -> str:
        """An expected instant, or `never`, as `shown` shows it."""
        return text if text == "never" else self.shown(self.instant(text))

    def texts(self, stretches: Iterable[Stretch]) -> list[str]:
        """Stretches to compare and to read; one without end lasts to `never`."""
        return [" ".join([self.shown(one.start), "-", self.shown(one.until), *one.words]) for one in stretches]

    def _dated(self, text: str) -> tuple[int, date]:
        match = _PARTS.fullmatch(text.strip())
        if not match:
            raise ValueError(f"{text!r} is no instant such as 10:01 or 10-31 23:59")
        day = self._date(match["date"])
        wall = datetime(day.year, day.month, day.day) + timedelta(  # noqa: DTZ001 - wall time
            hours=int(match["h"]),
            minutes=int(match["m"]),
            seconds=int(match["s"] or 0),
            milliseconds=int(match["ms"] or 0),
        )
        return self._of(wall, text, match["fold"]), day

    def _date(self, text: str | None) -> date:
        if text is None:
            return self.day
        return date.fromisoformat(text if len(text) == 10 else f"{self.day.year}-{text}")

    def _of(self, wall: datetime, text: str, fold: str | None) -> int:
        offsets = {wall.replace(tzinfo=self.zone, fold=fold).utcoffset() for fold in (0, 1)}
        if (len(offsets) == 2) != (fold is not None):
            raise ValueError(f"{text!r}: say (first) or (second) of a reading that comes twice, and of no other")
        local = wall.replace(tzinfo=self.zone, fold=int(fold == "second"))
        return (local.astimezone(UTC) - _EPOCH) // _MS

    def _midnight(self, day: date) -> int:
        return self._of(datetime(day.year, day.month, day.day), str(day), None)  # noqa: DTZ001 - wall time


def length(text: str) -> int:
    """`1h30m`, `15m`, `30s`, `250ms`, or plain seconds such as `60` or `59.999`, in ms."""
    if re.fullmatch(r"\d+(\.\d{1,3})?", text):
        return int(Decimal(text) * 1000)
    match = _LENGTH.fullmatch(text)
    if not match or not text:
        raise ValueError(f"{text!r} is no length of time such as 1h30m")
    hours, minutes, seconds, ms = (int(part or 0) for part in match.groups())
    return ((hours * 60 + minutes) * 60 + seconds) * 1000 + ms


def ratio(text: str) -> tuple[int, int]:
    """`60/300` or `9h/9h30m`: both in ms, not reduced."""
    over, _, under = text.partition("/")
    return length(over), length(under)


def mean(text: str) -> Fraction | None:
    """`2m30s`, `10m / 3`, or `none`: a mean time in ms."""
    if text == "none":
        return None
    whole, _, parts = text.partition("/")
    return Fraction(length(whole.strip()), int(parts or 1))


def listed(value: object) -> Iterator[str]:
    """A list of texts, or one text with commas."""
    if isinstance(value, list):
        yield from (str(one) for one in value)
    else:
        yield from filter(None, (one.strip() for one in str(value or "").split(",")))


def _said(ts: int, text: str) -> Seen:
    state, *words = text.split()
    if state not in RANK:
        raise ValueError(f"{state!r} is none of {', '.join(RANK)}")
    interval = 0
    if "next" in words:
        interval = length(words[words.index("next") + 1])
        words = words[: words.index("next")]
    return Seen(ts, state, interval, tuple(words))  # type: ignore[arg-type]
