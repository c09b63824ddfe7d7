"""The story of the proofs: hard stops of known times and nothing else, none close to another of the same device."""

from __future__ import annotations

from collections.abc import Iterator
from random import Random
from typing import Final

from simulator.city import SLEEPS, City, Device
from simulator.fault import Fault, fault
from simulator.plan import MINUTE, Bookings, with_hall
from simulator.scenario import Scenario
from simulator.seeded import seeded

SWITCH_SHARE: Final = 0.05


def proof(
    city: City,
    seed: int,
    start: int,
    *,
    every: int = 20_000,
    hold: tuple[int, int] = (MINUTE, 3 * MINUTE),
    apart: int = 2 * MINUTE,
    first: int = MINUTE,
) -> Scenario:
    """Endless, all times in ms: a stop every `every` from `start` + `first` on, each lasts a time within `hold`.

    Between two stops of one device at least `apart` passes; a dead switch counts as a stop of its whole hall. Where
    no device is free a stop is left out. The faults are dead, switch (with unreachable), paper, jam, door.
    """
    return Scenario(
        start, _story(city, seeded("proof", seed, city.seed), start + first, Bookings(city, apart), every, hold)
    )


def _story(city: City, rng: Random, at: int, bookings: Bookings, every: int, hold: tuple[int, int]) -> Iterator[Fault]:
    gateways = {hall.gateway for hall in city.halls}
    while True:
        until = at + rng.randint(*hold)
        switches = [hall.gateway for hall in city.halls if bookings.hall_free(hall.gateway, at)]
        free = [device for device in city.devices if device.id not in gateways and bookings.free(device.id, at)]
        if switches and (rng.random() < SWITCH_SHARE or not free):
            switch = rng.choice(switches)
            bookings.take_hall(switch, until)
            yield from with_hall(switch, bookings.behind[switch], at, until)
        elif free:
            device = rng.choice(free)
            bookings.take(device.id, until)
            yield fault(device.id, _stop(rng, device), at, until)
        at += every


def _stop(rng: Random, device: Device) -> str:
    return rng.choice(("dead", "paper", "jam", "door")) if device.kind in SLEEPS else "dead"
