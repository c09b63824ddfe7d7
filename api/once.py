"""What is sent twice, by a program that heard no answer or by a form, is done once (see `store.submissions`)."""

from __future__ import annotations

from collections.abc import Callable
from typing import Annotated, Any, Final

from fastapi import Header
from sqlalchemy import Connection

from api.auth import Asker
from api.context import Context
from api.problems import Problem
from store import submissions
from store.database import writing

Key = Annotated[
    str | None, Header(alias="Idempotency-Key", min_length=1, max_length=256, description="Sent again it counts once.")
]
OTHERWISE: Final = "This Idempotency-Key was sent before with another request."


def once(
    room: Context, person: Asker, key: str | None, said: str, take: Callable[[Connection], dict[str, Any]]
) -> dict[str, Any]:
    """Do it in a writing transaction, or give what was answered (JSON) when it was done with the person's same key.

    `said` is the request as text. Raises `Problem` 422 where the key came with another one. What `take` raises undoes
    all, the key too.
    """
    with writing(room.engine) as conn:
        if key is None:
            return take(conn)
        by = f"{person.role} {person.name}"
        known = submissions.claim(conn, by, key, said, room.now())
        if known is None:
            done = take(conn)
            submissions.answer(conn, by, key, said, done)
            return done
        if not known.same:
            raise Problem(422, OTHERWISE)
        return dict(known.answer)
