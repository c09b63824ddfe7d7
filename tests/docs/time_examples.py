"""T1-T6 on the page."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any, Final
from zoneinfo import ZoneInfo

from sla.availability import figures, tally
from sla.calendar import Calendar
from sla.instant import MINUTE, first_of, render
from sla.interval import Interval, total
from sla.spans import Planned, spans
from sla.ticket import Happening, derive
from tests.docs.device import device
from tests.docs.notation import HALL, MONDAY, ZONE, Row, at, clock, length, percent, picture, ruler


def t1() -> list[object]:
    parts = [Interval(at("10:00"), at("10:40")), Interval(at("10:40"), at("11:00"))]
    berlin = ZoneInfo("Europe/Berlin")
    long = [first_of(day + timedelta(days=1), berlin) - first_of(day, berlin) for day in SUMMER]
    return [
        f"[10:00, 10:40) and [10:40, 11:00): {length(total(parts[:1]))} + {length(total(parts[1:]))}"
        f" = {length(total(parts))}; 10:40 itself lies in the second",
        f"{MONDAY} in Asia/Shanghai begins at {render(first_of(MONDAY, ZONE))}",
        f"in Europe/Berlin {SUMMER[0]} has {length(long[0])}, {SUMMER[1]} has {length(long[1])}",
    ]


SUMMER: Final = [date(2026, 3, 29), date(2026, 10, 25)]


def t2() -> list[object]:
    one = device("u" * 12, maintenance=[Planned(at("10:05"), at("10:10"), at("09:00"))])
    same = at("10:20")
    state = derive([Happening(what, same, "li") for what in ("opened", "restored", "reopened")]).state
    return [
        ruler("10:00", 12),
        Row("seen", "u" * 12),
        Row("maintenance", " " * 5 + "=" * 5),
        Row("class", picture(spans(one, at("10:00"), at("10:12"), at("10:12")), at("10:00"), at("10:12"))),
        f"opened, restored, reopened, all at 10:20 and entered in this order: the ticket is {state}",
    ]


def t3() -> list[object]:
    kept = Calendar.parse(T3_HOURS).clock()
    week = ", ".join(f"{days} {spans[0]}" for days, spans in T3_HOURS["week"].items())
    dates = ", ".join(f"{day} {spans[0]}" for day, spans in T3_HOURS["dates"].items())
    return [
        f"week: {week}; holidays: {T3_HOURS['holidays']}; dates: {dates}",
        *(Row(f"{day:%a} {day}", _open_on(kept.open_intervals(*_whole(day)))) for day in T3_DAYS),
    ]


T3_HOURS: Final[dict[str, Any]] = {
    "zone": "Asia/Shanghai",
    "week": {"mon-fri": ["08:30-18:00"], "sat": ["20:00-02:00"]},
    "holidays": "cn",
    "dates": {"2026-10-12": ["10:00-16:00"]},
}
T3_DAYS: Final = [date(2026, 10, day) for day in (7, 8, 9, 10, 11, 12, 17, 18)]


def _whole(day: date) -> tuple[int, int]:
    return first_of(day, ZONE), first_of(day + timedelta(days=1), ZONE)


def _open_on(parts: list[Interval]) -> str:
    return ", ".join(f"{clock(start)}-{clock(until)}" for start, until in parts) or "closed"


def t4() -> list[object]:
    kept = HALL.clock()
    start = at("17:20")
    end = kept.deadline(start, 90 * MINUTE)
    assert end is not None
    return [
        f"hall hours Mon-Fri 08:30-18:00; 90 open minutes after {clock(start, day=True)}:",
        f"  {length(at('18:00') - start)} until 18:00, {length(end - at('08:30', 1))} from 08:30:"
        f" {clock(end, day=True)}",
        f"open time from {clock(start, day=True)} to {clock(end, day=True)}: {length(kept.open_duration(start, end))}",
        f"open time from {clock(at('18:00'), day=True)} to {clock(at('08:30', 1), day=True)}:"
        f" {length(kept.open_duration(at('18:00'), at('08:30', 1)))}",
    ]


def t5() -> list[object]:
    seen = "u" * 30 + "d" * 30 + "u" * 60
    wrong = Interval(at("10:30"), at("10:50"))
    lines: list[object] = [
        f"{len(seen)} minutes, {seen.count('d')} of them down; {length(total([wrong]))} corrected away"
    ]
    stages: list[tuple[str, list[Interval]]] = [("before", []), ("corrected", [wrong]), ("withdrawn", [])]
    for label, excluded in stages:
        one = tally(device(seen, excluded=excluded), at("10:00"), at("12:00"), at("12:00"), "service")
        good, bad = one.good // MINUTE, one.bad // MINUTE
        lines.append(Row(label, f"{good} / ({good} + {bad}) min = {percent(figures(one).availability)}"))
    return lines


def t6() -> list[object]:
    polls = 6_000 * 1_440 * 3 * 365
    return [
        f"6,000 devices x 1,440 polls a day x 1,095 days = {polls:,} observations",
        f"50,000,000,000 bytes / {polls:,} = {50_000_000_000 / polls:.1f} bytes for each",
    ]


EXAMPLES = {"T1": t1, "T2": t2, "T3": t3, "T4": t4, "T5": t5, "T6": t6}
