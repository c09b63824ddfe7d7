"""Speed of the monthly report, in words."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any


def monthly(sizes: Sequence[dict[str, Any]]) -> str:
    """Its figures from the database, by size, beside a report for each level from the rows."""
    rows = "\n".join(_row(one) for one in sizes)
    other = sizes[0]["obvious"]
    return (
        "All figures of the month, of the one before, the worst, blind time, calls and the scorecard, from SQLite:"
        " devices polled each 60 s, their days packed as folding leaves them; medians. The goal is 2 s for 10,000"
        " devices and 100,000 outages.\n\n"
        "| devices | days, and before | observations | outages written | counted | s | CPU s | of it facts and"
        " tallies | JSON CPU s | peak MB |\n|---|---|---|---|---|---|---|---|---|---|\n"
        f"{rows}\n\n"
        f"Beside it {other['subject']}: {other['cpu_s']:.0f} CPU s, {other['ratio_cpu']} times as many."
    )


def _row(one: dict[str, Any]) -> str:
    return (
        f"| {one['devices']} | {one['days']}, {one['days_before']} | {one['observations']} |"
        f" {one['outages_of_both_months']} | {one['outages']} | {one['figures_s']} | {one['figures_cpu_s']} |"
        f" {one['of_it_facts_and_tallies_cpu_s']} | {one['json_cpu_s']} | {one['peak_mb']} |"
    )
