"""What must be sent: a row first, an action second, each sent by one worker at a time, retried until it is out."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import Final, NamedTuple

from sqlalchemy import (
    BigInteger,
    BindParameter,
    ColumnElement,
    Connection,
    Select,
    bindparam,
    case,
    exists,
    func,
    select,
    update,
)

from store.schema import notices
from store.upsert import insert_or_ignore

Channel = str
"""mqtt, mail, wecom, dingtalk, feishu, webhook, sms or apprise: the table is `alerts.channels`."""
Rows = ColumnElement[bool]
"""Which notices a worker looks after."""
CLAIM_MS: Final = 60_000
FIRST_RETRY_MS: Final = 2_000
LAST_RETRY_MS: Final = 600_000
ERROR_LENGTH: Final = 512
CHUNK: Final = 500


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
_NOW: Final[BindParameter[int]] = bindparam("now", type_=BigInteger)
_IDS: Final = notices.c.id.in_(bindparam("ids", expanding=True))
_OTHER: Final = notices.alias()
_SENDING: Final = exists().where(
    _OTHER.c.channel == notices.c.channel,
    _OTHER.c.target == notices.c.target,
    _OTHER.c.id != notices.c.id,
    _OTHER.c.claimed_until.between(_NOW + 1, _NOW + CLAIM_MS),
)
_ALONE: Final = (notices.c.retain == 0) | ~_SENDING.correlate(notices)
_AT_ONCE: Final = (notices.c.attempts == 0) & (notices.c.due_at <= notices.c.created_at)
_STEPPED: Final = (notices.c.attempts > 0) & (notices.c.due_at > _NOW + LAST_RETRY_MS)
_IS_DUE: Final = (notices.c.due_at <= _NOW) | _AT_ONCE | _STEPPED
_UNCLAIMED: Final = ~notices.c.claimed_until.between(_NOW + 1, _NOW + CLAIM_MS)
"""No wait is longer than the longest between two attempts, no claim than a claim: what lies further ahead was written
before the clock stepped back."""
_FREE: Final = (notices.c.state == "waiting") & _IS_DUE & _UNCLAIMED
_LIVE: Final = notices.c.state.in_(("waiting", "replaced"))
_DUE: Final = select(notices.c.id).where(_FREE, _ALONE).order_by(notices.c.due_at, notices.c.id)
_TAKE: Final = update(notices).where(_IDS, _FREE).values(claimed_until=bindparam("until")).returning(*_COLUMNS)
_DONE: Final = (
    update(notices)
    .where(_IDS, notices.c.claimed_until == bindparam("until"), _LIVE)
    .values(state="sent", sent_at=_NOW, error=None, claimed_until=0, attempts=notices.c.attempts + 1)
)


_FOLLOWS: Final = (notices.c.joint.in_(bindparam("ids", expanding=True))) & (notices.c.state == "joined")
"""Notices that one of these tells among others: they share its fate."""


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
    due_at: int | None = None,
) -> bool:
    """Ask for a notice, at once or not before `due_at` (ms); False where the `key` has one already.

    A retained one takes the place of those for the same target that still wait.
    """
    row = {"key": key, "channel": channel, "target": target, "body": body, "subject": subject[:512], "ticket": ticket}
    more = {
        "retain": int(retain),
        "created_at": now,
        "due_at": max(now, due_at or now),
        "claimed_until": 0,
        "attempts": 0,
    }
    added = conn.execute(insert_or_ignore(conn, notices), {**row, **more, "state": "waiting"}).rowcount == 1
    if added and retain:
        older = (notices.c.channel == channel) & (notices.c.target == target) & (notices.c.key != key)
        waiting = (notices.c.state == "waiting") & (notices.c.retain == 1)
        conn.execute(update(notices).where(older, waiting).values(state="replaced"))
    return added


def waiting(conn: Connection, now: int, channel: Channel | None = None, rows: Rows | None = None) -> bool:
    """Whether anything of a channel (or of `rows`, see `store.lanes`) is due, asked without writing."""
    query = _of(select(notices.c.id).where(_FREE), channel, rows).limit(1)
    return conn.scalar(query, {"now": now}) is not None


def claim(
    conn: Connection, now: int, limit: int, channel: Channel | None = None, rows: Rows | None = None
) -> list[Notice]:
    """Take up to `limit` due notices for CLAIM_MS, the oldest first; no other worker gets them meanwhile.

    A retained one waits while an older one for its target is on its way: it would be overtaken. What another worker
    takes between looking and taking is not ours: only rows that the second statement found free are answered.

    Claims go by the wall clock. Where it steps, a claim may run out, or stay, that should not, and two workers may send
    one notice: harmless, for it bears the same Message-ID or alert id, and only the last claim is recorded.
    """
    query = _of(_DUE, channel, rows)
    ids = conn.scalars(query.limit(limit), {"now": now}).all()
    taken: list[Notice] = []
    for part in _chunks(ids):
        claimed = conn.execute(_TAKE, {"ids": part, "now": now, "until": now + CLAIM_MS})
        taken += [Notice(*row)._replace(retain=bool(row.retain)) for row in claimed]
    return sorted(taken)


def _of(query: Select[int], channel: Channel | None, rows: Rows | None) -> Select[int]:
    if channel is not None:
        query = query.where(notices.c.channel == channel)
    return query if rows is None else query.where(rows)


def done(conn: Connection, sent: Iterable[Notice], now: int) -> int:
    """They are out; answers of how many that could be written: not of those whose claim somebody else has by now."""
    claims: dict[int, list[int]] = {}
    for one in sent:
        claims.setdefault(one.claimed_until, []).append(one.id)
    parts = [(until, part) for until, ids in claims.items() for part in _chunks(ids)]
    return sum(_out(conn, until, part, now) for until, part in parts)


def _out(conn: Connection, until: int, ids: Sequence[int], now: int) -> int:
    written = conn.execute(_DONE, {"ids": ids, "until": until, "now": now}).rowcount
    if written:
        its = select(_OTHER.c.id).where(_OTHER.c.id == notices.c.joint, _OTHER.c.state == "sent").exists()
        conn.execute(update(notices).where(_FOLLOWS, its).values(state="sent", sent_at=now), {"ids": ids})
    return written


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
    written = conn.execute(update(notices).where(_mine(notice)).values(**values)).rowcount == 1
    if written and given_up:
        conn.execute(update(notices).where(_FOLLOWS).values(state="given_up"), {"ids": [notice.id]})
    return written


def backoff_ms(attempts: int, jitter: float) -> int:
    """How long to wait after so many failures: 2 s, doubled, at most 10 min; `jitter` 0..1 takes up to half."""
    whole = min(LAST_RETRY_MS, FIRST_RETRY_MS << min(attempts - 1, 20))
    return round(whole * (1 - 0.5 * jitter))


def held(conn: Connection, prefix: str) -> list[str]:
    """The topics below a prefix whose newest retained notice is not empty: what a broker holds, or soon will."""
    beneath = notices.c.target.startswith(prefix, autoescape=True) & (notices.c.channel == "mqtt")
    newest = select(func.max(notices.c.id)).where(beneath, notices.c.retain == 1).group_by(notices.c.target)
    query = select(notices.c.target).where(notices.c.id.in_(newest.scalar_subquery()), notices.c.body != "")
    return list(conn.scalars(query.order_by(notices.c.target)))


def prune(conn: Connection, before: int) -> int:
    """Remove states (retained ones) that are out or replaced, older than `before` (ms) and not the last of their topic.

    The last one says what the broker holds. The rest stays as proof: that a vendor was told, and when, starts its
    repair clock (R2); and a key that is gone would tell it again.
    """
    over = notices.c.state.in_(("sent", "replaced")) & (notices.c.created_at < before)
    newer = exists().where(_OTHER.c.channel == notices.c.channel, _OTHER.c.target == notices.c.target)
    newer = newer.where(_OTHER.c.id > notices.c.id).correlate(notices)
    return conn.execute(notices.delete().where(over, notices.c.retain == 1, newer)).rowcount


def _chunks(ids: Sequence[int]) -> Iterator[Sequence[int]]:
    return (ids[i : i + CHUNK] for i in range(0, len(ids), CHUNK))


def _mine(notice: Notice) -> ColumnElement[bool]:
    return (notices.c.id == notice.id) & (notices.c.claimed_until == notice.claimed_until) & _LIVE
