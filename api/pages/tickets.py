"""Tickets, and one with its clock, what happened to it, and what may be done."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Any, NamedTuple
from urllib.parse import urlencode

from fastapi import APIRouter, Query
from fastapi.responses import HTMLResponse
from sqlalchemy import Connection

from api.band import Stretch
from api.durations import spoken
from api.history import spans_of
from api.pages.choices import ONE_TAP, WORDS, choices
from api.pages.clocks import BEGINS, minutes, said
from api.pages.clocks import WORDS as CLASS_WORDS
from api.pages.slices import Window, drawing, rows, window
from api.pages.timeline import causes, timeline
from api.pages.view import View, Visitor, zone_info
from api.paging import Cursor, parse, render
from api.problems import not_found
from api.repairs import city_now, running
from api.words import HOWS, N_
from sla.spans import Span
from store import complaints, photos
from store.database import reading
from store.pages import EVERYTHING, AnyRow, Scope, change_range, events_of, hall_zone, ticket_row, ticket_rows
from store.repeats import chain
from store.ticket_rate import Rate, ticket_rate

router = APIRouter(include_in_schema=False)
SHOWN = 50
RATE = N_("{rate} tickets per hall and day over {span}: {opened} in {halls} halls, {cancelled} cancelled")
Word = Annotated[str | None, Query(max_length=128)]


class Refused(NamedTuple):
    """A deed that was not done: the ticket, the event, why in words, and what was typed."""

    ticket: str
    event: str
    words: str
    typed: Mapping[str, str]
    status: int


@router.get("/tickets")
def tickets(
    view: Visitor,
    show: Annotated[str, Query(pattern="^(open|closed|all)$")] = "open",
    purpose: Annotated[str, Query(pattern="^(fault|preventive|all)$")] = "all",
    vendor: Word = None,
    cursor: Cursor = None,
) -> HTMLResponse:
    """The list, newest first."""
    key = parse(cursor, (int,))
    wanted = {"open": True, "closed": False, "all": None}[show]
    scope = Scope(vendor=vendor) if vendor and view.scope == EVERYTHING else view.scope
    kept = {"show": show, "purpose": purpose} | ({"vendor": vendor} if scope != view.scope and vendor else {})
    with reading(view.room.engine) as conn:
        after = change_range(conn)[1]
        before = key[0] if key else None
        only = None if purpose == "all" else purpose
        found = ticket_rows(conn, scope, wanted, before=before, limit=SHOWN + 1, purpose=only)
        clocks = running(conn, view.room, found[:SHOWN], view.now)
        rate = None if scope.hall else ticket_rate(conn, view.now, scope.vendor)
        vendors = sorted(city_now(conn).vendors.values(), key=lambda one: one.id) if view.scope == EVERYTHING else []
    more = urlencode(kept | {"cursor": render([found[SHOWN - 1].n])}) if len(found) > SHOWN else None
    return view.page(
        "tickets.html",
        live=None if cursor else "tickets:",
        after=after,
        rows=[(row, said(clocks[row.n], view.now, view.translate)) for row in found[:SHOWN]],
        kept=kept,
        vendors=vendors,
        address=lambda **given: "/tickets?" + urlencode(kept | given),
        more=more,
        rate=None if rate is None else _rate(rate, view),
    )


def _rate(rate: Rate, view: View) -> str | None:
    """What thresholds are tuned by, in words; None without halls."""
    if rate.per_hall_and_day is None:
        return None
    words = view.translate(RATE)
    return words.format(
        rate=f"{float(rate.per_hall_and_day):.2f}",
        span=spoken(rate.span, view.translate),
        opened=rate.opened,
        halls=rate.halls,
        cancelled=rate.cancelled,
    )


@router.get("/tickets/{id}")
def ticket(id: str, view: Visitor, do: Annotated[str, Query(max_length=16)] = "") -> HTMLResponse:
    """The ticket; `do` opens the form of an event."""
    return ticket_page(view, id, do)


def ticket_page(view: View, id: str, do: str = "", refused: Refused | None = None) -> HTMLResponse:
    """The ticket, with what was refused and what was typed then. Raises `Problem` 404."""
    with reading(view.room.engine) as conn:
        found = _read(conn, view, id)
    return view.page(
        "ticket.html",
        refused.status if refused else 200,
        live=f"ticket:{id}",
        do=refused.event if refused else do,
        refused=refused,
        typed=refused.typed if refused else {},
        words=WORDS,
        one_tap=ONE_TAP,
        hows=HOWS,
        begins=BEGINS,
        class_words=CLASS_WORDS,
        minutes=lambda ms: minutes(ms, view.translate),
        spoken=lambda ms: spoken(ms, view.translate),
        staff=view.scope == EVERYTHING,
        back="",
        **found,
    )


def _read(conn: Connection, view: View, id: str) -> dict[str, Any]:
    after = change_range(conn)[1]
    row = ticket_row(conn, view.scope, id)
    if row is None:
        raise not_found()
    view.zone = zone_info(hall_zone(conn, row.hall), view.room.zone)
    events = events_of(conn, row.n)
    known = running(conn, view.room, [row], view.now)[row.n]
    seen = window(row.opened_at, row.closed_at, known.repair, view.now)
    spans = _spans(conn, view, row, seen)
    stretches = [Stretch(one.start, one.until, one.class_, (one.cause,) if one.cause else ()) for one in spans]
    shown, left_out = rows(known.repair.slices) if known.repair else ((), 0)
    return {
        "after": after,
        "ticket": row,
        "known": known,
        "said": said(known, view.now, view.translate),
        "drawn": drawing(seen, known.repair, stretches, row.closed_at, view.now, view.zone),
        "slices": shown,
        "left_out": left_out,
        "items": timeline(view, events, spans, row.source == "detected" or row.purpose == "preventive"),
        "seen_entry": max((one.entry for one in events), default=0),
        "choices": choices(view.person, events, view.now),
        "causes": causes(row.kind),
        "photos": photos.of_ticket(conn, row.n),
        "chain": chain(conn, view.scope, row),
        "complaints": complaints.listed(conn, view.scope, complaints.Wanted(ticket=row.id), None, 50),
        "device": city_now(conn).devices.get(row.device_id),
    }


def _spans(conn: Connection, view: View, row: AnyRow, seen: Window) -> list[Span]:
    """The device's own states while the ticket lasted, as far as they are known."""
    until = min(seen.until, view.now)
    return spans_of(conn, view.room, row.device_id, seen.start, until, view.now) if seen.start < until else []
