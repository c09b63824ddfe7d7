"""The figures of the rules' proofs and benchmarks in words and tables, for the page that `report` writes."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Any

Figures = Mapping[str, Any]


def availability(rows: Sequence[Figures]) -> str:
    """Very many devices at once."""
    table = "\n".join(
        f"| {one['subject']} | {one['devices']} | {one['outages']} | {one['seconds']} | {one['cpu_seconds']} |"
        f" {one['ratio']} | {one.get('rss_mb', '')} |"
        for one in rows
    )
    return (
        "A month of devices in 300 halls with 20 calendars, availability and seconds per class of all; pandas and a"
        " walk minute by minute count the same in the same run and come to the same figures. The goal is 3 s on one"
        " core, 1 GB, and ten times the time for ten times the size. Ratios are of CPU time to hallwatch's.\n\n"
        f"| subject | devices | outages | s | CPU s | ratio | peak MB |\n|---|---|---|---|---|---|---|\n{table}"
    )


def repair(rows: Sequence[Figures]) -> str:
    """One repair clock."""
    table = "\n".join(
        f"| {one['tickets']} | {one['subject']} | {one['microseconds']} | {one['ratio']} |" for one in rows
    )
    return (
        "One clock with its slices, from the ticket's events; CPU time. The goal is 20 µs.\n\n"
        f"| ticket | subject | µs | ratio |\n|---|---|---|---|\n{table}"
    )


def report(figures: Figures) -> str:
    """A month of a city from the database."""
    return (
        f"`hallwatch report availability` of {figures['devices']} devices polled each {figures['interval_s']} s for"
        f" {figures['days']} days, from SQLite: {figures['observations']} observations, {figures['outages']} outages in"
        f" {figures['report_s']:.0f} s ({figures['devices_per_s']:.0f} devices/s),"
        f" at most {figures['peak_mib']} MiB of memory."
    )


def mutation(figures: Figures) -> str:
    """Faults put into the rules."""
    modules = Counter(one["module"] for one in figures["survivors"])
    where = ", ".join(f"{name.removeprefix('sla.')} {count}" for name, count in sorted(modules.items()))
    return (
        f"{figures['mutants']} small faults put into the {figures['modules']} modules of `sla/`, one at a time, each"
        f" before the tests that were written for its module, with a quarter of their usual examples:"
        f" {figures['killed']} made a test fail, {figures['survived']} did not, of which {figures['not_argued']} are"
        f" not argued ({figures['seconds']} s). [The survivors, each with why](survivors.md): {where}."
    )


def survivors(figures: Figures) -> str:
    """The page of all survivors."""
    lines = [
        "# Faults that were let pass",
        "",
        "Each was put into `sla/` by mutation, and none of the quick tests of its module failed.",
        "",
    ]
    for one in figures["survivors"]:
        lines += [
            f"- `{one['module']}.{one['function']}`: {one['why']}",
            "",
            "  ```diff",
            f"  - {one['minus']}",
            f"  + {one['plus']}",
            "  ```",
        ]
    return "\n".join(lines) + "\n"
