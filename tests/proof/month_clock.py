"""A ticket's clock once more: from what HTTP tells of it and what the story knows, second by second."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Final, get_args
from zoneinfo import ZoneInfo

from sla.calendar import Calendar
from sla.case import Case, Fault
from sla.clock import Clock
from sla.contract import Contract, Granted, Mode, Start, Travel
from sla.instant import parse
from sla.ticket import Happening
from tests.proof.month_story import (
    CALENDARS,
    CONTRACTS,
    DAY,
    HALLS,
    HOUR,
    INTERVAL,
    KINDS,
    MINUTE,
    PAUSES,
    Outage,
    S,
    Story,
)
from tests.sla.naive_repair import walked

GRACE: Final = 15 * MINUTE
CLASSES: Final = ("travel", "paused", "counted")
CLOCKS: Final[dict[str, Clock]] = {name: Calendar.parse(document).clock() for name, document in CALENDARS.items()}
Document = Mapping[str, Any]


def contracts() -> dict[str, Contract]:
    """The story's contracts by vendor, written out by hand."""
    return {one["vendor"]: _contract(one) for one in CONTRACTS}


def _contract(one: Document) -> Contract:
    start, mode = one["start"], one["mode"]
    assert start in get_args(Start)
    assert mode in get_args(Mode)
    return Contract(
        id=f"c-{one['vendor']}",
        vendor=one["vendor"],
        start=0,
        until=1 << 62,
        zone=ZoneInfo("Asia/Shanghai"),
        clock=CLOCKS[one["calendar"]],
        begin=start,
        targets={KINDS[one["vendor"]]: 2 * HOUR},
        travel=Travel(mode, (Granted(int(one["travel"].removesuffix("m")) * MINUTE),)),
        pauses=frozenset(PAUSES),
    )


def difference(ticket: Document, outages: Sequence[Document], notified: int | None, told: Story) -> str | None:
    """Where the ticket's clock differs from the walked one; None where it is the same, to the second."""
    vendor, hall = told.devices[ticket["device"]]
    contract, clock = contracts()[vendor], ticket["clock"]
    runs = clock is not None and clock["state"] in ("running", "paused")
    now = parse(clock["slices"][-1]["until"]) if runs and clock["slices"] else told.until + DAY
    found = walked(_case(ticket, outages, notified, told, hall), contract, now)
    if found is None or clock is None:
        return None if found is None and clock is None else f"{ticket['id']}: a clock on one side only"
    theirs = [(parse(one["from"]), parse(one["until"]), one["class"]) for one in clock["slices"]]
    ours = [(one.start, one.until, one.class_) for one in found.slices]
    sums = [(name, clock[f"{name}_s"] * S, found.ms[name]) for name in CLASSES]
    wrong = [f"{name}: {theirs_ms} and not {ours_ms}" for name, theirs_ms, ours_ms in sums if theirs_ms != ours_ms]
    if theirs != ours:
        wrong.append(f"slices {theirs} and not {ours}")
    return f"{ticket['id']} ({contract.begin}): {'; '.join(wrong)}" if wrong else None


def _case(ticket: Document, outages: Sequence[Document], notified: int | None, told: Story, hall: str) -> Case:
    events = [Happening(one["event"], parse(one["at"]), one["by"], one["detail"]) for one in ticket["events"]]
    mine = sorted(Fault(parse(one["from"]), None if one["until"] is None else parse(one["until"])) for one in outages)
    late = any(one.event == "opened" and one.detail.get("late") for one in events)
    true = [one for one in told.outages if one.device == ticket["device"]]
    claims = [one.at for one in events if one.event == "restored"]
    return Case(
        id=ticket["id"],
        device=ticket["device"],
        kind=ticket["kind"],
        hall=hall,
        events=events,
        outages=mine,
        down_seen=sorted({at for claim in claims for at in contradictions(claim, true, CLOCKS[HALLS[hall]])}),
        notified_at=notified,
        detected_at=None if late or not mine else mine[0].start,
    )


def contradictions(claim: int, true: Sequence[Outage], clock: Clock) -> list[int]:
    """The polls after a claim that found the silent device silent, in open hours past the grace, before it stands."""
    stands, left = claim, 4 * HOUR
    while left > 0:
        left -= S * clock.is_open(stands)
        stands += S
    found = []
    for one in true:
        for at in range(one.start, one.until, INTERVAL):
            if claim <= at < stands and all(clock.is_open(at - back) for back in range(0, GRACE + 1, MINUTE)):
                found.append(at)
    return found
