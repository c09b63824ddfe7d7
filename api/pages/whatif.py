"""What-if: past months of a contract under other terms (S9)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Final

from fastapi import APIRouter
from fastapi.responses import HTMLResponse

from api.bodies import REFUSED
from api.pages import whatif_renewal
from api.pages.clocks import minutes
from api.pages.statement_found import contracts, reader
from api.pages.statement_lines import TERMS, money, number
from api.pages.statement_next import STATES
from api.pages.view import View, Visitor
from api.pages.whatif_form import BANDS, MODES, PAYMENTS, ROUNDS, STARTS, change, fields
from api.problems import Problem, not_found
from api.repairs import city_now
from api.reports import turn
from api.statement_months import months, since
from api.whatif import Asked, changed, months_of
from api.words import N_
from reports.whatif import what_if_document
from sla.contract import Contract
from sla.month import month
from store.city import City
from store.database import reading

router = APIRouter(include_in_schema=False)
router.include_router(whatif_renewal.router)
NOTHING: Final = N_("Nothing is changed yet: change a number above, and count again.")
BUSY: Final = N_("Other reports are being counted. Wait half a minute and count again.")
_MOST_FIELDS: Final = 400
_LONGEST: Final = 200
_STARTS: Final[Mapping[str, str]] = {
    "phone": N_("the call"),
    "notified": N_("the notice"),
    "detected": N_("what monitoring saw"),
}

_TABLES: Final[Mapping[str, Any]] = {
    "starts": [(one, _STARTS[one]) for one in STARTS], "modes": MODES, "rounds": ROUNDS, "terms": TERMS,
    "states": STATES, "money": money, "number": number,
}  # fmt: skip


@router.get("/what-if")
def what_if(view: Visitor) -> HTMLResponse:
    """The form of a contract; with `try` what its past months come to under what is typed."""
    reader(view)
    typed = {name: text[:_LONGEST] for name, text in list(view.request.query_params.items())[:_MOST_FIELDS]}
    with reading(view.room.engine) as conn:
        city, first = city_now(conn), since(conn)
    mine = contracts(view, city)
    if not mine:
        return view.page("whatif.html", mine=[], contract=None)
    contract = next((one for one in mine if one.id == typed.get("contract", mine[0].id)), None)
    if contract is None:
        raise not_found()
    over = [one for one in months(contract, first, view.now) if month(one, contract.zone).until <= view.now]
    found: Mapping[str, Any] | None = None
    wrong, status = list[str](), 200
    if typed.get("try"):
        found, wrong, status = _tried(view, city, contract, typed, first)
    return _page(view, city, contract, mine, typed, over, found, wrong, status)


def _tried(
    view: View, city: City, contract: Contract, typed: Mapping[str, str], first: int
) -> tuple[Mapping[str, Any] | None, list[str], int]:
    """What it comes to, or what is wrong with what was typed, in words, and the status."""
    said = change(city.contracts[contract.id], contract, typed)
    if not said:
        return None, [view.translate(NOTHING)], 200
    bounds = {name: typed[name] for name in ("from", "until") if typed.get(name)}
    try:
        with turn(), reading(view.room.engine) as conn:
            some = months_of(contract, Asked.model_validate(bounds), first, view.now)
            new = changed(view.room, city, contract.id, said)
            return what_if_document(conn, city, contract.id, some, new, view.room.policies, view.now), [], 200
    except Problem as problem:
        if problem.status == 503 and not problem.faults:
            return None, [view.translate(BUSY) if view.room.alternative else problem.detail], 503
        if problem.status != 422:
            raise
        return None, _words(view, problem), 422


def _words(view: View, problem: Problem) -> list[str]:
    found = [(str(one["place"][-1]), str(one["reason"])) for one in problem.faults]
    return [f"{place}: {view.translate(reason)}" for place, reason in found] or [view.translate(REFUSED)]


def _page(  # noqa: PLR0913, PLR0917 - all of it stands on the page
    view: View,
    city: City,
    contract: Contract,
    mine: Sequence[Contract],
    typed: Mapping[str, str],
    over: Sequence[str],
    found: Mapping[str, Any] | None,
    wrong: Sequence[str],
    status: int,
) -> HTMLResponse:
    row = city.contracts[contract.id]
    bands = {} if isinstance(row.document["payment"], str) else {"bands": BANDS}
    return view.page(
        "whatif.html",
        status,
        mine=mine,
        names={one.id: one.name for one in city.vendors.values()},
        contract=contract,
        fields=fields(row, typed),
        plain=fields(row, {}),
        typed=typed,
        over=over,
        found=found,
        wrong=wrong,
        calendars=sorted(city.calendars),
        payments={**PAYMENTS, **bands},
        **_TABLES,
        minutes=lambda seconds: "–" if seconds is None else minutes(round(seconds * 1000), view.translate),
    )
