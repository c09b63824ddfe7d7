"""R1-R7 once more, second by second and without a thought for speed; `sla.repair` must agree with it."""

from __future__ import annotations

from itertools import groupby
from typing import NamedTuple

from sla.case import Case, reports
from sla.contract import Contract
from sla.slices import Slice
from sla.ticket import Happening

S = 1000
LONG_AGO, NEVER = -(1 << 62), 1 << 62


class Naive(NamedTuple):
    """A clock that was walked."""

    start: int
    end: int
    closed: bool
    slices: tuple[Slice, ...]
    ms: dict[str, int]
    granted: int


def walked(case: Case, contract: Contract, now: int) -> Naive | None:
    """Look at every second from the clock's start to its end."""
    start = _start(case, contract)
    if start is None or start > now or not contract.covers(case.kind, case.hall, start):
        return None
    events = [event for event in sorted(case.events, key=lambda one: one.at) if event.at <= now]
    rounds = _rounds(case, events, start, now)
    end, closed = _end(events, rounds, start, now)
    left = granted = _granted(contract, case, events, start, closed)
    classes = []
    for second in range(start, end, S):
        if not any(begin <= second < until for begin, until in rounds):
            classes.append("restored")
        elif not contract.clock.is_open(second):
            classes.append("closed")
        elif _paused(events, contract, second):
            classes.append("paused")
        elif left > 0:
            left -= S
            classes.append("travel")
        else:
            classes.append("counted")
    ms = {name: classes.count(name) * S for name in ("closed", "travel", "paused", "counted", "restored")}
    return Naive(start, end, closed, _slices(start, classes), ms, granted)


def _start(case: Case, contract: Contract) -> int | None:
    people = [one.at for one in reports(case) if one.source != "detected"]
    if contract.begin == "notified":
        people += [case.notified_at] if case.notified_at is not None else []
    if contract.begin == "detected" and case.detected_at is not None:
        return case.detected_at
    return min(people, default=None)


def _rounds(case: Case, events: list[Happening], start: int, now: int) -> list[tuple[int, int]]:
    """[opening or reopening, what closed it): they overlap where the clock never stopped."""
    places = [i for i, event in enumerate(events) if event.event in ("opened", "reopened")]
    rounds: list[tuple[int, int]] = [] if places else [(start, NEVER)]
    for number, place in enumerate(places):
        following = places[number + 1] if number + 1 < len(places) else len(events)
        begin = events[place].at if number else min(start, events[place].at)
        part = events[place:following]
        until = max(begin, _closing(case, part, begin if number else LONG_AGO, now))
        reopened = events[following].at if following < len(events) else NEVER
        until = reopened if until == NEVER else until
        for event in part:
            if event.event == "cancelled":
                until = min(until, event.at)
        rounds.append((begin, until))
    return rounds


def _closing(case: Case, part: list[Happening], before: int, now: int) -> int:
    """What the last claim of a round that was not rejected is worth (K6)."""
    names = [event.event for event in part]
    if "restored" not in names or "rejected" in names[len(names) - names[::-1].index("restored") :]:
        return NEVER
    place = len(names) - 1 - names[::-1].index("restored")
    claim = part[place].at
    before = max([before, *(one.at for one in part[:place] if one.event == "rejected")])
    known = [(one.start, NEVER if one.until is None or one.until > now else one.until) for one in case.outages]
    mine = [
        (one, until)
        for (one, until), fault in zip(known, case.outages, strict=True)
        if one < claim and (fault.until is None or fault.until > before)
    ]
    if not mine:
        return claim
    until = mine[-1][1]
    if until <= claim:
        return until
    seen = any(claim <= one < until and one <= now for one in case.down_seen)
    by_staff = any(one.event == "verified" and not one.detail.get("detected") for one in part[place:])
    return until if seen and not by_staff else claim


def _end(events: list[Happening], rounds: list[tuple[int, int]], start: int, now: int) -> tuple[int, bool]:
    cancelled = [event.at for event in events if event.event == "cancelled"]
    if cancelled:
        return max(start, cancelled[0]), True
    last = rounds[-1][1]
    return (max(start, last), True) if last != NEVER else (now, False)


def _granted(contract: Contract, case: Case, events: list[Happening], start: int, closed: bool) -> int:
    allowance = contract.travel.allowance(case.hall, start)
    if contract.travel.mode == "allowance":
        return allowance
    for i, one in enumerate(events):
        if one.event == "dispatched":
            for other in events[i:]:
                if other.event == "arrived":
                    open_seconds = [t for t in range(one.at, other.at, S) if contract.clock.is_open(t)]
                    return min(allowance, len(open_seconds) * S)
            break
    return 0 if closed else allowance


def _paused(events: list[Happening], contract: Contract, second: int) -> bool:
    """Whether any approved pause that the contract lists lasts at this second (R4)."""
    for i, one in enumerate(events):
        if one.event != "paused" or one.at > second or one.detail["reason"] not in contract.pauses:
            continue
        if not one.detail.get("approver", "").strip():
            continue
        ends = [other.at for other in events[i:] if _ends(other, one.detail["reason"])]
        if not ends or second < ends[0]:
            return True
    return False


def _ends(event: Happening, reason: str) -> bool:
    if event.event in ("restored", "cancelled"):
        return True
    return event.event == "resumed" and event.detail.get("reason", reason) == reason


def _slices(start: int, classes: list[str]) -> tuple[Slice, ...]:
    found, at = [], start
    for name, group in groupby(classes):
        length = len(list(group)) * S
        found.append(Slice(at, at + length, name))  # type: ignore[arg-type]
        at += length
    return tuple(found)
