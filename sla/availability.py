"""Availability of a device and of many: time per class, good and bad, outages, and the figures from them (A1-A6)."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from fractions import Fraction
from operator import itemgetter
from typing import Final, NamedTuple

from sla.instant import Ms
from sla.interval import Interval
from sla.judge import Outage
from sla.profile import PROFILES, ProfileName, verdict
from sla.spans import CLASSES, Class, DeviceFacts, Span, cut, framed, layers

HALF: Final = Fraction(1, 2)
"""The usual `min_coverage` (A3)."""

AGREED: Final = CLASSES[CLASSES.index("unmonitored") :]
"""The classes that make up agreed time (A3)."""


@dataclass(frozen=True, slots=True)
class Tally:
    """What a period came to under a profile; tallies of one profile add, of devices and of periods alike (A4).

    `ms` by CLASSES (A1); `good` and `bad` ms (A2), and the same in `raw`; `outages` counted, `ended` those that ended,
    with all of their bad ms, also from before the period (A6).
    """

    profile: ProfileName
    ms: tuple[Ms, ...] = (0,) * len(CLASSES)
    good: Ms = 0
    bad: Ms = 0
    raw_good: Ms = 0
    raw_bad: Ms = 0
    outages: int = 0
    ended: int = 0
    ended_bad_ms: Ms = 0

    def __add__(self, other: Tally) -> Tally:
        """Raises ValueError for tallies of different profiles."""
        if self.profile != other.profile:
            raise ValueError(f"{self.profile} and {other.profile} do not add up")
        return Tally(
            self.profile,
            tuple(a + b for a, b in zip(self.ms, other.ms, strict=True)),
            self.good + other.good,
            self.bad + other.bad,
            self.raw_good + other.raw_good,
            self.raw_bad + other.raw_bad,
            self.outages + other.outages,
            self.ended + other.ended,
            self.ended_bad_ms + other.ended_bad_ms,
        )


def total(profile: ProfileName, tallies: Iterable[Tally]) -> Tally:
    """The sum of tallies of one profile, empty for none (A4)."""
    return sum(tallies, Tally(profile))


@dataclass(frozen=True, slots=True)
class Figures:
    """What a report shows (A3, A6). Ratios are in [0, 1], None prints as a dash; `ms` by class; mean times exact."""

    availability: float | None
    raw: float | None
    coverage: float | None
    ms: dict[Class, Ms]
    outages: int
    mttr_ms: Fraction | None
    mtbf_ms: Fraction | None


def figures(tally: Tally, min_coverage: Fraction = HALF) -> Figures:
    """The figures of a tally (A3, A6).

    Availability is None where nothing counts and, but in the profile `raw`, where coverage is less than `min_coverage`.
    """
    ms: dict[Class, Ms] = dict(zip(CLASSES, tally.ms, strict=True))
    agreed = sum(tally.ms[-len(AGREED) :])
    seen = agreed - ms["unmonitored"]
    least, whole = min_coverage.as_integer_ratio()
    blind = not PROFILES[tally.profile].raw and seen * whole < least * agreed
    return Figures(
        None if blind else _ratio(tally.good, tally.good + tally.bad),
        _ratio(tally.raw_good, tally.raw_good + tally.raw_bad),
        _ratio(seen, agreed),
        ms,
        tally.outages,
        Fraction(tally.ended_bad_ms, tally.ended) if tally.ended else None,
        Fraction(tally.good, tally.outages) if tally.outages else None,
    )


def tally(facts: DeviceFacts, start: Ms, until: Ms, now: Ms, profile: ProfileName) -> Tally:
    """What [start, until) of one device comes to, known at `now` (A1-A6).

    For A6 `facts.seen` must reach back to the beginning of an outage that began before `start`; see DeviceFacts.
    """
    outages = [one for one in facts.outages if one.start < until and _end(one, now) > start]
    low = min([start, *(one.start for one in outages)])
    high = max([until, *(_end(one, now) for one in outages)])
    laid = [*layers(facts, now), *framed(facts, low, high)]
    shown, raw = cut(laid, low, high), cut(laid, low, high, raw=True)
    judged = raw if PROFILES[profile].raw else shown
    bad = [Interval(*one[:2]) for one in judged if verdict(one, profile, facts.policy) == "bad"]
    period = Interval(start, until)
    return Tally(
        profile,
        tuple(_within(period, (one for one in shown if one.class_ == class_)) for class_ in CLASSES),
        *(_verdicts(judged, period, profile, facts)),
        *(_verdicts(raw, period, "raw", facts)),
        *_counted(outages, bad, period, now),
    )


def _ratio(part: Ms, whole: Ms) -> float | None:
    return part / whole if whole else None


def _end(outage: Outage, now: Ms) -> Ms:
    return now if outage.until is None else min(outage.until, now)


def _within(period: Interval, parts: Iterable[Span | Interval]) -> Ms:
    """The ms of sorted parts without overlaps that lie in a period."""
    return sum(max(0, min(one.until, period.until) - max(one.start, period.start)) for one in parts)


def _verdicts(judged: Sequence[Span], period: Interval, profile: ProfileName, facts: DeviceFacts) -> tuple[Ms, Ms]:
    found = [(verdict(one, profile, facts.policy), one) for one in judged]
    return (
        _within(period, (one for said, one in found if said == "good")),
        _within(period, (one for said, one in found if said == "bad")),
    )


class _Counted(NamedTuple):
    outages: int
    ended: int
    ended_bad_ms: Ms


def _counted(outages: Sequence[Outage], bad: Sequence[Interval], period: Interval, now: Ms) -> _Counted:
    """A6: an outage counts where its first bad ms lies, and ends where its last does once it is over."""
    begun = ended = ended_bad = 0
    parts: list[list[Interval]] = [[] for _ in outages]
    for one in bad:
        parts[bisect_right(outages, one.start, key=itemgetter(0)) - 1].append(one)
    for outage, mine in zip(outages, parts, strict=True):
        if not _within(period, mine):
            continue
        begun += mine[0].start >= period.start
        if outage.until is not None and outage.until <= now and mine[-1].until <= period.until:
            ended += 1
            ended_bad += sum(until - start for start, until in mine)
    return _Counted(begun, ended, ended_bad)
