"""The classes of reconciliation once more: from the story and what a ticket's events say, minute by minute (K5)."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from typing import Any

from sla.clock import Clock
from sla.instant import parse
from tests.proof.month_clock import CLOCKS, GRACE, contradictions
from tests.proof.month_story import HALLS, MINUTE, Outage, S, Story

LATE = 30 * MINUTE
BEFORE = 15 * MINUTE
Document = Mapping[str, Any]
Linked = Mapping[tuple[str, int], str | None]
"""The ticket of each judged outage, by device and start."""


def differences(told: Story, faults: Iterable[Document], tickets: Sequence[Document], linked: Linked) -> list[str]:
    """Where the report's classes are not the expected ones."""
    by_id = {one["id"]: one for one in tickets}
    found = []
    for fault in faults:
        expected = _classes(told, fault, by_id[fault["ticket"]], linked)
        if set(fault["classes"]) != expected:
            found.append(f"{fault['ticket']}: {sorted(fault['classes'])} and not {sorted(expected)}")
    return found


def _classes(told: Story, fault: Document, ticket: Document, linked: Linked) -> set[str]:
    device = fault["device"]
    clock = CLOCKS[HALLS[told.devices[device][1]]]
    until = None if fault["until"] is None else parse(fault["until"])
    true = [
        one
        for one in told.outages
        if one.device == device
        and linked.get((device, one.start)) in (None, ticket["id"])
        and one.until >= parse(fault["at"]) - BEFORE
        and (until is None or one.start <= until)
        and one.until > _due(one.start, clock)
    ]
    calls = [
        one["detail"].get("reported_at", parse(one["at"]))
        for one in ticket["events"]
        if one["detail"].get("source") in ("phone", "patrol")
    ]
    return _sorted(true, calls, clock) | _still_down(told, ticket, linked, clock)


def _sorted(true: Sequence[Outage], calls: Collection[int], clock: Clock) -> set[str]:
    if not calls:
        return {"detected_only"}
    if not true:
        return {"phone_only"}
    since, call = _due(true[0].start, clock), min(calls)
    open_ms = sum(S for at in range(since, call, S) if clock.is_open(at))
    return {"matched", "phoned_late"} if open_ms > LATE else {"matched"}


def _still_down(told: Story, ticket: Document, linked: Linked, clock: Clock) -> set[str]:
    claims = [parse(one["at"]) for one in ticket["events"] if one["event"] == "restored" and one["by"] != "hallwatch"]
    device = ticket["device"]  # only what is this ticket's fault: another's outage makes no liar of its vendor
    true = [one for one in told.outages if one.device == device and linked.get((device, one.start)) == ticket["id"]]
    lied = any(contradictions(claim, [one], clock) for claim in claims for one in true if one.start < claim < one.until)
    return {"restored_but_still_down"} if lied else set()


def _due(start: int, clock: Clock) -> int:
    """What begins in closed hours is the hall's until a quarter of an hour after opening (O10)."""
    if clock.is_open(start):
        return start
    at = start
    while not clock.is_open(at):
        at += MINUTE
    return at + GRACE
