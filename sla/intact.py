"""The intact rate: how much of the time, or how many of the devices, could serve a customer (A7)."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from fractions import Fraction
from typing import Final

from sla.instant import Ms
from sla.spans import Class

MIN_COVERAGE: Final = Fraction(1, 2)
"""Below this share of seen time there is no figure (A3)."""

_INTACT: Final = frozenset({"up", "degraded"})


@dataclass(frozen=True, slots=True)
class Served:
    """Time of one device, or of many together, under the profile `service` (A2): good, bad and blind ms.

    Under `service` these three are all agreed time. By count a device is one `good` or one `bad` (see `inspected`).
    """

    good: Ms
    bad: Ms
    unmonitored: Ms = 0

    def __add__(self, other: Served) -> Served:
        return Served(self.good + other.good, self.bad + other.bad, self.unmonitored + other.unmonitored)

    def __sub__(self, other: Served) -> Served:
        return Served(self.good - other.good, self.bad - other.bad, self.unmonitored - other.unmonitored)

    def rate(self, min_coverage: Fraction = MIN_COVERAGE) -> Fraction | None:
        """good / (good + bad), 0 to 1; None where nothing counts or too little of the time was seen (A3)."""
        counted = self.good + self.bad
        if not counted or counted < min_coverage * (counted + self.unmonitored):
            return None
        return Fraction(self.good, counted)


def together(parts: Iterable[Served]) -> Served:
    """All devices of all halls as one: the mean of all halls is theirs, never a mean of rates (A4, A7)."""
    return sum(parts, Served(0, 0))


def by_time(parts: Iterable[Served], min_coverage: Fraction = MIN_COVERAGE) -> Fraction | None:
    """A7 `time`: the availability of all these devices under `service`, 0 to 1, None for none."""
    return together(parts).rate(min_coverage)


def by_count(classes: Iterable[Class]) -> Fraction | None:
    """A7 `count`: devices intact / all at the instant of an inspection, from the class of each; None for none."""
    return together(one for one in map(inspected, classes) if one is not None).rate()


def inspected(class_: Class) -> Served | None:
    """One device at an inspection: intact where it is up or degraded then, else not; None where it is no part (A7).

    Only what is not in service is no part: who inspects a hall counts all that stands there.
    """
    if class_ == "not_in_service":
        return None
    return Served(1, 0) if class_ in _INTACT else Served(0, 1)
