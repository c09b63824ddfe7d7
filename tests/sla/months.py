"""October 2026 of a small city: tickets, terms and contracts made by hand or at random."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace
from fractions import Fraction
from typing import Any, Final
from zoneinfo import ZoneInfo

from hypothesis import strategies as st

from sla.calendar import ALWAYS, Calendar
from sla.case import Case
from sla.contract import Band, Contract, Granted, Term, Travel
from sla.instant import DAY, HOUR, MINUTE, Ms, parse
from sla.month import month
from sla.statement import Counted, Evidence, Line, MonthFacts, Statement, Survey, statement
from sla.terms import TERMS
from sla.ticket import Happening

ZONE: Final = ZoneInfo("Asia/Shanghai")
OCTOBER: Final = month("2026-10", ZONE)
DAYTIME: Final = Calendar.parse({"zone": "Asia/Shanghai", "week": {"mon-sun": ["08:00-20:00"]}}).clock()
LATER: Final = parse("2026-12-24T00:00:00+08:00")


def at(text: str) -> Ms:
    """`10-05 10:00` of 2026 in Shanghai."""
    return parse(f"2026-{text.replace(' ', 'T')}:00+08:00")


def term(name: str, points: str = "1", id: str | None = None, **others: Any) -> Term:
    """A term of one point a unit, rounded up, with the allowance that it usually has; its id is its name."""
    others |= {key: Fraction(others[key]) for key in ("allowance", "unit", "cap") if key in others}
    return Term(id or name, name, Fraction(points), **others)


def agreed(*terms: Term, **others: Any) -> Contract:
    """A contract for all kinds and halls, around the clock, no journey; printers within two hours, kiosks four."""
    targets = {"printer": 2 * HOUR, "kiosk": 4 * HOUR}
    plain = Contract("c", "v", at("01-01 00:00"), at("12-31 00:00"), ZONE, targets=targets, terms=terms)
    return replace(plain, **others)


def ticket(id: str, begun: str = "10-05 10:00", minutes: int | None = 60, **others: Any) -> Case:
    """A printer's ticket, phoned in and restored after so many minutes; None: it is open."""
    source, how = others.pop("source", "phone"), others.pop("how", None)
    events = [Happening("opened", at(begun), "hall", {"source": source})]
    if minutes is not None:
        detail = {"how": how} if how else {}
        events.append(Happening("restored", at(begun) + minutes * MINUTE, "vendor", detail))
    facts = {"device": f"P-{id}", "kind": "printer", "hall": "h-1", "owner": "vendor", "events": tuple(events)}
    return Case(id, **(facts | others))


def facts(*cases: Case, **others: Any) -> MonthFacts:
    """October's facts."""
    return MonthFacts(OCTOBER, cases, **others)


def billed(contract: Contract, *cases: Case, **others: Any) -> Statement:
    """October's statement, as known in December."""
    return statement(contract, facts(*cases, **others), LATER)


def only(contract: Contract, *cases: Case, **others: Any) -> Line:
    """The one line of a contract with one term."""
    (line,) = billed(contract, *cases, **others).lines
    return line


def tickets_of(line: Line) -> str:
    """The tickets behind a line, `A B`."""
    return " ".join(sorted(line.behind))


def row(one: Line | Evidence, names: str) -> str:
    """Some figures of a line or of its evidence, exact, as `13/6 90`; `behind` are the tickets behind a line."""
    found = {name: getattr(one, name) for name in names.split()}
    return " ".join(" ".join(sorted(value)) if isinstance(value, frozenset) else str(value) for value in found.values())


def rows(ones: Iterable[Line | Evidence], names: str) -> list[str]:
    """The same of several."""
    return [row(one, names) for one in ones]


_LIVES: Final[list[tuple[str, ...]]] = [
    ("restored",),
    ("restored",),
    ("restored", "verified"),
    ("restored", "rejected", "restored"),
    ("restored", "reopened", "restored"),
    ("restored", "reopened"),
    ("cancelled",),
    (),
]
_TARGETS: Final = {"printer": 2 * HOUR, "kiosk": 4 * HOUR, "queue": HOUR}
_lengths = st.sampled_from([0, 1, HOUR, 2 * HOUR, 2 * HOUR + 1, 7_384_211, 5 * HOUR, 30 * HOUR])
_starts = st.integers(-3 * 24, 33 * 24).map(lambda hours: OCTOBER.start + hours * HOUR)


@st.composite
def cases(draw: st.DrawFn, id: str = "T") -> Case:
    """A ticket of autumn, whatever became of it."""
    when = draw(_starts)
    source = draw(st.sampled_from(["phone", "phone", "import", "detected", "patrol"]))
    events = [Happening("opened", when, "hall", {"source": source})]
    for name in draw(st.sampled_from(_LIVES)):
        when += draw(_lengths)
        events.append(Happening(name, when, "vendor", _detail(draw, name)))
    return Case(
        id,
        device="D",
        kind=draw(st.sampled_from(["printer", "printer", "kiosk", "queue", "pc"])),
        hall=draw(st.sampled_from(["h-1", "h-2"])),
        events=tuple(events),
        owner=draw(st.sampled_from(["vendor", "vendor", "vendor", "undetermined", "hall"])),
        has_vendor=draw(st.booleans()),
        detected_at=draw(st.none() | st.just(events[0].at - MINUTE)),
        repeat_of=draw(st.sampled_from([None, None, "T0"])),
    )


def _detail(draw: st.DrawFn, name: str) -> dict[str, str]:
    if name == "restored":
        return {"how": draw(st.sampled_from(["repaired", "by_maker", "replaced_by_spare"]))}
    return {"reason": "double"} if name == "cancelled" else {"source": "phone"} if name == "reopened" else {}


cities: Final = st.integers(0, 8).flatmap(lambda n: st.tuples(*(cases(f"T{i}") for i in range(n))))
"""Tickets with different ids."""


@st.composite
def months(draw: st.DrawFn) -> MonthFacts:
    """A month with a bit of everything."""
    names = st.lists(st.sampled_from(["h-1", "h-2", "h-3"]), max_size=3)
    surveys = st.builds(Survey, total=st.integers(0, 40).map(Fraction), count=st.integers(0, 9))
    times = st.builds(Counted, good_ms=st.integers(0, DAY), bad_ms=st.sampled_from([0, 1, HOUR]), covered=st.booleans())
    return MonthFacts(
        OCTOBER,
        draw(cities),
        draw(st.sampled_from([0, 1, 130, 151])),
        draw(names),
        draw(names),
        draw(st.none() | surveys),
        draw(st.none() | times),
    )


_numbers = st.sampled_from(["0", "0.25", "1", "1.004", "2.5", "10"]).map(Fraction)
_steps = st.sampled_from(["0.3", "0.5", "1", "7"]).map(Fraction)


@st.composite
def terms(draw: st.DrawFn, id: str, groups: Sequence[str | None]) -> Term:
    """A term with numbers that do not come out even."""
    return Term(
        id,
        draw(st.sampled_from(sorted(TERMS))),
        points=draw(_numbers),
        round=draw(st.sampled_from(["up", "down", "exact"])),
        allowance=draw(st.none() | _numbers),
        per_100=draw(st.booleans()),
        unit=draw(_steps),
        cap=draw(st.sampled_from([None, None, Fraction(0), Fraction("2.5"), Fraction(30)])),
        group=draw(st.sampled_from(groups)),
        sources=draw(st.sampled_from([None, None, frozenset({"detected", "patrol"})])),
        count=draw(st.sampled_from(["linear", "rectification"])),
    )


@st.composite
def contracts(draw: st.DrawFn, *, groups: Sequence[str | None] = (None, "a", "a", "b")) -> Contract:
    """A contract with up to six terms."""
    return agreed(
        *(draw(terms(f"L{i}", groups)) for i in range(draw(st.integers(0, 6)))),
        clock=draw(st.sampled_from([ALWAYS, ALWAYS, DAYTIME])),
        targets=draw(st.sampled_from([{}, _TARGETS])),
        travel=Travel("allowance", (Granted(draw(st.sampled_from([0, 30 * MINUTE]))),)),
        begin=draw(st.sampled_from(["phone", "detected"])),
        halls=draw(st.sampled_from([None, None, frozenset({"h-1"})])),
        free_silence=draw(st.booleans()),
        fee=draw(st.none() | st.sampled_from([Fraction(20000), Fraction("999.99")])),
        payment=draw(st.sampled_from(["none", "linear", (Band(Fraction(60), Fraction(50)),)])),
    )


ungrouped: Final = contracts(groups=[None])
