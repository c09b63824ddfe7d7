"""What was sent twice counts once: each submission by its key, with what was answered."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from typing import Any, Final, NamedTuple

from sqlalchemy import Connection, delete, select, update

from sla.instant import DAY, Ms
from store.schema import submissions
from store.upsert import insert_or_ignore

KEPT_MS: Final = 30 * DAY


class Answered(NamedTuple):
    """The answer to an earlier submission; `same` says whether it asked for the same."""

    answer: Mapping[str, Any]
    same: bool


def claim(conn: Connection, by: str, key: str, said: str, now: Ms) -> Answered | None:
    """Take a key for this transaction; None where it is new, and `answer` is to follow.

    A key belongs to whoever sends it, `by`; `said` is what is asked for. Of two at once the second waits for the
    first. Keys older than 30 days are forgotten.
    """
    conn.execute(delete(submissions).where(submissions.c.at < now - KEPT_MS))
    row = {"key": _name(by, key), "at": now, "by": by, "answer": {"said": _digest(said)}}
    if conn.execute(insert_or_ignore(conn, submissions).values(row)).rowcount:
        return None
    known = conn.execute(select(submissions.c.answer).where(submissions.c.key == row["key"])).scalar_one()
    return Answered(known.get("answer", {}), known["said"] == _digest(said))


def answer(conn: Connection, by: str, key: str, said: str, answered: Mapping[str, Any]) -> None:
    """Write down what was answered, in the transaction of `claim`."""
    mine = submissions.c.key == _name(by, key)
    document = {"said": _digest(said), "answer": dict(answered)}
    conn.execute(update(submissions).where(mine).values(answer=document))


def _name(by: str, key: str) -> str:
    return _digest(f"{by}\n{key}")


def _digest(text: str) -> str:
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()
