"""The wall: what is broken now, then every device of every hall as a cell."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from itertools import groupby
from typing import Annotated, Any, Final

from fastapi import APIRouter, Query
from fastapi.responses import HTMLResponse
from sqlalchemy import Connection

from api.halls import worst
from api.hints import NO_SNMP, UNKNOWN
from api.pages.view import Visitor
from api.words import STATES
from store.database import reading
from store.pages import AnyRow, Scope, broken, cells, change_range, hall_rows, ticket_rows, totals, unjudged

router = APIRouter(include_in_schema=False)
SHOWN: Final = 60
FEW: Final = 3
_DENSE: Final = 600


@dataclass(frozen=True, slots=True)
class Tile:
    """A hall on the wall with its cells."""

    id: str
    name: str
    state: str
    cells: list[AnyRow]


@dataclass(frozen=True, slots=True)
class Trouble:
    """One line of what is broken: the device, whose ticket, how many stand behind it (O5), and at how many others it
    is the same."""

    device: AnyRow
    ticket: AnyRow | None
    behind: int
    alike: int = 0

    @property
    def cause(self) -> str | None:
        """Why; of one that cannot be judged why not (O2)."""
        cause: str | None = getattr(self.device, "fault", None) or self.device.cause
        return cause

    @property
    def hint(self) -> str:
        """What to do, where that is known beforehand."""
        if self.device.state == "unmonitored":
            return UNKNOWN.get(self.cause or "", "")
        return NO_SNMP["timeout"] if (self.device.state, self.cause) == ("degraded", "noSnmp") else ""


def _troubles(rows: Iterable[AnyRow], tickets: dict[str, AnyRow]) -> list[Trouble]:
    found = list(rows)
    dark: dict[str, int] = {}
    for row in found:
        if row.state == "unreachable":
            dark[row.hall] = dark.get(row.hall, 0) + 1
    down = [row for row in found if row.state == "down"]
    told = {row.hall for row in down if row.gateway == row.id}
    lines = [Trouble(row, tickets.get(row.id), dark.get(row.hall, 0) if row.gateway == row.id else 0) for row in down]
    first: dict[str, AnyRow] = {}
    for row in found:
        if row.state == "unreachable" and row.hall not in told:
            first.setdefault(row.hall, row)
    lines += [Trouble(row, tickets.get(row.id), dark[row.hall]) for row in first.values()]
    return sorted(lines, key=lambda line: -(line.device.since or 0))


def _folded(rows: Iterable[AnyRow], tickets: dict[str, AnyRow]) -> list[Trouble]:
    """Devices that cannot be judged; where many have one cause, one line for all of them."""
    alike: dict[str, list[AnyRow]] = {}
    for row in rows:
        alike.setdefault(row.fault, []).append(row)
    return [
        Trouble(row, tickets.get(row.id), 0, len(some) - 1 if len(some) > FEW else 0)
        for some in alike.values()
        for row in (some[:1] if len(some) > FEW else some)
    ]


def _now(conn: Connection, scope: Scope) -> dict[str, Any]:
    """What the head of the wall shows: totals, what is broken, what should be seen to."""
    rows = broken(conn, scope, ("down", "unreachable", "degraded"))
    tickets = {row.device_id: row for row in reversed(ticket_rows(conn, scope, opened=True))}
    lines = _troubles((row for row in rows if row.state != "degraded"), tickets)
    degraded = [Trouble(row, tickets.get(row.id), 0) for row in rows if row.state == "degraded"]
    weak = [*_folded(unjudged(conn, scope), tickets), *degraded]
    weak_devices = len(weak) + sum(line.alike for line in weak)
    counted = totals(conn, scope)
    return {
        "troubles": lines[:SHOWN],
        "more": max(0, len(lines) - SHOWN),
        "weak": weak[:SHOWN],
        "weak_devices": weak_devices,
        "more_weak": max(0, len(weak) - SHOWN),
        "totals": [(state, counted.get(state, 0)) for state in STATES],
        "all": sum(counted.values()),
        "open_tickets": len(tickets),
    }


def _tiles(conn: Connection, scope: Scope, of_halls: list[str] | None = None) -> dict[str, Tile]:
    """Hall id to its tile."""
    inside = {hall: list(group) for hall, group in groupby(cells(conn, scope, of_halls), key=lambda row: row.hall)}
    tiles = {}
    for row in hall_rows(conn, scope):
        if of_halls is None or row.id in of_halls:
            mine = inside.get(row.id, [])
            counted: dict[str, int] = {}
            for cell in mine:
                counted[cell.state] = counted.get(cell.state, 0) + 1
            tiles[row.id] = Tile(row.id, row.name, worst(counted), mine)
    return tiles


def _by_branch(conn: Connection, scope: Scope, tiles: dict[str, Tile]) -> list[tuple[str, list[Tile]]]:
    grouped: dict[str, list[Tile]] = {}
    for row in hall_rows(conn, scope):
        if row.id in tiles:
            grouped.setdefault(row.branch_name or "", []).append(tiles[row.id])
    return sorted(grouped.items(), key=lambda pair: (not pair[0], pair[0]))


@router.get("/")
def wall(view: Visitor) -> HTMLResponse:
    """The whole wall."""
    scope = view.scope
    with reading(view.room.engine) as conn:
        after = change_range(conn)[1]
        head = _now(conn, scope)
        tiles = _tiles(conn, scope)
        grouped = _by_branch(conn, scope, tiles)
    dense = head["all"] > _DENSE
    return view.page("wall.html", live="wall", after=after, branches=grouped, dense=dense, **head)


@router.get("/wall/live")
def live(
    view: Visitor,
    hall: Annotated[list[str] | None, Query(max_length=400)] = None,
    dense: bool = False,
) -> HTMLResponse:
    """What changed: the head, and the tiles of some halls."""
    scope = view.scope
    with reading(view.room.engine) as conn:
        head = _now(conn, scope)
        tiles = _tiles(conn, scope, hall or [])
    return view.page("wall_live.html", tiles=list(tiles.values()), dense=dense, **head)
