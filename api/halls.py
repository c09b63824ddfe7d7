"""Halls with the states of their devices."""

from __future__ import annotations

from typing import Any

from fastapi import APIRouter
from pydantic import BaseModel

from api.auth import Reading, Room
from api.devices import Device, short
from api.paging import Cursor, Limit, page, parse
from api.problems import not_found
from store.database import reading
from store.pages import AnyRow, device_rows, hall_row, hall_rows, hall_totals

router = APIRouter(tags=["halls"])


class Hall(BaseModel):
    """A hall; `states` counts its devices by judged state, `state` is the worst that a customer meets."""

    id: str
    name: str
    branch: str | None
    branch_name: str | None
    kind: str
    calendar: str | None
    gateway: str | None
    state: str
    states: dict[str, int]


class HallInFull(Hall):
    """With its devices."""

    devices: list[Device]


class Halls(BaseModel):
    """One answer of the list; `next` is the cursor of the following one."""

    items: list[Hall]
    next: str | None


_WORST = ("down", "unreachable", "degraded", "unmonitored", "maintenance", "up")


def worst(states: dict[str, int]) -> str:
    """The first of the states, worst first, that any device is in; `closed` where none is."""
    return next((state for state in _WORST if states.get(state)), "closed" if states else "unmonitored")


def _hall(row: AnyRow, states: dict[str, int]) -> dict[str, Any]:
    names = ("id", "name", "branch", "branch_name", "kind", "calendar", "gateway")
    return {name: getattr(row, name) for name in names} | {"states": states, "state": worst(states)}


@router.get("/halls", response_model=Halls)
def list_halls(room: Room, scope: Reading, limit: Limit = 100, cursor: Cursor = None) -> dict[str, Any]:
    """The halls, by id."""
    key = parse(cursor, (str,)) or [""]
    with reading(room.engine) as conn:
        rows = hall_rows(conn, scope, key[0], limit + 1)
        states = hall_totals(conn, scope, [row.id for row in rows])
    return page(rows, limit, [_hall(row, states[row.id]) for row in rows], ("id",))


@router.get("/halls/{id}", response_model=HallInFull)
def one_hall(id: str, room: Room, scope: Reading) -> dict[str, Any]:
    """One hall with all its devices."""
    with reading(room.engine) as conn:
        row = hall_row(conn, scope, id)
        if row is None:
            raise not_found()
        states = hall_totals(conn, scope, [id])[id]
        inside = device_rows(conn, scope, "", 10_000, hall=id)
    return _hall(row, states) | {"devices": [short(device) for device in inside]}
