"""One device: what it last said, supplies, outages over time, measured values, tickets, identity."""

from __future__ import annotations

import re
from typing import Annotated, Any, Final

from fastapi import APIRouter, Query
from fastapi.responses import HTMLResponse
from sqlalchemy import Connection

from api.band import Stretch, marks, pieces
from api.history import spans_of
from api.last import Last, last_of
from api.pages.view import View, Visitor, zone_info
from api.problems import not_found
from api.words import FIELDS
from sla.supplies import Supply, supplies_of
from store import facts
from store.database import reading
from store.pages import AnyRow, Wanted, change_range, device_row, hall_zone, outage_rows, ticket_rows

router = APIRouter(include_in_schema=False)
HOURS: Final = (1, 24, 168)
_YOUNG_MS: Final = 3 * 3_600_000
_HOUR_MS: Final = 3_600_000
_CHARTS: Final = 6
_PREFERRED: Final[tuple[str, ...]] = (
    "pages",
    "cpu_load",
    "waiting",
    "counters_open",
    "rtt_ms",
    "memory_kb",
    "processes",
    "loss",
)
_PART_OF_SUPPLY: Final = re.compile(r"supply\.\d+\.(class|type|unit|description|capacity)")
_LEVEL: Final = re.compile(r"supply\.(\d{1,9})\.level")
_SHORT: Final = re.compile(r"[a-zA-Z_.0-9]{1,128}")


def _charted(fields: list[str]) -> tuple[list[str], list[str]]:
    """The fields that are drawn at once, and the others by name."""
    known = [field for field in fields if _SHORT.fullmatch(field) and not _PART_OF_SUPPLY.fullmatch(field)]
    wanted = [field for field in _PREFERRED if field in known]
    wanted += [field for field in known if field.endswith(".level") and field not in wanted]
    shown = wanted[:_CHARTS]
    return shown, [field for field in known if field not in shown]


def _measured(view: View, device: str, extra: str | None) -> dict[str, Any]:
    fields = sorted(view.room.metrics.fields(device)) if view.room.metrics else []
    shown, others = _charted(fields)
    if extra in others:
        shown, others = [extra, *shown], [one for one in others if one != extra]
    return {"charts": shown, "others": others[:80]}


def _plain(last: Last | None) -> list[tuple[str, Any]]:
    """The values that have words and are no supply."""
    if last is None:
        return []
    return [(name, last.values[name]) for name in FIELDS if name in last.values and name != "uptime"]


def _title(field: str, supplies: list[Supply], view: View) -> str:
    """A field in words; a supply by its own description."""
    match = _LEVEL.fullmatch(field)
    found = next((one.description for one in supplies if match and one.index == int(match[1])), "")
    return found or view.translate(field)


def _read(conn: Connection, view: View, id: str, wanted: int | None) -> dict[str, Any]:
    row: AnyRow | None = device_row(conn, view.scope, id)
    if row is None:
        raise not_found()
    view.zone = zone_info(hall_zone(conn, row.hall), view.room.zone)
    hours = wanted or _fitting(conn, row.n, view.now)
    start = view.now - hours * _HOUR_MS
    cut = spans_of(conn, view.room, row, start, view.now, view.now)
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
    supplies = supplies_of(last.values) if last else []
    return view.page(
        "device.html",
        live=f"device:{id}",
        last=last,
        supplies=supplies,
        title=lambda name: _title(name, supplies, view),
        plain=_plain(last),
        periods=HOURS,
        stopping=_stopping(view, found["device"].kind),
        **found,
        **_measured(view, id, field),
    )


def _stopping(view: View, kind: str) -> frozenset[str]:
    """The conditions that stop a device of this kind."""
    return frozenset(getattr(view.room.policies.get(kind), "stopping", ()))
