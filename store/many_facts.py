"""The facts of very many devices for a period as columns: what `Selected.facts` and `sla.columns.collect` give (A1).

Most devices go the short way, over runs of equal readings (`store.run_rows`, `sla.laid`). Where that is not exact the
rows themselves are to be read: of those with facts that came late to a packed day, with an outage that goes on after
the period, with anything up within an outage. Both ways give the same figures.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from itertools import chain
from operator import attrgetter
from typing import Final, NamedTuple

import numpy as np
from numpy.typing import NDArray
from sqlalchemy import Connection, func

from sla.clock import Clock
from sla.columns import EVER, Columns, Pieces
from sla.edges import Numbers
from sla.instant import DAY, Ms
from sla.interval import merge
from sla.laid import Above, Faults, Runs, doubtful, graces, laid, unreachable
from sla.opening import GRACE_MS
from sla.owners import Policy, blame, counts_as_vendor
from sla.seen import RANK
from sla.spans import Class, approved
from sla.timeline import BLIND_AFTER
from store import many_rows, run_rows
from store.city import City, Device, ancestors, parent_of
from store.device_facts import KindPolicy, Selected, clock_of, out_of_service
from store.digests import Digested
from store.many_rows import near, placed
from store.run_rows import Window
from store.schema import outages
from store.steady import Words

I64 = NDArray[np.int64]
Flags = NDArray[np.bool_]
_NONE: Final = -1


@dataclass(slots=True)
class Shared:
    """What all pieces of one report share: clocks by hall, what readings say, whose they are, ancestors.

    `free_silence`: whether the contract whose report it is charges no silence (C5).
    """

    policies: Mapping[str, KindPolicy]
    free_silence: bool = False
    words: Words = field(default_factory=Words)
    clocks: dict[str, Clock] = field(default_factory=dict)
    charged: dict[tuple[int, str, bool], bool] = field(default_factory=dict)
    lines: dict[str, Sequence[str]] = field(default_factory=dict)

    def clock(self, selected: Selected, device: Device) -> Clock:
        """The hours of a device's hall."""
        if device.hall not in self.clocks:
            self.clocks[device.hall] = clock_of(selected.city, device)
        return self.clocks[device.hall]

    def line(self, city: City, device: Device) -> Sequence[str]:
        """The ids of a device's ancestors, nearest first: its parent, and that one's (O5)."""
        parent = parent_of(device, city.halls.get(device.hall))
        if parent is None or parent not in city.devices:
            return ()
        if parent not in self.lines:
            self.lines[parent] = (parent, *ancestors(city, parent))
        return ancestors(city, device.id) if device.id in self.lines[parent] else self.lines[parent]

    def counts(self, reading: int, kind: str, vendor: bool) -> bool:
        """Whether down time of which this reading tells is charged, at a device of this kind, with a vendor or none."""
        key = reading, kind, vendor
        if key not in self.charged:
            known = self.policies.get(kind)
            owners, stopping = (known.owners, known.stopping) if known else ({}, frozenset[str]())
            policy = Policy(owners, stopping, "" if vendor else None, kind, self.free_silence)
            owner = blame(self.words.known[reading][2], policy, down=True).owner
            self.charged[key] = counts_as_vendor(owner, policy)
        return self.charged[key]


class Found(NamedTuple):
    """The facts of `devices`, numbered in this order; of the `rest` the rows themselves are to be read."""

    devices: Sequence[Device]
    columns: Columns
    rest: Sequence[Device]


def short_way(conn: Connection, selected: Selected, some: Sequence[Device], shared: Shared) -> Found:
    """The facts of those of some devices for whom runs are enough, all read in this transaction."""
    many = _Many.read(conn, selected, sorted(some, key=attrgetter("n")), shared)
    sure = many.sure()
    return Found(sure.devices, sure.columns(), [one for n, one in enumerate(many.devices) if many.unsure[n]])


class _Outages(NamedTuple):
    """Rows of `outages` as columns; `device` numbers the devices from 0."""

    device: I64
    start: I64
    until: I64
    last_ok: I64

    @classmethod
    def of(cls, conn: Connection, some: Sequence[Device], start: Ms, until: Ms, *, above: bool = False) -> _Outages:
        """Those of devices, in the order of their row numbers, that touch [start, until).

        `last_ok` only where they are `above` others: nobody asks it of the rest (O5 a).
        """
        numbers, table = [one.n for one in some], outages.c
        values = (table.start, func.coalesce(table.until, EVER), func.coalesce(table.last_ok, -EVER))
        touching = (table.start < until) & (table.until.is_(None) | (table.until > start))
        which = near(table.device, numbers) & touching
        device, *rest = many_rows.by_device(conn, table.device, values[: 3 if above else 2], which)
        if not above:
            rest.append(np.full(len(device), -EVER))
        place, known = placed(numbers, device)
        return cls(place, *rest).part(known)

    def part(self, which: Flags) -> _Outages:
        """Some of them."""
        return self if which.all() else _Outages(*(column[which] for column in self))


@dataclass(frozen=True, slots=True)
class _Many:
    """Some devices with their runs and outages; `unsure` says of which the rows themselves are to be read."""

    conn: Connection
    selected: Selected
    shared: Shared
    devices: Sequence[Device]
    runs: Runs
    outages: _Outages
    unsure: Flags

    @classmethod
    def read(cls, conn: Connection, selected: Selected, some: Sequence[Device], shared: Shared) -> _Many:
        """Read it, and see for whom it is exact."""
        start, until, now = selected.period
        numbers = {device.n: n for n, device in enumerate(some)}
        window = Window.around(start, until)
        told, unclear = run_rows.read(conn, list(numbers), window)
        found = _Outages.of(conn, some, start, until)
        unsure = np.zeros(len(some), np.bool_)
        unsure[[numbers[n] for n in unclear]] = True
        runs, broken = _runs(conn, some, told.part(told.head <= now), shared)
        unsure[broken] = True
        unsure[found.device[(np.minimum(found.until, now) > until) | (found.start < window.low)]] = True
        many = cls(conn, selected, shared, some, runs, found, unsure)
        unsure |= doubtful(runs, many.faults(found), len(some), now)
        unsure |= many.unread(window)
        return many

    def unread(self, window: Window) -> Flags:
        """Who may have a word that is needed beyond what was read: the last good one before, the first after."""
        start, until, now = self.selected.period
        count = len(self.devices)
        first = np.full(count, start)
        np.minimum.at(first, self.outages.device, self.outages.start)
        good = (self.runs.state < RANK["down"]) & (self.runs.head < first[self.runs.device])
        known = np.bincount(self.runs.device[good], minlength=count) > 0
        lacking = {self.devices[n].n: n for n in np.flatnonzero(~known & ~self.unsure).tolist()}
        beyond = np.zeros(count, np.bool_)
        beyond[[lacking[n] for n in run_rows.older(self.conn, lacking, window.low)]] = True
        if now < window.high:
            return beyond
        said = (self.runs.state != RANK["unknown"]) & (self.runs.last >= until)
        beyond |= np.bincount(self.runs.device[said], minlength=count) == 0
        return beyond

    def sure(self) -> _Many:
        """Those for whom it is exact, numbered anew."""
        number = np.cumsum(~self.unsure) - 1
        runs = self.runs.part(~self.unsure[self.runs.device])
        found = self.outages.part(~self.unsure[self.outages.device])
        return replace(
            self,
            devices=[one for n, one in enumerate(self.devices) if not self.unsure[n]],
            runs=runs._replace(device=number[runs.device]),
            outages=found._replace(device=number[found.device]),
            unsure=np.zeros(int((~self.unsure).sum()), np.bool_),
        )

    def clocks(self) -> tuple[tuple[Clock, ...], I64]:
        """The distinct clocks, and the number of each device's."""
        each = [self.shared.clock(self.selected, device) for device in self.devices]
        numbers = {clock: n for n, clock in enumerate(dict.fromkeys(each))}
        return tuple(numbers), np.array([numbers[clock] for clock in each], np.int64)

    def faults(self, found: _Outages) -> Faults:
        """Outages with O10's grace."""
        clocks, clock = self.clocks()
        kinds = {one.kind: self.selected.policies.get(one.kind) for one in self.devices}
        ms = {name: kind.grace_ms if kind else GRACE_MS for name, kind in kinds.items()}
        grace = np.array([ms[one.kind] for one in self.devices], np.int64)
        return Faults(*found, graces(clocks, clock[found.device], found.start, grace[found.device]))

    def columns(self) -> Columns:
        """All of it laid in layers."""
        now = self.selected.period.now
        faults = self.faults(self.outages)
        layers, charged = laid(self.runs, faults, now)
        layers["unreachable"] = self.unreachable(faults)
        layers |= self.planned()
        clocks, clock = self.clocks()
        ends = (out_of_service(one) for one in self.devices)
        return Columns(
            clocks,
            clock,
            np.array([-EVER if one.commissioned is None else one.commissioned for one in self.devices], np.int64),
            np.array([EVER if end is None else end for end in ends], np.int64),
            layers,
            charged,
            Pieces(*self.outages[:3]),
        )

    def unreachable(self, faults: Faults) -> Pieces:
        """What ancestors' outages explain (O5)."""
        failed = set(faults.device.tolist())
        line = {n: self.shared.line(self.selected.city, self.devices[n]) for n in failed}
        named = set(chain.from_iterable(line.values()))
        above = sorted((self.selected.city.devices[id] for id in named), key=attrgetter("n"))
        ids = {one.id: n for n, one in enumerate(above)}
        _, until, now = self.selected.period
        low = min(self.selected.period.start, int(faults.start.min(initial=EVER)))
        high = max(until, int(np.minimum(faults.until, now).max(initial=until)))
        theirs = _Outages.of(self.conn, above, low - DAY, high, above=True)
        nth = np.full((max(map(len, line.values()), default=0), len(self.devices)), _NONE)
        for n, each in line.items():
            nth[: len(each), n] = [ids[id] for id in each]
        intervals = np.array([round(one.interval_s * 1000) for one in above], np.int64)
        upper = Above(Faults(*theirs, theirs.start), intervals)
        return unreachable(self.runs, faults, upper, list(nth), now)

    def planned(self) -> dict[Class, Pieces]:
        """Maintenance and corrections (A1 3, 4)."""
        standing = self.selected.standing
        touched = set(standing.of)
        rows: dict[Class, list[tuple[int, Ms, Ms]]] = {"excluded": [], "maintenance": []}
        for n, one in enumerate(self.devices):
            if ("device", one.id) in touched or ("hall", one.hall) in touched:
                rows["excluded"] += [(n, *part) for part in merge(standing.excluded(one.id, one.hall))]
                rows["maintenance"] += [(n, *part) for part in approved(standing.maintenance(one.id, one.hall))]
        return {name: Pieces(*np.array(each, np.int64).reshape(-1, 3).T.copy()) for name, each in rows.items() if each}


class _Joined(NamedTuple):
    """Runs across the borders of days: device, first and last instant, and which of the distinct readings it is."""

    device: I64
    head: I64
    last: I64
    which: I64


def _runs(conn: Connection, some: Sequence[Device], told: Digested, shared: Shared) -> tuple[Runs, I64]:
    """Runs as the rules need them, and the devices with a gap within one that is blind time by now (O6)."""
    readings, which = _distinct(told.reading)
    said = shared.words.of(conn, readings)
    device = np.searchsorted(np.array([one.n for one in some], np.int64), told.device).astype(np.int64)
    configured = np.array([round(one.interval_s * 1000) for one in some], np.int64)
    intervals = np.array([one[1] for one in said], np.int64)
    hold = np.maximum(intervals[which], configured[device])
    joined = _joined(told, device, which, BLIND_AFTER * hold)
    states = np.array([RANK[one[0]] for one in said], np.int8)
    held = np.maximum(intervals[joined.which], configured[joined.device])
    charged = _charged(shared, some, joined, states, readings)
    runs = Runs(joined.device, joined.head, joined.last, states[joined.which], held, charged)
    return runs, device[told.gap > BLIND_AFTER * hold]


def _distinct(numbers: I64) -> tuple[I64, I64]:
    """The different numbers in order, and which of them each is; few of a table's are any."""
    most = int(numbers.max(initial=-1))
    if most > 4 * len(numbers) or numbers.min(initial=0) < 0:
        found, which = np.unique(numbers, return_inverse=True)
        return found, which.astype(np.int64)
    found = np.flatnonzero(np.bincount(numbers, minlength=1))
    place = np.zeros(most + 1, np.int64)
    place[found] = np.arange(len(found))
    return found, place[numbers]


def _joined(told: Digested, device: I64, which: I64, limit: I64) -> _Joined:
    if not len(device):
        return _Joined(device, told.head, told.last, which)
    breaks = (np.diff(device) != 0) | (np.diff(which) != 0) | (told.head[1:] - told.last[:-1] > limit[:-1])
    first = np.concatenate(([0], np.flatnonzero(breaks) + 1)).astype(np.int64)
    last = np.append(first[1:], len(device)) - 1
    return _Joined(device[first], told.head[first], told.last[last], which[first])


def _charged(shared: Shared, some: Sequence[Device], joined: _Joined, states: Numbers, readings: I64) -> Flags:
    """Whether what a run of `down` says counts as the vendor's (C1, C5), asked once of each reading and kind."""
    kinds = list(dict.fromkeys((one.kind, one.vendor is not None) for one in some))
    kind = np.array([kinds.index((one.kind, one.vendor is not None)) for one in some], np.int64)
    found = np.zeros(len(joined.device), np.bool_)
    down = np.flatnonzero(states[joined.which] == RANK["down"])
    pairs, whose = np.unique(joined.which[down] * len(kinds) + kind[joined.device[down]], return_inverse=True)
    asked = [(int(readings[pair // len(kinds)]), *kinds[pair % len(kinds)]) for pair in pairs.tolist()]
    found[down] = np.array([shared.counts(*one) for one in asked], np.bool_)[whose]
    return found
