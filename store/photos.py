"""Photos of tickets, as rows: few, small, each once."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final, NamedTuple

from sqlalchemy import Connection, func, select

from store.schema import photos

MOST: Final = 20
"""Of one ticket."""


class Image(NamedTuple):
    """A checked image, ready to be kept; `digest` is the SHA-256 of `data`."""

    digest: str
    type: str
    width: int
    height: int
    data: bytes


class Photo(NamedTuple):
    """A kept photo without its bytes; `n` is its number, `ticket` the row number of its ticket."""

    n: int
    ticket: int
    type: str
    width: int
    height: int
    recorded_at: int
    by: str


class TooMany(Exception):
    """The ticket has as many photos as one may have."""


_PHOTO: Final = [photos.c[name] for name in Photo._fields]


def add(conn: Connection, ticket: int, image: Image, by: str, now: int) -> tuple[Photo, bool]:
    """Keep it and say so: the photo, and whether it is new; the same image again is the same photo.

    In a writing transaction that has locked the ticket. Raises `TooMany`.
    """
    known = _find(conn, ticket, image.digest)
    if known is not None:
        return known, False
    if (conn.scalar(select(func.count()).where(photos.c.ticket == ticket)) or 0) >= MOST:
        raise TooMany
    row: dict[str, Any] = {"ticket": ticket, **image._asdict(), "recorded_at": now, "by": by}
    made = conn.execute(photos.insert().values(row).returning(*_PHOTO)).one()
    return Photo(*made), True


def of_ticket(conn: Connection, ticket: int) -> Sequence[Photo]:
    """The photos of a ticket, the oldest first."""
    query = select(*_PHOTO).where(photos.c.ticket == ticket).order_by(photos.c.n)
    return [Photo(*row) for row in conn.execute(query)]


def data_of(conn: Connection, ticket: int, n: int) -> tuple[str, bytes] | None:
    """Type and bytes of a photo of this ticket; None where it has none of this number."""
    mine = (photos.c.ticket == ticket) & (photos.c.n == n)
    row = conn.execute(select(photos.c.type, photos.c.data).where(mine)).one_or_none()
    return None if row is None else (str(row.type), bytes(row.data))


def _find(conn: Connection, ticket: int, digest: str) -> Photo | None:
    mine = (photos.c.ticket == ticket) & (photos.c.digest == digest)
    row = conn.execute(select(*_PHOTO).where(mine)).one_or_none()
    return None if row is None else Photo(*row)
