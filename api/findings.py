"""What a person enters for a month of a contract: patrols missed, spares not ready, surveys (S2)."""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal
from difflib import get_close_matches
from fractions import Fraction
from typing import Annotated, Any, Final, NamedTuple

from fastapi import APIRouter, Depends, Path, Query
from pydantic import BaseModel, ConfigDict, Field, TypeAdapter, ValidationError
from sqlalchemy import Connection

from api.auth import Asker, Operator, Reading, Room
from api.bodies import REFUSED, Name, Reason, body_of, described, fault
from api.instants import rendered
from api.once import Key, once
from api.paging import Cursor, Limit, page, parse
from api.problems import Problem, not_found
from api.repairs import city_now
from api.statement_months import begun, of_id, within
from api.words import N_
from sla.contract import Contract
from sla.instant import Ms
from store import findings, seals, statement_events
from store.database import reading, writing
from store.findings import KINDS, Finding, New
from store.pages import EVERYTHING

router = APIRouter(tags=["statements"])
MOST: Final = 1000
"""Findings of one month of one contract."""
SEALED: Final = N_("The month is sealed: nothing more is entered for it (S6).")
_SAID: Final = TypeAdapter(Reason)


class Said(BaseModel):
    """A finding: `thing` says which visit, spare or survey; of a survey the sum of its `answers` in `total`."""

    model_config = ConfigDict(extra="forbid")
    kind: Name
    thing: Name
    reason: Reason
    total: Annotated[Decimal, Field(ge=0, le=10**9, max_digits=16, decimal_places=6)] | None = None
    answers: Annotated[int, Field(ge=1, le=10**6)] | None = None


class Recorded(BaseModel):
    """A finding as it is recorded; `withdrawn_at` where it counts no more."""

    id: str
    contract: str
    month: str
    kind: str
    thing: str
    total: str | None
    answers: int | None
    reason: str
    author: str
    recorded_at: str
    withdrawn_at: str | None
    withdrawn_by: str | None
    withdrawn_reason: str | None


class Findings(BaseModel):
    """One answer of the list; `next` is the cursor of the following one."""

    items: list[Recorded]
    next: str | None


class Place(NamedTuple):
    """Of which contract's month."""

    contract: str
    month: str


def place(
    id: Annotated[str, Path(max_length=128)], month: Annotated[str, Path(max_length=16, description="Such as 2026-10.")]
) -> Place:
    """What the path names."""
    return Place(id, month)


Where = Annotated[Place, Depends(place)]


@router.post(
    "/contracts/{id}/months/{month}/findings",
    response_model=Recorded,
    status_code=201,
    openapi_extra=described(Said),
)
def enter_finding(
    room: Room, person: Operator, where: Where, said: Annotated[Said, Depends(body_of(Said))], key: Key = None
) -> dict[str, Any]:
    """Enter what was found; 409 where the month is sealed, or the same thing was entered already."""

    def take(conn: Connection) -> dict[str, Any]:
        return shown(enter(conn, person, where, said, room.now()))

    return once(room, person, key, f"find {where} {said.model_dump_json()}", take)


@router.get("/contracts/{id}/months/{month}/findings", response_model=Findings)
def list_findings(
    room: Room, scope: Reading, where: Where, limit: Limit = 100, cursor: Cursor = None
) -> dict[str, Any]:
    """All that was entered for a month of a contract, withdrawn ones too, in the order of their entry."""
    after = parse(cursor, (int,))
    with reading(room.engine) as conn:
        within(of_id(city_now(conn), scope, where.contract), where.month)
        rows = findings.listed(conn, *where)
    rows = [one for one in rows if after is None or one.n > after[0]][: limit + 1]
    return page(rows, limit, [shown(one) for one in rows], ("n",))


@router.delete("/contracts/{id}/months/{month}/findings/{finding}", response_model=Recorded)
def withdraw_finding(
    finding: Annotated[str, Path(max_length=32)],
    room: Room,
    person: Operator,
    where: Where,
    reason: Annotated[str, Query(max_length=512, description="Why it is withdrawn.")] = "",
) -> dict[str, Any]:
    """Withdraw it, with a `reason`: from then on it counts as if it never was. Again it changes nothing."""
    with writing(room.engine) as conn:
        return shown(withdraw(conn, person, where, finding, reason, room.now()))


def enter(conn: Connection, person: Asker, where: Place, said: Said, now: Ms) -> Finding:
    """Record a finding, in the caller's writing transaction. Raises `Problem` 404, 409, 422: nothing is written."""
    contract = of_id(city_now(conn), EVERYTHING, where.contract)
    if not begun(contract, where.month, now):
        raise Problem(422, REFUSED, [_month("the contract is not in force in it, or it has not begun")])
    if faults := list(_wrong(contract, said)):
        raise Problem(422, REFUSED, faults)
    _open(conn, where)
    known = findings.standing(conn, *where)
    same = next((one for one in known if (one.kind, one.thing) == (said.kind, said.thing)), None)
    if same is not None:
        raise Problem(409, f"It is entered already, as {same.id}.")
    if len(known) >= MOST:
        raise Problem(409, f"There are {MOST} findings of this month, and no more are taken.")
    kind = next(one for one in KINDS if one == said.kind)
    new = New(where.contract, where.month, kind, said.thing, said.reason, person.name, said.total, said.answers)
    return findings.record(conn, new, now)


def withdraw(conn: Connection, person: Asker, where: Place, id: str, reason: str, now: Ms) -> Finding:
    """Withdraw a finding, in the caller's writing transaction. Raises `Problem` 404, 409, 422."""
    within(of_id(city_now(conn), EVERYTHING, where.contract), where.month)
    found = findings.find(conn, *where, _number(id))
    if found is None or found.id != id:
        raise not_found()
    if found.withdrawn_at is not None:
        return found
    try:
        said = _SAID.validate_python(reason)
    except ValidationError as error:
        told = error.errors(include_url=False, include_input=False)[0]["msg"]
        raise Problem(422, REFUSED, [{"place": ["query", "reason"], "reason": told}]) from error
    _open(conn, where)
    return findings.withdraw(conn, found.n, person.name, said, now)


def shown(one: Finding) -> dict[str, Any]:
    """The members of `Recorded`."""
    names = ("id", "contract", "month", "kind", "thing", "total", "answers", "reason", "author")
    told = {name: getattr(one, name) for name in (*names, "withdrawn_by", "withdrawn_reason")}
    return told | {name: rendered(getattr(one, name)) for name in ("recorded_at", "withdrawn_at")}


def _wrong(contract: Contract, said: Said) -> Iterator[dict[str, Any]]:
    if said.kind not in KINDS:
        near = get_close_matches(said.kind.lower(), KINDS, 1)
        yield fault("kind", f"did you mean `{near[0]}`?" if near else f"not known here; known: {', '.join(KINDS)}")
        return
    for name, value in (("total", said.total), ("answers", said.answers)):
        if (said.kind == "survey") != (value is not None):
            yield fault(name, "a survey needs it" if value is None else "only a survey has it")
    if said.total is not None and said.answers is not None:
        yield from _beyond(contract, Fraction(said.total), said.answers)


def _beyond(contract: Contract, total: Fraction, answers: int) -> Iterator[dict[str, Any]]:
    """A mean above the scale of the contract's term."""
    scales = [term.scale for term in contract.terms if term.term == "satisfaction" and term.scale is not None]
    if scales and total > max(scales) * answers:
        yield fault("total", f"more than {answers} answers of at most {max(scales)} each")


def _open(conn: Connection, where: Place) -> None:
    """Nobody publishes or seals it meanwhile, nor enters the same."""
    statement_events.lock(conn, *where)
    if seals.of_month(conn, *where):
        raise Problem(409, SEALED)


def _number(id: str) -> int:
    digits = id.removeprefix("F-")
    return int(digits) if digits.isascii() and digits.isdecimal() and len(digits) <= 12 else 0


def _month(reason: str) -> dict[str, Any]:
    return {"place": ["path", "month"], "reason": reason}
