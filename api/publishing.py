"""What the operator does with a statement: published, sealed, amended (S6)."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import APIRouter, Depends
from pydantic import BaseModel, ConfigDict, Field

from api.auth import Reading, Room
from api.bodies import REFUSED, Name, Reason, body_of, described, fault
from api.problems import Problem
from api.repairs import city_now
from api.reports import turn
from api.statement_acts import ANSWERS, HERE, ByOperator, Person, Seen, Where, as_operator, refusing, shown, who
from api.statement_months import of_id
from reports import amendments, publishing, sealing
from reports.obstacles import OVERRIDABLE, obstacles
from reports.standing import amendment_document, standing
from store.database import reading

router = APIRouter(tags=["statements"])


class Override(BaseModel):
    """An obstacle's code that is passed over, and why."""

    model_config = ConfigDict(extra="forbid")
    code: Name
    reason: Reason


class Sealing(Seen):
    """What is passed over by name; nothing where the list is empty."""

    overrides: list[Override] = Field(default=[], max_length=20)


class Obstacle(BaseModel):
    """Why a month cannot be sealed: `reason` in words, `text` and `values` what it is made of."""

    code: str
    reason: str
    text: str
    values: dict[str, str]
    overridable: bool


class Obstacles(BaseModel):
    """All of them."""

    items: list[Obstacle]


class Amendments(BaseModel):
    """Those that were made now; empty where no sealed figure differs."""

    items: list[dict[str, Any]]


@router.post(f"{HERE}/publish", response_model=None, responses=ANSWERS, openapi_extra=described(Seen))
def publish(room: Room, where: ByOperator, said: Annotated[Seen, Depends(body_of(Seen))]) -> dict[str, Any]:
    """Publish a month that is over, anew where its figures changed; what is published as it is stays as it is."""
    by, days = who(room, where, said), room.dispute_days
    with turn(), refusing():
        publishing.publish(room.engine, where.contract, where.month, room.policies, by, days)
    return shown(room, where)


@router.post(f"{HERE}/seal", response_model=None, responses=ANSWERS, openapi_extra=described(Sealing))
def seal(room: Room, where: ByOperator, said: Annotated[Sealing, Depends(body_of(Sealing))]) -> dict[str, Any]:
    """Seal what was published; 409 lists every obstacle, of which some may be passed over by name."""
    given = overrides(said.overrides)
    with turn(), refusing():
        sealing.seal(room.engine, where.contract, where.month, room.policies, who(room, where, said), given)
    return shown(room, where)


@router.get(f"{HERE}/obstacles", response_model=Obstacles)
def list_obstacles(room: Room, where: ByOperator) -> dict[str, Any]:
    """All that keeps the month from being sealed; empty where nothing does, and where it is sealed."""
    with turn(), reading(room.engine) as conn:
        stands = standing(conn, where.contract, where.month, room.now())
        found = obstacles(conn, city_now(conn), stands, room.policies)
    return {"items": [one.document() for one in found]}


@router.post("/contracts/{id}/amendments", response_model=Amendments)
def amend(id: str, room: Room, scope: Reading, person: Person) -> dict[str, Any]:
    """Amend the contract's sealed months by the facts as they are now, where a figure differs."""
    with reading(room.engine) as conn:
        of_id(city_now(conn), scope, id)
    as_operator(Where(id, "", person))
    with turn(), refusing():
        made = amendments.amend_all(room.engine, room.policies, room.now(), id, person.name)
    return {"items": [{"month": one.month} | amendment_document(one) for one in made]}


def overrides(given: list[Override]) -> dict[str, str]:
    """The reasons by code. Raises `Problem` 422 for codes that cannot be passed over."""
    wrong = [one.code for one in given if one.code not in OVERRIDABLE]
    if wrong:
        known = f"cannot be passed over; these can: {', '.join(sorted(OVERRIDABLE))}"
        raise Problem(422, REFUSED, [fault("overrides", f"{code}: {known}") for code in wrong])
    return {one.code: one.reason for one in given}
