"""A2-A6: what a period's seconds and outages come to."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction

from sla.owners import Policy
from tests.sla import naive
from tests.sla.walking.city import City, Device
from tests.sla.walking.classes import Moment, Moments
from tests.sla.walking.hours import S

AGREED = ("unmonitored", "unreachable", "down", "degraded", "up")


@dataclass(frozen=True)
class Count:
    """ms by class, ms good and bad, the same for `raw`; outages that begin and that end here, bad ms of the latter."""

    ms: dict[str, int]
    good: int
    bad: int
    raw_good: int
    raw_bad: int
    outages: int
    ended: int
    ended_bad: int

    @property
    def numbers(self) -> tuple[int, ...]:
        """All but the ms by class."""
        return (
            self.good,
            self.bad,
            self.raw_good,
            self.raw_bad,
            self.outages,
            self.ended,
            self.ended_bad,
        )


def count(city: City, device: Device, profile: str, shown: Moments, beneath: Moments) -> Count:
    """One device's period under one profile, from its seconds as they show and as they are beneath.

    The class of a second is the same whatever the profile (A1); what counts as good and bad is not.
    """
    moments = beneath if profile == "raw" else shown
    ms: Counter[str] = Counter()
    marks: Counter[str | None] = Counter()
    raws: Counter[str | None] = Counter()
    for t in range(city.start, city.until, S):
        ms[shown[t].class_] += S
        marks[mark(moments[t], profile, device.policy)] += S
        raws[mark(beneath[t], "raw", device.policy)] += S
    begun, ended = outages(city, device, profile, moments)
    good, bad, raw_good, raw_bad = marks["good"], marks["bad"], raws["good"], raws["bad"]
    return Count(dict(ms), good, bad, raw_good, raw_bad, begun, len(ended), sum(ended))


def added(counts: Sequence[Count]) -> Count:
    """A4: seconds and outages add, never percentages."""
    ms: Counter[str] = Counter()
    for one in counts:
        ms.update(one.ms)
    return Count(dict(ms), *(sum(column) for column in zip(*(one.numbers for one in counts), strict=True)))


def mark(moment: Moment, profile: str, policy: Policy) -> str | None:
    """A2: good, bad, or None for what is left out."""
    if moment.class_ in ("up", "degraded"):
        return "good"
    if moment.class_ == "unreachable":
        return None if profile == "contract" else "bad"
    if moment.class_ != "down":
        return None
    if profile == "contract" and not vendors(moment, policy):
        return None
    return "bad"


def vendors(moment: Moment, policy: Policy) -> bool:
    """C5: plain silence counts as the vendor's where there is one."""
    return moment.owner == "vendor" or (moment.owner == "undetermined" and policy.vendor is not None)


def outages(city: City, device: Device, profile: str, moments: Moments) -> tuple[int, list[int]]:
    """A6: how many have their first bad second here; and of those with their last one here, the bad ms of each."""
    begun, ended = 0, []
    for outage in naive.outages(device.seen, city.rule, city.now):
        until = city.now if outage.until is None else outage.until
        bad = [t for t in range(outage.start, until, S) if mark(moments[t], profile, device.policy) == "bad"]
        if bad and city.start <= bad[0] < city.until:
            begun += 1
        if bad and city.start <= bad[-1] < city.until and outage.until is not None:
            ended.append(len(bad) * S)
    return begun, ended


def coverage(count_: Count) -> Fraction | None:
    """A3: 1 - unmonitored / agreed time."""
    agreed = sum(count_.ms.get(class_, 0) for class_ in AGREED)
    return 1 - Fraction(count_.ms.get("unmonitored", 0), agreed) if agreed else None


def availability(count_: Count, profile: str, least: Fraction = Fraction(1, 2)) -> Fraction | None:
    """A3: good / (good + bad); None where nothing counts, or where too little was seen (`raw` does not mind)."""
    seen = coverage(count_)
    if count_.good + count_.bad == 0 or (profile != "raw" and (seen is None or seen < least)):
        return None
    return Fraction(count_.good, count_.good + count_.bad)
