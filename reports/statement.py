"""A vendor's statement for a month as a document: every figure, and all that stands behind it (S1-S4, S7).

`store.month_facts` selects, `sla.statement` counts; here the figures become JSON, which every form is written from.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from decimal import Decimal
from fractions import Fraction
from math import floor
from typing import Any, Final

from sqlalchemy import Connection

from reports.statement_book import book
from sla.attribution import Account, Attributed, account
from sla.case import Fault
from sla.contract import Contract
from sla.evidence import Evidence, Step
from sla.instant import Ms, render
from sla.line import Line
from sla.repair import Repair, repair
from sla.statement import Statement, statement
from sla.version import RULES
from sla.words import shown
from store.agreements import contracts_of
from store.city import City
from store.device_facts import KindPolicy
from store.month_facts import Gathered
from store.tickets import Ticket

__all__ = ["CITED", "book", "cents", "decimal", "document", "exact", "gathered", "statement_document"]

VERSION: Final = 1
CITED: Final = (
    *("A1", "A2", "A3", "C1", "C5", "K1", "K4", "K6", "R1", "R2", "R3", "R4", "R5", "R7"),
    *("S1", "S2", "S3", "S4", "S7", "T1", "T2", "T3"),
)
"""The rules that make a statement."""
_DIGITS: Final = 6
_HALF: Final = Fraction(1, 2)


def statement_document(
    conn: Connection, city: City, contract_id: str, month: str, policies: Mapping[str, KindPolicy], now: Ms
) -> dict[str, Any]:
    """The statement of a contract's month as known at `now`, before any dispute; of a running month: so far.

    Raises KeyError for a contract that `city` does not have, ValueError for what is no month such as 2026-10.
    """
    return document(gathered(conn, city, contract_id, month, policies, now))


def gathered(
    conn: Connection, city: City, contract_id: str, month: str, policies: Mapping[str, KindPolicy], now: Ms
) -> Gathered:
    """The facts behind it. Raises as `statement_document`."""
    contract = {one.id: one for one in contracts_of(city)}[contract_id]
    return Gathered.of(conn, city, contract, month, policies, now)


def document(facts: Gathered) -> dict[str, Any]:
    """The statement that these facts make: instants RFC 3339, points and money decimal strings, times in s.

    A ticket that is open at the month's end is shown as it stood then, with its clock: what happens to it later belongs
    to a later month, and changes nothing here.
    """
    found = statement(facts.contract, facts.facts, facts.now)
    return (
        _head(facts)
        | _figures(facts.contract, found)
        | {
            "lines": [_line(one, facts) for one in found.lines],
            "open": list(found.open),
            "tickets": list(_tickets(facts)),
            "findings": [_finding(one) for one in facts.findings],
        }
    )


def _head(facts: Gathered) -> dict[str, Any]:
    contract = facts.contract
    vendor = facts.city.vendors.get(contract.vendor)
    return {
        "v": VERSION,
        "contract": contract.id,
        "vendor": contract.vendor,
        "vendor_name": vendor.name if vendor else contract.vendor,
        "month": facts.name,
        "from": render(facts.month.start),
        "until": render(facts.month.until),
        "valid": {"from": render(contract.start), "until": render(contract.until)},
        "zone": contract.zone.key,
        "known_at": render(facts.now),
        "running": facts.now < facts.month.until,
        "rules": list(CITED),
        "rules_version": RULES,
        "calendars": list(facts.calendars),
        "provisional": facts.provisional,
        "devices_in_service": facts.facts.devices_in_service,
    }


def _figures(contract: Contract, found: Statement) -> dict[str, Any]:
    return {
        "score": cents(found.score),
        "payment": None if found.payment is None else cents(found.payment),
        "fee": None if contract.fee is None else cents(contract.fee),
        "payment_rule": payment_rule(contract),
        "arithmetic": [step(one) for one in found.arithmetic],
    }


def payment_rule(contract: Contract) -> Any:
    """S7 as the inventory writes it."""
    if isinstance(contract.payment, str):
        return contract.payment
    return {"bands": [{"from": decimal(one.start), "percent": decimal(one.percent)} for one in contract.payment]}


def _line(line: Line, facts: Gathered) -> dict[str, Any]:
    return {
        "id": line.id,
        "term": line.term,
        "rules": line.rules,
        "value": None if line.value is None else decimal(line.value),
        "value_exact": None if line.value is None else exact(line.value),
        "allowance": decimal(line.allowance),
        "overrun": decimal(line.overrun),
        "units": decimal(line.units),
        "deduction": cents(line.deduction),
        "cap": None if line.cap is None else decimal(line.cap),
        "group": line.group,
        "removed": [one._asdict() for one in line.removed],
        "evidence": [_evidence(one, facts) for one in line.evidence],
        "arithmetic": [step(one) for one in line.arithmetic],
    }


def _evidence(one: Evidence, facts: Gathered) -> dict[str, Any]:
    later = one.ticket and (one.until is None or one.until >= facts.month.until)
    counted = _as_at_the_end(one, facts) if later else one.counted
    return {
        "thing": one.thing,
        "ticket": one.ticket,
        "amount": decimal(one.amount),
        "note": one.note,
        "start": _instant(one.start),
        "until": None if later else _instant(one.until),
        "counted_s": _seconds(counted),
        "target_s": _seconds(one.target),
    }


def _as_at_the_end(one: Evidence, facts: Gathered) -> Ms | None:
    case = next(case for case in facts.facts.cases if case.id == one.thing)
    clock = repair(case, facts.contract, min(facts.now, facts.month.until))
    return clock.counted if clock else None


def step(one: Step) -> dict[str, Any]:
    """A step of arithmetic: its msgid and what stands in its holes, as decimals, or exact and rounded where they do
    not end."""
    return {"text": one.text, "numbers": {name: shown(name, value) for name, value in one.numbers.items()}}


def _tickets(facts: Gathered) -> Iterable[dict[str, Any]]:
    """Those begun or restored in the month, and those open at its end, by their beginning."""
    rows = {row.id: row for row in facts.tickets}
    known = account(facts.contract, facts.facts, facts.now)
    open_ = {one.case.id for one in known.open}
    for one in _concerned(known):
        at = min(facts.now, facts.month.until) if one.case.id in open_ else facts.now
        clock = repair(one.case, facts.contract, at)
        yield _ticket(rows[one.case.id], one, clock, at, restored=one.case.id not in open_) | {
            "hall_name": facts.city.halls[one.case.hall].name
        }


def _concerned(known: Account) -> list[Attributed]:
    some = {one.case.id: one for part in (known.begun, known.restored, known.open) for one in part}
    return sorted(some.values(), key=lambda one: (one.at, one.case.id))


def _ticket(row: Ticket, one: Attributed, clock: Repair | None, at: Ms, *, restored: bool) -> dict[str, Any]:
    return {
        "id": row.id,
        "device": one.case.device,
        "kind": one.case.kind,
        "hall": one.case.hall,
        "opened_at": render(row.opened_at),
        "begun_at": render(one.at),
        "restored_at": _instant(one.restored) if restored else None,
        "how": one.how if restored else None,
        "source": row.source,
        "symptom": row.symptom,
        "repeat_of": one.case.repeat_of,
        "clock": None if clock is None else _clock(clock),
        "outages": [_outage(fault, at) for fault in one.case.outages if fault.start <= at],
    }


def _clock(clock: Repair) -> dict[str, Any]:
    return {
        "start": render(clock.start),
        "target_s": _seconds(clock.target),
        "travel_s": _seconds(clock.travel),
        "paused_s": _seconds(clock.paused),
        "counted_s": _seconds(clock.counted),
        "breached": clock.breached,
        "slices": [
            {
                "from": render(one.start),
                "until": render(one.until),
                "class": one.class_,
                "seconds": _seconds(one.until - one.start),
            }
            for one in clock.slices
        ],
    }


def _outage(fault: Fault, at: Ms) -> dict[str, Any]:
    """As known at `at`."""
    over = fault.until is not None and fault.until <= at
    return {"from": render(fault.start), "until": _instant(fault.until) if over else None}


def _finding(one: Any) -> dict[str, Any]:
    names = ("id", "kind", "thing", "total", "answers", "reason", "author")
    return {name: getattr(one, name) for name in names} | {"recorded_at": render(one.recorded_at)}


def decimal(value: Fraction) -> str:
    """A number in decimals, to six digits half up where they go on; nothing is padded."""
    scaled = value * 10**_DIGITS
    whole = floor(scaled + _HALF)
    text = f"{Decimal(f'{whole}e-{_DIGITS}'):f}"
    return text.rstrip("0").rstrip(".") if "." in text else text


def exact(value: Fraction) -> str | None:
    """`p/q` where six digits do not say it all, else None."""
    return None if (value * 10**_DIGITS).denominator == 1 else f"{value.numerator}/{value.denominator}"


def cents(value: Fraction) -> str:
    """Points or money: two decimals, of what has no more."""
    return f"{Decimal(f'{floor(value * 100 + _HALF)}e-2'):f}"


def _instant(at: Ms | None) -> str | None:
    return None if at is None else render(at)


def _seconds(ms: Ms | None) -> float | None:
    return None if ms is None else ms / 1000
