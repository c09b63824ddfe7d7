"""The pauses of a ticket that count (R4)."""

from __future__ import annotations

from collections.abc import Container, Iterable
from typing import Final

from sla.instant import Ms
from sla.interval import Interval
from sla.ticket import Happening

LASTING: Final = 1 << 62
"""The end of a pause that lasts."""


def pauses(events: Iterable[Happening], listed: Container[str]) -> list[Interval]:
    """The union of the pauses with a reason that the contract lists and an approver, from events in order (R4).

    They may touch; the last one ends at `LASTING` if it lasts.
    """
    union: list[Interval] = []
    reasons: set[str] = set()
    since: Ms = 0
    for what, at, _, detail in events:
        if what == "paused":
            if _counts(detail.get("reason"), detail.get("approver"), listed):
                since = since if reasons else at
                reasons.add(detail["reason"])
        elif reasons and what in ("resumed", "restored", "cancelled"):
            reason = detail.get("reason") if what == "resumed" else None
            reasons = reasons - {reason} if reason else set()
            if not reasons:
                union.append(Interval(since, at))
    return [*union, Interval(since, LASTING)] if reasons else union


def _counts(reason: object, approver: object, listed: Container[str]) -> bool:
    return isinstance(reason, str) and reason in listed and isinstance(approver, str) and bool(approver.strip())
