"""How the examples on the pages write times, lengths and drawings."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import UTC, date, datetime, timedelta
from fractions import Fraction
from typing import Final, NamedTuple, Protocol
from zoneinfo import ZoneInfo

from sla.calendar import Calendar
from sla.instant import HOUR, MINUTE, SECOND, Ms, first_of

ZONE: Final = ZoneInfo("Asia/Shanghai")
MONDAY: Final = date(2026, 11, 2)

HALL: Final = Calendar.parse(
    {"zone": "Asia/Shanghai", "week": {"mon-fri": ["08:30-18:00"], "sat-sun": ["09:00-17:00"]}}
)
REPAIR: Final = Calendar.parse({"zone": "Asia/Shanghai", "week": {"mon-sun": ["08:00-20:00"]}})

LETTERS: Final = {
    "up": "U",
    "degraded": "G",
    "down": "D",
    "unreachable": "R",
    "unmonitored": "?",
    "excluded": "X",
    "maintenance": "M",
    "closed": ".",
    "not_in_service": "-",
    "travel": "T",
    "paused": "P",
    "counted": "C",
    "restored": "r",
}


class Classed(Protocol):
    """A span or a slice."""

    @property
    def start(self) -> Ms: ...
    @property
    def until(self) -> Ms: ...
    @property
    def class_(self) -> str: ...


class Row(NamedTuple):
    label: str
    text: str

    def __str__(self) -> str:
        return f"{self.label:<16}{self.text}"


def at(clock: str, day: int = 0) -> Ms:
    """`10:00` or `10:00:30` in the hall's zone on the Monday of the examples, or so many days after it."""
    hours, minutes, *seconds = map(int, clock.split(":"))
    midnight = first_of(MONDAY + timedelta(days=day), ZONE)
    return midnight + hours * HOUR + minutes * MINUTE + sum(seconds) * SECOND


def clock(ms: Ms, *, day: bool = False) -> str:
    """`10:00`, with seconds where there are some, with the weekday where wanted."""
    when = datetime.fromtimestamp(ms // SECOND, UTC).astimezone(ZONE)
    text = when.strftime("%H:%M:%S" if when.second else "%H:%M")
    return f"{when:%a} {text}" if day else text


def length(ms: Ms | Fraction) -> str:
    """`1 h 50 min`, `40 min`, `12 s`, `0`."""
    seconds = int(ms) // SECOND
    parts = [(seconds // 3600, "h"), (seconds // 60 % 60, "min"), (seconds % 60, "s")]
    return " ".join(f"{amount} {unit}" for amount, unit in parts if amount) or "0"


def percent(value: Fraction | float | None, places: int = 2) -> str:
    """A ratio as a percentage, a dash for null."""
    return "–" if value is None else f"{float(value) * 100:.{places}f} %"


def ruler(start: str, letters: int, every: int = 5) -> Row:
    """A bar every few letters."""
    return Row(start, "".join("|" if i % every == 0 else "·" for i in range(letters)))


def bar(part: tuple[Ms, Ms], start: Ms, step: Ms = MINUTE) -> str:
    """A line of `=` from the one instant of `part` to the other, drawn from `start` on."""
    return " " * ((part[0] - start) // step) + "=" * ((part[1] - part[0]) // step)


def picture(parts: Iterable[Classed], start: Ms, until: Ms, step: Ms = MINUTE) -> str:
    """One letter a step: the class at its beginning; a blank where there is none."""
    spans = list(parts)
    return "".join(
        next((LETTERS[one.class_] for one in spans if one.start <= instant < one.until), " ")
        for instant in range(start, until, step)
    )


def table(head: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    """A table in Markdown."""
    lines = [head, ["---"] * len(head), *rows]
    return "\n".join("| " + " | ".join(cells) + " |" for cells in lines)
