"""The alert table of a simulated printer (prtAlertTable, RFC 3805): rows that come and go, an index that wraps."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Final, NamedTuple

from simulator.source import BadBehaviour, Moment, Source

ENTRY: Final = "1.3.6.1.2.1.43.18.1.1"
_LARGEST: Final = (1 << 31) - 1
_MOST_ROWS: Final = 64


class Alert(NamedTuple):
    """Severity (3 critical, 4 warning), training (3 untrained, 5 field service), group, code, description."""

    severity: int
    training: int
    group: int
    code: int
    description: str


ALERTS: Final = {
    "noPaper": Alert(3, 3, 8, 808, "Tray 1 is empty"),
    "lowPaper": Alert(4, 3, 8, 807, "Tray 1 is nearly empty"),
    "lowToner": Alert(4, 3, 11, 1104, "Black toner is low"),
    "noToner": Alert(3, 3, 11, 1101, "Black toner is empty"),
    "doorOpen": Alert(3, 3, 6, 3, "Front cover is open"),
    "jammed": Alert(3, 3, 13, 8, "Paper jam in the rear"),
    "serviceRequested": Alert(4, 5, 5, 30, "Call for service: SC 542"),
}
"""What a printer's alert says of each bit (PrtAlertGroupTC, PrtAlertCodeTC)."""
_NONE: Final = Alert(1, 1, 1, 1, "")
_COLUMNS: Final = ((2, "integer"), (3, "integer"), (4, "integer"), (7, "integer"), (8, "text"))

There = Callable[[Moment], bool]


def alert_rows(
    device: int, *, first: int = 1, rows: int = 16, keeps: bool = False
) -> Iterator[tuple[str, str, Source, There]]:
    """The objects of a table whose first alert has the index `first` and the next ones the next, round and round.

    Each with its OID, form, source and whether it is there at a moment. A printer that `keeps` its alerts never takes
    a row away before another comes in its place. Raises `BadBehaviour`.
    """
    if not (1 <= first <= _LARGEST and 1 <= rows <= _MOST_ROWS):
        raise BadBehaviour(f"alerts: first from 1 to {_LARGEST}, rows up to {_MOST_ROWS}")
    for slot in range(rows):
        index = (first - 1 + slot) % _LARGEST + 1
        there = _there(slot, rows, keeps)
        for place, (column, form) in enumerate(_COLUMNS):
            yield f"{ENTRY}.{column}.{device}.{index}", form, _cell(slot, rows, keeps, place), there


def _row(m: Moment, slot: int, rows: int, keeps: bool) -> Alert | None:
    for one in m.situation.told:
        if one.number % rows == slot and (keeps or one.lasts):
            return next((ALERTS[bit] for bit in sorted(one.bits) if bit in ALERTS), _NONE)
    return None


def _there(slot: int, rows: int, keeps: bool) -> There:
    return lambda m: _row(m, slot, rows, keeps) is not None


def _cell(slot: int, rows: int, keeps: bool, place: int) -> Source:
    def value(m: Moment) -> int | bytes:
        said = (_row(m, slot, rows, keeps) or _NONE)[place]
        return said.encode() if isinstance(said, str) else said

    return value
