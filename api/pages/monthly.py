"""The reports' page: choose a period, look at it, take it along; and what the calendar made."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Annotated, Any, Final
from urllib.parse import quote

from fastapi import APIRouter, Depends, Query
from fastapi.responses import HTMLResponse

from api.made import made
from api.pages.monthly_choice import PARTS, SPANS, Choice, parts_of, usual
from api.pages.monthly_drawn import drawn
from api.pages.statement_found import reader
from api.pages.view import View, Visitor
from api.problems import Problem
from api.repairs import city_now
from api.reports import turn
from api.words import N_
from reports.asked import Unknown
from reports.book import Book, Cells, Column, Kind, Table, Value
from reports.forms.cells import shown
from reports.monthly import document, monthly
from reports.monthly_book import book as book_of
from reports.periods import BadPeriod
from sla.interval import Interval
from sla.profile import ProfileName
from store import report_runs
from store.database import reading
from store.pages import EVERYTHING

router = APIRouter(include_in_schema=False)
MOST_LINES: Final = 100
"""Of a table on the page; the files have all."""
MADE: Final = 12
PROFILES: Final[Mapping[ProfileName, str]] = {
    "service": N_("customers and halls"),
    "contract": N_("contracts and vendors"),
    "raw": N_("around the clock"),
}
NONE_SUCH: Final = N_("There is no {id} here any more.")
BUSY: Final = N_("Other reports are being counted. Wait half a minute and show it again.")
_LINKS: Final[Mapping[str, str]] = {"device": "/devices/", "ticket": "/tickets/", "hall": "/halls/"}
Word = Annotated[str, Query(max_length=160)]


def chosen(
    span: Word = "month",
    month: Word = "",
    week: Word = "",
    first: Word = "",
    last: Word = "",
    of: Word = "",
    profile: Word = "service",
) -> Choice:
    """What the form says."""
    known: ProfileName = next((one for one in PROFILES if one == profile), "service")
    return Choice(span, month.strip(), week.strip(), first.strip(), last.strip(), of.strip(), known)


@router.get("/reports")
def reports(view: Visitor, form: Annotated[Choice, Depends(chosen)], counted: Word = "") -> HTMLResponse:
    """The form, and the report, counted where `counted` says so: else the page asks for it by itself."""
    choice = usual(form, reader(view).now, view.zone)
    try:
        within = choice.within(view.now, view.zone)
    except BadPeriod as error:
        return _page(view, choice, wrong=view.translate(error.reason), status=422)
    if not counted:
        return _page(view, choice)
    try:
        return _page(view, choice, _counted(view, choice, within), within)
    except Unknown as error:
        return _page(view, choice, wrong=view.translate(NONE_SUCH).replace("{id}", error.id[:64]), status=422)
    except Problem as problem:
        if problem.status != 503:
            raise
        return _page(view, choice, wrong=view.translate(BUSY), status=503)


def _counted(view: View, choice: Choice, within: Interval) -> Book:
    room, asked = view.room, choice.asked(within, view.scope)
    with turn():
        found = monthly(room.engine, asked, room.policies, view.now, zone=view.zone, targets=room.targets, how=room.how)
        return book_of(document(found), view.translate, view.language, view.zone)


def _page(
    view: View,
    choice: Choice,
    book: Book | None = None,
    within: Interval | None = None,
    wrong: str = "",
    status: int = 200,
) -> HTMLResponse:
    with reading(view.room.engine) as conn:
        some = parts_of(city_now(conn), view.scope)
        runs = report_runs.listed(conn, view.scope.vendor, MADE)
    return view.page(
        "reports.html",
        status,
        choice=choice,
        spans=[(code, view.translate(words)) for code, words in SPANS.items()],
        parts=[(code, view.translate(words), some[code]) for code, words in PARTS.items()],
        profiles=[(code, view.translate(words)) for code, words in PROFILES.items()],
        staff=view.scope == EVERYTHING,
        wrong=wrong,
        runs=[made(*one, staff=view.scope == EVERYTHING) for one in runs],
        **_shown(view, choice, book, within),
    )


def _shown(view: View, choice: Choice, book: Book | None, within: Interval | None) -> dict[str, Any]:
    def address(form: str, table: str = "") -> str:
        assert within is not None
        more = {"format": form, "language": view.language} | ({"table": table} if table else {})
        return choice.address(within, **more)

    charts = [drawn(one) for one in book.charts if one.points] if book else []
    return {
        "book": book,
        "charts": charts,
        "tables": list(_together([lean(one) for one in book.tables])) if book else [],
        "cell": cell_of(view),
        "said": said_of(view),
        "link": link,
        "most": MOST_LINES,
        "address": address,
    }


def lean(table: Table) -> Table:
    """The table without columns that say nothing in any line, and without codes whose words stand beside them."""
    lines = [*table.rows, *([table.total] if table.total else [])]
    coded = {"id", "profile"} if table.name.removesuffix("_time") in ("city", "kind") else {"profile"}
    kept = [
        n
        for n, one in enumerate(table.columns)
        if one.key not in coded and any(row[n] not in _quiet(one) for row in lines)
    ]
    if not table.rows or (table.total and 0 not in kept):
        return table

    def of(row: Cells) -> Cells:
        return tuple(row[n] for n in kept)

    total = of(table.total) if table.total else None
    return table._replace(
        columns=tuple(table.columns[n] for n in kept), rows=tuple(of(row) for row in table.rows), total=total
    )


def _together(tables: Sequence[Table]) -> Iterator[tuple[Table, list[Table]]]:
    """Each table with those that say more of the same: `hall` with `hall_time`."""
    more = {one.name for one in tables if any(one.name.startswith(f"{other.name}_") for other in tables)}
    for one in tables:
        if one.name not in more:
            yield one, [other for other in tables if other.name in more and other.name.startswith(f"{one.name}_")]


def _quiet(column: Column) -> tuple[Value, ...]:
    """What says nothing in a column; that all is known and seen goes without saying."""
    return (None, False) if column.key in {"low_coverage", "provisional", "crosses"} else (None,)


def cell_of(view: View) -> Callable[[Value, Kind], str]:
    """How a value reads for somebody."""
    return lambda value, kind: shown(value, kind, view.zone, view.translate)


def said_of(view: View) -> Callable[[Table, Column, Value], str]:
    """How a cell of a table reads."""
    cell = cell_of(view)
    return lambda _table, column, value: cell(value, column.kind)


def link(table: Table, column: Column, value: Value) -> str:
    """Where a cell leads: to the device, the ticket, the hall that it names; empty for nowhere."""
    what = table.name if column.key == "id" else column.key
    at = next((path for name, path in _LINKS.items() if what in (name, f"{name}s")), "")
    return at + quote(value, safe="") if at and isinstance(value, str) and value else ""
