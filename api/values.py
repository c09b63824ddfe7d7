"""Measured values in words: what a field is called, its unit, its scale and where its axis ends."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Final, NamedTuple

from api.context import Translate
from api.counting import Counter
from api.durations import spoken
from api.last import Value
from api.words import N_

GIB: Final = float(1 << 30)


class Form(NamedTuple):
    """How a field reads: its words, where `{n}` stands for the row; `unit`; shown is value x `scale`.

    `least` and `most` end the axis where they are given; `rate`: of a counter its growth in a second is
    drawn, x `scale`.
    """

    words: str
    unit: str = ""
    scale: float = 1.0
    least: float | None = None
    most: float | None = None
    rate: bool = False
    digits: int = 0


_FORMS: Final[dict[str, Form]] = {
    "pages": Form(N_("pages printed"), N_("pages/h"), 3600, 0, rate=True, digits=1),
    "pages_total": Form(N_("pages in all"), N_("pages/h"), 3600, 0, rate=True, digits=1),
    "pages_black": Form(N_("black and white pages"), N_("pages/h"), 3600, 0, rate=True, digits=1),
    "pages_colour": Form(N_("colour pages"), N_("pages/h"), 3600, 0, rate=True, digits=1),
    "pages_black_copied": Form(N_("black and white copies"), N_("pages/h"), 3600, 0, rate=True, digits=1),
    "pages_black_printed": Form(N_("black and white prints"), N_("pages/h"), 3600, 0, rate=True, digits=1),
    "pages_colour_copied": Form(N_("colour copies"), N_("pages/h"), 3600, 0, rate=True, digits=1),
    "pages_colour_printed": Form(N_("colour prints"), N_("pages/h"), 3600, 0, rate=True, digits=1),
    "cpu_load": Form(N_("CPU load"), "%", least=0, most=100, digits=1),
    "waiting": Form(N_("people waiting"), least=0),
    "counters_open": Form(N_("counters open"), least=0),
    "rtt_ms": Form(N_("round trip"), "ms", least=0, digits=1),
    "loss": Form(N_("packets lost"), "%", 100, 0, 100),
    "memory_kb": Form(N_("memory"), "GB", 1024 / GIB, 0, digits=1),
    "processes": Form(N_("processes"), least=0),
    "supply.#.level": Form(N_("supply {n}"), least=0),
    "supply.#.capacity": Form(N_("supply {n}: when full"), least=0),
    "supply.#.class": Form(N_("supply {n}: class code")),
    "supply.#.type": Form(N_("supply {n}: type code")),
    "supply.#.unit": Form(N_("supply {n}: unit code")),
    "input.#.level": Form(N_("tray {n}"), N_("sheets"), least=0),
    "input.#.capacity": Form(N_("tray {n}: when full"), N_("sheets"), least=0),
    "input.#.status": Form(N_("tray {n}: status code")),
    "input.#.unit": Form(N_("tray {n}: unit code")),
    "output.#.level": Form(N_("output {n}: room left"), least=0),
    "output.#.capacity": Form(N_("output {n}: when full"), least=0),
    "output.#.status": Form(N_("output {n}: status code")),
    "output.#.unit": Form(N_("output {n}: unit code")),
    "supply.#.colorant": Form(N_("supply {n}: colorant row")),
    "marker.#.unit": Form(N_("counter {n}: unit code (7 pages, 8 sheets)")),
    "light.#.lit": Form(N_("light {n}: ms on (0 dark)")),
    "light.#.color": Form(N_("light {n}: colour code")),
    "cover.#.status": Form(N_("cover {n}: status code (3 open, 4 closed)")),
    "alert.#.severity": Form(N_("alert {n}: severity code (3 critical, 4 warning)")),
    "alert.#.training": Form(N_("alert {n}: code of who can help")),
    "alert.#.group": Form(N_("alert {n}: group code")),
    "alert.#.code": Form(N_("alert {n}: code")),
    "config_changes": Form(N_("changes of settings"), "/h", 3600, 0, rate=True, digits=2),
    "console_disabled": Form(N_("panel code (3 open, 4 locked)"), least=0),
    "input.#.type": Form(N_("tray {n}: type code")),
    "storage.#.used": Form(N_("disk {n}: used"), least=0, digits=1),
    "storage.#.size": Form(N_("disk {n}: size"), least=0, digits=1),
    "storage.#.unit": Form(N_("disk {n}: allocation unit"), N_("bytes"), least=0),
    "cpu.#.load": Form(N_("processor {n}: load"), "%", least=0, most=100, digits=1),
    "if.#.in_octets": Form(N_("port {n}: received"), "Mbit/s", 8e-6, 0, rate=True, digits=2),
    "if.#.out_octets": Form(N_("port {n}: sent"), "Mbit/s", 8e-6, 0, rate=True, digits=2),
    "if.#.oper": Form(N_("port {n}: link (1 up, 2 down)"), least=0),
    "if.#.admin": Form(N_("port {n}: switched (1 on, 2 off)"), least=0),
    "memory_load": Form(N_("memory in use"), "%", least=0, most=100, digits=1),
    "temperature": Form(N_("temperature"), "°C", digits=1),
    "charge": Form(N_("battery charge"), "%", least=0, most=100),
    "minutes_left": Form(N_("battery lasts for"), "min", least=0, digits=1),
    "on_battery_s": Form(N_("on battery for"), "s", least=0),
    "load": Form(N_("load"), "%", least=0, digits=1),
    "battery_voltage": Form(N_("battery voltage"), "V", least=0, digits=1),
    "battery_temperature": Form(N_("battery temperature"), "°C", digits=1),
    "input_voltage": Form(N_("input voltage"), "V", least=0),
    "output_voltage": Form(N_("output voltage"), "V", least=0),
    "input.#.voltage": Form(N_("line {n}: input voltage"), "V", least=0),
    "output.#.voltage": Form(N_("line {n}: output voltage"), "V", least=0),
    "output.#.load": Form(N_("line {n}: load"), "%", least=0),
    "battery_status": Form(N_("battery status code (2 normal, 3 low)"), least=0),
    "output_source": Form(N_("power source code (3 mains, 4 bypass, 5 battery)"), least=0),
    "output_status": Form(N_("output status code (2 mains, 3 battery)"), least=0),
    "alarms": Form(N_("alarms present"), least=0),
    "load_1": Form(N_("load of 1 minute"), least=0, digits=2),
    "load_5": Form(N_("load of 5 minutes"), least=0, digits=2),
    "load_15": Form(N_("load of 15 minutes"), least=0, digits=2),
    "memory_free_kb": Form(N_("memory free"), "GB", 1024 / GIB, 0, digits=1),
    "memory_buffer_kb": Form(N_("memory for buffers"), "GB", 1024 / GIB, 0, digits=1),
    "memory_cached_kb": Form(N_("memory for files"), "GB", 1024 / GIB, 0, digits=1),
    "swap_kb": Form(N_("swap space"), "GB", 1024 / GIB, 0, digits=1),
    "swap_free_kb": Form(N_("swap space free"), "GB", 1024 / GIB, 0, digits=1),
    "system_uptime": Form(N_("machine running for"), N_("days"), 1 / 8_640_000, 0, digits=1),
    "processes_missing": Form(N_("processes that do not run"), least=0),
    "memory.#.used": Form(N_("memory {n}: used"), least=0, digits=1),
    "memory.#.size": Form(N_("memory {n}: size"), least=0, digits=1),
    "if.#.in_octets_32": Form(N_("port {n}: received"), "Mbit/s", 8e-6, 0, rate=True, digits=2),
    "if.#.out_octets_32": Form(N_("port {n}: sent"), "Mbit/s", 8e-6, 0, rate=True, digits=2),
    "if.#.in_errors": Form(N_("port {n}: received with errors"), "/s", 1, 0, rate=True, digits=2),
    "if.#.out_errors": Form(N_("port {n}: not sent for errors"), "/s", 1, 0, rate=True, digits=2),
    "if.#.in_discards": Form(N_("port {n}: received and dropped"), "/s", 1, 0, rate=True, digits=2),
    "if.#.out_discards": Form(N_("port {n}: not sent, dropped"), "/s", 1, 0, rate=True, digits=2),
    "if.#.speed": Form(N_("port {n}: speed"), "Mbit/s", least=0),
    "peripheral.#.state": Form(N_("peripheral {n}: state code (1 good)"), least=0),
    "peripheral.#.kind": Form(N_("peripheral {n}: kind code"), least=0),
    "if.#.type": Form(N_("port {n}: type code (6 Ethernet)")),
    "memory.#.unit": Form(N_("memory {n}: allocation unit"), N_("bytes"), least=0),
    "memory.#.free": Form(N_("memory {n}: free"), least=0),
    "memory.#.load": Form(N_("memory {n}: in use"), "%", least=0, most=100, digits=1),
    "processor.#.load": Form(N_("processor {n}: load"), "%", least=0, most=100, digits=1),
    "entity.#.class": Form(N_("module {n}: class code (3 chassis, 9 module)")),
    "entity.#.cpu": Form(N_("module {n}: CPU load"), "%", least=0, most=100, digits=1),
    "entity.#.memory": Form(N_("module {n}: memory in use"), "%", least=0, most=100, digits=1),
    "entity.#.temperature": Form(N_("module {n}: temperature"), "°C", digits=1),
    "unit.#.cpu": Form(N_("unit {n}: CPU load"), "%", least=0, most=100, digits=1),
    "unit.#.cpu_2m": Form(N_("unit {n}: CPU load of 2 minutes"), "%", least=0, most=100, digits=1),
    "unit.#.memory": Form(N_("unit {n}: memory in use"), "%", least=0, most=100, digits=1),
    "board.#.cpu": Form(N_("board {n}: CPU load"), "%", least=0, most=100, digits=1),
    "board.#.memory": Form(N_("board {n}: memory in use"), "%", least=0, most=100, digits=1),
    "heat.#.degrees": Form(N_("sensor {n}: temperature"), "°C", digits=1),
    "heat.#.state": Form(N_("sensor {n}: state code (1 normal)"), least=0),
    "fan.#.state": Form(N_("fan {n}: state code (1 normal)"), least=0),
    "supply_unit.#.state": Form(N_("power supply {n}: state code (1 normal)"), least=0),
    "battery_state": Form(N_("battery state code (1 charging, 2 discharging)"), least=0),
    "battery_fault": Form(N_("battery failed (1 yes, 2 no)"), least=0),
    "battery_low": Form(N_("battery low (1 yes, 2 no)"), least=0),
    "battery_failure": Form(N_("battery failed (1 yes, 2 no)"), least=0),
    "battery_aged": Form(N_("battery to be replaced: code"), least=0),
    "on_battery": Form(N_("on battery (1 yes, 2 no)"), least=0),
    "on_bypass": Form(N_("on bypass (1 yes, 2 no)"), least=0),
    "overloaded": Form(N_("overloaded (1 yes, 2 no)"), least=0),
    "replace": Form(N_("battery to be replaced: code"), least=0),
    "if_number": Form(N_("number of ports"), least=0),
    "device_status": Form(N_("device status code (2 running, 3 warning, 5 down)"), least=0),
    "printer_status": Form(N_("printer status code (3 idle, 4 printing, 5 warm-up)"), least=0),
    "uptime": Form(N_("running for"), N_("days"), 1 / 8_640_000, 0, digits=1),
    "state": Form(N_("state (0 down, 1 degraded, 2 up)"), least=0, most=2),
}
"""By field, `#` for the number of a row; the order is that of the page."""

BITS_A_SECOND: Final = "Mbit/s"
_OCTETS_32_MS: Final = 343_000
"""In which 100 Mbit/s turn 32 bits of octets over (RFC 2863, 3.1.6)."""
_ORDER: Final = {pattern: place for place, pattern in enumerate(_FORMS)}
_NUMBER: Final = re.compile(r"\.(\d{1,9})(?=\.)")
_LABEL: Final = re.compile(r"\s+Label:")
"""Windows says "C:\\ Label:NAME  Serial Number 5e1f00d1" of a disk."""
PLAIN: Final = (
    "pages",
    "pages_total",
    "pages_black",
    "pages_colour",
    "waiting",
    "counters_open",
    "charge",
    "minutes_left",
    "load",
    "cpu_load",
    "memory_load",
    "temperature",
    "memory_kb",
    "processes",
    "if_number",
    "uptime",
)
"""What a device's newest word is shown of beside its chart."""


class Field(NamedTuple):
    """One field of one device, ready to be shown; `title` is the words with the unit."""

    name: str
    words: str
    title: str
    form: Form


def known(name: str) -> bool:
    """Whether the field has words."""
    return _pattern(name) in _FORMS


def order(name: str) -> tuple[int, int, int, str]:
    """Sorts fields: those with words as in the table, row by row, then the others by name."""
    rows, place = _NUMBER.findall(name), _ORDER.get(_pattern(name), len(_ORDER))
    table = next((at for one, at in _ORDER.items() if one.startswith(f"{name.partition('.')[0]}.#.")), place)
    return (table, int(rows[0]), place, name) if rows and known(name) else (place, 0, 0, name)


def counter_of(name: str, counters: Mapping[str, int]) -> Counter | None:
    """How the field counts, where `counters` (names, `#` for a row, with their bits) or the table knows it to (C4).

    Of unknown width it has 64 bits: that makes up no step out of a restart, but hides one where 32 bits wrap.
    """
    head, _, tail = name.partition(".")
    bits = counters.get(name) or counters.get(f"{head}.#.{tail.rpartition('.')[2]}")
    form = _FORMS.get(_pattern(name))
    if bits is None and not (form and form.rate):
        return None
    fast = bits == 32 and form is not None and form.unit == BITS_A_SECOND
    return Counter(bits or 64, _OCTETS_32_MS if fast else None)


def field_of(
    name: str, last: Mapping[str, Value], translate: Translate, counters: Mapping[str, int] | None = None
) -> Field:
    """The field of a device whose newest values are `last`; what it says about the row fills in unit and name.

    One of its kind's `counters` is drawn by its growth an hour where the table says nothing else.
    """
    form = _fitted(name, last)
    if not form.rate and counter_of(name, counters or {}):
        form = form._replace(unit="/h", scale=3600.0, least=0, most=None, rate=True, digits=1)
    rows = _NUMBER.findall(name)
    words = translate(form.words).replace("{n}", rows[0] if rows else "") if known(name) else _own(name, translate)
    called = last.get(f"{_row(name)}.description")
    if isinstance(called, str) and called.strip() and name.endswith((".level", ".used", ".size")):
        said = re.split("[:：] ?", words, maxsplit=1)[1:]
        words = " · ".join([_LABEL.split(called.strip())[0][:60], *said])
    unit = translate(form.unit)
    return Field(name, words, f"{words} ({unit})" if unit else words, form)


def _own(name: str, translate: Translate) -> str:
    """What a kind's file calls a value that is not ours, else its name."""
    head, _, tail = name.partition(".")
    row, _, column = tail.rpartition(".")
    pattern = f"{head}.#.{column}" if row else name
    said = translate(pattern)
    if said == pattern:
        return name[:128]
    return said.replace("{n}", row[:60]) if "{n}" in said or not row else f"{said} {row[:60]}"


def shown(name: str, last: Mapping[str, Value], translate: Translate) -> str:
    """The newest value of a field with its unit, thousands apart; text as it is, bounded."""
    value = last[name]
    form = _fitted(name, last)
    if isinstance(value, bool | str):
        return str(value)[:200]
    if form.rate:
        return f"{value:,.0f}"
    if name == "uptime":
        return spoken(round(value * 10), translate)
    digits = form.digits if value * form.scale % 1 else 0
    return " ".join(part for part in (f"{value * form.scale:,.{digits}f}", translate(form.unit)) if part)


def _pattern(name: str) -> str:
    return _NUMBER.sub(".#", name, count=1)


def _row(name: str) -> str:
    return name.rpartition(".")[0]


def _fitted(name: str, last: Mapping[str, Value]) -> Form:
    """The form, with what the row says: a supply in per cent of its capacity, a disk of its size, or in GB."""
    form = _FORMS.get(_pattern(name), Form(name[:128]))
    capacity, unit = (_positive(last.get(f"{_row(name)}.{one}")) for one in ("capacity", "unit"))
    if form.words == "supply {n}" and capacity:
        return form._replace(unit="%", scale=100 / capacity, most=100)
    if form.words == "tray {n}" and capacity:
        return form._replace(most=capacity)
    size = _positive(last.get(f"{_row(name)}.size"))
    if form.words == "disk {n}: used" and size:
        return form._replace(unit="%", scale=100 / size, most=100)
    if form.words in ("disk {n}: used", "disk {n}: size") and unit:
        return form._replace(unit="GB", scale=unit / GIB)
    return form


def _positive(value: object) -> float | None:
    if not isinstance(value, int | float) or isinstance(value, bool):
        return None
    return float(value) if 0 < value < 1e18 else None
