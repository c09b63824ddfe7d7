"""K6, R1-R5: in which seconds a ticket is open, and in which of them its clock is paused, from its events alone."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from sla.case import Case, Fault
from sla.contract import Contract
from sla.ticket import Happening
from tests.sla.walking.hours import S


def started(case: Case, begin: str) -> int | None:
    """R2: when the clock starts by `phone`, `notified` or `detected`; None: it does not.

    Where monitoring saw nothing, or so late that it was over (K7), only people can have started it.
    """
    people, late = [], False
    for event in case.events:
        source = event.detail.get("source")
        if event.event == "opened" and event.detail.get("late"):
            late = True
        if source and (event.event in ("opened", "reopened") or event.detail.get("reported")):
            at = event.detail.get("reported_at", event.at)
            if source != "detected":
                people.append(at)
    if begin == "detected" and case.detected_at is not None and not late:
        return case.detected_at
    if begin == "notified" and case.notified_at is not None:
        people.append(case.notified_at)
    return min(people, default=None)


def open_seconds(case: Case, start: int, now: int) -> tuple[set[int], int | None]:
    """R5, K6: the seconds in [start, now) in which the ticket is open; and when it was closed, None while it is open.

    A ticket that was restored before it was cancelled was closed at last by the cancellation.
    """
    changes = changed(case, start)
    found, last, closed = set(), True, None
    for t in range(start, now + S, S):
        for at, word in changes:
            if at == t:
                closed = None if word == "reopened" else t if last or word == "cancelled" else closed
                last = word == "reopened"
        if last and t < now:
            found.add(t)
    return found, closed


def changed(case: Case, start: int) -> list[tuple[int, str]]:
    """When the ticket was truly restored, reopened, cancelled, in order; none before the clock's start."""
    changes: list[tuple[int, str]] = []
    previous = None
    began = start
    for i, event in enumerate(case.events):
        if event.event == "restored" and not rejected(case.events, i):
            closed = restoration(case, i, previous)
            if closed is not None:
                changes.append((max(closed, began), "restored"))
        if event.event in ("cancelled", "reopened"):
            began = max(event.at, start)
            changes = [one for one in changes if one[0] <= began]
            changes.append((began, event.event))
        if event.event in ("rejected", "reopened"):
            previous = event.at
    return changes


def rejected(events: Sequence[Happening], claim: int) -> bool:
    """Whether the next that became of the claim was a rejection."""
    for event in events[claim + 1 :]:
        if event.event in ("rejected", "reopened", "restored", "cancelled"):
            return event.event == "rejected"
    return False


def verified(events: Sequence[Happening], claim: int) -> bool:
    """Whether staff said that the claim is true; what monitoring said is for the facts to say."""
    for event in events[claim + 1 :]:
        if event.event == "verified" and event.detail.get("detected"):
            continue
        if event.event in ("verified", "rejected", "reopened", "restored", "cancelled"):
            return event.event == "verified"
    return False


def restoration(case: Case, claim: int, previous: int | None) -> int | None:
    """K6: the true restoration behind a claim; None: the device is still down."""
    at = case.events[claim].at
    behind: Fault | None = None
    for outage in case.outages:
        if outage.start < at and (outage.until is None or previous is None or outage.until > previous):
            behind = outage
    if behind is None:
        return at
    if behind.until is not None and behind.until <= at:
        return behind.until
    for seen in case.down_seen:
        if seen >= at and (behind.until is None or seen < behind.until) and not verified(case.events, claim):
            return behind.until
    return at


def paused_seconds(case: Case, contract: Contract, start: int, now: int) -> tuple[set[int], bool]:
    """R4: the seconds in which a pause with a listed reason and an approver lasts; and whether one lasts at `now`."""
    lasting: dict[str, bool] = {}
    found: set[int] = set()
    events = list(case.events)
    for t in range(min([start, *(event.at for event in events)]), now + S, S):
        while events and events[0].at <= t:
            note(lasting, events.pop(0), contract)
        if t < now and any(lasting.values()):
            found.add(t)
    return found, any(lasting.values())


def note(lasting: dict[str, bool], event: Happening, contract: Contract) -> None:
    """What one event does to the pauses that last, each with whether it counts."""
    reason = event.detail.get("reason")
    if event.event == "paused":
        lasting[str(reason)] = reason in contract.pauses and bool(str(event.detail.get("approver") or "").strip())
    elif event.event == "resumed" and reason:
        lasting.pop(str(reason), None)
    elif event.event in ("resumed", "restored", "cancelled"):
        lasting.clear()


def known(case: Case, now: int) -> Case:
    """The ticket as it is at `now`, without what happens later."""
    outages = [one for one in case.outages if one.start <= now]
    return replace(
        case,
        events=[event for event in case.events if event.at <= now],
        outages=[one if one.until is None or one.until <= now else one._replace(until=None) for one in outages],
        down_seen=[t for t in case.down_seen if t <= now],
    )
