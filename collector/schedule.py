"""When a device is asked next: spread over its interval by a stable hash, faster and slower with an outage (O4)."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from hashlib import blake2b
from math import floor
from typing import Final, NamedTuple

from collector.observation import State

_RANGE: Final = float(1 << 64)


@dataclass(frozen=True, slots=True)
class Rhythm:
    """O4's numbers, in seconds: `confirm` first downs are asked `recheck_s` apart, then `early_s` for `early_for_s`,
    then the device's own interval, after `late_after_s` `late_factor` intervals, `late_most_s` at most."""

    recheck_s: float = 3.0
    confirm: int = 2
    early_s: float = 30.0
    early_for_s: float = 300.0
    late_after_s: float = 86_400.0
    late_factor: float = 5.0
    late_most_s: float = 900.0


class Due(NamedTuple):
    """The wait until the next poll; `on_grid` means the device's own place in its interval."""

    seconds: float
    on_grid: bool


class Pace:
    """One device's run of `down` observations. `unknown` neither continues nor breaks it (O3)."""

    __slots__ = ("downs", "since")

    def __init__(self) -> None:
        self.downs = 0
        self.since = 0.0

    def after(self, state: State, at: float, interval_s: float, rhythm: Rhythm) -> Due:
        """When to ask again after an observation begun `at` (seconds, monotonic)."""
        if state != "down":
            self.downs = self.downs if state == "unknown" else 0
            return _on_grid(interval_s)
        self.since = at if self.downs == 0 else self.since
        self.downs += 1
        return self._while_down(at - self.since, interval_s, rhythm)

    def _while_down(self, age_s: float, interval_s: float, rhythm: Rhythm) -> Due:
        if self.downs < rhythm.confirm:
            return Due(min(rhythm.recheck_s, interval_s), False)
        if age_s < rhythm.early_for_s:
            return Due(min(rhythm.early_s, interval_s), False)
        if age_s < rhythm.late_after_s:
            return _on_grid(interval_s)
        return Due(max(interval_s, min(interval_s * rhythm.late_factor, rhythm.late_most_s)), False)


@lru_cache(maxsize=1024)
def _on_grid(interval_s: float) -> Due:
    return Due(interval_s, True)


def fraction(device: str) -> float:
    """A device's place in its interval, 0 <= x < 1: the same in every process and on every machine."""
    return int.from_bytes(blake2b(device.encode("utf-8", "surrogatepass"), digest_size=8).digest(), "big") / _RANGE


def next_slot(place: float, interval_s: float, after: float) -> float:
    """The first instant later than `after` at which a device whose fraction is `place` has its turn."""
    turn = (floor(after / interval_s - place) + 1 + place) * interval_s
    return turn if turn > after else turn + interval_s
