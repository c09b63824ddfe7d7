"""Contracts and calendars as people read them, and what of them applies to a ticket (R1-R4, R6, T3)."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import date, timedelta
from typing import Annotated, Any, Final, NamedTuple

from fastapi import APIRouter, Query
from fastapi.responses import HTMLResponse

from api.applied import wall
from api.applies import Applies, applies, told
from api.durations import spoken
from api.hours import Hours, hours_of
from api.pages.board import StaffView
from api.pages.view import View
from api.problems import Problem, not_found
from api.repairs import city_now
from api.words import N_
from sla.instant import first_of
from store.city import City, ContractRow
from store.database import reading
from store.pages import ticket_row

router = APIRouter(include_in_schema=False)
_NEVER: Final = 1 << 60
_STARTS: Final = {
    "phone": N_("with the first report by people"),
    "notified": N_("when the vendor is first reached on any channel, or by phone"),
    "detected": N_("with the first second that counts as the vendor's"),
}
_TERMS: Final = {
    "fault_count": (N_("Faults"), N_("faults")),
    "fault_hours": (N_("Hours of faults"), N_("hours")),
    "late_repairs": (N_("Late repairs"), N_("late repairs")),
    "late_minutes": (N_("Minutes beyond the target"), N_("minutes")),
    "repeat_repairs": (N_("Repeated repairs"), N_("repeats")),
    "missed_patrols": (N_("Missed patrols"), N_("patrols")),
    "spare_not_ready": (N_("Spares not ready"), N_("spares")),
    "self_repair_rate": (N_("Repaired without the maker"), N_("percentage points")),
    "satisfaction": (N_("Satisfaction"), N_("points of its scale")),
    "availability": (N_("Availability"), N_("steps of 0.1 percentage points")),
}
_ROUNDS: Final = {"up": N_("each one begun"), "down": N_("each full one"), "exact": N_("to the fraction")}
_LOW: Final = frozenset({"self_repair_rate", "satisfaction", "availability"})
WHY: Final = {"date": N_("exception"), "holiday": N_("holiday"), "make_up": N_("make-up day")}
_DAYS: Final = (N_("mon"), N_("tue"), N_("wed"), N_("thu"), N_("fri"), N_("sat"), N_("sun"))


class Entry(NamedTuple):
    """A travel allowance of a hall, `hall` empty for all others; from and until as dates, empty for always."""

    hall: str
    name: str
    words: str
    since: str
    until: str
    now: bool


class Line(NamedTuple):
    """A term in words; `about` what it measures."""

    id: str
    about: str
    words: str
    more: str


class Cell(NamedTuple):
    """A day of the month: its open spans in words, why it is special, whether its year is not known yet."""

    day: date
    spans: list[str]
    why: str
    provisional: bool
    today: bool


@router.get("/contracts")
def contracts(view: StaffView, ticket: Annotated[str, Query(max_length=32)] = "") -> HTMLResponse:
    """All contracts; with a ticket, what applies to it and why."""
    wanted = ticket.strip()
    with reading(view.room.engine) as conn:
        city = city_now(conn)
        row = ticket_row(conn, view.scope, wanted) if wanted else None
        found = applies(conn, view.room, row, view.now) if row is not None else None
    return view.page(
        "agreements.html",
        cards=[_card(view, city, one) for _, one in sorted(city.contracts.items(), key=_ending(view.now))],
        calendars=sorted(city.calendars),
        ticket=wanted,
        row=row,
        applied=found and _applied(view, found),
    )


@router.get("/contracts/{id}")
def contract(id: str, view: StaffView) -> HTMLResponse:
    """One contract, in words."""
    with reading(view.room.engine) as conn:
        city = city_now(conn)
    row = city.contracts.get(id)
    if row is None:
        raise not_found()
    hours = hours_of(city.calendars.get(row.document.get("calendar") or ""))
    view.zone = hours.zone
    repair = row.document["repair"]
    return view.page(
        "agreements_one.html",
        card=_card(view, city, row),
        vendor=row.vendor,
        hours=hours,
        today=", ".join(hours.words_on(hours.day_of(view.now))),
        start=view.translate(_STARTS[repair["start"]]),
        targets=[(kind, _length(view, seconds)) for kind, seconds in sorted(repair["targets"].items())],
        warn=repair["warn"],
        chain=row.document.get("escalation") or (),
        travel=list(_travel(view, city, row)),
        mode=row.document["travel"]["mode"],
        covers=row.document["covers"],
        hall_names={one.id: one.name for one in city.halls.values()},
        pauses=row.document["pauses"],
        silence=row.document["silence"],
        fee=row.document["fee"],
        payment=row.document["payment"],
        terms=[_term(view, one) for one in row.document["terms"]],
    )


@router.get("/calendars/{id}")
def calendar(
    id: str, view: StaffView, month: Annotated[str, Query(pattern=r"^(20\d\d-(0[1-9]|1[0-2]))?$")] = ""
) -> HTMLResponse:
    """A month of a calendar: its open spans, and the days that do not follow the week."""
    with reading(view.room.engine) as conn:
        city = city_now(conn)
    if id not in city.calendars:
        raise not_found()
    hours = hours_of(city.calendars[id])
    if hours.calendar is None:
        raise Problem(409, "This calendar cannot be read.")
    today = hours.day_of(view.now)
    first = date.fromisoformat(f"{month}-01") if month else today.replace(day=1)
    weeks, after = _month(view, hours, first, today), _later(first)
    begin, end = first_of(first, hours.zone), first_of(after, hours.zone)
    return view.page(
        "agreements_calendar.html",
        id=id,
        hours=hours,
        first=first,
        weeks=weeks,
        days=[view.translate(one) for one in _DAYS],
        before=(first - timedelta(1)).strftime("%Y-%m"),
        later=after.strftime("%Y-%m"),
        open=_hours_of(hours.clock.open_duration(begin, end)),
        provisional=hours.clock.provisional(begin, end),
        specials=[(one, view.translate(WHY[one.why])) for one in hours.specials(begin, end)],
        holidays=hours.calendar.holidays,
        halls=sorted(one.name for one in city.halls.values() if one.calendar == id and one.gone_at is None),
        contracts=sorted(one.id for one in city.contracts.values() if one.document.get("calendar") == id),
    )


def _ending(now: int) -> Any:
    """Those in force first, then by id."""
    return lambda pair: (not pair[1].valid_from <= now < pair[1].valid_until, pair[0])


def _card(view: View, city: City, row: ContractRow) -> Mapping[str, Any]:
    vendor, covers = city.vendors.get(row.vendor), row.document["covers"]
    valid = row.valid_from <= view.now < row.valid_until
    return {
        "id": row.id,
        "vendor": vendor.name if vendor else row.vendor,
        "start": row.valid_from,
        "until": row.valid_until,
        "valid": valid,
        "ahead": view.now < row.valid_from,
        "calendar": row.document.get("calendar"),
        "kinds": covers["kinds"],
        "halls": covers["halls"],
        "targets": sorted({_length(view, one) for one in row.document["repair"]["targets"].values()}),
        "begin": view.translate(_STARTS[row.document["repair"]["start"]]),
    }


def _length(view: View, seconds: float) -> str:
    hours, minutes = divmod(round(seconds / 60), 60)
    parts = [f"{n} {view.translate(word)}" for n, word in ((hours, "h"), (minutes, "min")) if n]
    return " ".join(parts) or f"0 {view.translate('min')}"


def _travel(view: View, city: City, row: ContractRow) -> Iterator[Entry]:
    """The table of travel, the default last, each hall's entries in order of their dates."""
    travel = row.document["travel"]
    for hall, entries in [*sorted(travel["halls"].items()), ("", travel["default"])]:
        name = city.halls[hall].name if hall in city.halls else hall
        for one in sorted(entries, key=lambda one: one["from"] or 0):
            since, until = (view.clock(at, "%Y-%m-%d") if at is not None else "" for at in (one["from"], one["until"]))
            now = (one["from"] or 0) <= view.now < (one["until"] or _NEVER)
            yield Entry(hall, name, _length(view, one["seconds"]), since, until, now)


def _term(view: View, document: Mapping[str, Any]) -> Line:
    """What a term deducts, as a sentence with its numbers (S1, S2)."""
    about, unit = (view.translate(one) for one in _TERMS.get(document["term"], (document["term"], "")))
    given, low = document["allowance"], document["term"] in _LOW
    amount = given["per_100"] if isinstance(given, Mapping) else given
    words = view.translate(
        N_("{points} points for every {unit} below {allowance} ({what})") if low
        else N_("{points} points for every {unit} beyond {allowance} ({what})")
    )  # fmt: skip
    allowance = view.translate(N_("the usual")) if amount is None else str(amount)
    if isinstance(given, Mapping):
        allowance = view.translate(N_("{n} for 100 devices")).replace("{n}", str(amount))
    named = {"allowance": allowance, "points": document["points"], "unit": document["unit"], "what": unit}
    for name, value in named.items():
        words = words.replace("{" + name + "}", str(value))
    more = [view.translate(_ROUNDS[document["round"]])]
    if document["cap"] is not None:
        more.append(view.translate(N_("at most {n} points")).replace("{n}", str(document["cap"])))
    if document["group"]:
        more.append(view.translate(N_("never twice for one ticket within {n}")).replace("{n}", str(document["group"])))
    return Line(document["id"], about, words, " · ".join(more))


def _applied(view: View, found: Applies) -> Mapping[str, Any]:
    clock = wall(found.repair_hours.zone if found.contract else found.hall_hours.zone)
    repair = found.running.repair
    return {
        "contract": found.contract.id if found.contract else None,
        "sentences": [told(one, view.translate, clock) for one in found.sentences],
        "counted": None if repair is None else spoken(repair.counted, view.translate),
        "travel": None if repair is None else spoken(repair.travel, view.translate),
        "paused": None if repair is None else spoken(repair.paused, view.translate),
        "due": None if repair is None or repair.due is None else clock(repair.due, "%Y-%m-%d %H:%M"),
        "breached": repair is not None and repair.breached,
        "day": found.day,
        "calendar": found.repair_hours.id if found.contract else found.hall_hours.id,
    }


def _month(view: View, hours: Hours, first: date, today: date) -> list[list[Cell | None]]:
    """The weeks of a month from Monday on; None outside it."""
    begin, end = first_of(first, hours.zone), first_of(_later(first), hours.zone)
    special = {one.day: view.translate(WHY[one.why]) for one in hours.specials(begin, end)}
    cells: list[Cell | None] = [None] * first.weekday()
    for n in range((_later(first) - first).days):
        day = first + timedelta(n)
        at = first_of(day, hours.zone)
        provisional = hours.clock.provisional(at, at + 1)
        cells.append(Cell(day, hours.words_on(day), special.get(day, ""), provisional, day == today))
    cells += [None] * (-len(cells) % 7)
    return [cells[i : i + 7] for i in range(0, len(cells), 7)]


def _later(first: date) -> date:
    return (first + timedelta(32)).replace(day=1)


def _hours_of(ms: int) -> str:
    return f"{ms // 3_600_000}:{ms // 60_000 % 60:02d}"
