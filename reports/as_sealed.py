"""The inventory as a sealed month knows it: contract, hours and coverage are frozen, facts may come later (S6, T5)."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace
from typing import Any

from sla.contract import Contract
from store.agreements import contracts_of
from store.city import CalendarRow, City, ContractRow, Device, Hall
from store.month_facts import covered

Document = Mapping[str, Any]


def as_sealed(city: City, sealed: Document) -> City:
    """The inventory of now, but for what `sealed` (the facts of a sealed month) says of the contract and its devices.

    Terms that are agreed for later months, a contract that goes to another vendor, a device that moved to another hall
    since: none of it is a fact of the month. Since when a device is in service, or was until, is one.
    """
    contract = _contract(sealed["contract"])
    calendars = {name: CalendarRow(name, _hours(one)) for name, one in sealed["calendars"].items()}
    known = {one["id"]: one for one in sealed["devices"]}
    halls = {one["id"]: one for one in sealed["halls"]}
    frozen = replace(
        city,
        calendars={**city.calendars, **calendars},
        contracts={**city.contracts, contract.id: contract},
        halls={id: _hall(one, halls.get(id)) for id, one in city.halls.items()},
        devices={id: _device(one, known.get(id)) for id, one in city.devices.items()},
    )
    agreed = next(one for one in contracts_of(frozen) if one.id == contract.id)
    return replace(frozen, devices=_without_others(frozen.devices, agreed, known))


def _without_others(devices: Mapping[str, Device], agreed: Contract, known: Document) -> dict[str, Device]:
    """A device that came to the contract later is none of its then."""
    return {id: one for id, one in devices.items() if id in known or not covered(agreed, one)}


def _hall(hall: Hall, said: Document | None) -> Hall:
    return hall if said is None else replace(hall, calendar=said["calendar"], gateway=said["gateway"])


def _device(device: Device, said: Document | None) -> Device:
    if said is None:
        return device
    return replace(device, **{name: said[name] for name in ("kind", "hall", "vendor", "parent")})


def _contract(said: Document) -> ContractRow:
    """`reports.evidence.agreement` read backwards: a contract as the inventory has it, durations in s."""
    travel, valid = said["travel"], said["valid"]
    targets = {kind: ms / 1000 for kind, ms in said["repair"]["targets"].items()}
    document = {
        **said,
        "repair": {**said["repair"], "targets": targets},
        "travel": {
            "mode": travel["mode"],
            "default": _granted(travel["default"]),
            "halls": {hall: _granted(entries) for hall, entries in travel["halls"].items()},
        },
    }
    return ContractRow(said["id"], said["vendor"], valid["from"], valid["until"], document)


def _granted(entries: Iterable[Document]) -> list[Document]:
    return [{"seconds": one["ms"] / 1000, "from": one["from"], "until": one["until"]} for one in entries]


def _hours(said: Document) -> Document:
    """`reports.evidence.hours` read backwards; of a holiday set the newest that is known of its years counts (T3)."""
    if "always" in said:
        return said
    named = said["holidays"]["name"] if said["holidays"] else "none"
    return {"zone": said["zone"], "week": said["week"], "dates": said["dates"], "holidays": named}
