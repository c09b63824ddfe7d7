"""A whole file of tickets from its bytes to what became of it: for the command line and for HTTP alike (K1)."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Engine

from alerts.imports.devices import Devices
from alerts.imports.fault import Faults, Translate, Unreadable
from alerts.imports.mapping import Layout, Mapping
from alerts.imports.outcome import Manner, Outcome, Progress
from alerts.imports.rows import read_rows
from alerts.imports.sheet import MAGIC, read_xlsx
from alerts.imports.table import MAX_BYTES, Table, read_csv, unreadable
from alerts.imports.taking import take
from alerts.settings import N_
from sla.instant import Ms
from store.database import reading
from store.inventory import load


@dataclass(frozen=True, slots=True)
class Result:
    """What became of a file, and all that is wrong with it."""

    outcome: Outcome
    faults: Faults

    @property
    def ok(self) -> bool:
        """Whether nothing of it was refused."""
        return not self.faults.errors

    def document(self, translate: Translate = str) -> dict[str, Any]:
        """For machines: `total, taken, counts, rows, faults, warnings, left_out`."""
        told = {"faults": [], "warnings": []}  # type: dict[str, list[dict[str, Any]]]
        for one in self.faults.listed():
            told["warnings" if one.warning else "faults"].append(one.document(translate))
        return {**self.outcome.document(), **told, "left_out": self.faults.left_out}


def read_table(data: bytes, file: str, layout: Layout) -> Table:
    """XLSX or CSV, told apart by their first bytes. Raises `Unreadable`."""
    if len(data) > MAX_BYTES:
        raise unreadable(file, N_("larger than {size}"), size="32 MiB")
    return read_xlsx(data, file, layout) if data.startswith(MAGIC) else read_csv(data, file, layout)


def bring(  # what, how it is to be read, how to be taken
    engine: Engine,
    table: Callable[[], Table],
    mapping: Mapping,
    manner: Manner,
    zone: str,
    now: Ms,
    progress: Progress = lambda _done, _all: None,
) -> Result:
    """Read, check and take: all rows are checked first. `zone` is that of a mapping without one, `now` ms."""
    faults = Faults("")
    with reading(engine) as conn:
        city = load(conn)
    try:
        read = table()
        faults.file = read.file
        rows, total = read_rows(read, mapping, Devices.of(city), zone, now, faults)
    except Unreadable as error:
        faults.kept += error.faults
        faults.errors += len(error.faults)
        return Result(Outcome(), faults)
    return Result(take(engine, city, rows, manner, now, faults, total, progress), faults)
