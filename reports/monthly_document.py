"""Rows of the monthly report as JSON has them: the members of the availability report's, then what is beside them."""

from __future__ import annotations

from typing import Any

from reports.monthly_levels import Row
from sla.availability import Figures


def plain(row: Row) -> dict[str, Any]:
    """The members that a row of the availability report has (A3, A6): ratios 0..1 or null, times in s."""
    return {
        "id": row.id,
        "name": row.name,
        "devices": row.devices,
        **shown(row.figures),
        "provisional": row.provisional,
    }


def compared(row: Row) -> dict[str, Any]:
    """By which profile it is, what was before, how it stands to its target, whether too little of it was seen."""
    before, now = row.before, row.figures.availability
    earlier = before.availability if before else None
    return {
        "profile": row.profile,
        "before": None if before is None else shown(before),
        "change": None if now is None or earlier is None else now - earlier,
        "target": None if row.target is None else float(row.target),
        "met": row.met,
        "low_coverage": row.unseen,
    }


def shown(found: Figures) -> dict[str, Any]:
    """Figures of a period."""
    return {
        "availability": found.availability,
        "raw": found.raw,
        "coverage": found.coverage,
        "seconds": {class_: ms / 1000 for class_, ms in found.ms.items()},
        "outages": found.outages,
        "mttr_s": None if found.mttr_ms is None else float(found.mttr_ms / 1000),
        "mtbf_s": None if found.mtbf_ms is None else float(found.mtbf_ms / 1000),
    }
