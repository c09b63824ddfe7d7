"""K6 and R1-R7 on the page."""

from __future__ import annotations

from dataclasses import replace

from sla.case import Case
from sla.contract import Contract, Granted, Travel
from sla.instant import HOUR, MINUTE, Ms
from sla.interval import Interval
from sla.marks import marks
from sla.repair import Repair, repair
from sla.seen import Seen
from sla.verification import Verification, verification
from tests.docs.notation import HALL, LETTERS, Row, at, bar, clock, length, picture, ruler
from tests.docs.tickets import PLAIN, TRAVEL, happened, instants, outage, phoned, ticket

EVENING = at("23:00")


def counted(case: Case, contract: Contract = PLAIN, now: Ms = EVENING) -> Repair:
    """A clock that is there."""
    found = repair(case, contract, now)
    assert found is not None
    return found


def told(one: Repair) -> str:
    target = "no target" if one.target is None else f"target {length(one.target)}"
    return f"repair time {length(one.counted)}, {target}: {'breach' if one.breached else 'no breach'}"


def k6() -> list[object]:
    claim, hours = at("16:00"), HALL.clock()
    lines: list[object] = []
    cases = [
        ("16:05 up", [Seen(at("16:05"), "up", MINUTE)], "17:00", 0),
        ("16:05 down", [Seen(at("16:05"), "down", MINUTE)], "17:00", 0),
        ("nothing seen", [], "17:00", 0),
        ("nothing seen", [], "12:00", 1),
        ("18:30 down (closed)", [Seen(at("18:30"), "down", MINUTE)], "19:00", 0),
        ("18:30 down (closed), jammed", [Seen(at("18:30"), "down", MINUTE, ("jammed",))], "19:00", 0),
    ]
    for label, seen, now, day in cases:
        found = verification(claim, seen, hours, [], at(now, day))
        lines.append(_claim(label, at(now, day), found))
    behind = verification(
        claim, [Seen(at("16:05"), "down", MINUTE)], hours, [Interval(claim, at("16:30"))], at("17:00")
    )
    lines.append(_claim("16:05 down, behind a dead switch", at("17:00"), behind))
    early = ticket(phoned("10:00"), happened("restored", "11:30"), outages=[outage("09:58", "11:10")])
    wrong = ticket(
        phoned("10:00"),
        happened("restored", "11:30"),
        outages=[outage("09:58", "12:20")],
        down_seen=instants("11:31", "12:19"),
    )
    again = ticket(*early.events, happened("rejected", "11:40"), happened("restored", "12:40"), outages=early.outages)
    return [
        *lines,
        f"outage 09:58-11:10, phoned 10:00, restored entered for 11:30: repair time {length(counted(early).counted)}",
        f"the same, rejected by staff 11:40, restored 12:40: repair time {length(counted(again).counted)}",
        f"outage 09:58-12:20, phoned 10:00, restored entered for 11:30: repair time {length(counted(wrong).counted)}",
    ]


def _claim(label: str, now: Ms, found: Verification) -> str:
    since = "" if found.at is None else f" at {clock(found.at, day=True)}"
    return f"restored Mon 16:00; {label:<33}by {clock(now, day=True)}: {found.verdict}{since}"


def r1() -> list[object]:
    half = at("12:00")
    old = replace(PLAIN, until=half, targets={"printer": 4 * HOUR})
    new = replace(PLAIN, start=half)
    case = ticket(phoned("11:30"), happened("restored", "14:30"))
    deciding = next(one for one in (old, new) if one.covers("printer", "h-01", at("11:30")))
    camera = counted(replace(case, kind="camera"))
    return [
        f"the old contract (printer {length(4 * HOUR)}) ends at 12:00, the new one (printer {length(2 * HOUR)}) begins",
        f"phoned 11:30, restored 14:30: {told(counted(case, deciding))}",
        f"a camera, which the contract names no target for: {told(camera)}",
    ]


def r2() -> list[object]:
    case = ticket(
        happened("opened", "10:05", source="detected"),
        happened("note", "10:20", source="phone", reported=True),
        happened("restored", "12:12"),
        detected_at=at("10:00"),
        notified_at=at("10:06"),
    )
    lines: list[object] = ["seen down 10:00, ticket 10:05, alert taken 10:06, phoned 10:20, restored 12:12"]
    for begin in ("phone", "notified", "detected"):
        one = counted(case, replace(PLAIN, begin=begin))
        lines.append(f"start: {begin:<10}from {clock(one.start)}: {told(one)}")
    silent = repair(ticket(happened("opened", "10:05", source="detected")), PLAIN, EVENING)
    return [*lines, f"start: phone, and nobody phoned: {'no clock' if silent is None else ''}"]


def r3() -> list[object]:
    actual = replace(PLAIN, travel=Travel("actual", (Granted(30 * MINUTE),)))
    went = ticket(
        phoned("09:00"), happened("dispatched", "09:10"), happened("arrived", "09:30"), happened("restored", "11:25")
    )
    bare = ticket(phoned("09:00"), happened("restored", "11:25"))
    lines: list[object] = ["phoned 09:00, dispatched 09:10, arrived 09:30, restored 11:25, allowance 30 min"]
    for label, case, contract in (
        ("allowance", went, TRAVEL),
        ("actual", went, actual),
        ("actual, not entered", bare, actual),
    ):
        one = counted(case, contract)
        lines.append(f"{label:<21}travel {length(one.travel):<7} {told(one)}")
    return lines


def r4() -> list[object]:
    pauses = [
        ("09:30", "10:10", "force_majeure", "wang"),
        ("09:50", "10:30", "hall_closed", "wang"),
        ("10:40", "11:00", "lunch", "wang"),
        ("11:10", "11:30", "hall_closed", ""),
    ]
    events = [phoned("09:00"), happened("restored", "12:00")]
    lines: list[object] = [ruler("09:00", 36, 6)]
    for start, until, reason, approver in pauses:
        events.append(happened("paused", start, reason=reason, approver=approver))
        events.append(happened("resumed", until, reason=reason))
        wrong = "" if approver else "   no approver"
        wrong = wrong if reason in PLAIN.pauses else "   not in the contract"
        lines.append(Row(reason, bar((at(start), at(until)), at("09:00"), 5 * MINUTE) + wrong))
    one = counted(ticket(*sorted(events, key=lambda event: event.at)))
    return [
        *lines,
        Row("slices", picture(one.slices, at("09:00"), at("12:00"), 5 * MINUTE)),
        f"phoned 09:00, restored 12:00, paused {length(one.paused)} (the union, not 40 + 40 min), {told(one)}",
    ]


def r5() -> list[object]:
    lines: list[object] = []
    for end in ("12:30", "12:31"):
        one = counted(ticket(phoned("10:00"), happened("restored", end)), TRAVEL)
        lines.append(f"phoned 10:00, travel 30 min, restored {end}: {told(one)}")
    night = ticket(phoned("19:30"), happened("restored", "09:00", 1))
    one = counted(night, TRAVEL, at("10:00", 1))
    lines.append(f"phoned 19:30, 30 min travel until the repair hours end, restored Tue 09:00: {told(one)}")
    again = ticket(
        phoned("10:00"),
        happened("restored", "11:30"),
        happened("reopened", "11:41", source="phone"),
        happened("restored", "12:21"),
    )
    one = counted(again)
    lines.append(f"phoned 10:00, restored 11:30, reopened 11:41, restored 12:21: 90 + 40 min, {told(one)}")
    for now, note in (("10:30", "running"), ("11:30", "paused"), ("12:00", "running on")):
        paused = ticket(
            phoned("10:00"),
            happened("paused", "11:00", reason="hall_closed", approver="wang"),
            happened("resumed", "11:45", reason="hall_closed"),
        )
        open_ = counted(paused, TRAVEL, at(now))
        due = "–" if open_.due is None else clock(open_.due)
        lines.append(f"phoned 10:00, travel 30 min, paused 11:00-11:45; at {now} ({note}) due {due}")
    return lines


def r6() -> list[object]:
    case = ticket(phoned("10:00"))
    one = counted(case, TRAVEL, at("12:40"))
    found = marks(one, (50, 75, 100), at("12:40"))
    passed = marks(counted(case, TRAVEL, at("12:10")), (50, 75, 100), at("12:10"))
    return [
        "phoned 10:00, travel 30 min, target 2 h",
        *(f"{mark.percent:>3} % of {length(2 * HOUR)} at {clock(mark.at)}" for mark in found),
        f"the sender was away from 10:20 to 12:10: one message, {' and '.join(f'{mark.percent} %' for mark in passed)}",
    ]


def r7() -> list[object]:
    case = ticket(
        phoned("18:30"),
        happened("paused", "19:15", reason="force_majeure", approver="wang"),
        happened("resumed", "19:35", reason="force_majeure"),
        happened("restored", "08:40", 1),
        happened("reopened", "08:50", 1, source="phone"),
        happened("restored", "09:30", 1),
    )
    one = counted(case, TRAVEL, at("12:00", 1))
    lines: list[object] = [
        ", ".join(f"{event.event} {clock(event.at, day=True)}" for event in case.events),
        f"travel {length(one.granted)}",
    ]
    lines += [
        f"{clock(part.start, day=True)} to {clock(part.until, day=True)}  {LETTERS[part.class_]} {part.class_:<9}"
        f"{length(part.until - part.start)}"
        for part in one.slices
    ]
    whole = one.slices[-1].until - one.slices[0].start
    return [
        *lines,
        f"together {length(whole)};"
        f" counted {length(one.counted)}, travel {length(one.travel)}, paused {length(one.paused)}",
    ]


def contract() -> list[object]:
    hours = PLAIN.clock.open_intervals(at("00:00"), at("24:00"))
    return [
        f"repair hours {', '.join(f'{clock(start)}-{clock(until)}' for start, until in hours)} every day",
        *(f"target of a {kind} {length(target)}" for kind, target in PLAIN.targets.items()),
        f"start by {PLAIN.begin}",
        f"pauses for {', '.join(sorted(PLAIN.pauses))}",
        f"travel, where an example has it, {length(TRAVEL.travel.allowance('h-01', at('12:00')))}",
    ]


EXAMPLES = {"contract": contract, "K6": k6, "R1": r1, "R2": r2, "R3": r3, "R4": r4, "R5": r5, "R6": r6, "R7": r7}
