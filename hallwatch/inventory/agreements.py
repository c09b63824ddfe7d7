"""What contracts must agree on: valid periods, no two for one device at one time, terms that can be computed."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from datetime import date
from itertools import pairwise
from typing import Any, NamedTuple
from zoneinfo import ZoneInfo

from hallwatch.inventory.escalation import check_escalation
from hallwatch.inventory.faults import N_, Faults
from hallwatch.inventory.merging import Merged
from hallwatch.inventory.shape import Entry
from hallwatch.inventory.values import first_instant


class Zones(NamedTuple):
    """The zone of each hall and of each contract, and the site's for the rest."""

    site: ZoneInfo
    halls: Mapping[str, ZoneInfo]
    contracts: Mapping[str, ZoneInfo]

    def hall(self, name: str | None) -> ZoneInfo:
        """The zone of a hall's calendar, else the site's."""
        return self.halls.get(name or "", self.site)

    def contract(self, name: str | None) -> ZoneInfo:
        """The zone of a contract's calendar, else the site's."""
        return self.contracts.get(name or "", self.site)


class _Covered(NamedTuple):
    start: int
    until: int
    kinds: frozenset[str]
    halls: frozenset[str] | None
    entry: Entry


def check_contracts(merged: Merged, zones: Zones, kinds: Collection[str], faults: Faults) -> None:
    """Periods that end after they begin, no overlaps, terms and bands that can be computed."""
    covered = []
    for entry in merged.lists["contracts"]:
        period = _period(entry, "valid", entry["valid"], zones.contract(entry["id"]), faults)
        if period and entry["covers"]:
            covered.append(_covered(entry, period, kinds))
        _check_terms(entry, faults)
        _check_bands(entry, faults)
        _check_travel(entry, zones, faults)
        check_escalation(entry, merged.calendars, zones.contract(entry["id"]), faults)
    _check_overlaps(sorted(covered, key=lambda one: one.start), faults)


def check_devices(merged: Merged, zones: Zones, faults: Faults) -> None:
    """A device retires after it was commissioned; its SNMP reference is whole."""
    for entry in merged.lists["devices"]:
        zone = zones.hall(entry["hall"])
        start, until = first_instant(entry["commissioned"], zone), first_instant(entry["retired"], zone)
        if start is not None and until is not None and until <= start:
            entry.site(faults, "retired").fault(entry.line_of("retired"), N_("retired before it was commissioned"))
        if entry["snmp"]:
            _check_snmp(entry["snmp"], faults)


def _check_snmp(snmp: Entry, faults: Faults) -> None:
    site = snmp.site(faults)
    if snmp["version"] == "3":
        if snmp["user"] is None:
            site.fault(snmp.line, N_("SNMP version 3 needs a user"))
        if any((word in snmp.lines) != (f"{word}_key" in snmp.lines) for word in ("auth", "priv")):
            site.fault(snmp.line, N_("auth and auth_key, priv and priv_key stand together"))
        if "priv" in snmp.lines and "auth" not in snmp.lines:
            site.fault(snmp.line, N_("priv needs auth"))
    elif snmp["version"] is not None and snmp["community"] is None and "community" not in snmp.lines:
        site.fault(snmp.line, N_("SNMP version {version} needs a community"), version=snmp["version"])


def _period(entry: Entry, key: str, valid: Any, zone: ZoneInfo, faults: Faults) -> tuple[int, int] | None:
    start, until = (first_instant(valid[end], zone) if valid else None for end in ("from", "until"))
    if start is None or until is None:
        return None
    if until <= start:
        entry.site(faults, key).fault(entry.line_of(key), N_("it ends before it begins"))
        return None
    return start, until


def _covered(entry: Entry, period: tuple[int, int], kinds: Collection[str]) -> _Covered:
    covers = entry["covers"]
    whole = covers["halls"] in ("all", None)
    of_kinds = kinds if covers["kinds"] in ("all", None) else covers["kinds"]
    return _Covered(*period, frozenset(of_kinds), None if whole else frozenset(covers["halls"]), entry)


def _check_overlaps(covered: list[_Covered], faults: Faults) -> None:
    """Two contracts never decide about one device at one time (R1), whoever the vendors are."""
    for index, first in enumerate(covered):
        for second in covered[index + 1 :]:
            if second.start >= first.until:
                break
            if _share(first, second):
                _overlap(first.entry, second.entry, min(first.kinds & second.kinds), faults)


def _share(first: _Covered, second: _Covered) -> bool:
    if first.kinds.isdisjoint(second.kinds):
        return False
    return first.halls is None or second.halls is None or not first.halls.isdisjoint(second.halls)


def _overlap(first: Entry, second: Entry, kind: str, faults: Faults) -> None:
    message = N_("it overlaps with contract {id} ({file}, line {line}): same halls and time, both cover {kind}")
    second.site(faults).fault(second.line, message, id=first["id"], file=first.file, line=first.line, kind=kind)


def _check_terms(entry: Entry, faults: Faults) -> None:
    seen: dict[str, Entry] = {}
    for term in entry["terms"]:
        if term["id"] is not None and seen.setdefault(term["id"], term) is not term:
            message = N_("{id} stands here again, first in {file}, line {line}")
            first = seen[term["id"]]
            term.site(faults).fault(term.line, message, id=term["id"], file=first.file, line=first.line)
        if term["sources"] is not None and term["term"] != "fault_count":
            term.site(faults, "sources").fault(term.line_of("sources"), N_("only fault_count counts sources"))
        if term["count"] is not None and term["term"] not in (None, "fault_hours", "late_minutes"):
            message = N_("only fault_hours and late_minutes choose how they count")
            term.site(faults, "count").fault(term.line_of("count"), message)


def _check_bands(entry: Entry, faults: Faults) -> None:
    if not isinstance(entry["payment"], dict):
        return
    begins = [band["from"] for band in entry["payment"]["bands"]]
    if not begins or len(set(begins)) != len(begins):
        entry.site(faults, "payment").fault(
            entry.line_of("payment"), N_("bands begin at different points, at least one")
        )


def _check_travel(entry: Entry, zones: Zones, faults: Faults) -> None:
    travel = entry["travel"]
    if not travel:
        return
    _check_entries(travel["default"], zones.contract(entry["id"]), faults)
    for hall, entries in travel["halls"].items():
        _check_entries(entries, zones.hall(hall), faults)


def _check_entries(entries: list[Entry], zone: ZoneInfo, faults: Faults) -> None:
    spans = sorted(
        ((_border(one["from"], zone, 0), _border(one["until"], zone, 1 << 62), one) for one in entries), key=_start
    )
    for start, until, entry in spans:
        if until <= start:
            entry.site(faults).fault(entry.line, N_("it ends before it begins"))
    for (_, until, first), (start, _, second) in pairwise(spans):
        if start < until:
            message = N_("its time overlaps with that of line {line}")
            second.site(faults).fault(second.line, message, line=first.line)


def _start(span: tuple[int, int, Entry]) -> int:
    return span[0]


def _border(when: date | int | None, zone: ZoneInfo, missing: int) -> int:
    found = first_instant(when, zone)
    return missing if found is None else found
