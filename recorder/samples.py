"""What the metrics store is given of an observation (contracts: Metrics)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Final, NamedTuple, Protocol

from collector.observation import Observation

_STATE: Final = {"down": 0.0, "degraded": 1.0, "up": 2.0}


class Sample(NamedTuple):
    device: str
    ts: int
    values: Mapping[str, float]


class Metrics(Protocol):
    def write(self, samples: Sequence[Sample]) -> None: ...


def fields_of(seen: Observation) -> dict[str, float]:
    """The numeric values as floats, with the round-trip time, the loss and the state (none for unknown)."""
    fields = {key: float(value) for key, value in seen.values.items() if not isinstance(value, str)}
    if seen.rtt_ms is not None:
        fields["rtt_ms"] = seen.rtt_ms
    if seen.loss is not None:
        fields["loss"] = seen.loss
    if (state := _STATE.get(seen.state)) is not None:
        fields["state"] = state
    return fields
