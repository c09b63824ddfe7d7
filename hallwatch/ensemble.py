"""Parts that live and die together."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

import structlog

from hallwatch.part import Part, Run

log = structlog.get_logger("hallwatch")


@dataclass
class Ensemble:
    """Parts that live and die together."""

    parts: list[Part] = field(default_factory=list)
    failed: str | None = None
    on_failure: Callable[[str], None] | None = None

    def add(self, name: str, run: Run) -> None:
        """One more; started in this order, stopped in the other."""
        self.parts.append(Part(name, run, self.fail))

    def start(self) -> None:
        """Start all."""
        for part in self.parts:
            part.start()

    def stop(self) -> None:
        """Stop all, the last first; what hangs is named."""
        for part in reversed(self.parts):
            if not part.stop():
                log.error("part did not stop", part=part.name)

    def fail(self, reason: str) -> None:
        """A part failed; the first reason stands."""
        self.failed = self.failed or reason
        if self.on_failure is not None:
            self.on_failure(reason)
