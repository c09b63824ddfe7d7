"""What a cell says: a typed value as the number that machines read, and as the text that people read."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime
from decimal import ROUND_HALF_UP, Decimal, InvalidOperation
from types import MappingProxyType
from typing import Final
from zoneinfo import ZoneInfo

from reports.availability import N_, TOTAL
from reports.book import Cells, Kind, Table, Translate, Value
from reports.csv_text import DASH
from reports.forms.texts import clean
from sla.instant import parse

TOTAL_WORD: Final = N_("Total")
YES: Final = N_("Yes")
NO: Final = N_("No")
NUMBERS: Final = frozenset({"count", "number", "ratio", "seconds", "points", "money"})
"""The kinds whose cells are numbers; they stand to the right."""
_PERCENT: Final = Decimal("0.001")
_MOST_DIGITS: Final = 6


def exact(value: Value) -> Decimal | None:
    """A number, or the decimal string of one; None for anything else."""
    if isinstance(value, bool) or value is None:
        return None
    try:
        found = Decimal(value if isinstance(value, str) else repr(value))
    except InvalidOperation:
        return None
    return found if found.is_finite() else None


def local(value: Value, zone: ZoneInfo) -> datetime | None:
    """An RFC 3339 instant as the clock in the zone shows it; None for anything else."""
    try:
        return datetime.fromtimestamp(parse(str(value)) / 1000, zone)
    except (ValueError, OverflowError, OSError):
        return None


def clock(value: Value, zone: ZoneInfo) -> str:
    """`2026-10-03 14:05:09`, with the offset where the hour comes twice."""
    at = local(value, zone)
    if at is None:
        return clean(str(value))
    twice = at.replace(fold=0).utcoffset() != at.replace(fold=1).utcoffset()
    return at.strftime("%Y-%m-%d %H:%M:%S%z" if twice else "%Y-%m-%d %H:%M:%S")


def hours(seconds: Decimal) -> str:
    """`h:mm:ss`, to the nearest second; hours go on beyond 24, thousands apart."""
    whole = int(abs(seconds).quantize(Decimal(1), ROUND_HALF_UP))
    sign = "-" if seconds < 0 and whole else ""
    return f"{sign}{whole // 3600:,}:{whole // 60 % 60:02}:{whole % 60:02}"


def percent(ratio: Decimal) -> str:
    """Three places: 0.001 % of a month are less than half a minute."""
    return f"{(ratio * 100).quantize(_PERCENT, ROUND_HALF_UP):,}%"


def number(value: Decimal) -> str:
    """At most six places, none that says nothing, thousands apart."""
    places = -int(value.normalize().as_tuple().exponent)
    shown = value.quantize(Decimal(1).scaleb(-min(max(places, 0), _MOST_DIGITS)), ROUND_HALF_UP)
    return f"{shown:,f}"


def hundredths(value: Decimal) -> str:
    """Points or money: two places, and more where there are more."""
    places = max(2, -int(value.as_tuple().exponent))
    return f"{value:,.{places}f}"


_NUMBER: Final[Mapping[Kind, Callable[[Decimal], str]]] = MappingProxyType(
    {
        "count": number,
        "number": number,
        "ratio": percent,
        "seconds": hours,
        "points": hundredths,
        "money": hundredths,
    }
)


def shown(value: Value, kind: Kind, zone: ZoneInfo, translate: Translate) -> str:
    """What people read; None is a dash, what is not of its kind the text that it is."""
    if value is None:
        return DASH
    if isinstance(value, bool):
        return translate(YES if value else NO)
    if kind == "instant":
        return clock(value, zone)
    if kind in _NUMBER and (found := exact(value)) is not None:
        return _NUMBER[kind](found)
    return clean(str(value))


def total_of(table: Table, translate: Translate) -> Cells | None:
    """The last line as people read it: it is called total in their language where the book does not name it."""
    if table.total is None or table.total[0] not in {None, TOTAL}:
        return table.total
    return translate(TOTAL_WORD), *table.total[1:]
