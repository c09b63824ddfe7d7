"""The statements' pages: the list, one with its lines, disputes and seal, and a ticket behind a line."""

from __future__ import annotations

from typing import Annotated, Final, NamedTuple
from urllib.parse import quote, urlencode

from fastapi import APIRouter, Query, Response
from fastapi.responses import HTMLResponse, RedirectResponse
from sqlalchemy import Connection

from api.pages import statement_deeds, statement_seen
from api.pages.clocks import WORDS as CLASS_WORDS
from api.pages.clocks import minutes
from api.pages.statement_found import choices, contracts, named, reader
from api.pages.statement_lines import money
from api.pages.statement_next import STATES, Next, next_of
from api.pages.statement_page import statement_page
from api.pages.statement_ticket import MOST, drawn, ticket_of
from api.pages.view import View, Visitor
from api.problems import not_found
from api.repairs import city_now
from api.statement_months import months, since
from reports.standing import publication
from sla.contract import Contract
from sla.instant import parse
from sla.month import month as month_within
from sla.publication import Publication
from store.database import reading

router = APIRouter(include_in_schema=False)
SHOWN: Final = 6
"""So many months of the list at once."""
COUNTED: Final = 2
"""Of so many of them drafts are counted for the list."""
Word = Annotated[str, Query(max_length=128)]
Month = Annotated[str, Query(pattern=r"^(20\d\d-(0[1-9]|1[0-2]))?$")]


class Listed(NamedTuple):
    """A line of the list: a contract in one month; `counts`: its score is told, of drafts only in the newest months."""

    contract: Contract
    vendor: str
    found: Publication
    next: Next | None
    counts: bool


@router.get("/statements")
def statements(view: Visitor, vendor: Word = "", until: Month = "") -> HTMLResponse:
    """Months and contracts, the newest first, up to the month `until`; of all that one may see, or of one vendor."""
    reader(view)
    with reading(view.room.engine) as conn:
        city, first = city_now(conn), since(conn)
        mine = contracts(view, city)
        begun = {one.id: list(months(one, first, view.now)) for one in mine if vendor in ("", one.vendor)}
        every = sorted({name for some in begun.values() for name in some}, reverse=True)
        shown = [name for name in every if not until or name <= until][:SHOWN]
        rows = {
            name: [_listed(conn, view, one, name, every) for one in mine if name in begun.get(one.id, ())]
            for name in shown
        }
    older = [name for name in every if shown and name < shown[-1]]
    return view.page(
        "statements.html",
        rows=rows,
        names={one.id: one.name for one in city.vendors.values()},
        vendors=sorted({one.vendor for one in mine}),
        vendor=vendor,
        older=urlencode({"until": older[0]} | ({"vendor": vendor} if vendor else {})) if older else None,
        states=STATES,
        own=view.scope.vendor,
        quote=lambda text: quote(text, safe=""),
    )


def _listed(conn: Connection, view: View, contract: Contract, name: str, every: list[str]) -> Listed:
    at = publication(conn, contract.id, name)
    following = next_of(at, month_within(name, contract.zone).until, view.now, view.person)
    return Listed(contract, contract.vendor, at, following, at.published is not None or name in every[:COUNTED])


@router.get("/statements/{vendor}/{month}")
def statement(vendor: str, month: str, view: Visitor, contract: Word = "", said: Word = "") -> Response:
    """One statement; where the vendor has several contracts in that month and none is named, to the list."""
    with reading(view.room.engine) as conn:
        some = [one for one in choices(view, city_now(conn), vendor, month) if contract in ("", one.id)]
    if len(some) > 1:
        return RedirectResponse("/statements?" + urlencode({"vendor": vendor, "until": month}), 303)
    if not some:
        raise not_found()
    return statement_page(view, named(view, vendor, month, some[0].id), said)


@router.get("/statements/{vendor}/{month}/score")
def score(vendor: str, month: str, view: Visitor, contract: Word) -> HTMLResponse:
    """Score and payment for the list, counted where the statement is a draft."""
    one = named(view, vendor, month, contract)
    return view.page("statements_score.html", document=one.document, money=money)


@router.get("/statements/{vendor}/{month}/tickets/{id}")
def ticket(vendor: str, month: str, id: str, view: Visitor, contract: Word) -> HTMLResponse:
    """A ticket as the statement has it, with its slices and the observations at their edges."""
    one = named(view, vendor, month, contract)
    behind = ticket_of(one.document, id)
    if behind is None:
        raise not_found()
    view.zone = one.contract.zone
    with reading(view.room.engine) as conn:
        clocked, picture = drawn(conn, view, one.city, one.document, behind)
    return view.page(
        "statement_ticket.html",
        document=one.document,
        ticket=behind,
        clocked=clocked,
        drawn=picture,
        back=one.address,
        class_words=CLASS_WORDS,
        minutes=lambda ms: minutes(ms, view.translate),
        instant=parse,
        most=MOST,
    )


router.include_router(statement_seen.router)
router.include_router(statement_deeds.router)


@router.get("/statements/{vendor}/{month}/{deed:path}")
def back(vendor: str, month: str, deed: str) -> RedirectResponse:
    """Where somebody lands who had to sign in again before a deed."""
    del deed
    return RedirectResponse(f"/statements/{quote(vendor, safe='')}/{quote(month, safe='')}", 303)
