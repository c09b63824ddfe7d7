"""October 2026 of a small city: tickets, terms and contracts made by hand or at random."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace
from fractions import Fraction
from itertools import accumulate
from math import prod
from typing import Any, Final
from zoneinfo import ZoneInfo

from hypothesis import strategies as st

from sla.calendar import ALWAYS, Calendar
from sla.case import Case
from sla.contract import Contract, Granted, Term, Travel
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


def picked(*choices: Sequence[Any]) -> st.SearchStrategy[list[Any]]:
    """One of each, by a single draw: that is quick."""

    def decoded(number: int) -> list[Any]:
        found = []
        for some in choices:
            number, i = divmod(number, len(some))
            found.append(some[i])
        return found

    return st.integers(0, prod(len(some) for some in choices) - 1).map(decoded)


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
_LENGTHS: Final = [0, 1, HOUR, 2 * HOUR, 2 * HOUR + 1, 7_384_211, 5 * HOUR, 30 * HOUR]
_DETAILS: Final = {"cancelled": {"reason": "double"}, "reopened": {"source": "phone"}}
_TARGETS: Final = {"printer": 2 * HOUR, "kiosk": 4 * HOUR, "queue": HOUR}


def cases(id: str = "T") -> st.SearchStrategy[Case]:
    """A ticket of autumn, whatever became of it."""
    return picked(
        ["printer", "printer", "kiosk", "queue", "pc"],
        ["h-1", "h-1", "h-2"],
        ["vendor", "vendor", "vendor", "undetermined", "hall"],
        [True, False],
        [None, MINUTE],
        [None, None, "T0"],
        ["phone", "phone", "import", "detected", "patrol"],
        ["repaired", "by_maker", "replaced_by_spare"],
        _LIVES,
        range(OCTOBER.start - 3 * DAY, OCTOBER.until + 2 * DAY, HOUR),
        _LENGTHS,
        _LENGTHS,
        _LENGTHS,
    ).map(lambda facts: _case(id, facts))


def _case(id: str, facts: Sequence[Any]) -> Case:
    kind, hall, owner, has_vendor, seen, repeat, source, how, life, start, *lengths = facts
    events = [Happening("opened", start, "hall", {"source": source})]
    for name, when in zip(life, accumulate(lengths[1:], initial=start + lengths[0]), strict=False):
        events.append(Happening(name, when, "vendor", _DETAILS.get(name, {"how": how})))
    detected = None if seen is None else start - seen
    return Case(id, "D", kind, hall, events, owner=owner, has_vendor=has_vendor, detected_at=detected, repeat_of=repeat)


cities: Final = st.integers(0, 8).flatmap(lambda n: st.tuples(*(cases(f"T{i}") for i in range(n))))
"""Tickets with different ids."""

_SURVEYS: Final = [None, Survey(Fraction(0), 0), Survey(Fraction(31), 9), Survey(Fraction(40), 8)]
_TIMES: Final = [None, Counted(0, 0), Counted(DAY, 0), Counted(DAY, 1), Counted(DAY, HOUR), Counted(9, 90, False)]
_NAMES: Final[list[list[str]]] = [[], ["h-1"], ["h-1", "h-2"], ["h-2", "h-1", "h-2", "h-3"]]


def months() -> st.SearchStrategy[MonthFacts]:
    """A month with a bit of everything."""
    others = picked([0, 1, 130, 151], _NAMES, _NAMES, _SURVEYS, _TIMES)
    return st.builds(lambda tickets, rest: MonthFacts(OCTOBER, tickets, *rest), cities, others)


_NUMBERS: Final = [Fraction(text) for text in ("1", "0.25", "2.5", "10", "1.004", "0")]
_UNITS: Final = [Fraction(text) for text in ("1", "0.3", "0.5", "7")]
_CAPS: Final = [None, None, Fraction(30), Fraction("2.5"), Fraction(0)]
_GROUPS: Final = ["a", "a", "b", None]


def terms(id: str, groups: Sequence[str | None]) -> st.SearchStrategy[Term]:
    """A term with numbers that do not come out even."""
    rounding, sources = ["up", "down", "exact"], [None, None, frozenset({"detected", "patrol"})]
    return picked(
        sorted(TERMS), _NUMBERS, rounding, [None, *_NUMBERS], [False, True], _UNITS, _CAPS, groups, sources
    ).map(lambda facts: Term(id, *facts))


def contracts(groups: Sequence[str | None] = _GROUPS) -> st.SearchStrategy[Contract]:
    """A contract with up to six terms."""
    several = st.integers(0, 6).flatmap(lambda n: st.tuples(*(terms(f"L{i}", groups) for i in range(n))))
    others = picked(
        [ALWAYS, ALWAYS, DAYTIME],
        [_TARGETS, {}],
        [Travel(), Travel("allowance", [Granted(30 * MINUTE)])],
        ["phone", "detected"],
        [None, None, frozenset({"h-1"})],
        [False, True],
        ["linear", "rectification"],
    )
    return st.builds(_contract, several, others)


def _contract(several: Sequence[Term], others: Sequence[Any]) -> Contract:
    names = ("clock", "targets", "travel", "begin", "halls", "free_silence")
    counted = [replace(one, count=others[-1]) for one in several]
    return agreed(*counted, **dict(zip(names, others, strict=False)))


ungrouped: Final = contracts([None])
