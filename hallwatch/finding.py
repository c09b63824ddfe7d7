"""What a look at the installation found."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, Literal, Protocol, runtime_checkable

Grade = Literal["good", "look", "bad"]


@runtime_checkable
class Told(Protocol):
    """Something in a message that is itself told in the reader's language."""

    def told(self, translate: Callable[[str], str]) -> str:
        """Its words."""


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing looked at: `what` and `message` are msgids, `values` what the message names."""

    grade: Grade
    what: str
    message: str
    values: Mapping[str, Any] = field(default_factory=dict)

    def told(self, translate: Callable[[str], str]) -> str:
        """The message in the reader's language."""
        values = {name: one.told(translate) if isinstance(one, Told) else one for name, one in self.values.items()}
        return translate(self.message).format_map(values)

    def _asdict(self) -> dict[str, Any]:
        return {"grade": self.grade, "what": self.what, "said": self.told(str)}
