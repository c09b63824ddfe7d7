"""What the entries of an inventory say of each other: ids that must exist, calendars, addresses, parents."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Final

from hallwatch.inventory.faults import N_, Faults, shown
from hallwatch.inventory.merging import Merged
from hallwatch.inventory.shape import Entry, Site
from sla.calendar import BadCalendar, Calendar

_MANY: Final = 12


def check_references(merged: Merged, faults: Faults) -> None:
    """Every id that an entry names stands in the inventory."""
    known = {name: sorted(ids) for name, ids in merged.by_id.items()}
    known["calendars"] = sorted(merged.calendars)
    seen = {name: frozenset(ids) for name, ids in known.items()}
    for entry, key, value, name in _references(merged):
        if value is not None and value not in seen[name]:
            site = entry.site(faults, key)
            near = faults.near(value, known[name])
            site.fault(entry.line_of(key), _UNKNOWN[name], near, id=value)


_UNKNOWN: Final = {
    "calendars": N_("there is no calendar {id}"),
    "branches": N_("there is no branch {id}"),
    "halls": N_("there is no hall {id}"),
    "vendors": N_("there is no vendor {id}"),
    "devices": N_("there is no device {id}"),
}
_KEYS: Final = {
    "halls": (("branch", "branches"), ("calendar", "calendars"), ("gateway", "devices")),
    "devices": (("hall", "halls"), ("vendor", "vendors"), ("parent", "devices")),
    "contracts": (("vendor", "vendors"), ("calendar", "calendars")),
}


def _references(merged: Merged) -> Iterator[tuple[Entry, str, str | None, str]]:
    for name, keys in _KEYS.items():
        for entry in merged.lists[name]:
            for key, other in keys:
                yield entry, key, entry[key], other
    for entry in merged.lists["contracts"]:
        covers, travel = entry["covers"], entry["travel"]
        for hall in covers["halls"] if covers and isinstance(covers["halls"], list) else ():
            yield entry, "covers", hall, "halls"
        for hall in travel["halls"] if travel else ():
            yield entry, "travel", hall, "halls"


def check_calendars(merged: Merged, zone: str, faults: Faults) -> dict[str, Calendar]:
    """Compile each calendar once; one that cannot be is a fault."""
    compiled = {}
    for name, entry in merged.calendars.items():
        try:
            compiled[name] = Calendar.parse(calendar_document(entry, zone))
        except BadCalendar as error:
            top = error.place.split(".")[0].split("[")[0]
            site = Site(entry.file, ".".join(filter(None, (entry.place, shown(error.place)))), faults)
            site.fault(entry.line_of(top), N_("not a calendar: {reason}"), reason=error.reason)
    return compiled


def calendar_document(entry: Entry, zone: str) -> dict[str, object]:
    """A calendar as the inventory writes it, its defaults filled in."""
    return {
        "zone": entry["zone"] or zone,
        "week": dict(entry["week"] or {}),
        "holidays": entry["holidays"] or "none",
        "dates": dict(entry["dates"] or {}),
    }


def check_addresses(devices: Iterable[Entry], faults: Faults) -> None:
    """Several devices at one address: allowed, for one may serve at several ports, but worth a look."""
    first: dict[str, Entry] = {}
    for entry in devices:
        address = entry["address"]
        if address is None:
            continue
        other = first.setdefault(address.casefold(), entry)
        if other is not entry:
            message = N_("{address} is also the address of {id} ({file}, line {line})")
            site = entry.site(faults, "address")
            site.warn(
                entry.line_of("address"), message, address=address, id=other["id"], file=other.file, line=other.line
            )


def check_parents(merged: Merged, faults: Faults) -> None:
    """O5: parents of parents never lead back; a circle is told once, as a path."""
    devices, halls = merged.by_id["devices"], merged.by_id["halls"]
    parents = {name: _parent(entry, halls) for name, entry in devices.items()}
    done: set[str] = set()
    for start in parents:
        path: list[str] = []
        on_path: set[str] = set()
        at: str | None = start
        while at is not None and at in parents and at not in done and at not in on_path:
            path.append(at)
            on_path.add(at)
            at = parents[at]
        if at in on_path:
            _circle(path[path.index(at) :], devices, faults)
        done |= on_path


def _parent(entry: Entry, halls: dict[str, Entry]) -> str | None:
    named: str | None = entry["parent"]
    if named is not None:
        return named
    hall = halls.get(entry["hall"])
    gateway: str | None = hall["gateway"] if hall is not None else None
    return None if gateway == entry["id"] else gateway


def _circle(path: list[str], devices: dict[str, Entry], faults: Faults) -> None:
    entry = next((devices[name] for name in path if devices[name]["parent"] is not None), devices[path[0]])
    start = path.index(entry["id"])
    turned = [*path[start:], *path[:start], entry["id"]]
    told = turned if len(turned) <= _MANY else [*turned[: _MANY - 2], "…", turned[-1]]
    fault = entry.site(faults, "parent")
    fault.fault(entry.line_of("parent"), N_("a circle of parents: {path}"), path=" -> ".join(told))
