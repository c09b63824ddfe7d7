"""The intact rate: how much of the time, or how many of the devices, could serve a customer (A7)."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from fractions import Fraction
from typing import Final, NamedTuple

from sla.instant import Ms
from sla.profile import GOOD
from sla.spans import IGNORED_BY_RAW, Class

MIN_COVERAGE: Final = Fraction(1, 2)
"""Below this share of seen time there is no figure (A3)."""


@dataclass(frozen=True, slots=True)
class Served:
    """Time of one device, or of many together, under the profile `service` (A2): good, bad and blind ms.

    Under `service` these three are all agreed time.
    """

    good: Ms
    bad: Ms
    unmonitored: Ms = 0

    def __add__(self, other: Served) -> Served:
        return Served(self.good + other.good, self.bad + other.bad, self.unmonitored + other.unmonitored)

    def __sub__(self, other: Served) -> Served:
        return Served(self.good - other.good, self.bad - other.bad, self.unmonitored - other.unmonitored)

    @property
    def counted(self) -> Ms:
        """What a rate is of."""
        return self.good + self.bad

    def shows(self, min_coverage: Fraction = MIN_COVERAGE) -> bool:
        """Whether there is a rate: something counts, and enough of the time was seen (A3)."""
        part, whole = min_coverage.as_integer_ratio()
        return self.counted > 0 and self.counted * whole >= part * (self.counted + self.unmonitored)

    def rate(self, min_coverage: Fraction = MIN_COVERAGE) -> Fraction | None:
        """good / (good + bad), 0 to 1; None where nothing counts or too little of the time was seen (A3)."""
        return Fraction(self.good, self.counted) if self.shows(min_coverage) else None


class Inspected(NamedTuple):
    """Devices `intact` (up or degraded) of `all` in service; of those that are not, `unknown` were unmonitored."""

    intact: int
    all: int
    unknown: int


def together(parts: Iterable[Served]) -> Served:
    """All devices of all halls as one: the mean of all halls is theirs, never a mean of rates (A4, A7)."""
    good = bad = unmonitored = 0
    for one in parts:
        good, bad, unmonitored = good + one.good, bad + one.bad, unmonitored + one.unmonitored
    return Served(good, bad, unmonitored)


def by_time(parts: Iterable[Served], min_coverage: Fraction = MIN_COVERAGE) -> Fraction | None:
    """A7 `time`: the availability of all these devices under `service`, 0 to 1, None for none."""
    return together(parts).rate(min_coverage)


def by_count(classes: Iterable[Class]) -> Fraction | None:
    """A7 `count`: devices intact / all at the instant of an inspection (see `inspected`), 0 to 1; None for none."""
    found = inspected(classes)
    return Fraction(found.intact, found.all) if found.all else None


def inspected(classes: Iterable[Class]) -> Inspected:
    """What an inspection found, from the class of each device at its instant (A7).

    An inspection sees every device, also in closed hours, in maintenance or where a correction leaves its time out:
    give the classes beneath, of spans that were cut with `raw=True` (A2); raises ValueError for any other.
    """
    stood = [one for one in classes if one != "not_in_service"]
    if any(one in IGNORED_BY_RAW for one in stood):
        raise ValueError("an inspection looks at the class beneath closed, maintenance and excluded")
    return Inspected(sum(one in GOOD for one in stood), len(stood), stood.count("unmonitored"))
