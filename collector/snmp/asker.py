"""Who asks one agent on behalf of those that learn what it has."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Protocol

from collector.reading import Raw


class Asker(Protocol):
    """Asks one agent within the time of a poll. Both raise `NoAnswer` and OSError."""

    async def some(self, oids: Sequence[str]) -> dict[str, Raw]:
        """The values of those OIDs (at most 40) that the agent has."""
        ...

    async def walk(self, name: str, oid: str, limit: int) -> list[tuple[str, Raw]]:
        """At most `limit` instances beneath `oid`; `name` is for people."""
        ...


Heard = dict[object, Any]
"""What an agent answered to each question so far."""


class Again:
    """An asker that asks nothing twice: what a slow agent said before a poll's time was over counts in the next."""

    __slots__ = ("_asker", "_heard")

    def __init__(self, asker: Asker, heard: Heard) -> None:
        self._asker, self._heard = asker, heard

    async def some(self, oids: Sequence[str]) -> dict[str, Raw]:
        """As `Asker.some`."""
        key = tuple(oids)
        if key not in self._heard:
            self._heard[key] = await self._asker.some(oids)
        return dict(self._heard[key])

    async def walk(self, name: str, oid: str, limit: int) -> list[tuple[str, Raw]]:
        """As `Asker.walk`."""
        key = oid, limit
        if key not in self._heard:
            self._heard[key] = await self._asker.walk(name, oid, limit)
        return list(self._heard[key])
