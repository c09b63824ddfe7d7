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
PROFILE_WORDS: Final[Mapping[str, str]] = {
    "service": N_("customers and halls"),
    "contract": N_("contracts and vendors"),
    "raw": N_("around the clock"),
}
CLASS_TITLES: Final[Mapping[Class, str]] = {
    "not_in_service": N_("Not in service"),
    "closed": N_("Hall closed"),
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


def called(by: str, row: Document, translate: Translate) -> str:
    """What people call a group of a level: all of the city, a kind and who has no vendor in words, else its label."""
    if by == "city":
        return translate(LEVEL_TITLES[by])
    return translate(row["id"]) if by == "kind" else label(row, translate)


def level_tables(document: Document, by: str, translate: Translate) -> Iterator[Table]:
    """One level in two tables: its figures beside those of the period before, and where its time went."""
    rows, note = document["levels"][by], translate(PROFILES[document["profiles"][by]])
    title = translate(LEVEL_TITLES[by])
    figures = (*_named(by, translate), *(Column(key, translate(name), kind) for key, name, kind in _FIGURES))
    yield Table(by, title, figures, tuple(_figures(by, row, translate) for row in rows), note=note)
    time = (*_named(by, translate), *(Column(one, translate(CLASS_TITLES[one]), "seconds") for one in CLASSES))
    words = translate(N_("{level}: where the time went")).format(level=title)
    cells = tuple((*_names(by, row, translate), *(row["seconds"][one] for one in CLASSES)) for row in rows)
    yield Table(f"{by}_time", words, time, cells, note=note)


def _named(by: str, translate: Translate) -> tuple[Column, Column]:
    return Column("id", translate(LEVEL_TITLES[by])), Column("name", translate(N_("Name")))


_FIGURES: Final[tuple[tuple[str, str, Kind], ...]] = (
    ("devices", N_("Devices"), "count"),
    ("availability", N_("Availability"), "ratio"),
    ("before", N_("In the period before"), "ratio"),
    ("change", N_("Change"), "ratio"),
    ("target", N_("Target"), "ratio"),
    ("met", N_("Target met"), "flag"),
    ("raw", N_("Around the clock"), "ratio"),
    ("coverage", N_("Coverage"), "ratio"),
    ("low_coverage", N_("Seen too little"), "flag"),
    ("outages", N_("Outages"), "count"),
    ("outages_before", N_("Outages, before"), "count"),
    ("mttr_s", N_("Mean time to repair"), "seconds"),
    ("mttr_s_before", N_("Mean time to repair, before"), "seconds"),
    ("mtbf_s", N_("Mean time between outages"), "seconds"),
    ("provisional", N_("Provisional"), "flag"),
    ("profile", N_("Profile"), "text"),
)


def _names(by: str, row: Document, translate: Translate) -> tuple[str | None, str | None]:
    """Id and name; a device has none, its id says it."""
    return row["id"], row["name"] if by == "device" else called(by, row, translate)


def _figures(by: str, row: Document, translate: Translate) -> Cells:
    before = row["before"] or {}
    earlier = {"before": before.get("availability")}
    earlier |= {f"{key}_before": before.get(key) for key in ("outages", "mttr_s")}
    flat = {**row, **earlier, "profile": translate(PROFILE_WORDS[row["profile"]])}
    return *_names(by, row, translate), *(flat[key] for key, _, _ in _FIGURES)


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
