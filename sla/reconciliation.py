"""What was phoned in against what monitoring saw, a month and a hall at a time (K5)."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterable, Sequence
from fractions import Fraction
from typing import Final, Literal, NamedTuple, get_args

from sla.case import DETECTED, Case, reports
from sla.clock import Clock
from sla.instant import DAY, MINUTE, Ms
from sla.interval import Interval
from sla.opening import GRACE_MS, grace_end

Class = Literal[
    "matched", "phone_only", "detected_only", "phoned_late", "restored_but_still_down", "complaint_without_call"
]

CLASSES: Final[tuple[Class, ...]] = get_args(Class)
LATE_MS: Final = 30 * MINUTE
"""More hall hours than this between detection and the call are late."""
BEFORE_MS: Final = 15 * MINUTE
"""How long before the first report an outage may be over that it is about."""
AFTER_MS: Final = 7 * DAY
"""How long after a repair a complaint about it may come."""


class Fault(NamedTuple):
    """A ticket for reconciliation; instants in ms.

    `at` is its beginning, `until` its end (None while open); `phoned_at` the first report by people, `seen_at` since
    when monitoring saw the device down; `still_down` whether it was said to be repaired while it was.
    """

    id: str
    device: str
    hall: str
    at: Ms
    until: Ms | None
    phoned_at: Ms | None
    seen_at: Ms | None
    still_down: bool = False


class Complaint(NamedTuple):
    """Somebody complains about a late repair, of a device and its ticket where these are known."""

    id: str
    hall: str
    at: Ms
    device: str | None = None
    ticket: str | None = None


class Sorted(NamedTuple):
    """A fault with its classes; `lead_ms` is by how many ms of hall hours monitoring was first, None where it was not.

    Each fault is `matched`, `phone_only` or `detected_only`; of the matched some are `phoned_late`.
    """

    fault: Fault
    classes: tuple[Class, ...]
    lead_ms: Ms | None


class Counted(NamedTuple):
    """How many faults and complaints, how many of each class, and the detection score.

    `phoned` faults were phoned in, `first` of them monitoring saw before; `median_lead_ms` is by how much hall time.
    """

    faults: int
    complaints: int
    classes: dict[Class, int]
    phoned: int
    first: int
    median_lead_ms: Fraction | None

    @property
    def share(self) -> Fraction | None:
        """The detection score: the share of phoned faults that monitoring saw first; None without any."""
        return Fraction(self.first, self.phoned) if self.phoned else None


class Hours(NamedTuple):
    """A hall's hours, and what a kind of device is granted after opening (O10)."""

    clock: Clock
    grace_ms: Ms = GRACE_MS


def fault_of(case: Case, outages: Iterable[Interval], until: Ms | None, hours: Hours, now: Ms) -> Fault | None:
    """A ticket, over since `until`, as known at `now`; None for one that nobody reported by then.

    `outages` are those of the device that belong to it or to no ticket. One counts that lasted in the ticket's time, or
    to shortly before it, and longer than the grace after opening: a device that is off over night is no fault (O10).
    Anybody but monitoring is somebody who phones (R2).
    """
    told = [one for one in reports(case) if one.at <= now]
    if not told:
        return None
    at, end = told[0].at, now if until is None else until
    near = (one for one in outages if one.start <= end and one.until >= at - BEFORE_MS)
    seen = [one.start for one in near if _outlasts(one, hours)]
    phoned = [one.at for one in told if one.source != DETECTED]
    if not seen and not phoned:
        seen = [at]
    first, call = min(seen, default=None), min(phoned, default=None)
    return Fault(case.id, case.device, case.hall, at, until, call, first, still_down(case, now))


def _outlasts(outage: Interval, hours: Hours) -> bool:
    due = grace_end(outage.start, hours.clock, hours.grace_ms)
    return due is not None and outage.until > due


def still_down(case: Case, now: Ms) -> bool:
    """Whether a person said that it was repaired, and the device was seen down in the same outage after that (K6)."""
    claims = [one.at for one in case.events if one.event == "restored" and not one.detail.get(DETECTED)]
    for claim in claims:
        i = bisect_left(case.down_seen, claim)
        seen = case.down_seen[i] if i < len(case.down_seen) else None
        if seen is not None and seen <= now and _spans(case, claim, seen):
            return True
    return False


def _spans(case: Case, claim: Ms, seen: Ms) -> bool:
    return any(one.start < claim and (one.until is None or one.until > seen) for one in case.outages)


def classify(fault: Fault, hours: Hours) -> Sorted:
    """Sort a fault. The call is late or not in its hall's hours; what is off at opening is a fault after the grace."""
    clock, grace_ms = hours
    phoned, seen = fault.phoned_at, fault.seen_at
    found: list[Class] = ["phone_only" if seen is None else "detected_only" if phoned is None else "matched"]
    lead: Ms | None = None
    if phoned is not None and seen is not None:
        if seen < phoned:
            lead = clock.open_duration(seen, phoned)
        due = grace_end(seen, clock, grace_ms)
        if due is not None and clock.open_duration(due, phoned) > LATE_MS:
            found.append("phoned_late")
    if fault.still_down:
        found.append("restored_but_still_down")
    return Sorted(fault, tuple(found), lead)


def without_call(complaint: Complaint, faults: Iterable[Fault]) -> bool:
    """Whether the late repair that somebody complains of was never phoned in (K5).

    It was if its ticket was, or any of its device (where none is named: of its hall) that had begun by then, and was
    open or not long closed.
    """
    return not any(one.phoned_at is not None and _about(complaint, one) for one in faults)


def counted(found: Sequence[Sorted], complaints: int, without: int) -> Counted:
    """Count faults of a hall, or of several, with so many complaints, so many of them `without` a call."""
    classes: dict[Class, int] = {name: sum(name in one.classes for one in found) for name in CLASSES}
    classes["complaint_without_call"] = without
    leads = sorted(one.lead_ms for one in found if one.lead_ms is not None)
    phoned = sum(one.fault.phoned_at is not None for one in found)
    return Counted(len(found), complaints, classes, phoned, len(leads), _median(leads))


def _about(complaint: Complaint, fault: Fault) -> bool:
    if complaint.ticket == fault.id:
        return True
    where = complaint.hall == fault.hall if complaint.device is None else complaint.device == fault.device
    return where and fault.at <= complaint.at and (fault.until is None or complaint.at <= fault.until + AFTER_MS)


def _median(sorted_ms: Sequence[Ms]) -> Fraction | None:
    if not sorted_ms:
        return None
    middle = len(sorted_ms) // 2
    return Fraction(sorted_ms[middle] + sorted_ms[-1 - middle], 2)
