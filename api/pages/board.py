"""The operator's board: every open ticket with its clock, and what an operator does to one ticket."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Any, Final, NamedTuple
from urllib.parse import urlencode

from fastapi import APIRouter, Depends, Query, Request
from fastapi.responses import HTMLResponse
from markupsafe import Markup

from api.board import NOBODY, TABS, Board, Entry
from api.pages.countdown import Bar, bar
from api.pages.facets import FACETS, Asked, Found, found
from api.pages.view import View, Visitor
from api.problems import Problem
from api.words import KINDS, N_, TICKET_STATES
from store.city import City
from store.pages import EVERYTHING

router = APIRouter(include_in_schema=False)
SHOWN: Final = 100
TAB_WORDS: Final = {
    "": N_("All"),
    "running": N_("Running"),
    "breached": N_("Over target"),
    "paused": N_("Paused"),
    "none": N_("Without clock"),
    "preventive": N_("Preventive"),
}
_FACET_WORDS: Final = {
    "vendor": N_("Vendor"),
    "branch": N_("Branch"),
    "hall": N_("Hall"),
    "kind": N_("Kind"),
    "state": N_("State"),
}
_OPTION: Final = Markup('<option value="%s"%s>%s (%d)</option>')
_SELECTED: Final = Markup(" selected")
_WITHOUT: Final = {"vendor": N_("Without vendor"), "branch": N_("Without branch")}


def staff_view(view: Visitor) -> View:
    """The view of somebody who sees the whole installation; raises `Problem` 403 otherwise."""
    if view.scope != EVERYTHING:
        raise Problem(403, "This takes the role admin, operator or viewer.")
    return view


StaffView = Annotated[View, Depends(staff_view)]
_Word = Annotated[str, Query(max_length=128)]


class Row(NamedTuple):
    """A ticket on the board."""

    entry: Entry
    bar: Bar
    vendor: str


def asked(
    tab: Annotated[str, Query(pattern=f"^({'|'.join(TABS)}|)$")] = "",
    vendor: _Word = "",
    branch: _Word = "",
    hall: _Word = "",
    kind: _Word = "",
    state: _Word = "",
    q: _Word = "",
) -> Asked:
    """What a query asks for."""
    return Asked(tab, vendor, branch, hall, kind, state, q.strip())


@router.get("/board")
def board(
    request: Request,
    view: StaffView,
    wanted: Annotated[Asked, Depends(asked)],
    page: Annotated[int, Query(ge=1, le=10_000)] = 1,
) -> HTMLResponse:
    """The open tickets asked for, the most urgent first, a hundred at a time."""
    known: Board = request.app.state.board
    picture = known.look(view.room.engine, view.room.now)
    view.now = picture.now
    chosen = found(picture.entries, wanted, picture.now)
    pages = max(1, -(-len(chosen.entries) // SHOWN))
    page = min(page, pages)
    first = (page - 1) * SHOWN
    return view.page(
        "board.html",
        live="board:",
        after=picture.after,
        rows=[_row(view, picture.city, one) for one in chosen.entries[first : first + SHOWN]],
        asked=wanted,
        tabs=[(tab, view.translate(words), chosen.tabs[tab], _link(wanted, tab=tab)) for tab, words in _tabs()],
        facets=_facets(view, picture.city, chosen, wanted),
        total=len(chosen.entries),
        first=first + 1,
        last=min(first + SHOWN, len(chosen.entries)),
        before=_link(wanted, page=page - 1) if page > 1 else None,
        behind=_link(wanted, page=page + 1) if page < pages else None,
        everything=_link(Asked(wanted.tab)),
    )


def _tabs() -> list[tuple[str, str]]:
    return list(TAB_WORDS.items())


def _link(wanted: Asked, **changed: Any) -> str:
    named = {name: value for name, value in (wanted._asdict() | changed).items() if value not in ("", 1)}
    return f"/board?{urlencode(named)}" if named else "/board"


def _row(view: View, city: City, entry: Entry) -> Row:
    vendor = city.vendors.get(entry.ticket.vendor or "")
    return Row(entry, bar(entry, view.now, view.translate), vendor.name if vendor else entry.ticket.vendor or "")


def _facets(view: View, city: City, chosen: Found, wanted: Asked) -> list[tuple[str, str, Markup]]:
    """The choices of each facet, by their words; one that is asked for is there even if nothing has it."""
    listed = []
    for name in FACETS:
        counts, given = chosen.counts[name], getattr(wanted, name)
        words = {value: _words(view, city, name, value) for value in {*counts, *([given] if given else [])}}
        options = Markup().join(
            _OPTION % (value, _SELECTED if value == given else "", text, counts.get(value, 0))
            for value, text in sorted(words.items(), key=lambda pair: (pair[0] == NOBODY, pair[1]))
        )
        listed.append((name, view.translate(_FACET_WORDS[name]), options))
    return listed


def _words(view: View, city: City, facet: str, value: str) -> str:
    if value == NOBODY and facet in _WITHOUT:
        return view.translate(_WITHOUT[facet])
    named: Mapping[str, Any] = {"vendor": city.vendors, "branch": city.branches, "hall": city.halls}.get(facet, {})
    if value in named:
        return str(named[value].name)
    return view.translate(value) if value in (*KINDS, *TICKET_STATES, N_("opened")) else value[:64]
