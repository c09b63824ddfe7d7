"""The story of ordinary weeks: days with few faults in office hours, nights without power, printers that sleep."""

from __future__ import annotations

import heapq
from collections.abc import Iterator, Mapping, Sequence
from random import Random
from typing import Final

from simulator.city import SLEEPS, City, Device
from simulator.fault import Fault, fault
from simulator.plan import DAY, HOUR, MINUTE, cycles_of, pick, weights_of, with_hall
from simulator.scenario import Scenario
from simulator.seeded import seeded
from simulator.toner import low_toner

ZONE: Final = 8 * HOUR
PER_DAY: Final[Mapping[str, float]] = {
    "switch": 0.01, "printer": 0.08, "list_printer": 0.12, "copier": 0.08, "kiosk": 0.06, "queue": 0.02, "pc": 0.01,
}  # fmt: skip
LAZY_SHARE: Final = 0.02
FLAPS_PER_DAY: Final = 0.005


def quiet(city: City, seed: int, start: int) -> Scenario:
    """Endless weeks: rare faults in office hours (UTC+8), repaired within minutes by the hall or hours by the vendor.

    Thrifty halls have no power but for the switch from 22:00 to 07:40; printers with a TCP port sleep over noon;
    a few devices answer late for a day; toner lasts two to eight weeks and is low for one to three days.
    """
    cycles = cycles_of(city, start, (14 * DAY, 56 * DAY), (DAY, 3 * DAY))
    return Scenario(start, heapq.merge(_days(city, seed, start), low_toner(cycles, start)), cycles)


def still(city: City, seed: int, start: int) -> Scenario:
    """Nothing ever happens: for measuring. City and seed change nothing."""
    del city, seed
    return Scenario(start, iter(()))


def _days(city: City, seed: int, start: int) -> Iterator[Fault]:
    day = (start + ZONE) // DAY
    behind = city.behind()
    while True:
        found = [one for device in city.devices for one in _day_of(city, seed, device, day, behind)]
        yield from sorted(one for one in found + _nights(city, day) if one.start >= start)
        day += 1


def _day_of(city: City, seed: int, device: Device, day: int, behind: Mapping[str, Sequence[Device]]) -> Iterator[Fault]:
    rng = seeded("quiet", seed, city.seed, device.id, day)
    opens = day * DAY - ZONE + 8 * HOUR + 30 * MINUTE
    at = opens + rng.randint(0, 9 * HOUR)
    if rng.random() < PER_DAY.get(device.kind, 0.01):
        yield from _one(rng, device, at, behind)
    elif rng.random() < LAZY_SHARE:
        yield fault(device.id, "lazy", at, at + DAY)
    elif device.kind in SLEEPS and device.tcp:
        yield fault(device.id, "asleep", opens + rng.randint(200, 230) * MINUTE, opens + rng.randint(290, 330) * MINUTE)
    elif device.kind != "switch" and rng.random() < FLAPS_PER_DAY:
        yield from (
            fault(device.id, "flapping", at + n * 6 * MINUTE, at + n * 6 * MINUTE + 3 * MINUTE) for n in range(6)
        )


def _one(rng: Random, device: Device, at: int, behind: Mapping[str, Sequence[Device]]) -> Iterator[Fault]:
    if device.kind == "switch":
        yield from with_hall(device.id, behind.get(device.id, ()), at, at + rng.randint(20, 150) * MINUTE)
        return
    kind = pick(rng, weights_of(device))
    by_hall = kind in ("paper", "door", "low_paper")
    yield fault(device.id, kind, at, at + rng.randint(*((3, 25) if by_hall else (30, 240))) * MINUTE)


def _nights(city: City, day: int) -> list[Fault]:
    thrifty = {hall.id for hall in city.halls if hall.night_off}
    start = day * DAY - ZONE + 22 * HOUR
    return [
        fault(device.id, "night_off", start, start + 580 * MINUTE)
        for device in city.devices
        if device.hall in thrifty and device.kind != "switch"
    ]
