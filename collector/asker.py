"""Who asks one agent on behalf of those that learn what it has."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

from collector.reading import Raw


class Asker(Protocol):
    """Asks one agent within the time of a poll. Both raise `NoAnswer` and OSError."""

    async def some(self, oids: Sequence[str]) -> dict[str, Raw]:
        """The values of those OIDs (at most 40) that the agent has."""
        ...

    async def walk(self, name: str, oid: str, limit: int) -> list[tuple[str, Raw]]:
        """At most `limit` instances beneath `oid`; `name` is for people."""
        ...
