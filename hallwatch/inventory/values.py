"""Readers of single values: names, durations, dates, numbers, references to secrets."""

from __future__ import annotations

import re
from collections.abc import Collection
from datetime import date, datetime
from decimal import Decimal
from typing import Final
from zoneinfo import ZoneInfo

from collector.observation import parse_instant
from hallwatch.duration import seconds
from hallwatch.inventory.faults import N_
from hallwatch.inventory.node import Node
from hallwatch.inventory.shape import Reader, Site, scalar
from sla.instant import first_of

_IN_NO_TOPIC: Final = re.compile(r"[\x00-\x1f\x7f-\x9f/+#\u2028\u2029\ud800-\udfff]")
_CONTROL: Final = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028\u2029\ud800-\udfff]")
_NUMBER: Final = re.compile(r"-?\d{1,12}(\.\d{1,9})?")
_DAY: Final = re.compile(r"\d{4}-\d{2}-\d{2}")
_WORD: Final = re.compile(r"[A-Za-z_][A-Za-z0-9_.-]{0,63}")
_REFERENCE: Final = re.compile(r"env:[A-Za-z_][A-Za-z0-9_]*|file:.+")


def text(most: int = 256) -> Reader:
    """A line of text, at most `most` characters."""

    def read(node: Node, site: Site) -> str | None:
        value = scalar(node, site)
        if value is None:
            return None
        if not value.strip() or len(value) > most or _CONTROL.search(value):
            site.fault(node.line, N_("one line of 1 to {most} characters is wanted"), most=most)
            return None
        return value

    return read


def identifier(node: Node, site: Site) -> str | None:
    """A name that may stand in an MQTT topic: at most 128 characters, none of / + # and no control character."""
    value = scalar(node, site)
    if value is None:
        return None
    if not value or value != value.strip() or len(value) > 128 or _IN_NO_TOPIC.search(value):
        site.fault(node.line, N_("a name of 1 to 128 characters without / + # is wanted, not {value}"), value=value)
        return None
    return value


def word(node: Node, site: Site) -> str | None:
    """A word of letters, digits, _ . and -."""
    value = scalar(node, site)
    if value is not None and not _WORD.fullmatch(value):
        site.fault(node.line, N_("a word of letters and digits is wanted, not {value}"), value=value)
        return None
    return value


def choice(*allowed: str) -> Reader:
    """One of these words."""
    return chosen(allowed, N_("{value} is none of {allowed}"))


def chosen(allowed: Collection[str], message: str) -> Reader:
    """One of these words, with a message of its own."""
    known = sorted(allowed)

    def read(node: Node, site: Site) -> str | None:
        value = scalar(node, site)
        if value is not None and value not in allowed:
            near = site.faults.near(value, known)
            site.fault(node.line, message, near, value=value, allowed=", ".join(known))
            return None
        return value

    return read


def duration(low: float, high: float) -> Reader:
    """A duration with its unit, or a number of seconds; gives seconds, whole ones as int."""

    def read(node: Node, site: Site) -> float | None:
        value = scalar(node, site)
        if value is None:
            return None
        try:
            length = seconds(float(value) if _NUMBER.fullmatch(value) else value)
        except ValueError:
            site.fault(node.line, N_("{value} is no duration; write it like 90s, 5m, 2h or 7d"), value=value)
            return None
        if not low <= length <= high:
            site.fault(node.line, N_("from {low} s to {high} s is wanted"), low=f"{low:g}", high=f"{high:g}")
            return None
        return int(length) if length == int(length) else length

    return read


def number(low: str, high: str) -> Reader:
    """A plain number within bounds; gives a Decimal, for points and money stay exact."""

    def read(node: Node, site: Site) -> Decimal | None:
        value = scalar(node, site)
        if value is None:
            return None
        if not _NUMBER.fullmatch(value) or not Decimal(low) <= Decimal(value) <= Decimal(high):
            site.fault(
                node.line, N_("a number from {low} to {high} is wanted, not {value}"), low=low, high=high, value=value
            )
            return None
        return Decimal(value)

    return read


def moment(node: Node, site: Site) -> date | int | None:
    """A date (which stands for its first instant in a zone that is known later), or an instant in ms."""
    value = scalar(node, site)
    if value is None:
        return None
    try:
        day = date.fromisoformat(value) if _DAY.fullmatch(value) else None
        instant = parse_instant(value) if day is None else 0
    except (ValueError, OverflowError):
        site.fault(node.line, N_("{value} is neither a date nor an instant with its zone"), value=value)
        return None
    year = day.year if day else datetime.fromisoformat(value).year
    if not 1971 <= year <= 2199:
        site.fault(node.line, N_("a year from 1971 to 2199 is wanted, not {value}"), value=value)
        return None
    return day if day is not None else instant


def first_instant(when: date | int | None, zone: ZoneInfo) -> int | None:
    """T1: a date stands for its first instant in the zone; ms since 1970."""
    return when if when is None or isinstance(when, int) else first_of(when, zone)


def is_reference(value: str) -> bool:
    """Whether a text leads to a secret (`env:NAME`, `file:PATH`) rather than being one."""
    return _REFERENCE.fullmatch(value) is not None


def secret(node: Node, site: Site) -> str | None:
    """A reference to a secret; the secret itself is refused, and never shown."""
    value = scalar(node, site)
    if value is not None and not is_reference(value):
        site.fault(node.line, N_("a secret stands here only by reference: env:NAME or file:PATH"))
        return None
    return value
