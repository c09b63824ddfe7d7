"""The life of a toner cartridge: from full to a tenth, low for a while, replaced, again and again."""

from __future__ import annotations

import heapq
from collections.abc import Iterable, Iterator, Mapping
from typing import Final, NamedTuple

from simulator.fault import Fault, fault

LOW: Final = 0.1


class Cycle(NamedTuple):
    """`full_at` is when some new cartridge came in, `life` the ms until one is empty, `low` those it is left low."""

    full_at: int
    life: int
    low: int

    @property
    def period(self) -> int:
        """Ms from one cartridge to the next."""
        return int(self.life * (1 - LOW)) + self.low

    def percent(self, t: int) -> float:
        """How full at `t`, 0..100."""
        return max(0.0, 100 - 100 * ((t - self.full_at) % self.period) / self.life)

    def low_times(self, start: int) -> Iterator[tuple[int, int]]:
        """Every [from, until) of low toner that ends behind `start`, without end."""
        full = self.full_at + (start - self.full_at) // self.period * self.period
        while True:
            yield full + self.period - self.low, full + self.period
            full += self.period


def low_from(at: int, low: int, life: int) -> Cycle:
    """The cycle whose toner becomes low exactly at `at`."""
    return Cycle(at - int(life * (1 - LOW)), life, low)


def low_toner(cycles: Mapping[str, Cycle], start: int) -> Iterator[Fault]:
    """The faults `low_toner` of all devices in order, those included that have begun before `start`."""
    return heapq.merge(*(_of(device, cycle.low_times(start)) for device, cycle in cycles.items()))


def _of(device: str, times: Iterable[tuple[int, int]]) -> Iterator[Fault]:
    return (fault(device, "low_toner", low, full) for low, full in times)
