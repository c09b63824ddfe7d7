"""Corrections: time left out of the count, with author, reason and approver (A1 4)."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import APIRouter, Depends
from pydantic import BaseModel

from api.auth import Operator, Reading, Room
from api.bodies import body_of, described
from api.exemptions import Asked, Recorded, Said, record, several, shown, single, withdraw
from api.paging import Cursor, Limit

router = APIRouter(tags=["corrections"])


class NewCorrection(Said):
    """What is to be left out, and why; whoever asks is its author."""


class Correction(Recorded):
    """A correction as it is recorded."""


class Corrections(BaseModel):
    """One answer of the list; `next` is the cursor of the following one."""

    items: list[Correction]
    next: str | None


@router.post("/corrections", response_model=Correction, status_code=201, openapi_extra=described(NewCorrection))
def correct(
    room: Room, by: Operator, said: Annotated[NewCorrection, Depends(body_of(NewCorrection))]
) -> dict[str, Any]:
    """Leave a device's, hall's or branch's time out of the count (422 with every fault)."""
    return shown(record(room, by, "correction", said)[0])


@router.get("/corrections", response_model=Corrections)
def list_corrections(
    room: Room, scope: Reading, asked: Asked, limit: Limit = 100, cursor: Cursor = None
) -> dict[str, Any]:
    """Corrections that touch [from, until), withdrawn too, the newest first."""
    return several(room, scope, "correction", asked, limit, cursor)


@router.get("/corrections/{id}", response_model=Correction)
def one_correction(id: str, room: Room, scope: Reading) -> dict[str, Any]:
    """One of them."""
    return single(room, scope, "correction", id)


@router.delete("/corrections/{id}", response_model=Correction)
def withdraw_correction(id: str, room: Room, by: Operator) -> dict[str, Any]:
    """Withdraw it: the old figures come back. Again it changes nothing."""
    return withdraw(room, by, "correction", id)
