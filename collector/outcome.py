"""What a poll says of a device, and the two ways to poll one."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from typing import Final, Protocol

from collector.observation import State, Value
from collector.target import Target


class Outcome(Protocol):
    """What a poll says of a device; `Verdict` of the probes and `Observation` both are one."""

    @property
    def state(self) -> State: ...
    @property
    def conditions(self) -> tuple[str, ...]: ...
    @property
    def cause(self) -> str | None: ...
    @property
    def rtt_ms(self) -> float | None: ...
    @property
    def loss(self) -> float | None: ...
    @property
    def values(self) -> Mapping[str, Value]: ...


Poll = Callable[[Target, float], Awaitable[Outcome]]
"""Asks one device, within so many seconds."""

Quick = Callable[[Target, float, float, Callable[[Outcome], None]], bool]
"""The same without a task, begun at an instant of the loop's clock: says False where it cannot, having asked nothing,
else gives the outcome later, once."""


@dataclass(frozen=True, slots=True)
class Seen:
    """An outcome that no probe made: `unknown`, with the reason."""

    state: State = "unknown"
    conditions: tuple[str, ...] = ()
    cause: str | None = None
    rtt_ms: float | None = None
    loss: float | None = None

    @property
    def values(self) -> Mapping[str, Value]:
        """Nothing was measured."""
        return {}


ISOLATED: Final = Seen("unknown", ("isolated",), "isolated")
STUCK: Final = Seen("unknown", (), "stuck")
FAULT: Final = Seen("unknown", (), "fault")


def answered(outcome: Outcome) -> bool:
    """Whether the device itself showed any sign of life."""
    return (
        outcome.state in ("up", "degraded") or outcome.rtt_ms is not None or bool(outcome.values or outcome.conditions)
    )
