"""What maintenance and corrections have in common: who may say so, of what, and what becomes of it at once."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Annotated, Any

from fastapi import Depends, Query
from pydantic import BaseModel, ConfigDict, Field
from sqlalchemy import Connection

from api.auth import Asker, Room
from api.bodies import REFUSED, Instant, Name, Reason, fault
from api.context import Context
from api.instants import From, Until, parsed, rendered
from api.paging import page, parse
from api.problems import Problem, not_found
from store import judged, planned
from store.database import reading, writing
from store.pages import Scope
from store.planned import Exemption, Kind, New, ScopeKind, Wanted


class Said(BaseModel):
    """The members that both bodies share."""

    model_config = ConfigDict(extra="forbid")
    scope: Name
    start: Instant = Field(alias="from")
    until: Instant
    reason: Reason
    approver: Name


class Recorded(BaseModel):
    """One as it is recorded; `withdrawn_at` where it counts no more."""

    id: str
    scope: str
    scope_kind: ScopeKind
    start: str = Field(alias="from")
    until: str
    reason: str
    approver: str
    author: str
    recorded_at: str
    withdrawn_at: str | None
    withdrawn_by: str | None


def wanted(
    start: From = None,
    until: Until = None,
    scope: Annotated[str | None, Query(max_length=128, description="A device's or a hall's id.")] = None,
    standing: Annotated[bool | None, Query(description="Only those that stand, or only withdrawn ones.")] = None,
) -> Wanted:
    """Which ones a query asks for: those that touch [from, until). Raises `Problem` 422 for an impossible period."""
    begin, end = parsed(start, "from"), parsed(until, "until")
    if begin is not None and end is not None and begin >= end:
        raise Problem(422, "", [{"place": ["query", "from"], "reason": "not before `until`"}])
    return Wanted(scope, begin, end, standing)


Asked = Annotated[Wanted, Depends(wanted)]


def shown(one: Exemption) -> dict[str, Any]:
    """The members of `Recorded`, with `approved_at` of maintenance."""
    names = ("id", "scope", "scope_kind", "reason", "approver", "author", "withdrawn_by")
    instants = ("until", "recorded_at", "withdrawn_at", *(("approved_at",) if one.kind == "maintenance" else ()))
    return (
        {name: getattr(one, name) for name in names}
        | {"from": rendered(one.start)}
        | {name: rendered(getattr(one, name)) for name in instants}
    )


def record(room: Room, by: Asker, kind: Kind, said: Said, approved_at: int | None = None) -> dict[str, Any]:
    """Append one, and have the devices' states judged again. Raises `Problem` 422 with every fault."""
    now = room.now()
    what = _checked(room, said, approved_at, now)
    new = New(kind, what, said.scope, said.start, said.until, said.reason, said.approver, approved_at, by.name)
    with writing(room.engine) as conn:
        one = planned.record(conn, new, now)
        _judge_again(conn, one, now)
    return shown(one)


def _checked(room: Context, said: Said, approved_at: int | None, now: int) -> ScopeKind:
    """What the scope is. Raises `Problem` 422 with every fault."""
    faults = list(_faults(said, approved_at, now))
    with reading(room.engine) as conn:
        scopes = planned.scopes_of(conn, said.scope)
        if len(scopes) != 1:
            faults.append(fault("scope", _which(conn, said.scope, scopes)))
    if faults:
        raise Problem(422, REFUSED, faults)
    return scopes[0]


def withdraw(room: Room, by: Asker, kind: Kind, id: str) -> dict[str, Any]:
    """Append its withdrawal; again it changes nothing. Raises `Problem` 404."""
    now = room.now()
    with writing(room.engine) as conn:
        one = planned.find(conn, kind, id)
        if one is None:
            raise not_found()
        if one.withdrawn_at is None:
            one = planned.withdraw(conn, one, now, by.name)
            _judge_again(conn, one, now)
    return shown(one)


def several(room: Context, scope: Scope, kind: Kind, asked: Wanted, limit: int, cursor: str | None) -> dict[str, Any]:
    """One answer of a list, the newest first."""
    key = parse(cursor, (int,))
    with reading(room.engine) as conn:
        rows = planned.listed(conn, kind, scope, asked, key[0] if key else None, limit + 1)
    return page(rows, limit, [shown(one) for one in rows], ("n",))


def single(room: Context, scope: Scope, kind: Kind, id: str) -> dict[str, Any]:
    """One of them. Raises `Problem` 404."""
    with reading(room.engine) as conn:
        one = planned.find(conn, kind, id, scope)
    if one is None:
        raise not_found()
    return shown(one)


def _faults(said: Said, approved_at: int | None, now: int) -> Iterator[dict[str, Any]]:
    if said.start >= said.until:
        yield fault("from", "not before `until`")
    if approved_at is not None and approved_at >= said.start:
        yield fault("approved_at", "not before `from`: planned maintenance is approved before it begins")
    if approved_at is not None and approved_at > now:
        yield fault("approved_at", "lies in the future")


def _which(conn: Connection, id: str, scopes: list[ScopeKind]) -> str:
    if scopes:
        return "the id of a device and of a hall: which of them is meant cannot be told; rename one of them"
    near = planned.near_scope(conn, id)
    return "no device and no hall has this id" + (f"; did you mean `{near}`?" if near else "")


def _judge_again(conn: Connection, one: Exemption, now: int) -> None:
    judged.check_soon(conn, planned.devices_of(conn, one), now)
