"""The page of proofs on how long the forms of a report take."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any


def forms(rows: Sequence[dict[str, Any]]) -> str:
    """Speed of the forms."""
    lines = "\n".join(
        f"| {one['form']} | {one['devices']} | {one['rows']} | {one['files']} | {one['seconds']} |"
        f" {one['cpu_seconds']} | {one['bytes'] / 1e6:.1f} | {one['rss_mb']} | {one['rss_before_mb']} |"
        for one in rows
    )
    return (
        "The monthly report's forms from its document, each in a process of its own; the document is a small real"
        " city's, its halls and devices repeated with random figures. XLSX has all sheets, CSV the devices; eight PDF"
        " files are one a branch. A single PDF of a large city ends after 3,000 lines and says so.\n\n"
        "| form | devices | lines in its tables | files | seconds | CPU seconds | MB written | peak MB of memory |"
        " MB before |\n|---|---|---|---|---|---|---|---|---|\n"
        f"{lines}"
    )
