"""What an availability report was grouped by, as one table: the rows of its JSON, under the profile asked for."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from reports.availability import N_
from reports.book import Cells, Column, Kind, Table, Translate
from reports.monthly_tables import CLASS_TITLES, LEVEL_TITLES, PROFILES, called
from sla.spans import CLASSES

NAME: Final = "asked"
_HEAD: Final[tuple[tuple[str, str, Kind], ...]] = (
    ("name", N_("Name"), "text"),
    ("devices", N_("Devices"), "count"),
    ("availability", N_("Availability"), "ratio"),
    ("raw", N_("Around the clock"), "ratio"),
    ("coverage", N_("Coverage"), "ratio"),
)
_TAIL: Final[tuple[tuple[str, str, Kind], ...]] = (
    ("outages", N_("Outages"), "count"),
    ("mttr_s", N_("Mean time to repair"), "seconds"),
    ("mtbf_s", N_("Mean time between outages"), "seconds"),
    ("provisional", N_("Provisional"), "flag"),
)


def asked_table(document: Mapping[str, Any], translate: Translate) -> Table:
    """The members of a row of the JSON, one line a group, and the total."""
    title = translate(LEVEL_TITLES[document["by"]])
    times = ((one, CLASS_TITLES[one], "seconds") for one in CLASSES)
    columns = [Column(key, translate(words), kind) for key, words, kind in (*_HEAD, *times, *_TAIL)]  # type: ignore[arg-type]
    note = translate(PROFILES[document["profile"]])
    rows = tuple(_cells(row | {"name": _name(document["by"], row, translate)}) for row in document["rows"])
    return Table(NAME, title, (Column("id", title), *columns), rows, _cells(document["total"]), note)


def _name(by: str, row: Mapping[str, Any], translate: Translate) -> str | None:
    return row["name"] if by == "device" else called(by, row, translate)


def _cells(row: Mapping[str, Any]) -> Cells:
    flat = {**row, **row["seconds"]}
    return row["id"], *(flat[key] for key in (*(one[0] for one in _HEAD), *CLASSES, *(one[0] for one in _TAIL)))
