"""Judge an inventory: every fault at once, and the document that an import stores where there is none."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from typing import Any, NamedTuple
from zoneinfo import ZoneInfo

from hallwatch.inventory.agreements import Zones, check_contracts, check_devices
from hallwatch.inventory.faults import N_, Fault, Faults
from hallwatch.inventory.merging import Merged, merge
from hallwatch.inventory.normal import document_of
from hallwatch.inventory.reading import Inventory
from hallwatch.inventory.references import check_addresses, check_calendars, check_parents, check_references
from sla.calendar import Calendar


class Rules(NamedTuple):
    """What an inventory is judged by: the known kinds with their intervals in s, the site's zone and collector."""

    kinds: Mapping[str, float]
    zone: str = "Asia/Shanghai"
    collector: str = "c-01"


class Checked(NamedTuple):
    """The faults and warnings by file and line, how many more there were, and the document where there is no fault."""

    faults: list[Fault]
    left_out: int
    document: dict[str, Any] | None

    @property
    def errors(self) -> list[Fault]:
        """The faults that forbid an import."""
        return [fault for fault in self.faults if not fault.warning]


def judge(files: Sequence[Inventory], rules: Rules) -> Checked:
    """Check all files as one inventory and, where nothing is wrong, normalise it."""
    faults = Faults()
    merged = merge(files, rules.kinds, faults)
    if not any(merged.lists.values()) and not faults.errors:
        name = files[0].name if files else ""
        faults.add(Fault(name, 1, "", N_("there is nothing in it: an import would remove everything")))
    compiled = check_calendars(merged, rules.zone, faults)
    zones = _zones(merged, compiled, rules.zone)
    check_references(merged, faults)
    check_addresses(merged.lists["devices"], faults)
    check_parents(merged, faults)
    check_contracts(merged, zones, rules.kinds, faults)
    check_devices(merged, zones, faults)
    document = None
    if not faults.errors:
        document = document_of(merged, zones, rules.kinds, rules.kinds, rules.collector)
    return Checked(faults.listed(), faults.left_out, document)


def check(files: Sequence[Inventory], kinds: Collection[str], zone: str = "Asia/Shanghai") -> list[Fault]:
    """Every fault and warning of these files taken as one inventory."""
    return judge(files, Rules(dict.fromkeys(kinds, 60.0), zone)).faults


class Faulty(Exception):
    """An inventory that cannot be imported; `checked` says why."""

    def __init__(self, checked: Checked) -> None:
        super().__init__(f"{len(checked.errors) + checked.left_out} faults in the inventory")
        self.checked = checked


def normalise(files: Sequence[Inventory], rules: Rules) -> dict[str, Any]:
    """The document that is stored; raises `Faulty` with every fault."""
    checked = judge(files, rules)
    if checked.document is None:
        raise Faulty(checked)
    return checked.document


def _zones(merged: Merged, compiled: Mapping[str, Calendar], site: str) -> Zones:
    """Where a calendar has faults its hall's dates are read in the site's zone, so that the check can go on."""

    def of(name: str) -> dict[str, ZoneInfo]:
        entries = merged.lists[name]
        return {entry["id"]: compiled[entry["calendar"]].zone for entry in entries if entry["calendar"] in compiled}

    return Zones(ZoneInfo(site), of("halls"), of("contracts"))
