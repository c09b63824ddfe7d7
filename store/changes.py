"""What happened, for pages that watch: a bounded list with rising numbers."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Final, Literal, NamedTuple

from sqlalchemy import Connection, delete, func, select

from store.postgresql import share
from store.schema import changes

Kind = Literal["state", "ticket", "inventory"]
KEPT: Final = 10_000


class Happened(NamedTuple):
    """One change; `ref` is a device's or ticket's id, `vendor` whose it is."""

    id: int
    at: int
    kind: str
    ref: str
    vendor: str | None
    document: dict[str, Any]


def add(conn: Connection, at: int, kind: Kind, ref: str, vendor: str | None, document: Mapping[str, Any]) -> None:
    """Append one at `at` (ms)."""
    add_all(conn, [{"at": at, "kind": kind, "ref": ref, "vendor": vendor, "document": dict(document)}])


def add_all(conn: Connection, rows: Sequence[Mapping[str, Any]]) -> None:
    """Append many: dicts of at, kind, ref, vendor, document. Who reads on by number must miss none that comes late."""
    if rows:
        share(conn, ["changes"])
        conn.execute(changes.insert(), list(rows))


def since(conn: Connection, after: int, limit: int = 500, vendor: str | None = None) -> list[Happened]:
    """Those numbered beyond `after`, oldest first; with `vendor` that vendor's only."""
    query = select(changes).where(changes.c.id > after).order_by(changes.c.id).limit(limit)
    if vendor is not None:
        query = query.where(changes.c.vendor == vendor)
    return [Happened(*row) for row in conn.execute(query)]


def newest(conn: Connection) -> int:
    """The highest number so far, 0 before the first."""
    return conn.scalar(select(func.max(changes.c.id))) or 0


def prune(conn: Connection, kept: int = KEPT) -> int:
    """Remove all but the newest `kept`; answers how many went."""
    return conn.execute(delete(changes).where(changes.c.id <= newest(conn) - kept)).rowcount
