"""What a device last said, read leniently from the stored newest observation."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

Value = float | int | str


@dataclass(frozen=True, slots=True)
class Last:
    """The newest observation: `state` up, degraded, down or unknown; values by name."""

    state: str = ""
    conditions: tuple[str, ...] = ()
    cause: str | None = None
    rtt_ms: float | None = None
    loss: float | None = None
    collector: str | None = None
    values: Mapping[str, Value] = field(default_factory=dict)


def last_of(document: Any) -> Last | None:
    """Read `device_states.last`; None where nothing was ever said."""
    if not isinstance(document, Mapping):
        return None
    values = document.get("values")
    words = document.get("conditions")
    return Last(
        state=str(document.get("state") or ""),
        conditions=tuple(str(word) for word in words) if isinstance(words, list | tuple) else (),
        cause=_text(document.get("cause")),
        rtt_ms=_number(document.get("rtt_ms")),
        loss=_number(document.get("loss")),
        collector=_text(document.get("collector")),
        values=values if isinstance(values, Mapping) else {},
    )


def _text(value: object) -> str | None:
    return value if isinstance(value, str) and value else None


def _number(value: object) -> float | None:
    return float(value) if isinstance(value, int | float) and not isinstance(value, bool) else None
