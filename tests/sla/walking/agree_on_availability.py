"""Asks `sla` and the walk the same of a city, and tells where they differ."""

from __future__ import annotations

from collections.abc import Iterator
from fractions import Fraction

from sla.availability import Tally, figures, tally, total
from sla.bulk import tallies
from sla.columns import collect
from sla.profile import ProfileName
from sla.spans import CLASSES, DeviceFacts, spans
from tests.sla.walking.cities import facts
from tests.sla.walking.city import City
from tests.sla.walking.classes import Moments, classes
from tests.sla.walking.counted import Count, added, availability, count, coverage
from tests.sla.walking.hours import S

PROFILES: tuple[ProfileName, ...] = ("contract", "service", "raw")


def differences(city: City) -> Iterator[str]:
    """Sentences; none where all agree: spans, tallies and figures of each device, of all at once, and their total."""
    told = [facts(city, device) for device in city.devices]
    walks = [classes(city, device) for device in city.devices]
    for n, (one, (shown, _)) in enumerate(zip(told, walks, strict=True)):
        yield from _spans_differ(city, f"device {n}", one, shown)
    columns = collect(told, city.now)
    for profile in PROFILES:
        at_once = tallies(columns, city.start, city.until, city.now, profile)
        walked = []
        for n, (device, one, moments) in enumerate(zip(city.devices, told, walks, strict=True)):
            walked.append(count(city, device, profile, *moments))
            found = tally(one, city.start, city.until, city.now, profile)
            yield from _tally_differs(f"device {n}, {profile}", found, walked[-1])
            if at_once[n] != found:
                yield f"device {n}, {profile}: at once {at_once[n]}, alone {found}"
        yield from _tally_differs(
            f"total, {profile}", total(profile, (at_once[n] for n in range(len(told)))), added(walked)
        )


def _spans_differ(city: City, name: str, told: DeviceFacts, shown: Moments) -> Iterator[str]:
    found = {t: one[2:] for one in spans(told, city.begin, city.end, city.now) for t in range(one.start, one.until, S)}
    for t, moment in shown.items():
        if found.get(t) != moment:
            yield f"{name} at {t}: spans say {found.get(t)}, the walk says {moment}"
            return


def _tally_differs(name: str, found: Tally, walked: Count) -> Iterator[str]:
    ms = tuple(walked.ms.get(class_, 0) for class_ in CLASSES)
    if found != Tally(found.profile, ms, *walked.numbers):
        yield f"{name}: {found}, the walk says {walked}"
        return
    shown = figures(found)
    expected = (
        _rounded(availability(walked, found.profile)),
        _rounded(_share(walked.raw_good, walked.raw_good + walked.raw_bad)),
        _rounded(coverage(walked)),
        _share(walked.ended_bad, walked.ended),
        _share(walked.good, walked.outages),
    )
    if (shown.availability, shown.raw, shown.coverage, shown.mttr_ms, shown.mtbf_ms) != expected:
        yield f"{name}: {shown}, the walk says {expected}"


def _share(part: int, whole: int) -> Fraction | None:
    return Fraction(part, whole) if whole else None


def _rounded(number: Fraction | None) -> float | None:
    return None if number is None else float(number)
