"""A recorded walk as a session: what the agent held then, it says now."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Mapping, Sequence

from collector.reading import Raw


class RecordedSession:
    """Answers as an agent that holds these objects (by OID, in the order of a walk); never late, never silent."""

    busy = False
    refused_all = False

    def __init__(self, objects: Mapping[str, Raw]) -> None:
        self._objects = objects
        self._order = [(_numbers(oid), oid) for oid in objects]

    async def get(self, oids: Sequence[str], until: float) -> dict[str, Raw]:  # noqa: ARG002
        """The values of those that it has."""
        return {oid: self._objects[oid] for oid in oids if oid in self._objects}

    async def walk(self, oid: str, limit: int, until: float) -> list[tuple[str, Raw]]:  # noqa: ARG002
        """At most `limit` objects beneath `oid`."""
        above = _numbers(oid)
        found: list[tuple[str, Raw]] = []
        at = bisect_left(self._order, ((*above, 0), ""))
        while at < len(self._order) and len(found) < limit:
            numbers, name = self._order[at]
            if numbers[: len(above)] != above:
                break
            found.append((name, self._objects[name]))
            at += 1
        return found

    def close(self) -> None:
        """Nothing to give back."""


def _numbers(oid: str) -> tuple[int, ...]:
    return tuple(map(int, oid.split(".")))
