"""The story of the demo: something happens soon and goes on happening, and a handful of things is always broken."""

from __future__ import annotations

import heapq
from collections.abc import Iterator
from random import Random
from typing import Final

from simulator.city import SLEEPS, City, Device
from simulator.fault import Fault, fault
from simulator.plan import DAY, MINUTE, Bookings, cycles_of, pick, weights_of, with_hall
from simulator.scenario import Scenario
from simulator.seeded import seeded
from simulator.toner import Cycle, low_from, low_toner

SECOND: Final = 1000
MOST_BROKEN: Final = 6
REPAIR: Final = (90 * SECOND, 240 * SECOND)
PAUSE: Final = (15 * SECOND, 36 * SECOND)
SWITCH_EVERY: Final = (7 * MINUTE, 11 * MINUTE)
FLAPS_EVERY: Final = (12 * MINUTE, 18 * MINUTE)
MAINS_EVERY: Final = (5 * MINUTE, 8 * MINUTE)
SLEEP_EVERY: Final = (3 * MINUTE, 6 * MINUTE)
SHOWN_LOW: Final = (100 * SECOND, 9 * MINUTE, 21 * MINUTE, 45 * MINUTE)


def demo(city: City, seed: int, start: int) -> Scenario:
    """Endless: first fault 6 to 8 s after `start`, then one every 15 to 40 s while fewer than eight things are broken.

    Repairs take 1.5 to 4 min; a switch dies within two minutes and every ten or so. Toner lasts weeks, but of a
    few printers it runs low before the spectator's eyes. Where there is a UPS its hall loses the mains now and then.
    Devices that sleep or answer late are not broken.
    """
    rng = seeded("demo", seed, city.seed)
    bookings = Bookings(city, rest=2 * MINUTE)
    for device in city.devices:
        bookings.take(device.id, start - 2 * MINUTE)
    cycles = _cycles(city, rng, start)
    for shown, cycle in cycles.items():
        if cycle.low < 10 * MINUTE:
            bookings.take(shown, start + DAY)
    lazy = _lazy(city, rng, start, bookings)
    return Scenario(start, heapq.merge(lazy, _story(city, rng, start, bookings), low_toner(cycles, start)), cycles)


def _cycles(city: City, rng: Random, start: int) -> dict[str, Cycle]:
    cycles = cycles_of(city, start, (9 * DAY, 40 * DAY), (DAY // 2, 2 * DAY))
    shown = rng.sample(sorted(cycles), min(len(SHOWN_LOW), len(cycles) // 4))
    return cycles | {
        device: low_from(start + at, rng.randint(2 * MINUTE, 4 * MINUTE), rng.randint(9 * DAY, 20 * DAY))
        for device, at in zip(shown, SHOWN_LOW, strict=False)
    }


def _lazy(city: City, rng: Random, start: int, bookings: Bookings) -> Iterator[Fault]:
    staff = [device for device in city.devices if device.kind == "pc"]
    chosen = rng.sample(staff, min(2, len(staff)))
    for device in chosen:
        bookings.take(device.id, start + 3650 * DAY)
    return iter(sorted(fault(device.id, "lazy", start, start + 3650 * DAY) for device in chosen))


class _Broken:
    """The ends of what is broken, so that never too much is."""

    def __init__(self) -> None:
        self._ends: list[int] = []

    def room_from(self, at: int) -> int:
        """The first instant from `at` on at which one more may break."""
        while self._ends and self._ends[0] <= at:
            heapq.heappop(self._ends)
        while len(self._ends) >= MOST_BROKEN:
            at = max(at, heapq.heappop(self._ends) + SECOND)
        return at

    def add(self, until: int) -> None:
        heapq.heappush(self._ends, until)


def _story(city: City, rng: Random, start: int, bookings: Bookings) -> Iterator[Fault]:
    """The faults in order; those that belong together (a hall, a flapping kiosk) wait in `ahead` for their turn."""
    ahead: list[Fault] = []
    broken = _Broken()
    at = start + rng.randint(6 * SECOND, 8 * SECOND)
    due = {"switch": start + rng.randint(55 * SECOND, 75 * SECOND), "flaps": start + rng.randint(*FLAPS_EVERY)}
    due["sleep"] = start + rng.randint(*SLEEP_EVERY)
    due["mains"] = start + 40 * SECOND
    first = True
    while True:
        found = [_first(city, at)] if first else _scene(city, rng, at, bookings, due)
        first = False
        for one in found:
            bookings.take(one.device, one.until)
            heapq.heappush(ahead, one)
        if any(one.kind != "asleep" for one in found):
            broken.add(max(one.until for one in found))
        at = broken.room_from(at + rng.randint(*PAUSE))
        while ahead and ahead[0].start < at:
            yield heapq.heappop(ahead)


def _first(city: City, at: int) -> Fault:
    """A jam, if anything can jam: the vendor's, stopping, and long enough to be seen through."""
    printers = [device for device in city.devices if device.kind in ("list_printer", "printer")]
    if printers:
        return fault(printers[-1].id, "jam", at, at + REPAIR[1])
    return fault(city.devices[-1].id, "dead", at, at + REPAIR[1])


def _scene(city: City, rng: Random, at: int, bookings: Bookings, due: dict[str, int]) -> list[Fault]:
    until = at + rng.randint(*REPAIR)
    if due["switch"] <= at:
        switches = [hall.gateway for hall in city.halls if bookings.hall_free(hall.gateway, at)]
        if switches:
            due["switch"] = at + rng.randint(*SWITCH_EVERY)
            switch = rng.choice(switches)
            return list(with_hall(switch, bookings.behind[switch], at, until))
    free = [device for device in city.devices if device.kind != "switch" and bookings.free(device.id, at)]
    if due["flaps"] <= at and (kiosks := [device for device in free if device.kind == "kiosk"]):
        due["flaps"] = at + rng.randint(*FLAPS_EVERY)
        return _flaps(rng.choice(kiosks).id, at)
    if due["mains"] <= at and (ups := [device for device in free if device.kind == "ups"]):
        due["mains"] = at + rng.randint(*MAINS_EVERY)
        return [fault(ups[0].id, "mains", at, until)]
    if due["sleep"] <= at and (sleepy := [device for device in free if device.kind in SLEEPS and device.tcp]):
        due["sleep"] = at + rng.randint(*SLEEP_EVERY)
        return [fault(rng.choice(sleepy).id, "asleep", at, at + 3 * MINUTE)]
    return _common(rng, free, at, until)


def _flaps(device: str, at: int) -> list[Fault]:
    """Five short deaths: more than six edges within the hour (O8)."""
    return [fault(device, "flapping", at + n * 100 * SECOND, at + n * 100 * SECOND + 50 * SECOND) for n in range(5)]


def _common(rng: Random, free: list[Device], at: int, until: int) -> list[Fault]:
    """One fault of one device; printers are the likeliest."""
    if not free:
        return []
    device = rng.choices(free, [4 if device.kind in SLEEPS else 2 if device.kind == "kiosk" else 1 for device in free])[
        0
    ]
    return [fault(device.id, pick(rng, weights_of(device)), at, until)]
