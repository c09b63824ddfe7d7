"""The tables of the monthly report's book: one a level, and those of calls against what monitoring saw."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, Final

from reports.availability import N_
from reports.book import Cells, Column, Kind, Table, Translate
from sla.spans import CLASSES, Class

Document = Mapping[str, Any]

LEVEL_TITLES: Final[Mapping[str, str]] = {
    "city": N_("City"),
    "branch": N_("Branch"),
    "hall": N_("Hall"),
    "kind": N_("Kind"),
    "vendor": N_("Vendor"),
    "device": N_("Device"),
}
PROFILES: Final[Mapping[str, str]] = {
    "service": N_("Counted for customers (profile service)"),
    "contract": N_("Counted for contracts (profile contract)"),
    "raw": N_("Counted around the clock (profile raw)"),
}
CLASS_TITLES: Final[Mapping[Class, str]] = {
    "not_in_service": N_("Not in service"),
    "closed": N_("Closed"),
    "maintenance": N_("Maintenance"),
    "excluded": N_("Left out by a correction"),
    "unmonitored": N_("Not seen"),
    "unreachable": N_("Unreachable"),
    "down": N_("Down"),
    "degraded": N_("Degraded"),
    "up": N_("Up"),
}
_RECONCILED: Final[tuple[tuple[str, str, Kind], ...]] = (
    ("faults", N_("Faults"), "count"),
    ("matched", N_("Phoned and seen"), "count"),
    ("phone_only", N_("Phoned only"), "count"),
    ("detected_only", N_("Seen only"), "count"),
    ("phoned_late", N_("Phoned late"), "count"),
    ("restored_but_still_down", N_("Said to be restored, still down"), "count"),
    ("complaints", N_("Complaints about late repairs"), "count"),
    ("complaint_without_call", N_("Complaint without a call"), "count"),
    ("phoned", N_("Phoned in"), "count"),
    ("seen_first", N_("Seen first"), "count"),
    ("detection_score", N_("Seen before the call"), "ratio"),
    ("median_lead_s", N_("By how much (median)"), "seconds"),
)


def label(row: Document, translate: Translate) -> str:
    """What people call a group."""
    return str(row["name"] or row["id"] or translate(N_("none")))


def level_table(document: Document, by: str, translate: Translate) -> Table:
    """One level: a row a group, all its figures beside those of the period before."""
    rows = tuple(_cells(row, translate) for row in document["levels"][by])
    profile = document["profiles"][by]
    note = translate(PROFILES[profile])
    return Table(by, translate(LEVEL_TITLES[by]), tuple(_columns(by, translate)), rows, note=note)


def _columns(by: str, translate: Translate) -> Iterator[Column]:
    yield Column("id", translate(LEVEL_TITLES[by]))
    yield Column("name", translate(N_("Name")))
    yield Column("devices", translate(N_("Devices")), "count")
    yield Column("availability", translate(N_("Availability")), "ratio")
    yield Column("before", translate(N_("In the period before")), "ratio")
    yield Column("change", translate(N_("Change")), "ratio")
    yield Column("target", translate(N_("Target")), "ratio")
    yield Column("met", translate(N_("Target met")), "flag")
    yield Column("raw", translate(N_("Around the clock")), "ratio")
    yield Column("coverage", translate(N_("Coverage")), "ratio")
    yield Column("low_coverage", translate(N_("Seen too little")), "flag")
    for class_ in CLASSES:
        yield Column(class_, translate(CLASS_TITLES[class_]), "seconds")
    yield Column("outages", translate(N_("Outages")), "count")
    yield Column("mttr_s", translate(N_("Mean time to repair")), "seconds")
    yield Column("mtbf_s", translate(N_("Mean time between outages")), "seconds")
    for key, title, kind in _BEFORE:
        yield Column(f"before_{key}", translate(title), kind)
    yield Column("profile", translate(N_("Profile")))
    yield Column("provisional", translate(N_("Provisional")), "flag")


_BEFORE: Final[tuple[tuple[str, str, Kind], ...]] = (
    ("raw", N_("Around the clock, before"), "ratio"),
    ("coverage", N_("Coverage, before"), "ratio"),
    ("outages", N_("Outages, before"), "count"),
    ("mttr_s", N_("Mean time to repair, before"), "seconds"),
    ("mtbf_s", N_("Mean time between outages, before"), "seconds"),
)


def _cells(row: Document, _translate: Translate) -> Cells:
    before = row["before"] or {}
    return (
        row["id"],
        row["name"],
        row["devices"],
        row["availability"],
        before.get("availability"),
        row["change"],
        row["target"],
        row["met"],
        row["raw"],
        row["coverage"],
        row["low_coverage"],
        *(row["seconds"][class_] for class_ in CLASSES),
        row["outages"],
        row["mttr_s"],
        row["mtbf_s"],
        *(before.get(key) for key, _, _ in _BEFORE),
        row["profile"],
        row["provisional"],
    )


def reconciliation_table(found: Document, translate: Translate) -> Table:
    """Calls against what monitoring saw, one row a hall (K5)."""
    columns = (
        Column("id", translate(N_("Hall"))),
        Column("name", translate(N_("Name"))),
        *(Column(key, translate(title), kind) for key, title, kind in _RECONCILED),
    )
    rows = tuple(_reconciled(row) for row in found["rows"])
    total = _reconciled(found["total"] | {"id": "total"})
    note = translate(found["note"]) if found["note"] else None
    return Table("reconciliation", translate(N_("Calls against what monitoring saw")), columns, rows, total, note)


def _reconciled(row: Document) -> Cells:
    return row["id"], row["name"], *(row[key] for key, _, _ in _RECONCILED)
