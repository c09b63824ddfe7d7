"""Which reports are due when, and for whom: each month's on the first working day of the next (T1, T3, S2)."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, time
from typing import Any, Final, Literal, NamedTuple
from zoneinfo import ZoneInfo

from sqlalchemy import Connection

from reports.workdays import first_working, is_known
from sla.contract import Contract
from sla.instant import Ms, of_wall
from sla.interval import Interval
from sla.month import month, month_of
from store import report_runs
from store.agreements import contracts_of
from store.city import City

MOST_BACK: Final = 3
"""Months that are still made when they were missed."""
MAIL: Final = "mailto:"
_SIX: Final = time(6)

Report = Literal["availability", "statement"]
Day = int | Literal["first_working_day"]


@dataclass(frozen=True, slots=True)
class Plan:
    """Who gets what, as the settings say: recipients of the availability report, and of each branch's own by its id.

    `statements`: whether each contract's statement goes to its people. `day` of the month after and `at` on the wall
    of `zone` say when; a day is the first working one, or a number.
    """

    zone: ZoneInfo
    to: tuple[str, ...] = ()
    branches: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    statements: bool = True
    day: Day = "first_working_day"
    at: time = _SIX


class Due(NamedTuple):
    """A report to be made from `at` (ms) on: of `within`, which is the `month`, for a branch, a contract or all.

    `certain` is False where nobody knows the holidays that its day hangs on (T3). People are as settings name them.
    """

    at: Ms
    key: str
    report: Report
    month: str
    within: Interval
    people: tuple[str, ...]
    certain: bool
    branch: str | None = None
    contract: str | None = None
    vendor: str | None = None


def due_at(name: str, plan: Plan) -> tuple[Ms, bool]:
    """When the reports of a month such as 2026-10 are due, and whether the holidays of that day are known."""
    following = _following(name)
    if plan.day == "first_working_day":
        day = first_working(following)
        return of_wall(datetime.combine(day, plan.at), plan.zone), is_known(day)
    return of_wall(datetime.combine(following.replace(day=plan.day), plan.at), plan.zone), True


def months(plan: Plan, now: Ms) -> list[str]:
    """The months whose reports are due by now and not too old to be made, the oldest first."""
    found: list[str] = []
    name = month_of(now, plan.zone)
    while len(found) < MOST_BACK:
        name = month_of(month(name, plan.zone).start - 1, plan.zone)
        if due_at(name, plan)[0] <= now:
            found.insert(0, name)
    return found


def next_at(plan: Plan, now: Ms) -> Ms:
    """When something is due the next time, after now."""
    this = month_of(now, plan.zone)
    before = month_of(month(this, plan.zone).start - 1, plan.zone)
    return min(at for at in (due_at(name, plan)[0] for name in (before, this)) if at > now)


def due(plan: Plan, city: City, now: Ms) -> list[Due]:
    """All that is due by now, the first due first, whether or not it has been made."""
    return sorted(one for name in months(plan, now) for one in _of_month(plan, city, name) if one.at <= now)


def pending(conn: Connection, plan: Plan, city: City, now: Ms) -> list[Due]:
    """What is due by now and was not made: nothing of a month that was over before the first fact, or was due before
    there was anything to make it."""
    wanted = due(plan, city, now)
    done = report_runs.made(conn, [one.key for one in wanted])
    left = [one for one in wanted if one.key not in done]
    since = report_runs.first_fact(conn) if left else None
    installed = report_runs.first_inventory(conn) or 0
    return [one for one in left if since is not None and since < one.within.until and installed <= one.at]


def _of_month(plan: Plan, city: City, name: str) -> Iterator[Due]:
    at, certain = due_at(name, plan)
    within = month(name, plan.zone)
    if plan.to:
        yield Due(at, f"availability/{name}", "availability", name, within, plan.to, certain)
    for id, people in sorted(plan.branches.items()):
        if people and id in city.branches:
            yield Due(at, f"branch/{id}/{name}", "availability", name, within, people, certain, branch=id)
    if plan.statements:
        yield from _statements(city, name, at, certain=certain)


def _statements(city: City, name: str, at: Ms, *, certain: bool) -> Iterator[Due]:
    """A contract's month is one of its own zone, and over before its statement is due (S2)."""
    for one in contracts_of(city):
        within = month(name, one.zone)
        people = mail_people(city, one)
        if people and one.start < within.until and one.until > within.start:
            key = f"statement/{one.id}/{name}"
            late = max(at, within.until)
            yield Due(late, key, "statement", name, within, people, certain, contract=one.id, vendor=one.vendor)


def mail_people(city: City, contract: Contract) -> tuple[str, ...]:
    """The mail addresses of a contract's people, of its vendor's where it names none."""
    vendor = city.vendors.get(contract.vendor)
    row = city.contracts[contract.id]
    return _mails(row.document.get("notify")) or _mails(vendor.notify if vendor else ())


def _mails(notify: Iterable[Any] | None) -> tuple[str, ...]:
    return tuple(str(one) for one in notify or () if str(one).strip().startswith(MAIL))


def _following(name: str) -> date:
    year, number = int(name[:4]), int(name[5:])
    return date(year + number // 12, number % 12 + 1, 1)
