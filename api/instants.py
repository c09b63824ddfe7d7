"""Instants at the edge: RFC 3339 in UTC outside, whole ms inside."""

from __future__ import annotations

from typing import Annotated

from fastapi import Query

from api.problems import Problem
from sla.instant import parse, render

DAY_MS = 86_400_000
_FAR = 253_402_300_799_999

From = Annotated[str | None, Query(alias="from", max_length=40, description="RFC 3339, with a zone.")]
Until = Annotated[str | None, Query(alias="until", max_length=40, description="RFC 3339, with a zone.")]


def rendered(ms: int | None) -> str | None:
    """RFC 3339 in UTC, or None."""
    return None if ms is None else render(ms)


def parsed(text: str | None, name: str) -> int | None:
    """Ms of a query's instant, None without one. Raises `Problem` 422 with the place."""
    if text is None:
        return None
    try:
        ms = parse(text.replace(" ", "+"))
    except (ValueError, OverflowError) as error:
        raise Problem(422, "", [{"place": ["query", name], "reason": "not an RFC 3339 instant"}]) from error
    return min(max(ms, 0), _FAR)


def period(start: str | None, until: str | None, now: int, default_ms: int, most_ms: int) -> tuple[int, int]:
    """[from, until) of a query; the last `default_ms` without them. Raises `Problem` 422 for an impossible one."""
    end = parsed(until, "until")
    end = now if end is None else end
    begin = parsed(start, "from")
    begin = end - default_ms if begin is None else begin
    if not begin < end:
        raise Problem(422, "", [{"place": ["query", "from"], "reason": "not before `until`"}])
    if end - begin > most_ms:
        raise Problem(422, "", [{"place": ["query", "from"], "reason": "the period is too long"}])
    return begin, end
