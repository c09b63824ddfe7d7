"""What a printer last said of its supplies, trays, covers, panel and alerts, ready to be shown (C3)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final, NamedTuple

from api.context import Translate
from api.last import Value
from api.printer_words import CODES, COLOURS, GROUPS, OPEN, SEVERITIES, TRAININGS, TYPES, UNITS
from api.words import N_
from sla.supplies import Supply, supplies_of

_SHEETS: Final = 8
_PERCENT: Final = 19
_WORDS: Final = {"some": N_("some"), "unrestricted": N_("unrestricted"), "unknown": N_("not known")}
_LEVELS: Final = {-1: _WORDS["unrestricted"], -2: _WORDS["unknown"], -3: _WORDS["some"]}
_LONG: Final = 120


class Line(NamedTuple):
    """A supply or a tray: `percent` where the device gives one, else `level` in words (`vague`: there is some); `more`
    is what else is known of it."""

    name: str
    percent: float | None
    level: str
    vague: bool
    more: str
    colour: str = ""


class Alert(NamedTuple):
    """One row of the alert table; `rank` is `stops`, `warn` or empty."""

    rank: str
    severity: str
    text: str
    more: str


class Printed(NamedTuple):
    """All that is shown of a printer."""

    supplies: list[Line]
    inputs: list[Line]
    outputs: list[Line]
    alerts: list[Alert]
    open_covers: list[str]
    lights: list[str]
    console: str

    @property
    def works(self) -> bool:
        """Is there anything to tell beside the supplies?"""
        return bool(self.inputs or self.outputs or self.alerts or self.open_covers or self.lights or self.console)


def printed(values: Mapping[str, Value], translate: Translate) -> Printed:
    """The newest values of a device as lines of its page; nothing is there that the device did not say."""
    rows = {table: _rows(values, table, column) for table, column in _TABLES.items()}
    return Printed(
        supplies=[_supply(one, translate) for one in supplies_of(values)],
        inputs=[_tray(number, row, N_("tray {n}"), False, translate) for number, row in rows["input"].items()],
        outputs=[_tray(number, row, N_("output {n}"), True, translate) for number, row in rows["output"].items()],
        alerts=sorted((_alert(row, translate) for row in rows["alert"].values()), key=lambda one: -len(one.rank)),
        open_covers=[_text(row, "description") or n for n, row in rows["cover"].items() if row.get("status") in OPEN],
        lights=[_text(row, "description") or n for n, row in rows["light"].items() if _whole(row.get("lit")) > 0],
        console=str(values.get("console", ""))[:_LONG],
    )


_TABLES: Final = {"input": "level", "output": "level", "alert": "code", "cover": "status", "light": "lit"}
"""The tables and the column that makes a row one of a printer: a UPS has inputs and outputs, too."""


def _rows(values: Mapping[str, Value], table: str, needed: str) -> dict[str, dict[str, Value]]:
    found: dict[str, dict[str, Value]] = {}
    for name, value in values.items():
        if name.startswith(table + "."):
            _, row, column = (*name.split(".", 2), "")[:3]
            found.setdefault(row, {})[column] = value
    return {row: columns for row, columns in found.items() if needed in columns}


def _supply(one: Supply, translate: Translate) -> Line:
    unit = int(one.unit) if one.unit.isdecimal() else 0
    kind = TYPES.get(int(one.type) if one.type.isdecimal() else 0, "")
    room = N_("room left") if one.is_receptacle else ""
    more = [translate(part) for part in (kind, room) if part]
    more.append(_amount(one.level, one.capacity, unit, translate))
    level = _WORDS["unknown"] if one.quality == "exact" else _WORDS[one.quality]
    if one.quality == "exact" and one.percent is None:
        level = _number(one.level or 0, unit, translate)
    vague = one.quality in ("some", "unrestricted")
    name = one.description or (translate(kind) if kind else f"#{one.index}")
    return Line(name, one.percent, translate(level), vague, " · ".join(filter(None, more)), _colour(one))


def _amount(level: int | None, capacity: int | None, unit: int, translate: Translate) -> str:
    """`4,260 of 6,000 pages`; nothing where the device gives no numbers or the percentage says it all."""
    if capacity is None or capacity <= 0 or unit == _PERCENT or (unit not in UNITS and capacity == 100):
        return ""
    if level is None or level < 0:
        return translate(N_("{capacity} when full")).format(capacity=_number(capacity, unit, translate))
    scale = UNITS.get(unit, ("", 1))[1]
    return translate(N_("{level} of {capacity}")).format(
        level=f"{level * scale:,.10g}", capacity=_number(capacity, unit, translate)
    )


def _number(number: int, unit: int, translate: Translate) -> str:
    word, scale = UNITS.get(unit, ("", 1))
    return f"{number * scale:,.10g} {translate(word) if word else ''}".strip()


def _colour(one: Supply) -> str:
    for said in (one.colorant.casefold(), one.description.casefold()):
        for colour, words in COLOURS.items():
            if any(word in said for word in words):
                return colour
    return ""


def _tray(number: str, row: Mapping[str, Value], called: str, room: bool, translate: Translate) -> Line:
    level, capacity = (_signed(_whole(row.get(name), -2)) for name in ("level", "capacity"))
    unit = _whole(row.get("unit"), _SHEETS)
    percent = 100.0 * level / capacity if level >= 0 and capacity > 0 else None
    words = translate(_LEVELS.get(level, "")) if level < 0 else _number(level, unit, translate)
    more = [_text(row, "media"), translate(N_("room left")) if room else "", _amount(level, capacity, unit, translate)]
    more.append(translate(_state(_whole(row.get("status")))))
    name = _text(row, "name") or _text(row, "description") or translate(called).replace("{n}", number)
    return Line(name, percent, words or translate(_WORDS["unknown"]), level in (-1, -3), " · ".join(filter(None, more)))


def _state(status: int) -> str:
    """PrtSubUnitStatusTC in one word; empty while all is well."""
    if status & 16:
        return N_("needs help")
    if status & 7 == 3:
        return N_("broken")
    return N_("offline") if status & 32 else N_("warning") if status & 8 else ""


def _alert(row: Mapping[str, Value], translate: Translate) -> Alert:
    severity, code = _whole(row.get("severity")), _whole(row.get("code"))
    words = [translate(table.get(_whole(row.get(name)), "")) for name, table in _ABOUT.items()]
    text = _text(row, "description") or translate(CODES.get(code, "")) or f"{translate(N_('code'))} {code}"
    rank = {3: "stops", 4: "warn"}.get(severity, "")
    return Alert(rank, translate(SEVERITIES.get(severity, N_("notice"))), text, " · ".join(filter(None, words)))


_ABOUT: Final = {"group": GROUPS, "training": TRAININGS}


def _text(row: Mapping[str, Value], name: str) -> str:
    return " ".join(str(row.get(name, "")).split())[:_LONG]


def _signed(number: int) -> int:
    """Integer32 that was said without its sign."""
    return number - (1 << 32) if 1 << 31 <= number < 1 << 32 else number


def _whole(value: Value | None, otherwise: int = 0) -> int:
    if not isinstance(value, int | float) or isinstance(value, bool) or not abs(value) < 1 << 53:
        return otherwise
    return int(value)
