"""What people do in the year: who phones when, who comes, waits, claims, rejects; what is planned, corrected, found."""

from __future__ import annotations

import random
from collections.abc import Iterator
from typing import Any, Final, NamedTuple

from sla.calendar import Calendar
from tests.proof.year_city import CALENDARS, CONTRACTS, DAY, HOUR, MINUTE, PAUSES, Place, S, Thing
from tests.proof.year_truth import Span, Truth

CLOCKS: Final = {name: Calendar.parse(document).clock() for name, document in CALENDARS.items()}
_CAUSES: Final = ("搓纸轮磨损", "硒鼓老化", "主板故障", "卡纸", "电源", "驱动")


class Deed(NamedTuple):
    """Something entered at `entered`: `what` says which sort, `body` the rest; of the fault with this number."""

    entered: int
    what: str
    fault: int
    device: str
    body: dict[str, Any]


def people(seed: int, where: Place, told: Truth) -> list[Deed]:
    """All of it, by the time of entry."""
    deeds: list[Deed] = []
    fault = 0
    for id, one in sorted(where.things.items()):
        chance = random.Random(f"{seed} people {id}")
        for span in told.spans[id]:
            if one.vendor and span.state == "down" and span.until - span.start > MINUTE:
                fault += 1
                deeds += _fault(chance, where, one, fault, span)
        for at in _small_faults(chance, one, told):
            fault += 1
            deeds += _fault(chance, where, one, fault, Span(at, at + chance.randrange(10, 200) * MINUTE, "up"))
    deeds += _office(random.Random(f"{seed} office"), where, told)
    inside = (one for one in deeds if one.entered < told.until + 40 * DAY)
    return sorted(inside, key=lambda one: (one.entered, one.fault))


def _small_faults(chance: random.Random, one: Thing, told: Truth) -> Iterator[int]:
    """What is phoned in and monitoring does not see."""
    at = told.began + chance.randrange(1, 200) * DAY
    while one.vendor and at < told.until - DAY:
        yield at + chance.randrange(9 * HOUR, 17 * HOUR) // S * S - 8 * HOUR
        at += chance.randrange(40, 300) * DAY


def _fault(chance: random.Random, where: Place, one: Thing, fault: int, span: Span) -> Iterator[Deed]:
    clock = CLOCKS[where.clock_of(one.hall)]
    noticed = span.start if clock.is_open(span.start) else clock.next_change(span.start) or span.start
    told = noticed + chance.randrange(1, 45) * MINUTE + chance.randrange(60) * S
    if chance.random() < 0.25 or (told > span.until and chance.random() < 0.7):
        if chance.random() < 0.5:
            yield from _visit(chance, one.id, fault, span, span.start + 20 * MINUTE, "work")
        return
    source = chance.choice(("phone", "phone", "phone", "phone", "patrol", "import", "vendor"))
    entered = told + chance.choice((0, 0, 0, 0, 0, 3 * MINUTE, 2 * HOUR, 30 * HOUR))
    body = {"source": source, "symptom": chance.choice(("卡纸", "打不出来", "黑屏", "没反应")), "at": told}
    yield Deed(entered, "report", fault, one.id, body)
    if chance.random() < 0.06:
        again = {**body, "at": told + 30 * MINUTE}
        yield Deed(entered + 30 * MINUTE, "report", fault, one.id, again)
    if chance.random() < 0.04:
        yield _event(entered + 9 * MINUTE, fault, one.id, "cancelled", told + 9 * MINUTE, reason="重复报单")
        return
    yield from _visit(chance, one.id, fault, span, max(entered, told) + 5 * MINUTE, "event")


def _event(entered: int, fault: int, device: str, event: str, at: int, what: str = "event", **detail: Any) -> Deed:
    return Deed(max(entered, at), what, fault, device, {"event": event, "at": at, **detail})


def _visit(chance: random.Random, device: str, fault: int, span: Span, begin: int, what: str) -> Iterator[Deed]:
    """The vendor's side, with its pauses, and what becomes of its claim."""
    at = begin
    for event in ("acknowledged", "dispatched", "arrived"):
        if chance.random() < 0.85:
            yield _event(at, fault, device, event, at, what)
        at += chance.randrange(1, 40) * MINUTE
    if chance.random() < 0.2:
        yield from _pause(chance, device, fault, at, what)
        at += 25 * MINUTE
    honest = max(at, span.until + chance.randrange(-1, 25) * MINUTE)
    claim = at if chance.random() < 0.1 else honest
    how = chance.choice(("repaired", "repaired", "repaired", "replaced_by_spare", "by_maker"))
    entered = claim + chance.choice((0, 0, 0, 0, 5 * MINUTE, 3 * HOUR, 40 * HOUR))
    yield _event(entered, fault, device, "restored", claim, what, how=how, cause=chance.choice(_CAUSES))
    if chance.random() < 0.15:
        yield _event(entered + HOUR, fault, device, "verified", max(entered, claim) + HOUR, what)
    elif chance.random() < 0.07:
        said = max(entered, claim) + 50 * MINUTE
        yield _event(said, fault, device, "rejected", said, what, reason="还是打不出来")
        yield _event(said, fault, device, "restored", said + 95 * MINUTE, what, how="repaired", cause="卡纸")
    if chance.random() < 0.05:
        owner = chance.choice(("hall", "network", "vendor", "operator"))
        yield _event(
            entered + 20 * HOUR, fault, device, "owner_changed", claim + HOUR, what, owner=owner, reason="查明"
        )
    if chance.random() < 0.03:
        yield _event(entered + MINUTE, fault, device, "arrived", claim + MINUTE, what)


def _pause(chance: random.Random, device: str, fault: int, at: int, what: str) -> Iterator[Deed]:
    reason = chance.choice((*PAUSES, "for_no_good_reason"))
    approver = {"approver": "王主管"} if chance.random() < 0.75 else {}
    yield _event(at, fault, device, "paused", at, what, reason=reason, **approver)
    if chance.random() < 0.8:
        back = at + chance.randrange(5, 180) * MINUTE
        yield _event(
            back, fault, device, "resumed", back, what, **({"reason": reason} if chance.random() < 0.7 else {})
        )


def _office(chance: random.Random, where: Place, told: Truth) -> Iterator[Deed]:
    """Maintenance, corrections and their withdrawal, complaints, findings."""
    days = (told.until - told.began) // DAY
    down = [(id, span) for id in sorted(where.things) for span in told.outages(id) if span.until - span.start > HOUR]
    for n in range(days // 6):
        at = told.began + chance.randrange(1, max(2, days - 2)) * DAY + chance.randrange(20 * HOUR) // S * S
        scope = chance.choice((*where.halls, *where.halls, *sorted(where.things)))
        start = at + chance.choice((2 * HOUR, DAY, -HOUR))
        body = {"start": start, "until": start + chance.randrange(30, 300) * MINUTE, "approved_at": at}
        yield Deed(at, "maintenance", -n - 1, scope, body)
    for n in range(min(len(down), days // 5)):
        id, span = chance.choice(down)
        entered = span.until + chance.choice((2 * HOUR, DAY, 3 * DAY, 3 * DAY, 40 * DAY))
        body = {"start": span.start - 5 * MINUTE, "until": (span.start + span.until) // 2 // S * S}
        yield Deed(entered, "correction", -1000 - n, id, body)
        if chance.random() < 0.35:
            yield Deed(entered + chance.choice((HOUR, 2 * DAY, 45 * DAY)), "withdrawal", -1000 - n, id, {})
    for n in range(days // 8):
        id, span = chance.choice(down)
        kind = chance.choice(("late_repair", "other"))
        yield Deed(span.start + 2 * HOUR, "complaint", -5000 - n, id, {"kind": kind, "at": span.start + 2 * HOUR})
    yield from _findings(chance, told)


def _findings(chance: random.Random, told: Truth) -> Iterator[Deed]:
    """For every month and contract some things missed, and surveys; one month's survey comes after its seal."""
    for n, at in enumerate(range(told.began, told.until, 30 * DAY)):
        for m, one in enumerate(CONTRACTS):
            for k in range(chance.randrange(4)):
                sort = ("missed_patrol", "spare_not_ready", "survey")[(m + k) % 3]
                late = 60 * DAY if (n, m) == (1, 3) and k == 0 else 0
                said = {"kind": sort, "contract": one["id"], "thing": f"h-{chance.randrange(1, 12):02} {k}"}
                if sort == "survey":
                    said |= {"total": str(chance.randrange(30, 100)), "count": 20}
                yield Deed(at + (20 + k) * DAY + late, "finding", -9000, "", said | {"at": at + 15 * DAY})
