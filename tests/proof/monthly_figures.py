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
        " devices polled each 60 s, their days packed as folding leaves them but those said to be not packed yet (and"
        " the day after the month); medians, on a machine that others used as well. The goal is 2 s for 10,000 devices"
        " and 100,000 outages.\n\n"
        "| devices | days, and before | not packed | observations | outages written | counted | s | CPU s | without the"
        " month before | facts and tallies alone | tallies, facts in memory | JSON CPU s | peak MB |\n"
        f"|{'---|' * 13}\n{rows}\n\n"
        f"Beside it {other['subject']}: {other['cpu_s']:.0f} CPU s, {other['ratio_cpu']} times as many as facts"
        " and tallies alone take."
    )


def _row(one: dict[str, Any]) -> str:
    return (
        f"| {one['devices']} | {one['days']}, {one['days_before']} | {one['days_not_packed']} |"
        f" {one['observations']} | {one['outages_of_both_months']} | {one['outages']} | {one['figures_s']} |"
        f" {one['figures_cpu_s']} | {one['without_the_period_before_cpu_s']} |"
        f" {one['of_it_facts_and_tallies_cpu_s']} | {one['from_facts_in_memory_cpu_s']} | {one['json_cpu_s']} |"
        f" {one['peak_mb']} |"
    )
