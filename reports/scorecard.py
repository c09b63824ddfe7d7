"""The branch scorecard and the intact rates behind it [完好率]: the figures once, for every way to show them (A7, P5).

`scorecard` takes what was counted already; `report` counts it. The arithmetic is `sla.scorecard`'s.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal
from fractions import Fraction
from typing import Any, Final
from zoneinfo import ZoneInfo

from sqlalchemy import Engine

from reports.asked import Asked, chosen
from reports.availability import EMPTY, NOBODY, Progress
from reports.intact import How, Stood, counted, inspect, inspection, served_each
from reports.pieces import pieces
from reports.scorecard_book import book
from sla.bulk import tallies
from sla.instant import Ms, render
from sla.intact import Inspected, Served, together
from sla.scorecard import ITEMS, Rule, Scored, scored
from sla.version import RULES
from store import seals
from store.city import City, Device
from store.database import Parts, moment
from store.device_facts import KindPolicy, Period, Selected, clock_of
from store.inventory import load

CITED: Final = ("A1", "A2", "A3", "A4", "A5", "A7", "O3", "O5", "O6", "O10", "P5", "T3")
"""The rules that make these figures."""
NETWORK: Final = frozenset({"switch", "router"})
"""The kinds of `hall network interruption`; all others are what `terminal access` is about."""


@dataclass(frozen=True, slots=True)
class Row:
    """A branch, or all halls: its intact rates both ways, None printing as a dash, and its items (none for all)."""

    id: str | None
    name: str | None
    devices: int
    time: Fraction | None
    count: Fraction | None
    served: Served
    inspected: Inspected | None
    items: tuple[Scored, ...] = ()

    @property
    def score(self) -> Fraction | None:
        """The sum of its items; None where one of them has no score, or there are none."""
        scores = [one.score for one in self.items]
        known = [one for one in scores if one is not None]
        return sum(known, Fraction(0)) if scores and len(known) == len(scores) else None


@dataclass(frozen=True, slots=True)
class Scorecard:
    """The figures as known at `known_at`; `inspected_at` None without an inspection; `note` where there are none.

    `head` is the end of the chain of seals, None before the first (S6).
    """

    start: Ms
    until: Ms
    known_at: Ms
    how: How
    inspected_at: Ms | None
    rows: tuple[Row, ...]
    total: Row
    calendars: tuple[str, ...]
    provisional: bool
    note: str | None = None
    head: str | None = None


def scorecard(
    city: City, stood: Sequence[Stood], period: Period, how: How, at: Ms | None, branch: str | None = None
) -> Scorecard:
    """From the devices of ALL halls, counted in `period` and inspected at `at`; only one `branch` is shown if given."""
    groups: dict[str | None, list[Stood]] = {}
    for one in stood:
        hall = city.halls.get(one.device.hall)
        groups.setdefault(hall.branch if hall else None, []).append(one)
    ids = sorted((id for id in groups if branch in (None, id)), key=lambda id: (id is None, id or ""))
    start, until, now = period
    halls = {one.device.hall: one.device for one in stood}
    hours = {hall.calendar for id in halls if (hall := city.halls.get(id)) and hall.calendar}
    whole = {item: together(_parts(stood, item, how).values()) for item in ITEMS}
    return Scorecard(
        start,
        until,
        now,
        how,
        at,
        tuple(_branch(city, id, groups[id], whole, how) for id in ids),
        _row(None, None, stood, how),
        tuple(sorted(hours)),
        any(clock_of(city, one).provisional(start, until) for one in halls.values()),
        None if stood else NOBODY if city.devices else EMPTY,
    )


def _row(id: str | None, name: str | None, some: Sequence[Stood], how: How) -> Row:
    time = together(one.time for one in some)
    seen = [one.inspected for one in some if one.inspected is not None]
    found = Inspected(*(sum(part) for part in zip(*seen, strict=True))) if seen else None
    count = Fraction(found.intact, found.all) if found and found.all else None
    return Row(id, name, len(some), time.rate(how.min_coverage), count, time, found)


def _branch(city: City, id: str | None, own: Sequence[Stood], whole: Mapping[str, Served], how: How) -> Row:
    if id is None:
        return _row(None, None, own, how)
    row = _row(id, city.branches[id].name if id in city.branches else id, own, how)
    return replace(row, items=tuple(_item(item, own, whole[item], how) for item in ITEMS))


def _item(item: str, own: Sequence[Stood], whole: Served, how: How) -> Scored:
    """P5: an item goes by the devices that it is about, of the branch and of all halls alike."""
    rule = Rule(compare=how.compare, min_coverage=how.min_coverage)
    mine = _parts(own, item, how)
    found = scored(item, ITEMS[item], mine, whole - together(mine.values()), rule)
    return found if how.intact == "time" else found._replace(hours=())  # at an instant there are no hours


def _parts(seen: Iterable[Stood], item: str, how: How) -> dict[str, Served]:
    """What each device brings to an item, of those that it is about."""
    network = item == "hall network interruption"
    some = (one for one in seen if (one.device.kind in NETWORK) is network)
    if how.intact == "time":
        return {one.device.id: one.time for one in some}
    return {one.device.id: counted(one.inspected) for one in some if one.inspected}


def report(  # a report has these parts
    engine: Engine,
    asked: Asked,
    policies: Mapping[str, KindPolicy],
    now: Ms,
    zone: ZoneInfo,
    how: How,
    progress: Progress = lambda _done, _all: None,
) -> Scorecard:
    """Count it, as of one moment: all halls, of which `asked.branch` alone may be shown. Raises `Unknown`."""
    period = Period(asked.start, asked.until, now)
    at = inspection(asked.start, asked.until, now, zone, how)
    with moment(engine) as parts:
        with parts() as conn:
            city = load(conn)
            if asked.branch is not None:
                chosen(city, asked)  # refuses a branch that there is not
            mine = chosen(city, replace(asked, branch=None))
            selected = Selected.planned(conn, city, policies, period)
            head = seals.head(conn)
        stood = list(_stood(parts, selected, mine, at, progress))
    card = scorecard(city, stood, period, how, at, asked.branch)
    return replace(card, head=str(head) if head else None)


def _stood(
    parts: Parts, selected: Selected, mine: Sequence[Device], at: Ms | None, progress: Progress
) -> Iterator[Stood]:
    now = selected.period.now
    for some, columns in pieces(parts, selected, mine, progress):
        found = served_each(tallies(columns, *selected.period, "service"))
        yield from map(Stood, some, found, inspect(columns, at, now))


def document(card: Scorecard) -> dict[str, Any]:
    """The scorecard as JSON has it: instants RFC 3339, rates 0..1 unrounded or null, points as decimal strings."""
    return {
        "from": render(card.start),
        "until": render(card.until),
        "known_at": render(card.known_at),
        "intact": card.how.intact,
        "compare": card.how.compare,
        "limit": float(Rule().limit),
        "min_coverage": float(card.how.min_coverage),
        "inspected_at": None if card.inspected_at is None else render(card.inspected_at),
        "rules": list(CITED),
        "rules_version": RULES,
        "calendars": list(card.calendars),
        "provisional": card.provisional,
        "rows": [_document(row, card.how) for row in card.rows],
        "total": _document(card.total, card.how),
        "note": card.note,
        "head": card.head,
    }


def _document(row: Row, how: How) -> dict[str, Any]:
    seen = row.served.good + row.served.bad
    agreed = seen + row.served.unmonitored
    return {
        "id": row.id,
        "name": row.name,
        "devices": row.devices,
        "intact_rate": _ratio(row.time if how.intact == "time" else row.count),
        "time": _ratio(row.time),
        "count": _ratio(row.count),
        "coverage": seen / agreed if agreed else None,
        "inspected": None if row.inspected is None else row.inspected._asdict(),
        "score": _points(row.score),
        "items": [_item_document(one) for one in row.items],
    }


def _item_document(one: Scored) -> dict[str, Any]:
    return {
        "item": one.item,
        "full": _points(one.full),
        "score": _points(one.score),
        "branch": _ratio(one.branch),
        "all": _ratio(one.all),
        "below": _ratio(one.below),
        "devices": list(one.devices),
        "hours": list(one.hours),
        "warning": one.warning,
    }


def _ratio(value: Fraction | None) -> float | None:
    return None if value is None else float(value)


def _points(value: Fraction | None) -> str | None:
    """Points as a decimal string; those of the scorecard are tenths."""
    return None if value is None else f"{Decimal(value.numerator) / value.denominator:.1f}"


__all__ = ["CITED", "NETWORK", "Row", "Scorecard", "book", "document", "report", "scorecard"]
