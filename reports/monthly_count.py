"""One pass over the devices for the monthly report: what two periods come to, under every profile that it shows."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, fields, replace
from typing import Any, Final, NamedTuple

import numpy as np
from numpy.typing import NDArray

from reports.asked import Asked, chosen
from reports.availability import Progress
from reports.blind import Gathered, halls_of
from reports.intact import inspect
from reports.pieces import pieces
from sla.bulk import Columns, Tallies, tallies_by
from sla.instant import Ms
from sla.intact import Inspected
from sla.interval import Interval
from sla.profile import ProfileName
from store.city import City, Device
from store.database import Parts
from store.device_facts import KindPolicy, Period, Selected, clock_of

Flags = NDArray[np.bool_]

_ARRAYS: Final = tuple(one.name for one in fields(Tallies))[1:]


class Half(NamedTuple):
    """One of the two periods: `mine` says which devices were asked for and in service, tallies are by profile."""

    within: Interval
    mine: Flags
    by_profile: Mapping[ProfileName, Tallies]
    provisional: Flags


@dataclass(frozen=True, slots=True)
class Pass:
    """What was counted: the devices of either period, in any order, and each period's tallies of them.

    `inspected` is what an inspection found of each device, None each without one (A7); `blind` is where they were.
    """

    city: City
    devices: Sequence[Device]
    now: Half
    before: Half
    inspected: Sequence[Inspected | None]
    blind: Gathered


class Wanted(NamedTuple):
    """What a pass counts: the period before, under which profiles, and when the devices were inspected."""

    before: Interval
    profiles: Sequence[ProfileName]
    inspected_at: Ms | None = None


def counted(
    parts: Parts,
    city: City,
    asked: Asked,
    wanted: Wanted,
    policies: Mapping[str, KindPolicy],
    now: Ms,
    progress: Progress,
) -> Pass:
    """Count `asked`'s period and the one before in one pass, as of `now`. Raises `Unknown`."""
    halves = [Interval(asked.start, asked.until), wanted.before]
    mine = [{one.n for one in chosen(city, replace(asked, start=start, until=until))} for start, until in halves]
    devices = [one for one in city.devices.values() if one.n in mine[0] or one.n in mine[1]]
    period = Period(min(start for start, _ in halves), asked.until, now)
    found: list[list[list[Tallies]]] = [[[] for _ in wanted.profiles] for _ in halves]
    inspected: list[Inspected | None] = []
    order: list[Device] = []
    blind = Gathered({}, {})
    for some, columns in _columns(parts, city, devices, policies, period, progress):
        order += some
        inspected += inspect(columns, wanted.inspected_at, now)
        blind.take(some, columns, halves[0], now)
        for within, each in zip(halves, found, strict=True):
            for tallied, tallies in zip(each, tallies_by(columns, *within, now, wanted.profiles), strict=True):
                tallied.append(tallies)
    rows = zip(halves, mine, found, strict=True)
    now_, then = (_half(city, order, *row, wanted.profiles) for row in rows)
    _neighbours(parts, city, order, blind, policies, Period(*halves[0], now))
    return Pass(city, order, now_, then, inspected, blind)


def _neighbours(
    parts: Parts,
    city: City,
    counted: Sequence[Device],
    blind: Gathered,
    policies: Mapping[str, KindPolicy],
    period: Period,
) -> None:
    """Of halls in which somebody was blind the devices that were not asked for, for whether all were silent (O6)."""
    halls, known = halls_of(counted, blind), {one.n for one in counted}
    others = [one for one in city.devices.values() if one.hall in halls and one.n not in known]
    for some, columns in _columns(parts, city, others, policies, period, lambda _done, _all: None):
        blind.take(some, columns, Interval(period.start, period.until), period.now)


def _half(
    city: City,
    devices: Sequence[Device],
    within: Interval,
    mine: set[int],
    found: Sequence[Sequence[Tallies]],
    profiles: Sequence[ProfileName],
) -> Half:
    told = zip(profiles, found, strict=True)
    doubtful = {clock: clock.provisional(*within) for clock in {clock_of(city, one) for one in devices}}
    return Half(
        within,
        np.array([one.n in mine for one in devices], np.bool_),
        {profile: _joined(profile, parts) for profile, parts in told},
        np.array([doubtful[clock_of(city, one)] for one in devices], np.bool_),
    )


def _columns(
    parts: Parts,
    city: City,
    devices: Sequence[Device],
    policies: Mapping[str, KindPolicy],
    period: Period,
    progress: Progress,
) -> Iterator[tuple[Sequence[Device], Columns]]:
    """Some devices at a time with their facts, so that memory stays small."""
    with parts() as conn:
        selected = Selected.planned(conn, city, policies, period)
    yield from pieces(parts, selected, devices, progress)


def part(found: Tallies, which: Flags) -> Tallies:
    """The tallies of some of the devices."""
    arrays: dict[str, Any] = {name: getattr(found, name)[which] for name in _ARRAYS}
    return replace(found, **arrays)


def _joined(profile: ProfileName, parts: Sequence[Tallies]) -> Tallies:
    """Tallies of one device after the other."""
    if not parts:
        return Tallies.none(profile, 0)
    arrays: dict[str, Any] = {name: np.concatenate([getattr(one, name) for one in parts]) for name in _ARRAYS}
    return replace(parts[0], **arrays)
