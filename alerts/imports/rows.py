"""Rows of another system's tickets, each checked alone: what it says in our words, or every fault of it."""

from __future__ import annotations

import hashlib
import json
import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final, NamedTuple
from zoneinfo import ZoneInfo

from alerts.imports.cells import NAMES, TEXTS, TIMES, Cells, plain
from alerts.imports.correcting import BY_THEM
from alerts.imports.devices import Devices
from alerts.imports.fault import Faults
from alerts.imports.mapping import INSTANTS
from alerts.imports.mapping import Mapping as ColumnMapping
from alerts.imports.table import MAX_ROWS, Line, Table
from alerts.settings import N_
from sla.instant import Ms
from sla.ticket import Happening, ImpossibleOrder, derive

COMPLAINT: Final = "complaint"
_NEEDED: Final = ("external_id", "opened")


@dataclass(frozen=True, slots=True)
class Row:
    """One ticket of the other system; `at` its instants (ms) by event, `device` the asset number."""

    line: int
    external_id: str
    device: str
    source: str
    symptom: str
    at: Mapping[str, Ms]
    cause: str = ""
    how: str = ""
    reason: str = ""
    complaint: str = ""
    complained: Ms | None = None

    @property
    def over_at(self) -> Ms | None:
        """When it was over there; None while it lasts."""
        ends = [self.at[name] for name in ("restored", "cancelled") if name in self.at]
        return min(ends, default=None)

    def happenings(self) -> list[tuple[str, Ms]]:
        """Its events in the order in which they happened."""
        return sorted(((name, self.at[name]) for name in INSTANTS if name in self.at), key=lambda one: one[1])

    def document(self) -> dict[str, Any]:
        """What is kept of it, to see next time what was corrected."""
        texts = {name: getattr(self, name) for name in ("device", "source", "symptom", "cause", "how", "reason")}
        more = {"complaint": self.complaint, "complained": self.complained}
        return {"external_id": self.external_id, **texts, **more, "at": dict(sorted(self.at.items()))}


class Read(NamedTuple):
    """The rows that are as they should be, in the order of their opening; how many there were in all."""

    rows: list[Row]
    total: int


def digest_of(document: Mapping[str, Any]) -> str:
    """SHA-256 of what a row says: the same again changes nothing."""
    text = json.dumps(document, ensure_ascii=False, sort_keys=True, separators=(",", ":"))
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()


def read_rows(table: Table, mapping: ColumnMapping, devices: Devices, zone: str, now: Ms, faults: Faults) -> Read:
    """Every row of a table; `zone` is that of a mapping without one. Raises `Unreadable` as reading the table does."""
    columns = _columns(table, mapping, faults)
    if columns is None:
        return Read([], 0)
    cells = Cells(mapping, ZoneInfo(mapping.zone or zone), table.epoch, now, faults)
    reader = _Reader(cells, columns, devices)
    known: dict[str, Row] = {}
    total = 0
    for line in table.lines:
        if not any(cell not in (None, "") for cell in line.cells):
            continue
        total += 1
        if total > MAX_ROWS:
            faults.add(line.number, "", N_("more than {n} rows"), {"n": str(MAX_ROWS)})
            break
        row = reader.row(line)
        if row is None:
            continue
        if row.external_id not in known:
            known[row.external_id] = row
        elif _same(known[row.external_id], row, cells.heading("external_id"), faults):
            total -= 1
    return Read(sorted(known.values(), key=lambda one: (one.at["opened"], one.line)), total)


def _same(first: Row, row: Row, column: str, faults: Faults) -> bool:
    if first.document() == row.document():
        return True
    told = {"id": row.external_id, "line": str(first.line)}
    faults.add(row.line, column, N_("{id} is in row {line} already, and says something else"), told)
    return False


def _columns(table: Table, mapping: ColumnMapping, faults: Faults) -> dict[str, int] | None:
    """Where each thing stands; None, and faults, where a column is missing or there twice."""
    headings = [unicodedata.normalize("NFC", one) for one in table.headings]
    found = {}
    for name, heading in mapping.columns.named().items():
        wanted = unicodedata.normalize("NFC", heading.strip())
        places = [i for i, one in enumerate(headings) if one == wanted]
        if len(places) == 1:
            found[name] = places[0]
        elif places:
            faults.add(0, heading, N_("there are {n} columns of this heading"), {"n": str(len(places))})
        else:
            near = faults.near(wanted, [one for one in headings if one])
            faults.add(0, heading, N_("there is no such column"), near_miss=near)
    return None if faults.errors else found


@dataclass(frozen=True, slots=True)
class _Reader:
    cells: Cells
    columns: Mapping[str, int]
    devices: Devices

    def row(self, line: Line) -> Row | None:
        """The row; None where anything is wrong with it."""
        faults = self.cells.faults
        before = faults.errors
        found = {name: line.cells[i] if i < len(line.cells) else None for name, i in self.columns.items()}
        for name in _NEEDED:
            if not plain(found.get(name)).strip():
                faults.add(line.number, self.cells.heading(name), N_("empty"))
        said = {name: self.cells.text(line.number, name, found.get(name)) for name in (*NAMES, *TEXTS)}
        read = {name: self.cells.instant(line.number, name, found.get(name)) for name in TIMES}
        headings = {name: self.cells.heading(name) for name in self.columns}
        device = self.devices.find(said, headings, faults, line.number)
        if device is None or faults.errors > before:
            return None
        at = {name: read[name] for name in INSTANTS if read[name] is not None}
        if self.cells.cancelled(found.get("cancelled")):
            at["cancelled"] = max(one for one in at.values() if one is not None)
        return self._checked(_made(line.number, device.id, said, at, read["complained"]))

    def _checked(self, row: Row) -> Row | None:
        """Whether the events can have happened so (K2)."""
        wrong = _wrong(row)
        if wrong is None:
            return row
        self.cells.faults.add(row.line, self.cells.heading(wrong[0]), wrong[1])
        return None


def _made(line: int, device: str, said: Mapping[str, str], at: Mapping[str, Any], complained: Ms | None) -> Row:
    source = said["source"] or "import"
    texts = (said["cause"], said["how"], said["reason"], said["complaint"])
    return Row(line, said["external_id"], device, source, said["symptom"], at, *texts, complained)


def _wrong(row: Row) -> tuple[str, str] | None:
    """The first thing that cannot be, and why (a msgid)."""
    if row.source == COMPLAINT and not row.complaint:
        return "complaint", N_("a complaint without a word")
    for name, at in row.happenings():
        if at < row.at["opened"]:
            return name, N_("before the ticket was opened")
    try:
        derive(Happening(name, at, "", {"reason": BY_THEM}) for name, at in row.happenings())
    except ImpossibleOrder as error:
        return error.event, error.reason
    return None
