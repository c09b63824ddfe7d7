"""One cell of a row in our words: texts cleaned and bounded, values translated, instants read; else a fault (K1)."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime, time
from typing import Final
from zoneinfo import ZoneInfo

from alerts.imports.fault import Faults
from alerts.imports.mapping import INSTANTS, SOURCES
from alerts.imports.mapping import Mapping as ColumnMapping
from alerts.imports.table import MAX_CELL, Cell, Formula
from alerts.imports.times import EARLIEST, NoInstant, instant
from alerts.settings import N_
from alerts.tickets import AHEAD_MS
from sla.instant import Ms
from sla.ticket import HOW

MAX_ID: Final = 128
MAX_TEXT: Final = 512
MAX_EXACT: Final = 10**15
TEXTS: Final = ("reason", "symptom", "cause", "complaint")
NAMES: Final = ("external_id", "device", "serial", "hall", "kind", "sticker", "source", "how")
TIMES: Final = (*INSTANTS, "complained")
_GONE: Final = frozenset({"Cc", "Cf", "Cs", "Co", "Zl", "Zp"})
_FIXED: Final[Mapping[str, Iterable[str]]] = {"source": SOURCES, "how": HOW}


@dataclass(frozen=True, slots=True)
class Cells:
    """Reads the cells of one file; `now` (ms) tells the future."""

    mapping: ColumnMapping
    zone: ZoneInfo
    epoch: datetime
    now: Ms
    faults: Faults

    def heading(self, name: str) -> str:
        """How the file calls one of our columns."""
        return self.mapping.columns.named().get(name, name)

    def text(self, line: int, name: str, cell: Cell) -> str:
        """A text or a name as it is meant; empty, and a fault, where it cannot be taken."""
        return self._meaning(line, name, self._said(line, name, cell))

    def _said(self, line: int, name: str, cell: Cell) -> str:
        if isinstance(cell, Formula):
            self.faults.add(line, self.heading(name), N_("a formula; save the file with values"))
            return ""
        text = plain(cell)
        if len(text) > MAX_CELL:
            self.faults.add(line, self.heading(name), N_("longer than {n} characters"), {"n": str(MAX_CELL)})
            return ""
        return self._short(line, name, text) if name in TEXTS else self._name(line, name, text, cell)

    def _short(self, line: int, name: str, text: str) -> str:
        clean = " ".join("".join(" " if one in "\t\r\n" else one for one in text if _kept(one)).split())
        if len(clean) > MAX_TEXT:
            self.faults.add(line, self.heading(name), N_("cut to {n} characters"), {"n": str(MAX_TEXT)}, warning=True)
            clean = clean[: MAX_TEXT - 1] + "…"
        return clean

    def _name(self, line: int, name: str, text: str, cell: Cell) -> str:
        text = text.strip()
        if not all(_kept(one) and one not in "\t\r\n" for one in text):
            self.faults.add(line, self.heading(name), N_("holds characters that cannot be seen"))
        elif len(text) > MAX_ID:
            self.faults.add(line, self.heading(name), N_("longer than {n} characters"), {"n": str(MAX_ID)})
        elif isinstance(cell, int | float) and abs(cell) >= MAX_EXACT:
            message = N_("a number that a spreadsheet has rounded; write the column as text")
            self.faults.add(line, self.heading(name), message)
        return text

    def _meaning(self, line: int, name: str, text: str) -> str:
        """By the mapping's `values`; where a thing has fixed values, only those or what the mapping turns into them."""
        table: Mapping[str, str] = self.mapping.values.get(name, {})  # type: ignore[call-overload]  # any name is asked
        if text in table:
            return table[text]
        if not text:
            return str(self.mapping.defaults.get(name, ""))  # type: ignore[call-overload]
        fixed = _FIXED.get(name)
        if fixed is not None and text not in fixed:
            near = self.faults.near(text, [*table, *fixed])
            told = {"said": text, "known": ", ".join([*table] or sorted(fixed))}
            message = N_("{said} is not among the mapping's values; known: {known}")
            self.faults.add(line, self.heading(name), message, told, near_miss=near)
        return text

    def instant(self, line: int, name: str, cell: Cell) -> Ms | None:
        """The instant of a cell, ms; None where it is empty, and where it is a fault."""
        if cell is None or (isinstance(cell, str) and not cell.strip()):
            return None
        if name == "cancelled" and plain(cell).strip() in self.mapping.values.get("cancelled", {}):
            return None
        if isinstance(cell, Formula):
            self.faults.add(line, self.heading(name), N_("a formula; save the file with values"))
            return None
        try:
            at = instant(cell, self.mapping.times, self.zone, self.epoch)
        except NoInstant:
            message = N_("{said} is no instant by the formats {formats}")
            told = {"said": plain(cell)[:40], "formats": ", ".join(self.mapping.times)}
            self.faults.add(line, self.heading(name), message, told)
            return None
        return self._in_time(line, name, at)

    def _in_time(self, line: int, name: str, at: Ms) -> Ms | None:
        if EARLIEST <= at <= self.now + AHEAD_MS:
            return at
        message = N_("it lies in the future") if at >= EARLIEST else N_("it lies before the year 2000")
        self.faults.add(line, self.heading(name), message)
        return None

    def cancelled(self, cell: Cell) -> bool:
        """Whether a column that only says yes or no says yes."""
        return self.mapping.values.get("cancelled", {}).get(plain(cell).strip()) == "yes"


def plain(cell: Cell) -> str:
    """A cell as text; a whole number without a point."""
    if cell is None:
        return ""
    if isinstance(cell, float) and cell.is_integer() and abs(cell) < MAX_EXACT:
        return str(int(cell))
    if isinstance(cell, datetime | date | time):
        return cell.isoformat()
    return unicodedata.normalize("NFC", str(cell))


def _kept(one: str) -> bool:
    """Neither a control character nor one that turns the direction of the text or hides (line breaks stay)."""
    return one in "\t\r\n" or unicodedata.category(one) not in _GONE
