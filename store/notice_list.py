"""What went out, what waits and what failed, for lists and pages."""

from __future__ import annotations

from typing import Final, NamedTuple

from sqlalchemy import Connection, exists, func, select

from store.lanes import Lane, within
from store.schema import attempts, notices

_FAILED: Final = ("failed", "refused", "unknown")


class Listed(NamedTuple):
    """One notice without its body; `title` is empty for one that only machines read."""

    id: int
    key: str
    channel: str
    target: str
    title: str
    ticket: str | None
    state: str
    created_at: int
    due_at: int
    sent_at: int | None
    error: str | None


_COLUMNS: Final = [
    *(notices.c[name] for name in ("id", "key", "channel", "target")),
    notices.c.subject.label("title"),
    *(notices.c[name] for name in ("ticket", "state", "created_at", "due_at", "sent_at", "error")),
]


class Asked(NamedTuple):
    """Which notices; `failed`: only those of which an attempt failed."""

    channel: str | None = None
    state: str | None = None
    ticket: str | None = None
    failed: bool = False


def listed(conn: Connection, asked: Asked, before: int | None, limit: int) -> list[Listed]:
    """Notices below the id `before`, the newest first; devices' states on the broker are none of them."""
    query = select(*_COLUMNS).where(notices.c.retain == 0).order_by(notices.c.id.desc()).limit(limit)
    for name in ("channel", "state", "ticket"):
        wanted = getattr(asked, name)
        if wanted is not None:
            query = query.where(notices.c[name] == wanted)
    if asked.failed:
        its = (attempts.c.notice == notices.c.id) & attempts.c.outcome.in_(_FAILED)
        query = query.where(exists().where(its).correlate(notices))
    if before is not None:
        query = query.where(notices.c.id < before)
    return [Listed(*row) for row in conn.execute(query)]


def find(conn: Connection, id: int) -> Listed | None:
    """One notice."""
    row = conn.execute(select(*_COLUMNS).where(notices.c.id == id)).one_or_none()
    return Listed(*row) if row else None


def id_of(conn: Connection, key: str) -> int | None:
    """The id of the notice with a key."""
    return conn.scalar(select(notices.c.id).where(notices.c.key == key))


def waiting(conn: Connection, lane: Lane) -> int:
    """How many notices of a lane wait."""
    some = select(func.count()).select_from(notices).where(within(lane), notices.c.state == "waiting")
    return conn.scalar(some) or 0
