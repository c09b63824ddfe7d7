"""A contract with other terms, hours, targets, travel, start or payment, judged by the rules of the inventory (S9)."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

from hallwatch.inventory.checking import Rules, judge
from hallwatch.inventory.faults import Fault
from hallwatch.inventory.reading import read_inventory
from sla.instant import render
from store.city import City, ContractRow

HOURS: Final = "what-if"
"""The id of hours that stand in no inventory."""
_WHOLE: Final = ("terms", "travel", "fee", "payment")
_OF_REPAIR: Final = ("targets", "start")
_PLACES: Final = (("contracts[0].repair.", ""), ("contracts[0].", ""), (f"calendars.{HOURS}", "calendar"))


@dataclass(frozen=True, slots=True)
class Alternative:
    """What is wrong (place, reason, near miss), or the contract's document as an import normalises it.

    `hours` is the document of the calendar named `HOURS` where the change brought its own.
    """

    faults: tuple[Mapping[str, Any], ...]
    document: Mapping[str, Any] | None = None
    hours: Mapping[str, Any] | None = None


def alternative(city: City, contract: str, change: Mapping[str, Any], rules: Rules) -> Alternative:
    """A contract of `city` with `change` as the inventory file writes it: any of `terms`, `calendar` (an id, or hours),
    `targets`, `travel`, `start`, `fee`, `payment`. Raises KeyError for a contract that is not there.
    """
    row = city.contracts[contract]
    checked = judge([read_inventory(_text(city, row, change), "change")], rules)
    if checked.document is None:
        return Alternative(tuple(_told(one) for one in checked.errors))
    made = checked.document["contracts"][0]
    document = dict(row.document) | {name: made[name] for name in _WHOLE if name in change}
    changed = {name: made["repair"][name] for name in _OF_REPAIR if name in change}
    document["repair"] = dict(row.document["repair"]) | changed
    if "calendar" in change:
        document["calendar"] = made["calendar"]
    return Alternative((), document, checked.document["calendars"].get(HOURS))


def _text(city: City, row: ContractRow, change: Mapping[str, Any]) -> str:
    """An inventory with nothing but what the contract refers to."""
    calendars = {id: dict(one.document) for id, one in city.calendars.items()}
    contract: dict[str, Any] = {
        "id": row.id,
        "vendor": row.vendor,
        "valid": {"from": render(row.valid_from), "until": render(row.valid_until)},
        "calendar": row.document.get("calendar"),
        "covers": row.document["covers"],
        "repair": {name: change[name] for name in _OF_REPAIR if name in change},
    }
    contract |= {name: change[name] for name in _WHOLE if name in change}
    if "calendar" in change:
        contract["calendar"] = change["calendar"]
        if isinstance(change["calendar"], Mapping):
            contract["calendar"], calendars[HOURS] = HOURS, dict(change["calendar"])
    halls = [{"id": id, "name": one.name, "kind": one.kind, "calendar": one.calendar} for id, one in city.halls.items()]
    vendors = [{"id": row.vendor, "name": row.vendor}]
    document = {"calendars": calendars, "halls": halls, "vendors": vendors, "contracts": [contract]}
    return json.dumps(document, ensure_ascii=False, default=str)


def _told(fault: Fault) -> Mapping[str, Any]:
    """Its place as whoever made the change wrote it."""
    place = next(
        (place + fault.place.removeprefix(start) for start, place in _PLACES if fault.place.startswith(start)), ""
    )
    return {"place": place or fault.place, "reason": fault.reason, "near_miss": fault.near_miss}
