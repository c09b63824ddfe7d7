"""Claiming and recording a whole batch in a statement or two: `store.notices` for the many rows that statuses make."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from sqlalchemy import BindParameter, Connection, bindparam, exists, select, update

from store.notices import CLAIM_MS, Notice
from store.schema import notices

_COLUMNS: Final = [notices.c[name] for name in Notice._fields]
_NOW: Final[BindParameter[int]] = bindparam("now")
_OTHER: Final = notices.alias()
_SENDING: Final = exists().where(
    _OTHER.c.channel == notices.c.channel,
    _OTHER.c.target == notices.c.target,
    _OTHER.c.id != notices.c.id,
    _OTHER.c.claimed_until > _NOW,
)
_FREE: Final = (notices.c.state == "waiting") & (notices.c.due_at <= _NOW) & (notices.c.claimed_until <= _NOW)
_DUE: Final = (
    select(notices.c.id)
    .where(_FREE, notices.c.channel == bindparam("channel"), (notices.c.retain == 0) | ~_SENDING.correlate(notices))
    .order_by(notices.c.due_at, notices.c.id)
    .limit(bindparam("most"))
)
_TAKE: Final = (
    update(notices)
    .where(notices.c.id.in_(bindparam("ids", expanding=True)), _FREE)
    .values(claimed_until=bindparam("until"))
    .returning(*_COLUMNS)
)
_DONE: Final = (
    update(notices)
    .where(notices.c.id == bindparam("b_id"), notices.c.claimed_until == bindparam("b_until"))
    .where((notices.c.state == "waiting") | (notices.c.state == "replaced"))
    .values(state="sent", sent_at=_NOW, error=None, claimed_until=0, attempts=bindparam("b_attempts"))
)


def waiting(conn: Connection, now: int, channel: str) -> bool:
    """Whether anything of a channel is due, asked without writing."""
    return (
        conn.scalar(select(notices.c.id).where(_FREE, notices.c.channel == channel).limit(1), {"now": now}) is not None
    )


def claim(conn: Connection, now: int, most: int, channel: str) -> list[Notice]:
    """As `store.notices.claim`, in two statements. Of one target's retained rows only one waits at a time."""
    ids = list(conn.scalars(_DUE, {"now": now, "channel": channel, "most": most}))
    if not ids:
        return []
    rows = conn.execute(_TAKE, {"ids": ids, "now": now, "until": now + CLAIM_MS}).all()
    return sorted(Notice(*row)._replace(retain=bool(row.retain)) for row in rows)


def done(conn: Connection, sent: Sequence[Notice], now: int) -> None:
    """As `store.notices.done`, for many: they are out, unless a claim had run out and somebody else has the row."""
    if sent:
        rows = [
            {"b_id": one.id, "b_until": one.claimed_until, "b_attempts": one.attempts + 1, "now": now} for one in sent
        ]
        conn.execute(_DONE, rows)
