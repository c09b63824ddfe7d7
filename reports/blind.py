"""Blind time where it is: by device or hall, from when to when, and why (O6); so that no mean hides it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final, NamedTuple

from sqlalchemy import Connection

from sla.blind import Blind, Cause, Silent, Why, attributed, together
from sla.columns import Columns
from sla.instant import Ms, render
from sla.interval import Interval, merge, subtract
from sla.timeline import BLIND_AFTER
from sla.unseen import Unseen, unseen_and_silent
from store.city import City, Device
from store.device_facts import clock_of, out_of_service
from store.silences import Lost, last_conditions, losses, lost_within, silences
from store.traces import first_seen

LARGEST: Final = 50
"""So many stretches are listed; the rest is added up by hall."""
MOST_LOOKED_UP: Final = 500
"""For so many devices' stretches, the longest, lost facts are looked for."""
ON_BATTERY: Final = "onBattery"


class Stretch(NamedTuple):
    """Blind time of devices of one hall that began and ended together: `ms` of agreed time, added over the devices."""

    hall: str
    devices: tuple[str, ...]
    start: Ms
    until: Ms
    ms: Ms
    cause: Cause


@dataclass(frozen=True, slots=True)
class BlindTime:
    """`largest` by their ms; `by_hall` all of it by cause, also what is listed."""

    largest: tuple[Stretch, ...]
    number: int
    by_hall: Mapping[str, Mapping[Cause, Ms]]
    listed: Mapping[str, Ms]


class Gathered(NamedTuple):
    """What a pass collects of blind time: of each device its stretches in agreed time, and in all its silence."""

    blind: dict[int, list[Interval]]
    silent: dict[int, list[Interval]]

    def take(self, devices: Sequence[Device], columns: Columns, within: Interval, now: Ms) -> None:
        """Add those of some devices, whose facts are `columns`."""
        both = unseen_and_silent(columns, *within, now)
        for into, found in zip((self.blind, self.silent), both, strict=True):
            for n, start, until in _rows(found):
                into.setdefault(devices[n].n, []).append(Interval(start, until))


def _rows(found: Unseen) -> Iterable[tuple[int, Ms, Ms]]:
    return zip(found.device.tolist(), found.start.tolist(), found.until.tolist(), strict=True)


def blind_time(
    conn: Connection,
    city: City,
    mine: Iterable[Device],
    gathered: Gathered,
    within: Interval,
    now: Ms,
) -> BlindTime:
    """Attribute what was gathered of the devices `mine`; of their halls' other devices the silence must be there."""
    ends = Interval(within.start, min(within.until, now))
    known = _Known.of(conn, city, ends, now)
    halls: dict[str, list[Device]] = {}
    for one in mine:
        if one.n in gathered.blind:
            halls.setdefault(one.hall, []).append(one)
    parts = [part for hall, some in sorted(halls.items()) for part in _hall(known, hall, some, gathered, ends)]
    parts = _with_losses(conn, known, parts)
    stretches = sorted(_clustered(parts), key=lambda one: (one.cause == "to_come", -one.ms, one.start, one.devices))
    return _added(stretches)


def _added(stretches: Sequence[Stretch]) -> BlindTime:
    largest = tuple(one for one in stretches[:LARGEST] if one.cause != "to_come")
    by_hall: dict[str, dict[Cause, Ms]] = {}
    listed: dict[str, Ms] = {}
    for one in stretches:
        causes = by_hall.setdefault(one.hall, {})
        causes[one.cause] = causes.get(one.cause, 0) + one.ms
    for one in largest:
        listed[one.hall] = listed.get(one.hall, 0) + one.ms
    return BlindTime(largest, sum(one.cause != "to_come" for one in stretches), by_hall, listed)


class _Known(NamedTuple):
    """What explains blind time of [ends): by collector, and what was lost."""

    conn: Connection
    city: City
    ends: Interval
    silences: Mapping[str, Sequence[Interval]]
    losses: Mapping[str, Sequence[Lost]]
    others: Mapping[str, Sequence[Device]]

    @classmethod
    def of(cls, conn: Connection, city: City, ends: Interval, now: Ms) -> _Known:
        others: dict[str, list[Device]] = {}
        for one in city.devices.values():
            others.setdefault(one.hall, []).append(one)
        return cls(conn, city, ends, silences(conn, *ends, now), losses(conn), others)


class _Part(NamedTuple):
    """A piece of one device's blind time with its cause."""

    device: Device
    blind: Blind
    ms: Ms


def halls_of(devices: Iterable[Device], gathered: Gathered) -> set[str]:
    """The halls in which any of these devices was blind: all of whose devices are asked whether they were, too."""
    return {one.hall for one in devices if one.n in gathered.blind}


def _hall(known: _Known, hall: str, mine: Sequence[Device], gathered: Gathered, ends: Interval) -> Iterator[_Part]:
    before = _before_the_first(known, hall, ends)
    all_ = together(_voters(known.others[hall], gathered, ends))
    dark = [one for one in all_ if _on_battery(known, hall, one)]
    for device in mine:
        reasons = (
            Why("not_yet", before),
            Why("collector", known.silences.get(device.collector, ())),
            Why("power", dark),
            Why("uplink_or_power", all_),
        )
        slack = BLIND_AFTER * round(device.interval_s * 1000)
        for one in gathered.blind[device.n]:
            for part in _cut(one, ends, reasons, slack):
                ms = clock_of(known.city, device).open_duration(part.start, part.until)
                if ms:
                    yield _Part(device, part, ms)


def _before_the_first(known: _Known, hall: str, ends: Interval) -> list[Interval]:
    """The time before anything of a hall was ever seen: nothing failed then, nobody looked."""
    first = first_seen(known.conn, [one.n for one in known.others[hall]])
    return merge([Interval(ends.start, ends.until if first is None else min(first, ends.until))])


def _cut(one: Interval, ends: Interval, reasons: Sequence[Why], slack: Ms) -> Iterator[Blind]:
    """What lies ahead is not blind for a reason: it is still to come."""
    seen = Interval(one.start, min(one.until, ends.until))
    if seen.start < seen.until:
        yield from attributed(seen, reasons, slack)
    if ends.until < one.until:
        yield Blind(max(one.start, ends.until), one.until, "to_come")


def _voters(devices: Iterable[Device], gathered: Gathered, ends: Interval) -> list[Silent]:
    """The devices whose silence says something: who was never seen in the period says nothing, unless nobody was."""
    every = [Silent(_service(one, ends), merge(gathered.silent.get(one.n, ()))) for one in devices]
    seen = [one for one in every if subtract(one.service, one.silent)]
    return seen or every


def _service(one: Device, ends: Interval) -> list[Interval]:
    end = out_of_service(one)
    first = ends.start if one.commissioned is None else max(one.commissioned, ends.start)
    return merge([Interval(first, ends.until if end is None else min(end, ends.until))])


def _on_battery(known: _Known, hall: str, one: Interval) -> bool:
    units = [device for device in known.others[hall] if device.kind == "ups"]
    return any(ON_BATTERY in last_conditions(known.conn, device.n, one.start) for device in units)


def _with_losses(conn: Connection, known: _Known, parts: list[_Part]) -> list[_Part]:
    """What is not known, where the collector is known to have lost facts in just that time."""
    newest = {collector: max(one.found_at for one in lost) for collector, lost in known.losses.items()}
    unknown = ((n, one) for n, one in enumerate(parts) if one.blind.cause == "not_known")
    doubtful = [n for n, one in unknown if one.blind.start <= newest.get(one.device.collector, -1)]
    for n in sorted(doubtful, key=lambda n: -parts[n].ms)[:MOST_LOOKED_UP]:
        one = parts[n]
        if lost_within(conn, one.device.n, Interval(*one.blind[:2]), _lost(known, one)):
            parts[n] = one._replace(blind=one.blind._replace(cause="collector"))
    return parts


def _lost(known: _Known, one: _Part) -> list[Lost]:
    return [lost for lost in known.losses.get(one.device.collector, ()) if lost.found_at >= one.blind.start]


def _clustered(parts: Iterable[_Part]) -> Iterator[Stretch]:
    """Devices of a hall that were blind from and until about the same instants, for the same cause, as one stretch."""
    cluster: list[_Part] = []
    for one in sorted(parts, key=lambda one: (one.device.hall, one.blind.cause, one.blind[:2], one.device.id)):
        if cluster and not _alike(cluster[0], one):
            yield _stretch(cluster)
            cluster = []
        cluster.append(one)
    if cluster:
        yield _stretch(cluster)


def _alike(first: _Part, other: _Part) -> bool:
    slack = BLIND_AFTER * round(max(first.device.interval_s, other.device.interval_s) * 1000)
    return (first.device.hall, first.blind.cause) == (other.device.hall, other.blind.cause) and all(
        abs(a - b) <= slack for a, b in zip(first.blind[:2], other.blind[:2], strict=True)
    )


def _stretch(cluster: Sequence[_Part]) -> Stretch:
    device, blind, _ = cluster[0]
    return Stretch(
        device.hall,
        tuple(sorted({one.device.id for one in cluster})),
        min(one.blind.start for one in cluster),
        max(one.blind.until for one in cluster),
        sum(one.ms for one in cluster),
        blind.cause,
    )


def document(found: BlindTime, city_names: Mapping[str, str]) -> dict[str, Any]:
    """As JSON has it: instants RFC 3339, device-seconds of agreed time."""
    causes: dict[str, Ms] = {}
    for each in found.by_hall.values():
        for cause, ms in each.items():
            causes[cause] = causes.get(cause, 0) + ms
    rest = sum(causes.values()) - causes.get("to_come", 0) - sum(found.listed.values())
    return {
        "seconds": sum(causes.values()) / 1000,
        "causes": {cause: ms / 1000 for cause, ms in sorted(causes.items())},
        "stretches": [_stretch_document(one, city_names) for one in found.largest],
        "rest": {"stretches": found.number - len(found.largest), "seconds": rest / 1000},
        "halls": [_hall_document(found, hall, city_names) for hall in sorted(found.by_hall)],
    }


def _stretch_document(one: Stretch, names: Mapping[str, str]) -> dict[str, Any]:
    return {
        "hall": one.hall,
        "hall_name": names.get(one.hall),
        "devices": list(one.devices),
        "from": render(one.start),
        "until": render(one.until),
        "seconds": one.ms / 1000,
        "cause": one.cause,
    }


def _hall_document(found: BlindTime, hall: str, names: Mapping[str, str]) -> dict[str, Any]:
    causes = found.by_hall[hall]
    listed, all_ = found.listed.get(hall, 0), sum(causes.values())
    return {
        "hall": hall,
        "hall_name": names.get(hall),
        "seconds": all_ / 1000,
        "listed_s": listed / 1000,
        "rest_s": (all_ - listed - causes.get("to_come", 0)) / 1000,
        "causes": {cause: ms / 1000 for cause, ms in sorted(causes.items())},
    }
