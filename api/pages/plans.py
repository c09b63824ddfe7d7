"""Planned maintenance and corrections: what touches now, all of it, new ones and their withdrawal (A1 3, 4)."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Annotated, Any, Final
from urllib.parse import urlencode
from zoneinfo import ZoneInfo

from fastapi import APIRouter, Query, Response
from fastapi.responses import HTMLResponse, RedirectResponse
from pydantic import ValidationError
from sqlalchemy import Connection, select

from api.auth import Asker
from api.bodies import REFUSED, Model, fault
from api.corrections import NewCorrection
from api.exemptions import record, withdraw, withdraw_future, zone_of
from api.maintenance import NewMaintenance
from api.pages.board import StaffView
from api.pages.deeds import in_words
from api.pages.view import View, Visitor
from api.paging import Cursor, parse, render
from api.posted import Form, Posted
from api.problems import Problem
from api.words import N_
from sla.instant import of_wall
from sla.instant import render as rfc3339
from sla.week import DAYS
from store import planned
from store.database import reading
from store.pages import EVERYTHING, change_range
from store.planned import Exemption, Kind, Wanted
from store.schema import branches, devices, halls

router = APIRouter(include_in_schema=False)
SHOWN: Final = 50
_LISTED: Final = 8000
KINDS: Final[Mapping[str, str]] = {"maintenance": N_("Maintenance"), "correction": N_("Corrections")}
SHOWS: Final = {"standing": N_("Not withdrawn"), "withdrawn": N_("Withdrawn"), "all": N_("All")}
WEEKDAYS: Final = (N_("mon"), N_("tue"), N_("wed"), N_("thu"), N_("fri"), N_("sat"), N_("sun"))
SAYS: Final = {"ok": N_("Recorded."), "gone": N_("Withdrawn: from now on it counts as if it never was.")}
_NO_TIME: Final = N_("The time cannot be read; it looks like 2026-11-01 08:30.")
_NO_DAYS: Final = N_("Choose days of the week, or of the month as 1 to 31 or last.")
_NO_LAST: Final = N_("Name the last date on which it may begin.")
_MEMBERS: Final = {
    "scope": N_("Device, hall or branch"),
    "from": N_("From"),
    "until": N_("Until"),
    "reason": N_("Reason"),
    "approver": N_("Approved by"),
    "approved_at": N_("Approved"),
    "recurring": N_("Recurring"),
}


@router.get("/plans")
def plans(
    view: StaffView,
    kind: Annotated[str, Query(pattern="^(maintenance|correction)$")] = "maintenance",
    show: Annotated[str, Query(pattern="^(standing|withdrawn|all)$")] = "standing",
    scope: Annotated[str, Query(max_length=128)] = "",
    series: Annotated[str, Query(max_length=32)] = "",
    said: Annotated[str, Query(pattern="^(ok|gone)?$")] = "",
    cursor: Cursor = None,
) -> HTMLResponse:
    """What is in force now, and the list, the newest first."""
    asked = {"kind": kind, "show": show, "scope": scope.strip(), "series": series}
    return _page(view, asked, said, cursor)


@router.post("/plans")
def new(view: Visitor, form: Form) -> Response:
    """Record one; what is refused is said on the page, and what was typed is kept."""
    person, kind = _operator(view), _kind(form.get("kind"))
    try:
        first = _record(view, person, kind, form)
    except Problem as problem:
        if problem.status != 422:
            raise
        asked = {"kind": kind, "show": "standing", "scope": "", "series": ""}
        return _page(view, asked, typed=form.words, refused=_faults(view, problem), status=422)
    more = {"series": first.series} if first.series else {}
    return RedirectResponse("/plans?" + urlencode({"kind": kind, "said": "ok", **more}), 303)


@router.post("/plans/withdraw")
def gone(view: Visitor, form: Form) -> Response:
    """Withdraw one, or of a series all that has not begun."""
    person, kind = _operator(view), _kind(form.get("kind"))
    if series := form.get("series"):
        withdraw_future(view.room, person, kind, series[:32])
    else:
        withdraw(view.room, person, kind, form.get("id")[:32])
    return RedirectResponse("/plans?" + urlencode({"kind": kind, "said": "gone"}), 303)


@router.get("/plans/withdraw")
def back() -> RedirectResponse:
    """Where somebody lands who had to sign in again."""
    return RedirectResponse("/plans", 303)


def _operator(view: View) -> Asker:
    if view.person is None or view.person.kind not in ("admin", "operator"):
        raise Problem(403, "This takes the role operator or admin.")
    return view.person


def _kind(text: str) -> Kind:
    return "correction" if text == "correction" else "maintenance"


def _page(
    view: View,
    asked: Mapping[str, str],
    said: str = "",
    cursor: str | None = None,
    typed: Mapping[str, str] | None = None,
    refused: list[str] | None = None,
    status: int = 200,
) -> HTMLResponse:
    return view.page(
        "plans.html",
        status,
        kinds=[(code, view.translate(words)) for code, words in KINDS.items()],
        shows=[(code, view.translate(words)) for code, words in SHOWS.items()],
        asked=asked,
        weekdays=list(zip(DAYS, map(view.translate, WEEKDAYS), strict=True)),
        typed=typed or {},
        refused=refused,
        told_so=view.translate(SAYS.get(said, "")),
        writes=view.person is not None and view.person.kind in ("admin", "operator"),
        **_read(view, asked, cursor),
    )


def _read(view: View, asked: Mapping[str, str], cursor: str | None) -> dict[str, Any]:
    """What is in force now, a part of the list, and where it goes on."""
    key = parse(cursor, (int,))
    kind, standing = _kind(asked["kind"]), {"standing": True, "withdrawn": False}.get(asked["show"])
    wanted = Wanted(asked["scope"] or None, standing=standing, series=asked["series"] or None)
    touching = Wanted(start=view.now, until=view.now + 1, standing=True)
    with reading(view.room.engine) as conn:
        rows = planned.listed(conn, kind, EVERYTHING, wanted, key[0] if key else None, SHOWN + 1)
        found = {
            "after": change_range(conn)[1],
            "active": planned.listed(conn, kind, EVERYTHING, touching, None, 100),
            "names": _names(conn),
            "sizes": _sizes(conn, rows[:SHOWN], view.now),
        }
    kept = {name: value for name, value in asked.items() if value}
    more = "/plans?" + urlencode(kept | {"cursor": render([rows[SHOWN - 1].n])}) if len(rows) > SHOWN else None
    return found | {"rows": rows[:SHOWN], "more": more}


def _names(conn: Connection) -> dict[tuple[str, str], str]:
    """What the ids of scopes are called, for the list and to choose from."""
    found = {("branch", row.id): row.name for row in conn.execute(select(branches.c.id, branches.c.name))}
    present = select(halls.c.id, halls.c.name).where(halls.c.gone_at.is_(None)).order_by(halls.c.id)
    found |= {("hall", row.id): row.name for row in conn.execute(present)}
    mine = select(devices.c.id, halls.c.name).join(halls, halls.c.id == devices.c.hall)
    rows = conn.execute(mine.where(devices.c.gone_at.is_(None)).order_by(devices.c.id).limit(_LISTED))
    return found | {("device", row.id): row.name for row in rows}


def _sizes(conn: Connection, rows: list[Exemption], now: int) -> dict[str, int]:
    """How many times of each series stand and have not begun."""
    named = {one.series for one in rows if one.series}
    kinds: dict[str, Kind] = {one.series: _kind(one.kind) for one in rows if one.series}
    return {one: len(planned.future(conn, kinds[one], one, now)) for one in named if one}


def _record(view: View, person: Asker, kind: Kind, form: Posted) -> Exemption:
    """Read the form as the body that a program would send. Raises `Problem` 422 with every fault."""
    with reading(view.room.engine) as conn:
        scopes = planned.scopes_of(conn, form.get("scope"))
        zone = zone_of(conn, scopes[0] if scopes else "hall", form.get("scope"), view.room.zone)
    body: dict[str, Any] = {"scope": form.get("scope"), "reason": form.get("reason"), "approver": form.get("approver")}
    body |= {name: _instant(form.get(name), zone) for name in ("from", "until")}
    if kind == "correction":
        return record(view.room, person, kind, _model(NewCorrection, body))[0]
    if form.get("approved_at"):
        body["approved_at"] = _instant(form.get("approved_at"), zone)
    if form.get("every") in ("week", "month"):
        body["recurring"] = _rule(form)
    said = _model(NewMaintenance, body)
    approved_at = view.now if said.approved_at is None else said.approved_at
    return record(view.room, person, kind, said, approved_at, said.recurring)[0]


def _rule(form: Posted) -> dict[str, Any]:
    rule: dict[str, Any] = {
        "every": form.get("every"),
        "until": form.get("last"),
        "interval": form.get("interval") or 1,
    }
    if rule["every"] == "week":
        return rule | {"days": [day for day in DAYS if form.get(f"on_{day}")]}
    days = [int(one) if one.isdecimal() and len(one) < 4 else one for one in form.get("days").replace(",", " ").split()]
    return rule | {"days": days, "weekday": form.get("weekday") or None}


def _instant(text: str, zone: ZoneInfo) -> str:
    """RFC 3339 of a time on the wall there; what cannot be read stays as it is, to be refused with its place."""
    try:
        wall = datetime.fromisoformat(text)
    except ValueError:
        return text
    return rfc3339(of_wall(wall, zone)) if wall.tzinfo is None and 1970 < wall.year < 9000 else text


def _model(model: type[Model], body: Mapping[str, Any]) -> Model:
    try:
        return model.model_validate(body)
    except ValidationError as error:
        raise Problem(422, REFUSED, [_fault(one) for one in error.errors()[:20]]) from error


def _fault(one: Mapping[str, Any]) -> dict[str, Any]:
    where = [str(step) for step in one["loc"]]
    if "days" in where or one["type"] == "days":
        return fault(where[0], _NO_DAYS)
    if where[-1] == "until" and len(where) > 1:
        return fault(where[0], _NO_LAST)
    return fault(where[0], _NO_TIME if one["type"] == "instant" else str(one["msg"]))


def _faults(view: View, problem: Problem) -> list[str]:
    """Each fault with the words of its field before it."""
    if not problem.faults:
        return [in_words(view, problem)]
    lines = ((str(one["place"][1]), str(one["reason"])) for one in problem.faults)
    told = (f"{view.translate(_MEMBERS.get(place, place))}: {view.translate(reason)}" for place, reason in lines)
    return list(dict.fromkeys(told))
