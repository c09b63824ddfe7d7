"""Planned maintenance: time that counts for nobody, where it was approved before it began (A1 3)."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import APIRouter, Depends
from pydantic import BaseModel

from api.auth import Operator, Reading, Room
from api.bodies import Instant, body_of, described
from api.exemptions import Asked, Recorded, Said, record, several, single, withdraw
from api.paging import Cursor, Limit

router = APIRouter(tags=["maintenance"])


class NewMaintenance(Said):
    """What is planned; without `approved_at` it is approved now."""

    approved_at: Instant | None = None


class Maintenance(Recorded):
    """Planned maintenance as it is recorded."""

    approved_at: str


class Maintenances(BaseModel):
    """One answer of the list; `next` is the cursor of the following one."""

    items: list[Maintenance]
    next: str | None


@router.post("/maintenance", response_model=Maintenance, status_code=201, openapi_extra=described(NewMaintenance))
def plan(room: Room, by: Operator, said: Annotated[NewMaintenance, Depends(body_of(NewMaintenance))]) -> dict[str, Any]:
    """Plan maintenance of a device or a hall; refused unless approved before it begins (422 with every fault)."""
    return record(room, by, "maintenance", said, room.now() if said.approved_at is None else said.approved_at)


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


@router.delete("/maintenance/{id}", response_model=Maintenance)
def withdraw_maintenance(id: str, room: Room, by: Operator) -> dict[str, Any]:
    """Withdraw it: from now on it counts as if it never was. Again it changes nothing."""
    return withdraw(room, by, "maintenance", id)
