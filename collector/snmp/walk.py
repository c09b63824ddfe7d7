"""The rules that every walk keeps, whoever asks: only what lies beneath, always onward, never without end."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from collector.probe import Cause
from collector.reading import Raw
from collector.snmp.session import NoAnswer

MAX_OCTETS: Final = 256 * 1024  # of names and texts in one walk


class Walk:
    """At most `limit` instances beneath `oid` and 256 KiB of them; `place` is where to ask next."""

    def __init__(self, oid: str, limit: int) -> None:
        self.place = oid
        self.rows: list[tuple[str, Raw]] = []
        self._beneath, self._limit, self._octets = oid + ".", limit, 0
        self._last = _key(oid)

    @property
    def left(self) -> int:
        """How many instances there is room for."""
        return self._limit - len(self.rows)

    def take(self, oid: str, raw: Raw) -> bool:
        """One instance that the agent named; whether to go on.

        Raises `NoAnswer` with the cause bad_answer where its OID does not increase (RFC 3416, 4.2.2).
        """
        key = _key(oid)
        if key <= self._last:
            raise self.broken("bad_answer", f"after {self.place} comes {oid}, which does not increase")
        if not oid.startswith(self._beneath):
            return False
        self._octets += len(oid) + (len(raw) if isinstance(raw, bytes | str) else 8)
        if self._octets > MAX_OCTETS:
            raise self.broken("bad_answer", f"more than {MAX_OCTETS} octets beneath {self._beneath[:-1]}")
        self.place, self._last = oid, key
        self.rows.append((oid, raw))
        return len(self.rows) < self._limit

    def take_all(self, rows: Sequence[tuple[str, Raw]]) -> bool:
        """As `take`, of all that one answer names; nothing at all is the end."""
        for oid, raw in rows:
            if not self.take(oid, raw):
                return False
        return bool(rows)

    def broken(self, cause: Cause, detail: str) -> NoAnswer:
        """What to raise where the walk ends before its end; bears the rows so far."""
        return NoAnswer(cause, detail, self.rows)


def _key(oid: str) -> tuple[int, ...]:
    return tuple(map(int, oid.split(".")))
