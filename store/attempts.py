"""Each attempt at a notice, begun before it is made; how many may be made in which time; and what the others block."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Final, NamedTuple

from sqlalchemy import Connection, case, func, select, update

from store.notices import Notice
from store.schema import attempts, holds
from store.upsert import insert_or_ignore, insert_or_replace

ANSWER_LENGTH: Final = 512
LONGEST_HOLD_MS: Final = 600_000
"""No hold is longer: what ends further ahead was written before the clock stepped back."""


class Limit(NamedTuple):
    """`key` names who is limited; at most so many attempts in so many ms, for each of `windows`."""

    key: str
    windows: tuple[tuple[int, int], ...] = ()


class Attempt(NamedTuple):
    """`outcome`: begun, sent, failed, refused, or unknown where who made it died; `at` (ms) is when it ended."""

    id: int
    notice: int
    limit_key: str
    at: int
    outcome: str
    answer: str


class Hold(NamedTuple):
    """Nothing goes out by a key before `until` (ms)."""

    until: int
    reason: str


def slots(conn: Connection, limit: Limit, now: int, wanted: int) -> int:
    """How many attempts may begin now, at most `wanted`: asked without writing.

    Attempts count from their end: when the other side saw them lies before that.
    """
    if held(conn, limit.key, now) is not None:
        return 0
    for most, ms in limit.windows:
        recent = (attempts.c.limit_key == limit.key) & attempts.c.at.between(now - ms, now + ms)
        made = conn.scalar(select(func.count()).select_from(attempts).where(recent)) or 0
        wanted = min(wanted, most - made)
    return max(0, wanted)


def lock(conn: Connection, limit: Limit, now: int) -> None:
    """Let no other worker count the same attempts until this transaction ends; mend a hold from before a clock step."""
    if limit.windows:
        conn.execute(insert_or_ignore(conn, holds), {"limit_key": limit.key, "until": 0, "reason": ""})
    latest = now + LONGEST_HOLD_MS
    until = case((holds.c.until > latest, latest), else_=holds.c.until)
    conn.execute(update(holds).where(holds.c.limit_key == limit.key).values(until=until))


def begin(conn: Connection, taken: Sequence[Notice], key: str, now: int) -> dict[int, int]:
    """Write down that each is about to be tried; answers the attempts' ids by notice. Retained ones leave no trace.

    What was begun before and never ended was made by somebody who died, or is very late: nobody knows whether it went.
    """
    rows = [
        {"notice": one.id, "limit_key": key, "at": now, "outcome": "begun", "answer": ""}
        for one in taken
        if not one.retain
    ]
    if not rows:
        return {}
    earlier = attempts.c.notice.in_([row["notice"] for row in rows]) & (attempts.c.outcome == "begun")
    conn.execute(update(attempts).where(earlier).values(outcome="unknown"))
    made = conn.execute(attempts.insert().returning(attempts.c.notice, attempts.c.id), rows)
    return {row.notice: row.id for row in made}


def end(conn: Connection, ends: Iterable[tuple[int, str, str]], now: int) -> None:
    """Write down what became of attempts: id, outcome, answer."""
    for id, outcome, answer in ends:
        values = {"outcome": outcome, "answer": answer[:ANSWER_LENGTH], "at": now}
        conn.execute(update(attempts).where(attempts.c.id == id).values(values))


def hold(conn: Connection, key: str, now: int, ms: int, reason: str) -> None:
    """Let nothing out by a key for so long, at most `LONGEST_HOLD_MS`."""
    row = {"limit_key": key, "until": now + min(ms, LONGEST_HOLD_MS), "reason": reason[:256]}
    conn.execute(insert_or_replace(conn, holds, "limit_key"), row)


def held(conn: Connection, key: str, now: int) -> Hold | None:
    """What blocks a key now, if anything does; not what was written before the clock stepped back: `lock` mends it."""
    row = conn.execute(select(holds.c.until, holds.c.reason).where(holds.c.limit_key == key)).one_or_none()
    if row is None or not now < row.until <= now + LONGEST_HOLD_MS:
        return None
    return Hold(row.until, row.reason)


def of_notices(conn: Connection, ids: Sequence[int]) -> Mapping[int, list[Attempt]]:
    """The attempts at some notices, the oldest first."""
    found: dict[int, list[Attempt]] = {}
    query = select(attempts).where(attempts.c.notice.in_(ids)).order_by(attempts.c.id)
    for row in conn.execute(query):
        found.setdefault(row.notice, []).append(Attempt(*row))
    return found


def newest(conn: Connection, key: str, outcomes: Sequence[str]) -> Attempt | None:
    """The last attempt of a key that came out so."""
    mine = (attempts.c.limit_key == key) & attempts.c.outcome.in_(outcomes)
    row = conn.execute(select(attempts).where(mine).order_by(attempts.c.id.desc()).limit(1)).one_or_none()
    return Attempt(*row) if row else None
