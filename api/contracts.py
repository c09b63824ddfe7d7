"""Contracts, each for its own vendor and for staff (R1)."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Annotated, Any, Final

from fastapi import APIRouter, Query
from pydantic import BaseModel, Field

from api.auth import Reading, Room
from api.instants import rendered
from api.paging import Cursor, Limit, page, parse
from api.problems import not_found
from api.repairs import city_now
from store.city import City, ContractRow
from store.database import reading
from store.pages import EVERYTHING, Scope

router = APIRouter(tags=["contracts"])
_PASSED: Final = ("covers", "repair", "pauses", "silence", "fee", "payment", "terms")


class Contract(BaseModel):
    """A contract as the inventory has it, lengths in seconds, money and points as decimal strings."""

    id: str
    vendor: str
    start: str = Field(alias="from")
    until: str
    calendar: str | None
    covers: dict[str, Any]
    repair: dict[str, Any]
    travel: dict[str, Any]
    pauses: list[str]
    silence: str
    fee: str | None
    payment: Any
    terms: list[dict[str, Any]]


class Contracts(BaseModel):
    """One answer of the list; `next` is the cursor of the following one."""

    items: list[Contract]
    next: str | None


@router.get("/contracts", response_model=Contracts)
def list_contracts(
    room: Room,
    scope: Reading,
    vendor: Annotated[str | None, Query(max_length=128)] = None,
    limit: Limit = 100,
    cursor: Cursor = None,
) -> dict[str, Any]:
    """The contracts by id; a vendor has its own, a hall none."""
    after = parse(cursor, (str,))
    with reading(room.engine) as conn:
        rows = [one for one in contracts_in(city_now(conn), scope) if vendor in (None, one.vendor)]
    rows = [one for one in rows if after is None or one.id > after[0]][: limit + 1]
    return page(rows, limit, [_document(one) for one in rows], ("id",))


@router.get("/contracts/{id}", response_model=Contract)
def one_contract(id: str, room: Room, scope: Reading) -> dict[str, Any]:
    """One of them."""
    with reading(room.engine) as conn:
        found = next((one for one in contracts_in(city_now(conn), scope) if one.id == id), None)
    if found is None:
        raise not_found()
    return _document(found)


def contracts_in(city: City, scope: Scope) -> Iterator[ContractRow]:
    """The contracts that somebody may see, by id."""
    for _, one in sorted(city.contracts.items()):
        if scope == EVERYTHING or one.vendor == scope.vendor:
            yield one


def _document(row: ContractRow) -> dict[str, Any]:
    given, travel = row.document, row.document["travel"]
    return {
        "id": row.id,
        "vendor": row.vendor,
        "from": rendered(row.valid_from),
        "until": rendered(row.valid_until),
        "calendar": given.get("calendar"),
        "travel": {
            "mode": travel["mode"],
            "default": _granted(travel["default"]),
            "halls": {hall: _granted(entries) for hall, entries in travel["halls"].items()},
        },
    } | {name: given[name] for name in _PASSED}


def _granted(entries: Any) -> list[dict[str, Any]]:
    return [one | {name: rendered(one[name]) for name in ("from", "until")} for one in entries]
