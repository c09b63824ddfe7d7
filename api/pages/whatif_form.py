"""The what-if form: a contract as fields, and what of them somebody changed, as the inventory file writes it."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any, Final, NamedTuple

from api.words import N_
from sla.contract import Contract
from sla.instant import render
from store.city import ContractRow

STARTS: Final = ("phone", "notified", "detected")
MODES: Final[Mapping[str, str]] = {"allowance": N_("always the allowance"), "actual": N_("the actual travel")}
ROUNDS: Final[Mapping[str, str]] = {
    "up": N_("each one begun"),
    "down": N_("each full one"),
    "exact": N_("to the fraction"),
}
PAYMENTS: Final[Mapping[str, str]] = {"none": N_("the fee, whatever the score"), "linear": N_("fee x score / 100")}
BANDS: Final = N_("by the contract's bands")
OF_TERM: Final = ("allowance", "unit", "points", "round", "cap")
_SPANS: Final = re.compile(r"\d{1,2}:\d{2}\s*-\s*\d{1,2}:\d{2}(\s*,\s*\d{1,2}:\d{2}\s*-\s*\d{1,2}:\d{2})*", re.ASCII)
_BESIDE: Final = ("group", "sources", "scale", "count")


class TermFields(NamedTuple):
    """One term: `per_100` where its allowance is for a hundred devices; `out` where it is to be left out."""

    n: int
    id: str
    term: str
    per_100: bool
    values: Mapping[str, str]
    out: bool


class Fields(NamedTuple):
    """The whole form with what stands in it: as typed, else as the contract says."""

    start: str
    calendar: str
    hours: str
    mode: str
    travel: str
    fee: str
    payment: str
    targets: Mapping[str, str]
    terms: tuple[TermFields, ...]


def fields(row: ContractRow, typed: Mapping[str, str]) -> Fields:
    """The form of a contract, with what was typed."""
    said = row.document
    plain = _plain(said)
    return Fields(
        **{name: typed.get(name, plain[name]) for name in ("start", "calendar", "mode", "travel", "fee", "payment")},
        hours=typed.get("hours", ""),
        targets={kind: typed.get(f"target_{kind}", one) for kind, one in _targets(said).items()},
        terms=tuple(_terms(said, typed)),
    )


def change(row: ContractRow, contract: Contract, typed: Mapping[str, str]) -> dict[str, Any]:
    """What differs from the contract, as the inventory file writes it; empty where nothing does."""
    said, found = row.document, fields(row, typed)
    plain, changed = _plain(said), dict[str, Any]()
    if found.start != plain["start"]:
        changed["start"] = found.start
    if found.hours.strip():
        changed["calendar"] = _hours(found.hours, contract)
    elif found.calendar != plain["calendar"]:
        changed["calendar"] = found.calendar
    if found.targets != _targets(said):
        changed["targets"] = {kind: _length(text) for kind, text in found.targets.items() if text.strip()}
    if (found.mode, found.travel) != (plain["mode"], plain["travel"]):
        changed["travel"] = _travel(said["travel"], found, plain["travel"])
    if found.fee != plain["fee"]:
        changed["fee"] = found.fee or None
    if found.payment != plain["payment"]:
        changed["payment"] = found.payment
    if _terms_changed(said, found.terms):
        changed["terms"] = [_term(said["terms"][one.n], one) for one in found.terms if not one.out]
    return changed


def _plain(said: Mapping[str, Any]) -> dict[str, str]:
    """What the contract says, as the form writes it."""
    default = said["travel"]["default"]
    return {
        "start": said["repair"]["start"],
        "calendar": said.get("calendar") or "",
        "mode": said["travel"]["mode"],
        "travel": _minutes(default[0]["seconds"]) if len(default) == 1 else "",
        "fee": said["fee"] or "",
        "payment": said["payment"] if isinstance(said["payment"], str) else "bands",
    }


def _targets(said: Mapping[str, Any]) -> dict[str, str]:
    return {kind: _minutes(seconds) for kind, seconds in sorted(said["repair"]["targets"].items())}


def _terms(said: Mapping[str, Any], typed: Mapping[str, str]) -> Iterator[TermFields]:
    for n, one in enumerate(said["terms"]):
        values = {name: typed.get(f"t{n}_{name}", text) for name, text in _said(one).items()}
        per_100 = isinstance(one["allowance"], Mapping)
        yield TermFields(n, one["id"], one["term"], per_100, values, bool(typed.get(f"t{n}_out")))


def _said(term: Mapping[str, Any]) -> dict[str, str]:
    allowance = term["allowance"]
    amount = allowance["per_100"] if isinstance(allowance, Mapping) else allowance
    return {
        name: str(one or "") for name, one in {**{name: term[name] for name in OF_TERM}, "allowance": amount}.items()
    }


def _terms_changed(said: Mapping[str, Any], terms: tuple[TermFields, ...]) -> bool:
    return any(one.out or dict(one.values) != _said(said["terms"][one.n]) for one in terms)


def _term(before: Mapping[str, Any], one: TermFields) -> dict[str, Any]:
    beside = {name: before[name] for name in _BESIDE if before.get(name) is not None}
    given = {name: text.strip() for name, text in one.values.items() if text.strip()}
    if one.per_100 and "allowance" in given:
        return {"id": one.id, "term": one.term, **beside, **given, "allowance": {"per_100": given["allowance"]}}
    return {"id": one.id, "term": one.term, **beside, **given}


def _travel(before: Mapping[str, Any], found: Fields, plain: str) -> dict[str, Any]:
    """What was not typed anew goes on to the second."""
    halls = {hall: [_entry(one) for one in entries] for hall, entries in before["halls"].items()}
    typed = found.travel.strip() and found.travel != plain
    default = _length(found.travel) if typed else [_entry(one) for one in before["default"]]
    return {"mode": found.mode, "default": default, "halls": halls}


def _entry(one: Mapping[str, Any]) -> dict[str, Any]:
    dates = {name: render(one[name]) for name in ("from", "until") if one[name] is not None}
    return {"minutes": round(one["seconds"] / 60, 9)} | dates


def _hours(text: str, contract: Contract) -> Any:
    """Every day of the week alike; what cannot be read goes on as it is, to be refused in words."""
    if not _SPANS.fullmatch(text.strip()):
        return {"zone": contract.zone.key, "week": {"mon-sun": [text.strip()[:40]]}}
    spans = [re.sub(r"\s", "", one).zfill(11) for one in text.split(",")]
    return {"zone": contract.zone.key, "week": {"mon-sun": spans}}


def _minutes(seconds: float) -> str:
    return f"{seconds / 60:g}"


def _length(text: str) -> str:
    return f"{text.strip()[:16]}m"
