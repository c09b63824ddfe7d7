"""The channels as a list for people: where they lead, what waits, what was said last."""

from __future__ import annotations

from typing import Any

from pydantic import BaseModel
from sqlalchemy import Connection

from alerts.known import Known
from api.context import Context
from api.instants import rendered
from store import attempts, notice_list
from store.attempts import Attempt


class Said(BaseModel):
    """What the other side said last, and when."""

    at: str
    answer: str


class Rate(BaseModel):
    """At most so many attempts in so many seconds."""

    attempts: int
    seconds: float


class Way(BaseModel):
    """One channel; `test` is whom a test takes: `itself`, an `address`, a `phone`, or nobody."""

    name: str
    kind: str
    host: str
    signed: bool
    allow: list[str]
    limits: list[Rate]
    faults: list[str]
    test: str
    waiting: int
    held_until: str | None
    held_because: str | None
    last_sent: Said | None
    last_failure: Said | None


def ways(conn: Connection, room: Context) -> list[dict[str, Any]]:
    """Every channel that is set up."""
    return [_way(conn, one, room.now()) for one in room.channels]


def _way(conn: Connection, one: Known, now: int) -> dict[str, Any]:
    hold = attempts.held(conn, one.limit_key, now)
    return {
        **{name: getattr(one, name) for name in ("name", "kind", "host", "signed", "test")},
        "allow": list(one.allow),
        "faults": list(one.faults),
        "limits": [{"attempts": most, "seconds": ms / 1000} for most, ms in one.limits],
        "waiting": notice_list.waiting(conn, one.lane),
        "held_until": rendered(hold.until) if hold else None,
        "held_because": hold.reason if hold else None,
        "last_sent": _said(attempts.newest(conn, one.limit_key, ("sent",))),
        "last_failure": _said(attempts.newest(conn, one.limit_key, ("failed", "refused", "unknown"))),
    }


def _said(one: Attempt | None) -> dict[str, Any] | None:
    return {"at": rendered(one.at), "answer": one.answer} if one else None
