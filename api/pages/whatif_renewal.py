"""The renewal dossier: a vendor's year on one page, also of paper (S8)."""

from __future__ import annotations

from typing import Annotated, Any, Final
from urllib.parse import quote, urlencode

from fastapi import APIRouter, Query
from fastapi.responses import HTMLResponse

from api.dossier import over
from api.pages.clocks import minutes
from api.pages.monthly_drawn import drawn
from api.pages.statement_found import contracts, may_see
from api.pages.statement_lines import TERMS, money, number
from api.pages.statement_next import STATES
from api.pages.view import View, Visitor
from api.problems import not_found
from api.repairs import city_now
from api.reports import turn
from reports.dossier import book, dossier_document
from reports.statement_disputes import FATES
from sla.instant import parse
from store.database import reading

router = APIRouter(include_in_schema=False)
CHAINS: Final = 8
"""So many faults that came again, and disputes, on the page; the files have all."""
Word = Annotated[str, Query(max_length=128)]
Month = Annotated[str, Query(pattern=r"^(20\d\d-(0[1-9]|1[0-2]))?$")]


@router.get("/renewal/{vendor}")
def renewal(vendor: str, view: Visitor, until: Month = "", contract: Word = "") -> HTMLResponse:
    """The twelve months that end with `until`, without it with the last one that is over."""
    if not may_see(view.person, vendor):
        raise not_found()
    with turn(), reading(view.room.engine) as conn:
        city = city_now(conn)
        mine = [one for one in contracts(view, city) if one.vendor == vendor]
        if vendor not in city.vendors or (contract and contract not in {one.id for one in mine}):
            raise not_found()
        view.zone = mine[0].zone if mine else view.zone
        last = until or over(view.room, view.zone)
        found = dossier_document(conn, city, vendor, last, view.room.policies, view.now, contract or None)
    return view.page("renewal.html", **_shown(view, vendor, found), mine=mine, chosen=contract)


def _shown(view: View, vendor: str, found: dict[str, Any]) -> dict[str, Any]:
    charts = book(found, view.translate, view.language, view.zone).charts
    query = {"until": found["until"], "language": view.language}
    query |= {"contract": found["contract"]} if found["contract"] else {}
    return {
        "found": found,
        "curves": [drawn(one._replace(form="line")) for one in charts],
        "most": CHAINS,
        "cell": lambda value, _kind: "–" if value is None else f"{value:.2f}" if isinstance(value, float) else value,
        "address": lambda form: (
            f"/api/v1/vendors/{quote(vendor, safe='')}/dossier?" + urlencode(query | {"format": form})
        ),
        "page_of": lambda row: (
            f"/statements/{quote(vendor, safe='')}/{row['month']}?" + urlencode({"contract": row["contract"]})
        ),
        "at": lambda text: "–" if text is None else view.clock(parse(text), "%Y-%m-%d"),
        "minutes": lambda seconds: "–" if seconds is None else minutes(round(seconds * 1000), view.translate),
        "terms": TERMS,
        "states": STATES,
        "fates": FATES,
        "money": money,
        "number": number,
    }
