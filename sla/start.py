"""When a repair clock starts, and which contract decides about it (R1, R2)."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

from sla.case import DETECTED, Case
from sla.contract import Contract, Start
from sla.instant import Ms

_REPORTS: Final = frozenset({"opened", "reopened"})


def start_of(case: Case, begin: Start) -> Ms | None:
    """When a ticket's clock starts under a contract that begins so; None: it has no clock (R2, K7)."""
    told = _told(case)
    if begin == "phone":
        return told
    if begin == "notified":
        return min((at for at in (case.notified_at, told) if at is not None), default=None)
    return told if case.detected_at is None or _late(case) else case.detected_at


def deciding(case: Case, contracts: Iterable[Contract]) -> Contract | None:
    """The contract that covers the device when the clock starts as it says itself; None where none does (R1)."""
    for one in contracts:
        start = start_of(case, one.begin)
        if start is not None and one.covers(case.kind, case.hall, start):
            return one
    return None


def _told(case: Case) -> Ms | None:
    """The first report by people, by its true time: the first of `sla.case.reports` that is none of monitoring's."""
    first: Ms | None = None
    for what, at, _by, detail in case.events:
        source = detail.get("source")
        if source and source != DETECTED and (what in _REPORTS or detail.get("reported")):
            told = detail.get("reported_at", at)
            first = told if first is None else min(first, told)
    return first


def _late(case: Case) -> bool:
    """Whether the ticket is the record of an outage that was over when it became known (K7)."""
    return any(event.event == "opened" and event.detail.get("late") for event in case.events)
