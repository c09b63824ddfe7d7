"""What maintenance and corrections have in common: who may say so, of what, and what becomes of it at once."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Annotated, Any
from zoneinfo import ZoneInfo

from fastapi import Depends, Query
from pydantic import BaseModel, ConfigDict, Field
from sqlalchemy import Connection, select

from api.auth import Asker, Room
from api.bodies import REFUSED, Instant, Name, Reason, fault
from api.context import Context
from api.instants import From, Until, parsed, rendered
from api.pages.view import zone_info
from api.paging import page, parse
from api.problems import Problem, not_found
from api.recurs import Recurs, times
from api.words import N_
from sla.interval import Interval
from store import judged, planned
from store.database import reading, writing
from store.pages import EVERYTHING, Scope, hall_zone
from store.planned import Exemption, Kind, New, ScopeKind, Wanted
from store.schema import devices, halls


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
    series: str | None


def wanted(
    start: From = None,
    until: Until = None,
    scope: Annotated[str | None, Query(max_length=128, description="A device's, hall's or branch's id.")] = None,
    standing: Annotated[bool | None, Query(description="Only those that stand, or only withdrawn ones.")] = None,
    series: Annotated[str | None, Query(max_length=32, description="Those that were said once to recur.")] = None,
) -> Wanted:
    """Which ones a query asks for: those that touch [from, until). Raises `Problem` 422 for an impossible period."""
    begin, end = parsed(start, "from"), parsed(until, "until")
    if begin is not None and end is not None and begin >= end:
        raise Problem(422, "", [{"place": ["query", "from"], "reason": "not before `until`"}])
    return Wanted(scope, begin, end, standing, series)


Asked = Annotated[Wanted, Depends(wanted)]


def shown(one: Exemption) -> dict[str, Any]:
    """The members of `Recorded`, with `approved_at` of maintenance."""
    names = ("id", "scope", "scope_kind", "reason", "approver", "author", "withdrawn_by", "series")
    instants = ("until", "recorded_at", "withdrawn_at", *(("approved_at",) if one.kind == "maintenance" else ()))
    return (
        {name: getattr(one, name) for name in names}
        | {"from": rendered(one.start)}
        | {name: rendered(getattr(one, name)) for name in instants}
    )


def record(
    room: Room, by: Asker, kind: Kind, said: Said, approved_at: int | None = None, recurring: Recurs | None = None
) -> list[Exemption]:
    """Append one, or each time of what recurs, and have states judged again. Raises `Problem` 422 with every fault."""
    now = room.now()
    what, every = _checked(room, said, approved_at, recurring, now)
    new = New(kind, what, said.scope, said.start, said.until, said.reason, said.approver, approved_at, by.name)
    new = new._replace(series=planned.new_series() if recurring else None)
    with writing(room.engine) as conn:
        found = [planned.record(conn, new._replace(start=start, until=until), now) for start, until in every]
        _judge_again(conn, found[0], now)
    return found


def _checked(
    room: Context, said: Said, approved_at: int | None, recurring: Recurs | None, now: int
) -> tuple[ScopeKind, list[Interval]]:
    """What the scope is, and every time. Raises `Problem` 422 with every fault."""
    with reading(room.engine) as conn:
        scopes = planned.scopes_of(conn, said.scope)
        faults = [] if len(scopes) == 1 else [fault("scope", _which(conn, said.scope, scopes))]
        zone = zone_of(conn, scopes[0], said.scope, room.zone) if scopes else None
    every = [Interval(said.start, said.until)]
    if said.start >= said.until:
        faults.append(fault("from", N_("not before `until`")))
    elif recurring and zone:
        made = times(recurring, said.start, said.until, zone)
        if isinstance(made, str):
            faults.append(fault("recurring", made))
        else:
            every = made
    faults += _approval(approved_at, every[0].start, now)
    if faults:
        raise Problem(422, REFUSED, faults)
    return scopes[0], every


def zone_of(conn: Connection, kind: ScopeKind, scope: str, otherwise: str) -> ZoneInfo:
    """The zone of the walls there: a hall's, of a branch its first hall's, else the site's."""
    query = select(halls.c.id).order_by(halls.c.id).limit(1)
    if kind == "device":
        query = query.where(halls.c.id.in_(select(devices.c.hall).where(devices.c.id == scope)))
    else:
        query = query.where((halls.c.id if kind == "hall" else halls.c.branch) == scope)
    hall = conn.scalar(query)
    return zone_info(hall_zone(conn, hall) if hall else None, otherwise)


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


def withdraw_future(room: Context, by: Asker, kind: Kind, series: str) -> int:
    """Append the withdrawal of each time of a series that has not begun; answers how many. Raises `Problem` 404."""
    now = room.now()
    with writing(room.engine) as conn:
        if not planned.listed(conn, kind, EVERYTHING, Wanted(series=series), None, 1):
            raise not_found()
        every = planned.future(conn, kind, series, now)
        for one in every:
            planned.withdraw(conn, one, now, by.name)
        for one in every[:1]:
            _judge_again(conn, one, now)
    return len(every)


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


def _approval(approved_at: int | None, start: int, now: int) -> Iterator[dict[str, Any]]:
    if approved_at is not None and approved_at >= start:
        yield fault("approved_at", N_("not before `from`: planned maintenance is approved before it begins"))
    if approved_at is not None and approved_at > now:
        yield fault("approved_at", N_("lies in the future"))


def _which(conn: Connection, id: str, scopes: list[ScopeKind]) -> str:
    if scopes:
        both = " and of a ".join(scopes)
        return f"the id of a {both}: which of them is meant cannot be told; rename one of them"
    near = planned.near_scope(conn, id)
    return "no device and no hall and no branch has this id" + (f"; did you mean `{near}`?" if near else "")


def _judge_again(conn: Connection, one: Exemption, now: int) -> None:
    judged.check_soon(conn, planned.devices_of(conn, one), now)
