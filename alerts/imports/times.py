"""Instants as other systems write them: texts by given formats, typed cells, serial dates of spreadsheets."""

from __future__ import annotations

import math
import re
from datetime import date, datetime, timedelta
from typing import Final
from zoneinfo import ZoneInfo

from alerts.imports.mapping import EXCEL, ISO
from alerts.imports.table import Cell
from sla.instant import Ms, of_wall, parse

EARLIEST: Final = 946_684_800_000
"""2000-01-01; what lies before it is a mistake of somebody's."""
_SERIAL: Final = re.compile(r"\d{1,7}(\.\d{1,12})?")
_MAX_SERIAL: Final = 2_958_466.0


class NoInstant(Exception):
    """A cell that says no instant."""


def instant(cell: Cell, formats: tuple[str, ...], zone: ZoneInfo, epoch: datetime) -> Ms:
    """The instant of a cell, ms; `epoch` is day 0 of serial dates. Raises `NoInstant`.

    A date without a time is none, unless a format says that such are meant: a repair clock would start at midnight.
    """
    try:
        if isinstance(cell, bool):
            raise NoInstant
        if isinstance(cell, datetime):
            return _of(cell, zone)
        if isinstance(cell, date):
            return _from_text(cell.isoformat(), formats, zone, epoch)
        if isinstance(cell, int | float):
            return _serial(float(cell), formats, zone, epoch)
        return _from_text(str(cell).strip(), formats, zone, epoch)
    except (ValueError, OverflowError) as error:
        raise NoInstant from error


def _of(when: datetime, zone: ZoneInfo) -> Ms:
    return of_wall(when, zone) if when.tzinfo is None else parse(when.isoformat())


def _from_text(text: str, formats: tuple[str, ...], zone: ZoneInfo, epoch: datetime) -> Ms:
    for one in formats:
        try:
            if one == ISO:
                return _iso(text, zone)
            if one == EXCEL:
                if _SERIAL.fullmatch(text):
                    return _serial(float(text), formats, zone, epoch)
                continue
            return _of(datetime.strptime(text, one), zone)  # noqa: DTZ007 - the zone is the mapping's
        except ValueError:
            continue
    raise NoInstant


def _iso(text: str, zone: ZoneInfo) -> Ms:
    if len(text) < len("2026-11-01T08:00"):
        raise ValueError("no time of day")
    return _of(datetime.fromisoformat(text), zone)


def _serial(days: float, formats: tuple[str, ...], zone: ZoneInfo, epoch: datetime) -> Ms:
    """Days since the epoch to the nearest second; spreadsheets cannot tell finer, and believe in 29 February 1900."""
    if EXCEL not in formats or not math.isfinite(days) or not 61 <= days < _MAX_SERIAL:
        raise NoInstant
    return of_wall(epoch + timedelta(seconds=round(days * 86_400)), zone)
