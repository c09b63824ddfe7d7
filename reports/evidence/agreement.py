"""A contract as figures hang on it, out of what `sla` reads of it: no people, no addresses (R1-R4, S1, S7)."""

from __future__ import annotations

from collections.abc import Iterable
from fractions import Fraction
from typing import Any, Final

from sla.contract import Contract, Granted, Term

_EVER: Final = 1 << 62


def agreement(contract: Contract, calendar: str | None) -> dict[str, Any]:
    """The contract as plain JSON: instants and durations in ms, numbers as exact texts; `calendar` are its hours."""
    return {
        "id": contract.id,
        "vendor": contract.vendor,
        "valid": {"from": contract.start, "until": contract.until},
        "zone": contract.zone.key,
        "calendar": calendar,
        "covers": {"kinds": _some(contract.kinds), "halls": _some(contract.halls)},
        "repair": {"start": contract.begin, "targets": dict(contract.targets), "warn": list(contract.warn)},
        "travel": {
            "mode": contract.travel.mode,
            "default": _granted(contract.travel.default),
            "halls": {hall: _granted(entries) for hall, entries in contract.travel.halls.items()},
        },
        "pauses": sorted(contract.pauses),
        "silence": "free" if contract.free_silence else "vendor",
        "fee": None if contract.fee is None else exact(contract.fee),
        "payment": _payment(contract),
        "terms": [_term(one) for one in contract.terms],
    }


def exact(value: Fraction) -> str:
    """A number as `5`, or `p/q`."""
    return str(value)


def _some(words: frozenset[str] | None) -> Any:
    return "all" if words is None else sorted(words)


def _granted(entries: Iterable[Granted]) -> list[dict[str, Any]]:
    return [{"ms": one.ms, "from": _border(one.start), "until": _border(one.until)} for one in entries]


def _border(at: int) -> int | None:
    return None if abs(at) >= _EVER else at


def _payment(contract: Contract) -> Any:
    if isinstance(contract.payment, str):
        return contract.payment
    return {"bands": [{"from": exact(one.start), "percent": exact(one.percent)} for one in contract.payment]}


def _term(term: Term) -> dict[str, Any]:
    return {
        "id": term.id,
        "term": term.term,
        "points": exact(term.points),
        "round": term.round,
        "allowance": _allowance(term),
        "unit": exact(term.unit),
        "cap": None if term.cap is None else exact(term.cap),
        "group": term.group,
        "sources": None if term.sources is None else sorted(term.sources),
        "scale": None if term.scale is None else exact(term.scale),
        "count": term.count,
    }


def _allowance(term: Term) -> Any:
    if term.allowance is None:
        return None
    return {"per_100": exact(term.allowance)} if term.per_100 else exact(term.allowance)
