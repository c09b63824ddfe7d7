"""What-if over HTTP: past months of a contract under other terms, hours, targets, travel, start or payment (S9)."""

from __future__ import annotations

from collections.abc import Mapping
from itertools import islice
from typing import Annotated, Any, Final
from zoneinfo import ZoneInfo

from fastapi import APIRouter, Depends, Path, Response
from pydantic import BaseModel, ConfigDict, Field, JsonValue

from api.auth import Reading, Room
from api.bodies import REFUSED, Name, body_of, described, fault
from api.context import Context
from api.forms import FILES, Shape, answer, shape
from api.problems import Problem
from api.repairs import city_now
from api.reports import turn
from api.statement_months import begun, months, of_id, within
from reports.whatif import Change, book, what_if_document
from sla.contract import Contract
from sla.instant import Ms
from store.city import City
from store.database import reading
from store.month_facts import covered
from store.traces import first_known

router = APIRouter(tags=["statements"])
MOST: Final = 24
USUAL: Final = 12
MEMBERS: Final = ("terms", "calendar", "targets", "travel", "start", "fee", "payment")
"""What may be changed, each as the inventory file writes it."""


class Asked(BaseModel):
    """Which months (a list, or `from` and `until` such as 2026-01, both included; else the last twelve that are over),
    and what would be otherwise, as the inventory file writes it; `calendar` is an id, or hours."""

    model_config = ConfigDict(extra="forbid")
    months: Annotated[list[Name], Field(max_length=MOST)] | None = None
    start_month: Name | None = Field(None, alias="from")
    until: Name | None = None
    terms: JsonValue = None
    calendar: JsonValue = None
    targets: JsonValue = None
    travel: JsonValue = None
    start: JsonValue = None
    fee: JsonValue = None
    payment: JsonValue = None

    def change(self) -> dict[str, Any]:
        """What was said of the contract."""
        return {name: getattr(self, name) for name in MEMBERS if name in self.model_fields_set}


class Totals(BaseModel):
    """The mean of the scores, the sums of deductions and payments."""

    score: str | None
    deductions: str
    payment: str | None


class Difference(BaseModel):
    """After less before."""

    score: str | None
    payment: str | None


class Total(BaseModel):
    """All months together; `tickets` make the difference."""

    months: int
    tickets: int
    before: Totals
    after: Totals
    difference: Difference


class WhatIf(BaseModel):
    """Each month under both contracts; `as_sealed`: whether today's facts are those that were sealed."""

    v: int
    contract: str
    vendor: str
    vendor_name: str
    zone: str
    known_at: str
    head: str | None
    rules: list[str]
    rules_version: str
    provisional: bool
    change: dict[str, Any]
    fees: dict[str, Any]
    months: list[dict[str, Any]]
    total: Total


@router.post(
    "/contracts/{id}/what-if",
    response_model=None,
    responses=FILES | {200: FILES[200] | {"model": WhatIf}},
    openapi_extra=described(Asked),
)
def what_if(
    id: Annotated[str, Path(max_length=128)],
    room: Room,
    scope: Reading,
    asked: Annotated[Asked, Depends(body_of(Asked))],
    wanted: Annotated[Shape, Depends(shape)],
) -> Response:
    """Past months as they would have been; it changes nothing. For staff and the contract's vendor."""
    now = room.now()
    with turn():
        with reading(room.engine) as conn:
            city = city_now(conn)
            contract = of_id(city, scope, id)
            known = first_known(conn, [one.n for one in city.devices.values() if covered(contract, one)])
            some = months_of(contract, asked, now if known is None else known, now)
            change = changed(room, city, id, asked.change())
            document = what_if_document(conn, city, id, some, change, room.policies, now)
        return answer(room, wanted, document, book, ZoneInfo(contract.zone.key))


def changed(room: Context, city: City, contract: str, said: Mapping[str, Any]) -> Change:
    """The contract as it would be. Raises `Problem` 422 with every fault and its near miss."""
    if room.alternative is None:
        raise Problem(503, "This process does not know the rules of the inventory.")
    if not said:
        raise Problem(422, REFUSED, [fault("terms", f"nothing is changed; one of {', '.join(MEMBERS)} is wanted")])
    found = room.alternative(city, contract, said)
    if found.document is None:
        raise Problem(422, REFUSED, [_told(one) for one in found.faults[:50]])
    return Change(found.document, found.hours, said)


def months_of(contract: Contract, asked: Asked, first: Ms, now: Ms) -> list[str]:
    """The months that are asked for, in order; left to us none before `first` (ms). Raises `Problem` 422."""
    bounds = asked.start_month, asked.until
    if asked.months is not None:
        if bounds != (None, None):
            raise Problem(422, REFUSED, [fault("months", "either months, or from and until")])
        some = sorted(set(asked.months))
    elif bounds == (None, None):
        over = (one for one in months(contract, first, now) if _over(contract, one, now))
        some = list(islice(over, USUAL))[::-1]
    else:
        some = _between(contract, asked, now)
    return _begun(contract, some, now)


def _between(contract: Contract, asked: Asked, now: Ms) -> list[str]:
    first, last = asked.start_month or asked.until or "", asked.until or "9999"
    found = [one for one in months(contract, 0, now) if first <= one <= last]
    if len(found) > MOST:
        raise Problem(422, REFUSED, [fault("from", f"at most {MOST} months")])
    return found[::-1]


def _begun(contract: Contract, some: list[str], now: Ms) -> list[str]:
    wrong = [fault("months", f"{one}: the contract is not in force in it, or it has not begun") for one in some
             if not _known(contract, one, now)]  # fmt: skip
    if wrong:
        raise Problem(422, REFUSED, wrong)
    if not some:
        raise Problem(422, REFUSED, [fault("months", "none of these has begun while the contract was in force")])
    return some


def _known(contract: Contract, name: str, now: Ms) -> bool:
    try:
        return begun(contract, name, now)
    except Problem:
        return False


def _over(contract: Contract, name: str, now: Ms) -> bool:
    return within(contract, name).until <= now


def _told(one: Mapping[str, Any]) -> dict[str, Any]:
    near = f"; did you mean `{one['near_miss']}`?" if one["near_miss"] else ""
    return fault(str(one["place"]), f"{one['reason']}{near}")
