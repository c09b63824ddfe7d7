"""What must be sent: a row first, an action second, each sent by one worker at a time, retried until it is out."""

from __future__ import annotations

from typing import Final, Literal, NamedTuple

from sqlalchemy import ColumnElement, Connection, case, exists, func, select, update

from store.schema import notices
from store.upsert import insert_or_ignore

Channel = Literal["mqtt", "mail"]
CLAIM_MS: Final = 60_000
FIRST_RETRY_MS: Final = 2_000
LAST_RETRY_MS: Final = 600_000
ERROR_LENGTH: Final = 512


class Notice(NamedTuple):
    """A notice that a worker has claimed until `claimed_until` (ms); `attempts` failed before."""

    id: int
    key: str
    channel: str
    target: str
    retain: bool
    subject: str
    body: str
    ticket: str | None
    created_at: int
    claimed_until: int
    attempts: int


_COLUMNS: Final = [notices.c[name] for name in Notice._fields]


def enqueue(  # noqa: PLR0913  # a row has these fields
    conn: Connection,
    key: str,
    channel: Channel,
    target: str,
    body: str,
    now: int,
    *,
    subject: str = "",
    ticket: str | None = None,
    retain: bool = False,
) -> bool:
    """Ask for a notice, at once; False where the `key` has one already, whatever became of it.

    A retained one takes the place of those for the same target that still wait.
    """
    row = {"key": key, "channel": channel, "target": target, "body": body, "subject": subject[:512], "ticket": ticket}
    more = {"retain": int(retain), "created_at": now, "due_at": now, "claimed_until": 0, "attempts": 0}
    added = conn.execute(insert_or_ignore(conn, notices), {**row, **more, "state": "waiting"}).rowcount == 1
    if added and retain:
        older = (notices.c.channel == channel) & (notices.c.target == target) & (notices.c.key != key)
        waiting = (notices.c.state == "waiting") & (notices.c.retain == 1)
        conn.execute(update(notices).where(older, waiting).values(state="replaced"))
    return added


def claim(conn: Connection, now: int, limit: int, channel: Channel | None = None) -> list[Notice]:
    """Take up to `limit` due notices for CLAIM_MS, the oldest first; no other worker gets them meanwhile.

    A retained one waits while an older one for its target is on its way: it would be overtaken.
    """
    due = (notices.c.state == "waiting") & (notices.c.due_at <= now) & (notices.c.claimed_until <= now)
    if channel is not None:
        due &= notices.c.channel == channel
    query = select(notices.c.id).where(due, _alone(now)).order_by(notices.c.due_at, notices.c.id).limit(limit)
    taken = [id for id in conn.scalars(query).all() if _take(conn, id, now)]
    rows = conn.execute(select(*_COLUMNS).where(notices.c.id.in_(taken)).order_by(notices.c.id))
    return [Notice(*row)._replace(retain=bool(row.retain)) for row in rows]


def done(conn: Connection, notice: Notice, now: int) -> bool:
    """It is out; False where the claim had run out and somebody else has it."""
    values = {"state": "sent", "sent_at": now, "error": None, "claimed_until": 0, "attempts": notice.attempts + 1}
    return conn.execute(update(notices).where(_mine(notice)).values(**values)).rowcount == 1


def failed(
    conn: Connection, notice: Notice, now: int, error: str, *, jitter: float = 0.5, give_up_after: int | None = None
) -> bool:
    """It did not go out; try again after `backoff_ms`, unless it has failed `give_up_after` times by now.

    False where the claim had run out. One that was replaced meanwhile stays replaced.
    """
    attempts = notice.attempts + 1
    given_up = give_up_after is not None and attempts >= give_up_after
    values = {
        "state": case((notices.c.state == "replaced", "replaced"), else_="given_up" if given_up else "waiting"),
        "attempts": attempts,
        "due_at": now + backoff_ms(attempts, jitter),
        "claimed_until": 0,
        "error": error[:ERROR_LENGTH],
    }
    return conn.execute(update(notices).where(_mine(notice)).values(**values)).rowcount == 1


def backoff_ms(attempts: int, jitter: float) -> int:
    """How long to wait after so many failures: 2 s, doubled, at most 10 min; `jitter` 0..1 takes up to half."""
    whole = min(LAST_RETRY_MS, FIRST_RETRY_MS << min(attempts - 1, 20))
    return round(whole * (1 - 0.5 * jitter))


def next_due(conn: Connection) -> int | None:
    """When the next waiting notice can be claimed (ms), none where nothing waits."""
    free = case((notices.c.claimed_until > notices.c.due_at, notices.c.claimed_until), else_=notices.c.due_at)
    found: int | None = conn.scalar(select(func.min(free)).where(notices.c.state == "waiting"))
    return found


def prune(conn: Connection, before: int) -> int:
    """Remove states (retained ones) that are out or replaced and older than `before` (ms); the rest stays as proof.

    That a vendor was told, and when, starts its repair clock (R2); and a key that is gone would tell it again.
    """
    over = notices.c.state.in_(("sent", "replaced")) & (notices.c.created_at < before)
    return conn.execute(notices.delete().where(over, notices.c.retain == 1)).rowcount


def _take(conn: Connection, id: int, now: int) -> bool:
    free = (notices.c.id == id) & (notices.c.state == "waiting") & (notices.c.claimed_until <= now)
    return conn.execute(update(notices).where(free, _alone(now)).values(claimed_until=now + CLAIM_MS)).rowcount == 1


def _alone(now: int) -> ColumnElement[bool]:
    other = notices.alias()
    same = (other.c.channel == notices.c.channel) & (other.c.target == notices.c.target)
    sending = exists().where(same, other.c.id != notices.c.id, other.c.claimed_until > now)
    return (notices.c.retain == 0) | ~sending.correlate(notices)


def _mine(notice: Notice) -> ColumnElement[bool]:
    same = (notices.c.id == notice.id) & (notices.c.claimed_until == notice.claimed_until)
    return same & notices.c.state.in_(("waiting", "replaced"))
