"""What the stories share: who is free for a fault, which faults suit a device, the switch that takes its hall along."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from random import Random
from typing import Final

from simulator.city import SLEEPS, City, Device
from simulator.fault import Fault, fault
from simulator.seeded import seeded
from simulator.toner import Cycle

MINUTE: Final = 60_000
HOUR: Final = 3_600_000
DAY: Final = 86_400_000

Weights = Sequence[tuple[str, int]]

PRINTING: Final[Weights] = (
    ("paper", 25), ("jam", 25), ("door", 12), ("low_paper", 14), ("toner_out", 4), ("service", 6), ("dead", 8),
)  # fmt: skip
KIOSK: Final[Weights] = (("dead", 6), ("application", 6))
UPS: Final[Weights] = (("mains", 1),)
OTHER: Final[Weights] = (("dead", 1),)


def weights_of(device: Device) -> Weights:
    """The faults that suit a device, each with how often it comes; for switches there is `with_hall`."""
    if device.kind in SLEEPS:
        return PRINTING
    return {"kiosk": KIOSK, "ups": UPS}.get(device.kind, OTHER)


def pick(rng: Random, weights: Weights) -> str:
    """One kind of fault by its weight."""
    return rng.choices([kind for kind, _ in weights], [weight for _, weight in weights])[0]


def with_hall(switch: str, behind: Sequence[Device], start: int, until: int) -> Iterator[Fault]:
    """The death of a switch: its own fault, and one `unreachable` of everything behind it."""
    return iter(
        sorted([fault(switch, "switch", start, until), *(fault(d.id, "unreachable", start, until) for d in behind)])
    )


def cycles_of(city: City, start: int, lives: tuple[int, int], low: tuple[int, int]) -> dict[str, Cycle]:
    """A toner cycle for every device with one, somewhere between new and nearly low at `start`; times in ms."""
    rng = seeded("toner", city.seed)
    found = {}
    for device in city.devices:
        if device.kind in ("printer", "copier"):
            life = rng.randint(*lives)
            found[device.id] = Cycle(start - int(life * rng.uniform(0, 0.85)), life, rng.randint(*low))
    return found


class Bookings:
    """Until when each device is taken: by its fault, and by the rest that it needs after it."""

    def __init__(self, city: City, rest: int) -> None:
        self.behind = city.behind()
        self._rest = rest
        self._taken: dict[str, int] = {}

    def free(self, device: str, at: int) -> bool:
        """Whether nothing is wrong with the device at `at`, nor was shortly before."""
        return self._taken.get(device, 0) <= at

    def hall_free(self, switch: str, at: int) -> bool:
        """Whether that is so of a switch and everything behind it."""
        return self.free(switch, at) and all(self.free(device.id, at) for device in self.behind[switch])

    def take(self, device: str, until: int) -> None:
        """The device has a fault until `until`."""
        self._taken[device] = until + self._rest

    def take_hall(self, switch: str, until: int) -> None:
        """The switch and its hall have."""
        for device in (switch, *(device.id for device in self.behind[switch])):
            self.take(device, until)
