"""One ticket with all that its clock and the statement depend on: facts, nothing derived (R, S)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final, NamedTuple

from sla.instant import Ms
from sla.owners import Owner
from sla.ticket import Happening

DETECTED: Final = "detected"


class Fault(NamedTuple):
    """An O3 outage of the ticket: [start, until), `until` None while it lasts (K6)."""

    start: Ms
    until: Ms | None


@dataclass(frozen=True, slots=True)
class Case:
    """A ticket's facts. `events` in order of (`at`, entry) (T2), as `sla.ticket.derive` takes them.

    `outages` are those of the ticket in order; `down_seen` the instants of `down` observations that contradict a claim
    (see `sla.verification.contradictions`, K6), sorted. `notified_at` is the first success on any
    channel, `detected_at` the first vendor-owned second (R2). `owner` as judged, before any `owner_changed`;
    `has_vendor` whether the device names a vendor (C5). `repeat_of` the earlier ticket that this one repeats (K4).
    """

    id: str
    device: str
    kind: str
    hall: str
    events: Sequence[Happening]
    outages: Sequence[Fault] = ()
    down_seen: Sequence[Ms] = ()
    notified_at: Ms | None = None
    detected_at: Ms | None = None
    owner: Owner = "undetermined"
    has_vendor: bool = True
    repeat_of: str | None = None


class Report(NamedTuple):
    """Somebody's report of the fault: from which source (K1), when."""

    source: str
    at: Ms


def reports(case: Case) -> list[Report]:
    """Every report that opened, joined or reopened the ticket, in order of its true time (K1, K3).

    A report that joined a ticket is a note with `reported`; where it lies before the opening its `reported_at` says so.
    """
    found = [
        Report(str(event.detail["source"]), int(event.detail.get("reported_at", event.at)))
        for event in case.events
        if event.detail.get("source") and (event.event in ("opened", "reopened") or event.detail.get("reported"))
    ]
    return sorted(found, key=lambda one: (one.at, one.source))
