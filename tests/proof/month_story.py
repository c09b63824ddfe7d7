"""What happens in the month that is replayed: outages, calls, visits and mistakes for three vendors; seeded."""

from __future__ import annotations

import random
from collections.abc import Iterator
from typing import Any, Final, NamedTuple

S: Final = 1000
MINUTE: Final = 60 * S
HOUR: Final = 60 * MINUTE
DAY: Final = 24 * HOUR
INTERVAL: Final = 5 * MINUTE
VENDORS: Final = ("v-1", "v-2", "v-3")
KINDS: Final = {"v-1": "printer", "v-2": "copier", "v-3": "list_printer"}
"""Contracts must not overlap: each vendor has a kind of its own."""
HALLS: Final = {"h-1": "always", "h-2": "hall-hours"}
CALENDARS: Final[dict[str, Any]] = {
    "always": {"zone": "Asia/Shanghai", "week": {"mon-sun": ["00:00-24:00"]}},
    "hall-hours": {"zone": "Asia/Shanghai", "week": {"mon-fri": ["08:30-18:00"], "sat-sun": ["09:00-17:00"]}},
    "repair-hours": {"zone": "Asia/Shanghai", "week": {"mon-sun": ["08:00-20:00"]}},
}
CONTRACTS: Final[list[dict[str, Any]]] = [
    {"vendor": "v-1", "calendar": "repair-hours", "start": "phone", "mode": "allowance", "travel": "30m"},
    {"vendor": "v-2", "calendar": "always", "start": "detected", "mode": "actual", "travel": "45m"},
    {"vendor": "v-3", "calendar": "repair-hours", "start": "notified", "mode": "allowance", "travel": "0m"},
]
PAUSES: Final = ("hall_closed", "awaiting_customer")


class Outage(NamedTuple):
    """A device is silent in [start, until)."""

    device: str
    start: int
    until: int


class Deed(NamedTuple):
    """Something that a person enters at `entered`: about the fault `fault`, and what is sent."""

    entered: int
    fault: int
    path: str
    body: dict[str, Any]


class Story(NamedTuple):
    """All of it. `deeds` by the time of entry."""

    began: int
    until: int
    devices: dict[str, tuple[str, str]]
    outages: list[Outage]
    deeds: list[Deed]


def story(seed: int, days: int, each: int, began: int) -> Story:
    """`each` devices a vendor in either hall, over `days` from `began` (ms, a whole interval)."""
    chance = random.Random(seed)
    devices = {f"P-{v[-1]}{hall[-1]}{n:02}": (v, hall) for v in VENDORS for hall in HALLS for n in range(1, each + 1)}
    until = began + days * DAY
    outages = [one for device in devices for one in _outages(chance, device, began, until)]
    deeds: list[Deed] = []
    for fault, one in enumerate(outages):
        deeds += _deeds(chance, fault, one, until)
    return Story(began, until, devices, outages, sorted(deeds, key=lambda one: one.entered))


def _outages(chance: random.Random, device: str, began: int, until: int) -> Iterator[Outage]:
    at = began + chance.randrange(2 * HOUR, 2 * DAY, INTERVAL)
    while at < until - 8 * HOUR:
        length = chance.choice((15 * MINUTE, 40 * MINUTE, 2 * HOUR, 5 * HOUR, 7 * HOUR))
        yield Outage(device, at, at + length)
        at += length + chance.randrange(3 * HOUR, 3 * DAY, INTERVAL)


def _deeds(chance: random.Random, fault: int, one: Outage, end: int) -> Iterator[Deed]:
    """What people do about an outage: most phone it in, some late; vendors come, some claim too early."""
    if chance.random() < 0.25:
        return  # nobody phones it in
    told = one.start + chance.randrange(0, 30) * MINUTE + chance.randrange(60) * S
    entered = told + chance.choice((0, 0, 0, 3 * MINUTE, 2 * HOUR))
    source = chance.choice(("phone", "phone", "phone", "patrol"))
    yield _deed(entered, fault, "/tickets", device=one.device, source=source, symptom="卡纸", at=told)
    at = told + chance.randrange(1, 10) * MINUTE
    for event in ("acknowledged", "dispatched", "arrived"):
        if chance.random() < 0.8:
            yield _deed(max(at, entered + S), fault, "events", event=event, at=at)
        at += chance.randrange(1, 25) * MINUTE
    if chance.random() < 0.3:
        yield from _pause(chance, fault, at, entered)
        at += 30 * MINUTE
    honest = max(at, one.until + chance.randrange(-1, 20) * MINUTE)
    claim = at if chance.random() < 0.15 else honest
    if claim < end:
        yield _deed(max(claim, entered + S), fault, "events", event="restored", at=claim, how="repaired")
    if chance.random() < 0.2:  # a mistake: an order that cannot be
        yield _deed(max(claim, entered) + MINUTE, fault, "events", event="arrived", at=claim + MINUTE)


def _pause(chance: random.Random, fault: int, at: int, entered: int) -> Iterator[Deed]:
    reason = chance.choice((*PAUSES, "for_no_good_reason"))
    approver = {"approver": "Wang"} if chance.random() < 0.7 else {}
    yield _deed(max(at, entered + S), fault, "events", event="paused", at=at, reason=reason, **approver)
    back = at + chance.randrange(5, 90) * MINUTE
    if chance.random() < 0.8:
        yield _deed(max(back, entered + S), fault, "events", event="resumed", at=back, reason=reason)


def _deed(entered: int, fault: int, path: str, **body: Any) -> Deed:
    return Deed(entered - entered % S, fault, path, body | {"at": body["at"] - body["at"] % S})


def inventory(told: Story) -> dict[str, Any]:
    """The inventory file of the story."""
    halls = [{"id": id, "name": id, "branch": "b", "kind": "own", "calendar": name} for id, name in HALLS.items()]
    return {
        "calendars": CALENDARS,
        "branches": [{"id": "b", "name": "b"}],
        "halls": halls,
        "vendors": [{"id": id, "name": id} for id in VENDORS],
        "contracts": [_contract(one) for one in CONTRACTS],
        "devices": [
            {"id": id, "kind": KINDS[vendor], "hall": hall, "vendor": vendor, "interval": "300s", "collector": "c-09",
             "address": f"127.3.{n // 200}.{n % 200 + 1}"}
            for n, (id, (vendor, hall)) in enumerate(told.devices.items())
        ],
    }  # fmt: skip


def _contract(one: dict[str, Any]) -> dict[str, Any]:
    return {
        "id": f"c-{one['vendor']}",
        "vendor": one["vendor"],
        "valid": {"from": "2024-01-01", "until": "2031-01-01"},
        "calendar": one["calendar"],
        "covers": {"kinds": [KINDS[one["vendor"]]], "halls": "all"},
        "repair": {"start": one["start"], "targets": {KINDS[one["vendor"]]: "2h"}},
        "travel": {"mode": one["mode"], "default": one["travel"]},
        "pauses": list(PAUSES),
    }
