"""S1-S4, S7 and S9 on the page."""

from __future__ import annotations

from dataclasses import replace
from fractions import Fraction
from typing import Any, Literal, NamedTuple

from sla.case import Case
from sla.contract import Band, Contract, Term
from sla.facts import Counted, MonthFacts, Survey
from sla.instant import HOUR, Ms
from sla.line import Line
from sla.month import month
from sla.owners import Owner
from sla.payment import payment
from sla.statement import Statement, statement
from sla.whatif import what_if
from sla.words import explain, grounds, number, points
from tests.docs.notation import ZONE, length
from tests.docs.tickets import happened, phoned, repaired, term, ticket, with_terms

NOVEMBER = month("2026-11", ZONE)
DECEMBER = month("2026-12", ZONE)
LATER: Ms = DECEMBER.until


def account(contract: Contract, *cases: Case, **facts: Any) -> Statement:
    return statement(contract, MonthFacts(NOVEMBER, cases, **facts), LATER)


def same(text: str) -> str:
    return text


def in_words(line: Line) -> list[object]:
    return [f"  {text}" for text in explain(line, same)]


def s1() -> list[object]:
    late = [repaired(f"K-{i}", i, 120 + 25 * i) for i in range(1, 4)]  # 25, 50 and 75 min late
    lines: list[object] = ["three late repairs, 25 + 50 + 75 = 150 min late; unit 60 min, 3 points"]
    rounds: tuple[Literal["up", "down", "exact"], ...] = ("up", "down", "exact")
    for how in rounds:
        (line,) = account(with_terms(term("T1", "late_minutes", 3, unit=60, round=how)), *late).lines
        lines.append(f"round {how:<6} {number(line.units):>4} units, deduction {points(line.deduction)}")
    capped = account(with_terms(term("T1", "late_minutes", 3, unit=60, cap=5)), *late).lines[0]
    lines.append(f"round up, cap 5: deduction {points(capped.deduction)}")
    full = account(with_terms(term("T1", "late_repairs", 40)), *late)
    lines.append(f"3 late repairs of 40 points each: {points(full.lines[0].deduction)} off, score {points(full.score)}")
    many = [repaired(f"K-{i}", i, 60) for i in range(8)]
    per = account(
        with_terms(replace(term("T2", "fault_count", 1, allowance=8), per_100=True)), *many, devices_in_service=76
    )
    return [*lines, "8 faults, 76 devices in service, 8 allowed per 100:", *in_words(per.lines[0])]


SURVEY = Survey(Fraction(172), 40)


class Repaired(NamedTuple):
    """A repair of the month: its length, and how it differs from a printer that was phoned in and repaired."""

    minutes: int
    kind: str = "printer"
    source: str = "phone"
    how: str = "repaired"
    owner: Owner = "vendor"
    repeat_of: str | None = None


S2_CASES = [
    Repaired(90),
    Repaired(150),
    Repaired(60, repeat_of="K-1"),
    Repaired(200, "kiosk"),
    Repaired(45, "kiosk", how="by_maker"),
    Repaired(30, source="detected"),
    Repaired(500, owner="hall"),
]


def s2() -> list[object]:
    cases = [repaired(f"K-{i}", i, **one._asdict()) for i, one in enumerate(S2_CASES, 1)]
    contract = with_terms(
        term("a", "fault_count", 1),
        term("b", "fault_hours", 1, round="exact"),
        term("c", "late_repairs", 5),
        term("d", "late_minutes", "0.1", round="exact"),
        term("e", "repeat_repairs", 2),
        term("f", "missed_patrols", 2),
        term("g", "spare_not_ready", 1),
        term("h", "self_repair_rate", "0.5", round="exact"),
        term("i", "satisfaction", 10, allowance="4.5", scale=5, round="exact"),
        term("j", "availability", 1, allowance="99.5", round="up"),
    )
    facts = MonthFacts(
        NOVEMBER,
        cases,
        missed_patrols=["h-03"],
        spares_not_ready=["SP-7", "SP-9"],
        satisfaction=SURVEY,
        availability=Counted(9_912, 88),
    )
    found = statement(contract, facts, LATER)
    told = [f"K-{i}  {one.kind:<8} {one.minutes:>3} min  {_told(one)}" for i, one in enumerate(S2_CASES, 1)]
    missed = f"patrol missed {facts.missed_patrols[0]}; spares not ready {', '.join(facts.spares_not_ready)};"
    lines = [_measured(*one) for one in zip(contract.terms, found.lines, strict=True)]
    return [*told, f"{missed} {SURVEY.count} answers, {SURVEY.total} in all", "good 99.12 % under `contract`", *lines]


def _told(one: Repaired) -> str:
    again = "" if one.repeat_of is None else f"the same fault as {one.repeat_of}"
    how = "" if one.how == "repaired" else one.how
    owner = "" if one.owner == "vendor" else f"the {one.owner}'s"
    return ", ".join(word for word in (one.source, how, owner, again) if word)


def _measured(term: Term, line: Line) -> str:
    value = "–" if line.value is None else number(line.value)
    priced = f"{number(term.points)} each {term.round}"
    allowed = number(line.allowance)
    return f"{line.term:<17}value {value:<17} allowed {allowed:<5} {priced:<15} off {points(line.deduction)}"


def s2_border() -> list[object]:
    over = ticket(phoned("19:30", 28), happened("restored", "09:00", 29), id="K-30")
    contract = with_terms(term("a", "fault_count", 1), term("b", "fault_hours", 1, round="exact"))
    lines: list[object] = ["phoned 2026-11-30 19:30, restored 2026-12-01 09:00, repair hours 08:00-20:00"]
    for label, period in (("November", NOVEMBER), ("December", DECEMBER)):
        found = statement(contract, MonthFacts(period, [over]), LATER)
        values = ", ".join(f"{line.term} {number(line.value or Fraction(0))}" for line in found.lines)
        lines.append(f"{label}: {values}; open at the end: {', '.join(found.open) or 'none'}")
    return lines


def s2_rectification() -> list[object]:
    cases = [repaired("K-1", 0, 90), repaired("K-2", 1, 150)]
    lines: list[object] = ["two repairs, 90 min (in time) and 150 min (target 2 h):"]
    counts: tuple[Literal["linear", "rectification"], ...] = ("linear", "rectification")
    for how in counts:
        contract = with_terms(
            term("b", "fault_hours", 1, round="exact", count=how),
            term("d", "late_minutes", 1, round="exact", count=how),
        )
        values = [number(line.value or Fraction(0)) for line in account(contract, *cases).lines]
        lines.append(f"count: {how:<14} fault_hours {values[0]:<4} late_minutes {values[1]}")
    return lines


def s3() -> list[object]:
    cases = [repaired("K-1", 0, 60), repaired("K-2", 1, 90), repaired("K-3", 2, 150)]
    lines: list[object] = [
        "K-1 60 min, K-2 90 min, K-3 150 min (late); T1 takes 5 points for a late repair, T2 1 for a fault"
    ]
    for group in (None, "repair"):
        contract = with_terms(term("T1", "late_repairs", 5, group=group), term("T2", "fault_count", 1, group=group))
        found = account(contract, *cases)
        shown = ", ".join(f"{line.id} {line.term} {points(line.deduction)}" for line in found.lines)
        lines.append(f"{'in one group' if group else 'without groups'}: {shown}; score {points(found.score)}")
    return [*lines, *in_words(found.lines[1])]


def s4() -> list[object]:
    cases = [repaired("K-1", 0, 90), repaired("K-2", 1, 150), repaired("K-3", 2, 125)]
    contract = with_terms(term("T1", "late_minutes", 2, unit=10, allowance=5))
    found = account(contract, *cases)
    (line,) = found.lines
    return [
        f"{line.id} {line.term}, rules {line.rules}",
        *(f"  {text}" for text in grounds(line, same)),
        *in_words(line),
        *(f"  {text}" for text in explain(found, same)),
    ]


def s7() -> list[object]:
    bands = (Band(Fraction(0), Fraction(60)), Band(Fraction(80), Fraction(90)), Band(Fraction(95), Fraction(100)))
    lines: list[object] = ["fee 20000.00; bands: from 0 60 %, from 80 90 %, from 95 100 %"]
    for score in (Fraction(100), Fraction("94.99"), Fraction("79.33")):
        paid = [payment(with_terms(fee=Fraction(20_000), payment=how), score) for how in ("none", "linear", bands)]
        told = [points(one) for one in paid if one is not None]
        lines.append(f"score {points(score):>6}: none {told[0]}, linear {told[1]}, bands {told[2]}")
    return lines


def s9() -> list[object]:
    before = with_terms(term("T1", "late_repairs", 5))
    after = replace(before, targets={"printer": 3 * HOUR})
    cases = [repaired("K-1", 0, 90), repaired("K-2", 1, 150), repaired("K-3", 2, 200)]
    month_facts = MonthFacts(NOVEMBER, cases)
    found = what_if(before, after, month_facts, LATER)
    dearer = what_if(before, with_terms(term("T1", "late_repairs", 6)), month_facts, LATER)
    return [
        "repairs of 90, 150 and 200 min; the target 2 h, what if 3 h",
        f"score {points(found.before.score)} becomes {points(found.after.score)}",
        *(
            f"{one.ticket}: repair time {length(one.before.counted or 0)}, late {length(one.before.late or 0)}"
            f" becomes {length(one.after.late or 0)}"
            for one in found.tickets
        ),
        "the target stays 2 h, what if a late repair takes 6 points instead of 5",
        f"score {points(dearer.before.score)} becomes {points(dearer.after.score)}",
        f"{', '.join(one.ticket for one in dearer.tickets)}: in a line of another price",
    ]


EXAMPLES = {
    "S1": s1,
    "S2": s2,
    "S2-border": s2_border,
    "S2-rectification": s2_rectification,
    "S3": s3,
    "S4": s4,
    "S7": s7,
    "S9": s9,
}
