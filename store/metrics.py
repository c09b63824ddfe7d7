"""Measured values over time: what a metrics store takes and gives (contracts: Metrics)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Final, NamedTuple, Protocol

from collector.observation import Observation

STATES: Final[Mapping[str, float]] = {"down": 0.0, "degraded": 1.0, "up": 2.0}


class Tags(NamedTuple):
    """Where a device is and what it is, beside its id; empty where it has none (contracts: Metrics)."""

    hall: str = ""
    branch: str = ""
    kind: str = ""
    model: str = ""
    vendor: str = ""


class Measured(Protocol):
    """One device at one instant: numeric fields by name, `ts` in ms. A point written twice is the same point."""

    @property
    def device(self) -> str:
        """The device's id."""

    @property
    def ts(self) -> int:
        """When it was measured, ms."""

    @property
    def values(self) -> Mapping[str, float]:
        """The fields."""

    @property
    def tags(self) -> Tags:
        """What the inventory said of it when it came."""


class Sample(NamedTuple):
    """A `Measured` as a tuple."""

    device: str
    ts: int
    values: Mapping[str, float]
    tags: Tags = Tags()


class Hour(NamedTuple):
    """One field in one hour from `ts` (ms) on: number, least, greatest, sum, and the last value in it."""

    ts: int
    n: int
    min: float
    max: float
    sum: float
    last: float


class Point(NamedTuple):
    """A part of a series: `ts` (ms) of its first sample, and the least, the mean and the greatest value in it."""

    ts: int
    min: float
    mean: float
    max: float


class Reading(NamedTuple):
    """One value as it was read at `ts` (ms)."""

    ts: int
    value: float


class Metrics(Protocol):
    """A metrics store. Several threads may use it."""

    def write(self, samples: Sequence[Measured]) -> None:
        """Keep a batch for good before returning. Raises `StoreError`."""

    def fields(self, device: str) -> list[str]:
        """The names of a device's fields, sorted; none for an unknown device."""

    def series(self, device: str, field: str, start: int, until: int, points: int) -> list[Point]:
        """One field in [start, until), ms, as at most `points` points in order; empty stretches give none."""

    def hours(self, device: str, field: str, start: int, until: int) -> list[Hour]:
        """The hours that begin in [start, until), ms, in order: what monthly figures are made of, whatever is raw."""

    def readings(self, device: str, field: str, start: int, until: int) -> list[Reading]:
        """The single values in [start, until), ms, in order; where they are gone the last of each hour: of counters."""

    def maintain(self, now: int) -> None:
        """Roll up and forget what is old at `now` (ms); to be called now and then."""

    def close(self) -> None:
        """Let go of files and connections."""


def sample_of(seen: Observation, tags: Tags = Tags()) -> Sample:  # noqa: B008 - a constant
    """The numeric values of an observation, its round trip, loss and state (none for unknown); texts are no metrics."""
    values = {name: float(value) for name, value in seen.values.items() if not isinstance(value, str)}
    if seen.rtt_ms is not None:
        values["rtt_ms"] = seen.rtt_ms
    if seen.loss is not None:
        values["loss"] = seen.loss
    if seen.state in STATES:
        values["state"] = STATES[seen.state]
    return Sample(seen.device, seen.ts, values, tags)
