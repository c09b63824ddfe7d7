"""What observations say, interned: few distinct readings, each observation one number."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final, NamedTuple

from sqlalchemy import Connection, event, select

from store.schema import readings
from store.upsert import insert_or_ignore

REMEMBERED: Final = 20_000
_CHUNK: Final = 500


class Reading(NamedTuple):
    """All of an observation but its device, instant and identity; `conditions` sorted, joined by a line feed."""

    collector: str
    state: str
    conditions: str
    cause: str
    interval_ms: int


def reading(
    collector: str,
    state: str,
    conditions: Iterable[str] = (),
    cause: str | None = None,
    interval_s: float | None = None,
) -> Reading:
    """A reading from an observation's fields; an interval that was not said is 0."""
    return Reading(collector, state, "\n".join(sorted(conditions)), cause or "", round((interval_s or 0) * 1000))


def look_up(conn: Connection, numbers: Iterable[int]) -> dict[int, Reading]:
    """The readings with these numbers."""
    wanted = sorted(set(numbers))
    found: dict[int, Reading] = {}
    for start in range(0, len(wanted), _CHUNK):
        query = select(readings).where(readings.c.n.in_(wanted[start : start + _CHUNK]))
        found.update((row[0], Reading(*row[1:])) for row in conn.execute(query))
    return found


class Readings:
    """A memory of the numbers that readings have, for one thread that writes.

    It learns a number when the transaction that made it commits, never before.
    """

    def __init__(self) -> None:
        self._known: dict[Reading, int] = {}

    def intern(self, conn: Connection, wanted: Iterable[Reading]) -> dict[Reading, int]:
        """The number of each reading, made where it has none."""
        found = {one: self._known.get(one) for one in set(wanted)}
        unknown = sorted(one for one, n in found.items() if n is None)
        if unknown:
            fresh = _numbers(conn, unknown)
            event.listen(conn, "commit", lambda _: self._learn(fresh))
            event.listen(conn, "rollback", lambda _: self._forget(fresh))
            found.update(fresh)
        return {one: n for one, n in found.items() if n is not None}

    def _learn(self, fresh: dict[Reading, int]) -> None:
        if len(self._known) > REMEMBERED:  # somebody invents conditions: start over rather than grow
            self._known.clear()
        self._known.update(fresh)

    def _forget(self, fresh: dict[Reading, int]) -> None:
        for one in fresh:
            self._known.pop(one, None)


def _numbers(conn: Connection, wanted: list[Reading]) -> dict[Reading, int]:
    conn.execute(insert_or_ignore(conn, readings), [one._asdict() for one in wanted])
    numbers = {}
    for one in wanted:
        said = [readings.c[name] == value for name, value in one._asdict().items()]
        numbers[one] = conn.execute(select(readings.c.n).where(*said)).scalar_one()
    return numbers
