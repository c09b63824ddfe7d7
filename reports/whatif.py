"""What-if: past months of a contract under other terms, hours, targets, travel, start or payment (S9).

The facts of a sealed month are those that were sealed, where these make its figures again; else, and of all other
months, what is known now. Both are said.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from fractions import Fraction
from typing import Any, Final

from sqlalchemy import Connection

from reports.difference import difference
from reports.sealed_month import rebuilt
from reports.standing import standing
from reports.statement import cents, decimal, document, payment_rule
from reports.whatif_book import book
from sla.contract import Contract
from sla.instant import Ms, render
from sla.line import Line
from sla.statement import Statement
from sla.version import RULES
from sla.whatif import Difference, WhatIf, what_if
from sla.whatif import Standing as Stood
from store import papers, seals
from store.agreements import contracts_of
from store.city import CalendarRow, City, ContractRow
from store.device_facts import KindPolicy
from store.month_facts import Gathered

__all__ = ["CITED", "Change", "Tried", "book", "what_if_document"]

CITED: Final = ("R1", "R2", "R3", "R4", "R5", "S1", "S2", "S3", "S7", "S9", "T3")
"""The rules that make these figures."""


@dataclass(frozen=True, slots=True)
class Change:
    """A contract's document as it would be; `hours` those that it names and no inventory has.

    `said` is the change as it was asked for.
    """

    document: Mapping[str, Any]
    hours: Mapping[str, Any] | None = None
    said: Mapping[str, Any] | None = None


@dataclass(frozen=True, slots=True)
class Tried:
    """A month under both contracts: its facts, and the statements with the tickets that make them differ.

    `as_sealed`: whether what is known now is what was sealed (None: nothing was); `sealed`: whether these facts are.
    """

    facts: Gathered
    found: WhatIf
    state: str
    as_sealed: bool | None
    sealed: bool


def what_if_document(
    conn: Connection,
    city: City,
    contract_id: str,
    months: Sequence[str],
    change: Change,
    policies: Mapping[str, KindPolicy],
    now: Ms,
) -> dict[str, Any]:
    """Each of the months under the contract and under the changed one, and all together.

    Raises KeyError for a contract that `city` does not have, ValueError for what is no month.
    """
    before = {one.id: one for one in contracts_of(city)}[contract_id]
    changed = _changed(city, city.contracts[contract_id], change)
    after = {one.id: one for one in contracts_of(changed)}[contract_id]
    tried = [_tried(conn, changed, (before, after), month, policies, now) for month in months]
    vendor = city.vendors.get(before.vendor)
    return {
        "v": 1,
        "contract": before.id,
        "vendor": before.vendor,
        "vendor_name": vendor.name if vendor else before.vendor,
        "zone": before.zone.key,
        "known_at": render(now),
        "head": _head(conn),
        "rules": list(CITED),
        "rules_version": RULES,
        "provisional": any(one.facts.provisional for one in tried),
        "change": dict(change.said or {}),
        "fees": {"before": _fee(before), "after": _fee(after)},
        "months": [_month(one, now) for one in tried],
        "total": _total([one.found for one in tried]),
    }


def _changed(city: City, row: ContractRow, change: Change) -> City:
    calendars = dict(city.calendars)
    if change.hours is not None:
        name = change.document["calendar"]
        calendars[name] = CalendarRow(name, change.hours)
    contracts = {**city.contracts, row.id: replace(row, document=change.document)}
    return replace(city, contracts=contracts, calendars=calendars)


def _tried(
    conn: Connection,
    city: City,
    both: tuple[Contract, Contract],
    month: str,
    policies: Mapping[str, KindPolicy],
    now: Ms,
) -> Tried:
    before, after = both
    facts = Gathered.of(conn, city, before, month, policies, now, others=(after,))
    stands = standing(conn, before.id, month, now)
    same, sealed = None, False
    if stands.seals and stands.document is not None:
        same = difference(stands.document, document(facts)) is None
        kept = None if same else rebuilt(facts, stands.document, papers.get(conn, stands.seals[0].facts))
        facts = kept or facts
        sealed = same or kept is not None
    found = what_if(before, after, facts.facts, facts.now)
    return Tried(facts, found, stands.state, same, sealed)


def _head(conn: Connection) -> str | None:
    found = seals.head(conn)
    return None if found is None else str(found)


def _fee(contract: Contract) -> dict[str, Any]:
    return {"fee": None if contract.fee is None else cents(contract.fee), "payment_rule": payment_rule(contract)}


def _month(one: Tried, now: Ms) -> dict[str, Any]:
    return {
        "month": one.facts.name,
        "state": one.state,
        "running": now < one.facts.month.until,
        "provisional": one.facts.provisional,
        "facts": "sealed" if one.sealed else "now",
        "as_sealed": one.as_sealed,
        "before": _statement(one.found.before),
        "after": _statement(one.found.after),
        "tickets": [_ticket(ticket, one.facts) for ticket in one.found.tickets],
    }


def _statement(found: Statement) -> dict[str, Any]:
    return {
        "score": cents(found.score),
        "payment": None if found.payment is None else cents(found.payment),
        "lines": [_line(one) for one in found.lines],
    }


def _line(line: Line) -> dict[str, Any]:
    return {
        "id": line.id,
        "term": line.term,
        "value": None if line.value is None else decimal(line.value),
        "allowance": decimal(line.allowance),
        "units": decimal(line.units),
        "deduction": cents(line.deduction),
    }


def _ticket(one: Difference, facts: Gathered) -> dict[str, Any]:
    case = next(case for case in facts.facts.cases if case.id == one.ticket)
    told = {"id": one.ticket, "device": case.device, "kind": case.kind, "hall": case.hall}
    return told | {"before": _stood(one.before), "after": _stood(one.after)}


def _stood(one: Stood) -> dict[str, Any]:
    return {
        "lines": {line: decimal(amount) for line, amount in one.lines.items()},
        "counted_s": None if one.counted is None else one.counted / 1000,
        "late_s": None if one.late is None else one.late / 1000,
        "begun": one.begun,
        "restored": one.restored,
    }


def _total(found: Sequence[WhatIf]) -> dict[str, Any]:
    """All months: the sum of the deductions, the mean of the scores, the sum of what is paid."""
    before, after = _sums(one.before for one in found), _sums(one.after for one in found)
    paid = None if None in (before["payment"], after["payment"]) else _less(after["payment"], before["payment"])
    score = None if not found else _less(after["score"], before["score"])
    return {
        "months": len(found),
        "tickets": len({one.ticket for month in found for one in month.tickets}),
        "before": before,
        "after": after,
        "difference": {"score": score, "payment": paid},
    }


def _sums(statements: Iterable[Statement]) -> dict[str, Any]:
    some = list(statements)
    paid = [one.payment for one in some if one.payment is not None]
    deducted = sum((line.deduction for one in some for line in one.lines), Fraction(0))
    return {
        "score": cents(sum((one.score for one in some), Fraction(0)) / len(some)) if some else None,
        "deductions": cents(deducted),
        "payment": cents(sum(paid, Fraction(0))) if some and len(paid) == len(some) else None,
    }


def _less(one: str, other: str) -> str:
    return cents(Fraction(one) - Fraction(other))
