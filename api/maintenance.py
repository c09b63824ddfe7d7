"""Planned maintenance: time that counts for nobody, where it was approved before it began (A1 3)."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import APIRouter, Depends
from pydantic import BaseModel

from api.auth import Operator, Reading, Room
from api.bodies import Instant, body_of, described
from api.exemptions import Asked, Recorded, Said, record, several, shown, single, withdraw, withdraw_future
from api.paging import Cursor, Limit
from api.recurs import Recurs

router = APIRouter(tags=["maintenance"])


class NewMaintenance(Said):
    """What is planned; without `approved_at` it is approved now. What recurs has the hours of `from` and `until`."""

    approved_at: Instant | None = None
    recurring: Recurs | None = None


class Maintenance(Recorded):
    """Planned maintenance as it is recorded; what recurs was said once, and has one `series`."""

    approved_at: str


class Maintenances(BaseModel):
    """One answer of the list; `next` is the cursor of the following one."""

    items: list[Maintenance]
    next: str | None


class Withdrawn(BaseModel):
    """How many times of a series were withdrawn."""

    withdrawn: int


@router.post("/maintenance", response_model=Maintenance, status_code=201, openapi_extra=described(NewMaintenance))
def plan(room: Room, by: Operator, said: Annotated[NewMaintenance, Depends(body_of(NewMaintenance))]) -> dict[str, Any]:
    """Plan maintenance of a device, a hall or a branch; refused unless approved before it begins (422: every fault).

    Of what recurs each time is one of its own; the first is the answer.
    """
    approved_at = room.now() if said.approved_at is None else said.approved_at
    return shown(record(room, by, "maintenance", said, approved_at, said.recurring)[0])


@router.get("/maintenance", response_model=Maintenances)
def list_maintenance(
    room: Room, scope: Reading, asked: Asked, limit: Limit = 100, cursor: Cursor = None
) -> dict[str, Any]:
    """Maintenance that touches [from, until), withdrawn too, the newest first."""
    return several(room, scope, "maintenance", asked, limit, cursor)


@router.get("/maintenance/{id}", response_model=Maintenance)
def one_maintenance(id: str, room: Room, scope: Reading) -> dict[str, Any]:
    """One of them."""
    return single(room, scope, "maintenance", id)


@router.delete("/maintenance/series/{series}", response_model=Withdrawn)
def withdraw_series(series: str, room: Room, by: Operator) -> dict[str, Any]:
    """Withdraw all times of what recurs that have not begun."""
    return {"withdrawn": withdraw_future(room, by, "maintenance", series)}


@router.delete("/maintenance/{id}", response_model=Maintenance)
def withdraw_maintenance(id: str, room: Room, by: Operator) -> dict[str, Any]:
    """Withdraw it: from now on it counts as if it never was. Again it changes nothing."""
    return withdraw(room, by, "maintenance", id)
