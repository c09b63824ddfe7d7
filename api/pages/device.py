"""One device: what it last said, supplies, outages over time, measured values, tickets, identity."""

from __future__ import annotations

import re
from typing import Annotated, Any, Final

from fastapi import APIRouter, Query
from fastapi.responses import HTMLResponse
from sqlalchemy import Connection

from api import values
from api.band import Stretch, marks, pieces
from api.devices import counters_of
from api.hints import hint_of
from api.history import spans_of
from api.last import Last, last_of
from api.pages.view import View, Visitor, zone_info
from api.printed import printed
from api.problems import not_found
from api.words import N_
from store import facts
from store.database import reading
from store.fault import StoreError
from store.pages import AnyRow, Wanted, change_range, device_row, hall_zone, outage_rows, ticket_rows
from store.sleeping import Sleep, sleep_of

router = APIRouter(include_in_schema=False)
HOURS: Final = (1, 24, 168)
_YOUNG_MS: Final = 3 * 3_600_000
_HOUR_MS: Final = 3_600_000
_CHARTS: Final = 6
_DRAWN: Final = re.compile(
    r"pages|cpu_load|waiting|counters_open|charge|minutes_left|load|memory_load|temperature|rtt_ms|memory_kb|processes|loss"
    r"|(supply|input)\.\d+\.level|storage\.\d+\.used|if\.\d+\.(in|out)_octets"
)
_NOT_DRAWN: Final = re.compile(
    r"(supply|input|output|storage)\.\d+\.(class|type|unit|description|capacity|size|colorant)"
    r"|(alert|cover|light|marker)\.\d+\.\w+"
)
_REACHED: Final = N_("Reachability only: whether it answers is watched, nothing else of it is known.")
_SHORT: Final = re.compile(r"[a-zA-Z_.0-9]{1,128}")


def _charted(fields: list[str]) -> tuple[list[str], list[str]]:
    """The fields that are drawn at once, and the others by name; a device that has only names of its own gets those."""
    found = [field for field in fields if _SHORT.fullmatch(field) and not _NOT_DRAWN.fullmatch(field)]
    shown = [field for field in found if _DRAWN.fullmatch(field)] or found
    shown = shown[:_CHARTS]
    return shown, [field for field in found if field not in shown]


def _measured(view: View, device: AnyRow, last: Last | None, extra: str | None) -> dict[str, Any]:
    try:
        fields = sorted(view.room.metrics.fields(device.id), key=values.order) if view.room.metrics else []
    except StoreError:  # a server that is away: everything else on the page is there
        return {"charts": [], "others": [], "no_metrics": True}
    shown, others = _charted(fields)
    if extra in others:
        shown, others = [extra, *shown], [one for one in others if one != extra]
    said = last.values if last else {}
    counters = counters_of(view.room, device.kind, last)
    return {
        "no_metrics": False,
        "charts": [values.field_of(name, said, view.translate, counters) for name in shown],
        "others": [values.field_of(name, said, view.translate, counters) for name in others[:80]],
    }


def _plain(view: View, last: Last | None) -> list[tuple[str, str]]:
    """The values beside the charts: words, and value with unit."""
    if last is None:
        return []
    said, _ = last.values, view.translate
    known = [name for name in values.PLAIN if name in said]
    return [(values.field_of(name, said, _).words, values.shown(name, said, _)) for name in known]


def _read(conn: Connection, view: View, id: str, wanted: int | None) -> dict[str, Any]:
    row: AnyRow | None = device_row(conn, view.scope, id)
    if row is None:
        raise not_found()
    view.zone = zone_info(hall_zone(conn, row.hall), view.room.zone)
    hours = wanted or _fitting(conn, row.n, view.now)
    start = view.now - hours * _HOUR_MS
    cut = spans_of(conn, view.room, id, start, view.now, view.now)
    stretches = [Stretch(one.start, one.until, one.class_, (one.cause,) if one.cause else ()) for one in cut]
    outages = outage_rows(conn, view.scope, Wanted(start, device=id), limit=200)
    return {
        "after": change_range(conn)[1],
        "device": row,
        "pieces": pieces(stretches, start, view.now),
        "marks": marks(start, view.now, view.zone),
        "shown_states": list(dict.fromkeys(one.state for one in stretches)),
        "outages": outages,
        "tickets": ticket_rows(conn, view.scope, device=id, limit=20),
        "hours": hours,
    }


def _fitting(conn: Connection, number: int, now: int) -> int:
    """A day, or an hour while a device is new."""
    first = facts.first_ts(conn, number)
    return 24 if first is None or first < now - _YOUNG_MS else 1


@router.get("/devices/{id}")
def device(
    id: str,
    view: Visitor,
    hours: Annotated[int | None, Query(ge=1, le=24 * 92)] = None,
    field: Annotated[str | None, Query(max_length=128)] = None,
) -> HTMLResponse:
    """The device over the last `hours` (as fits, without them); `field` draws one more of its values."""
    with reading(view.room.engine) as conn:
        found = _read(conn, view, id, hours)
        last = last_of(found["device"].last)
        asleep = sleep_of(conn, found["device"].n, view.now) if last and "asleep" in last.conditions else None
    return view.page(
        "device.html",
        live=f"device:{id}",
        last=last,
        printer=printed(last.values if last else {}, view.translate),
        plain=_plain(view, last),
        hint=_hint(view, found["device"], last, asleep),
        asleep=asleep,
        periods=HOURS,
        stopping=_stopping(view, found["device"].kind),
        notes=_notes(view, found["device"].kind, last),
        **found,
        **_measured(view, found["device"], last, field),
    )


def _hint(view: View, device: AnyRow, last: Last | None, asleep: Sleep | None) -> str:
    """What it means, and what to do next."""
    longest = view.room.longest_sleep.get(f"{device.kind}/{device.model}") or view.room.longest_sleep.get(device.kind)
    overslept = asleep is not None and longest is not None and asleep.ms >= longest
    unlike = last is not None and view.room.unlike(device.kind, device.model, last.values)
    return hint_of(device.state, device.cause, last, overslept, unlike) if last else ""


def _notes(view: View, kind: str, last: Last | None) -> list[str]:
    """What is not known of this device: what its model's file says, and whether anything but reachability is."""
    if last is None:
        return []
    by_language = view.room.notes.get(f"{kind}/{last.values.get('model_file')}") or view.room.notes.get(kind) or {}
    noted = by_language.get(view.language) or next(iter(by_language.values()), "")
    lacks = {"asleep", "noSnmp", "noApplication"} & {*last.conditions}
    silent = not last.values and last.state in ("up", "degraded") and not lacks
    return [noted] if noted else [view.translate(_REACHED)] if silent else []


def _stopping(view: View, kind: str) -> frozenset[str]:
    """The conditions that stop a device of this kind."""
    return frozenset(getattr(view.room.policies.get(kind), "stopping", ()))
