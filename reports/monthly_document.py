"""Rows of the monthly report as JSON has them: the members of the availability report's, then what is beside them."""

from __future__ import annotations

from typing import Any

from reports.availability import shown
from reports.monthly_levels import Row


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
