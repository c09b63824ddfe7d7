"""The pauses of a ticket that count (R4)."""

from __future__ import annotations

from collections.abc import Container, Iterable, Mapping
from typing import Any, Final

from sla.instant import Ms
from sla.interval import Interval
from sla.ticket import Happening

LASTING: Final = 1 << 62
"""The end of a pause that lasts."""

_ENDS: Final = frozenset({"resumed", "restored", "cancelled"})


def pauses(events: Iterable[Happening], listed: Container[str]) -> list[Interval]:
    """The union of the pauses with a reason that the contract lists and an approver, from events in order (R4).

    They may touch; the last one ends at `LASTING` if it lasts.
    """
    union: list[Interval] = []
    reasons: set[str] = set()
    since: Ms = 0
    for event in events:
        if event.event == "paused" and _counts(event.detail, listed):
            since = since if reasons else event.at
            reasons.add(event.detail["reason"])
        elif reasons and event.event in _ENDS:
            reason = event.detail.get("reason") if event.event == "resumed" else None
            reasons = reasons - {reason} if reason else set()
            if not reasons:
                union.append(Interval(since, event.at))
    return [*union, Interval(since, LASTING)] if reasons else union


def _counts(detail: Mapping[str, Any], listed: Container[str]) -> bool:
    reason, approver = detail.get("reason"), detail.get("approver")
    return isinstance(reason, str) and reason in listed and isinstance(approver, str) and bool(approver.strip())
