"""What happens in a simulated city: an endless, seeded story of faults, asked by device and instant.

The story is made as far as somebody asks and always comes out the same; instants are ms since 1970, UTC.
"""

from __future__ import annotations

import json
from bisect import bisect_right, insort
from collections.abc import Iterator, Mapping
from typing import Final, NamedTuple

from simulator.fault import EFFECTS, Effect, Fault
from simulator.toner import Cycle

FOREVER: Final = 1 << 53
MOST_TOLD: Final = 32


class Told(NamedTuple):
    """A fault as the device's own records know it: the how manyth of the device, its bits, whether it lasts."""

    number: int
    bits: frozenset[str]
    lasts: bool


class Situation(NamedTuple):
    """How a device is: `restarted` is when it last got its power back, None if never; it stays so before `until`.

    `told`: the last faults that showed bits, the newest first.
    """

    silent: bool
    asleep: bool
    closed: bool
    delay_ms: int
    bits: frozenset[str]
    stops: bool
    restarted: int | None
    until: int
    told: tuple[Told, ...] = ()


class _Line:
    """The faults of one device in the order in which they begin."""

    def __init__(self) -> None:
        self.faults: list[Fault] = []
        self.latest: list[int] = []
        self.restarts: list[int] = []

    def add(self, fault: Fault) -> None:
        self.faults.append(fault)
        self.latest.append(max(fault.until, self.latest[-1] if self.latest else 0))
        if EFFECTS[fault.kind].restarts:
            insort(self.restarts, fault.until)

    def at(self, t: int) -> list[Fault]:
        index = bisect_right(self.faults, t, key=lambda fault: fault.start) - 1
        found = []
        while index >= 0 and self.latest[index] > t:
            if self.faults[index].until > t:
                found.append(self.faults[index])
            index -= 1
        return found

    def next_start(self, t: int) -> int:
        index = bisect_right(self.faults, t, key=lambda fault: fault.start)
        return self.faults[index].start if index < len(self.faults) else FOREVER

    def told(self, t: int) -> tuple[Told, ...]:
        """The last faults with bits that had begun at `t`."""
        end = bisect_right(self.faults, t, key=lambda fault: fault.start)
        first = max(0, end - MOST_TOLD)
        found = [Told(n, EFFECTS[one.kind].bits, one.until > t) for n, one in enumerate(self.faults[first:end], first)]
        return tuple(one for one in reversed(found) if one.bits)

    def restarted(self, t: int) -> int | None:
        index = bisect_right(self.restarts, t)
        return self.restarts[index - 1] if index else None


_NOTHING: Final = _Line()


class Scenario:
    """A story that begins at `start`; `plan` yields its faults in order of their start and may be endless.

    Not for two threads at once: who compares the truth in another thread makes the story again, from the same seed.
    """

    def __init__(self, start: int, plan: Iterator[Fault], cycles: Mapping[str, Cycle] | None = None) -> None:
        self.start = start
        self._plan = plan
        self._next = next(plan, None)
        self._faults: list[Fault] = []
        self._lines: dict[str, _Line] = {}
        self._cycles = cycles or {}

    def state_at(self, device: str, t: int) -> Situation:
        """How `device` is at `t`; a device that the story does not know is well."""
        self._tell(t)
        line = self._lines.get(device, _NOTHING)
        now = line.at(t)
        effects = [EFFECTS[fault.kind] for fault in now]
        until = min([fault.until for fault in now] + [line.next_start(t), self._next.start if self._next else FOREVER])
        return _situation(effects, line.restarted(t), until)._replace(told=line.told(t))

    def toner(self, device: str, t: int) -> float | None:
        """Percent left of the device's black toner, None if the story does not follow it."""
        cycle = self._cycles.get(device)
        return None if cycle is None else cycle.percent(t)

    def truth(self, start: int, until: int) -> list[Fault]:
        """Every fault of which a part lies in [start, until), in order of start."""
        self._tell(until)
        return [fault for fault in self._faults if fault.start < until and fault.until > start]

    def truth_lines(self, start: int, until: int) -> str:
        """The truth as JSON lines: device, kind, start, until (ms), stops."""
        return "".join(json.dumps(fault.as_document()) + "\n" for fault in self.truth(start, until))

    def _tell(self, t: int) -> None:
        while self._next is not None and self._next.start <= t:
            self._faults.append(self._next)
            self._lines.setdefault(self._next.device, _Line()).add(self._next)
            self._next = next(self._plan, None)


def _situation(effects: list[Effect], restarted: int | None, until: int) -> Situation:
    return Situation(
        silent=any(effect.silent for effect in effects),
        asleep=any(effect.asleep for effect in effects),
        closed=any(effect.closed or effect.silent for effect in effects),
        delay_ms=max((effect.delay_ms for effect in effects), default=0),
        bits=frozenset().union(*(effect.bits for effect in effects)),
        stops=any(effect.stops for effect in effects),
        restarted=restarted,
        until=until,
    )


def stopped(faults: list[Fault]) -> dict[str, list[tuple[int, int]]]:
    """The stopped time of each device, touching spans merged: what a centre should have found."""
    found: dict[str, list[tuple[int, int]]] = {}
    for fault in sorted(fault for fault in faults if fault.stops):
        spans = found.setdefault(fault.device, [])
        if spans and fault.start <= spans[-1][1]:
            spans[-1] = (spans[-1][0], max(spans[-1][1], fault.until))
        else:
            spans.append((fault.start, fault.until))
    return found
