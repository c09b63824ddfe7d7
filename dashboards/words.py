"""Codes as people read them: states, kinds, owners, causes; with the colours of states."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from dashboards import colour
from dashboards.text import T, Tree

Mapped = Mapping[str, tuple[T, str | None]]
"""A value as JSON writes it, and its text and colour."""

STATES: Final[Mapped] = {
    "down": (T("✖ down", "✖ 故障"), colour.DOWN),
    "unreachable": (T("⊘ unreachable", "⊘ 不可达"), colour.UNREACHABLE),
    "degraded": (T("▲ degraded", "▲ 降级"), colour.DEGRADED),
    "unmonitored": (T("? not observed", "? 未监测"), colour.UNMONITORED),
    "maintenance": (T("◆ maintenance", "◆ 计划维护"), colour.MAINTENANCE),
    "closed": (T("☾ closed", "☾ 非营业时间"), colour.CLOSED),
    "up": (T("✔ up", "✔ 正常"), colour.UP),
}
CODES: Final = ("down", "degraded", "up", "unreachable", "unmonitored", "maintenance", "closed")
"""The states in the order of their numbers."""
JUDGED: Final[Mapped] = {str(code): STATES[state] for code, state in enumerate(CODES)}
OBSERVED: Final[Mapped] = {str(code): STATES[state] for code, state in enumerate(CODES[:3])}
KINDS: Final[Mapped] = {
    "printer": (T("printer", "打印机"), None),
    "list_printer": (T("list printer", "清单打印机"), None),
    "copier": (T("copier", "复印机"), None),
    "kiosk": (T("kiosk", "自助终端"), None),
    "queue": (T("queue machine", "排队机"), None),
    "pc": (T("PC", "PC"), None),
    "handheld": (T("handheld", "手持终端"), None),
    "switch": (T("switch", "交换机"), None),
    "router": (T("router", "路由器"), None),
    "ups": (T("UPS", "UPS"), None),
    "camera": (T("camera", "摄像头"), None),
}
OWNERS: Final[Mapped] = {
    "vendor": (T("vendor", "代维"), None),
    "hall": (T("hall", "营业厅"), None),
    "network": (T("network", "网络"), None),
    "operator": (T("operator", "运营商"), None),
    "undetermined": (T("undetermined", "待定"), None),
}
YES_NO: Final[Mapped] = {"1": (T("yes", "是"), None), "0": (T("no", "否"), None)}


def mappings(values: Mapped) -> Tree:
    """A panel's value mappings."""
    options: dict[str, Tree] = {}
    for at, (value, (text, colour_)) in enumerate(values.items()):
        options[value] = {"index": at, "text": text, **({"color": colour_} if colour_ else {})}
    return [{"type": "value", "options": options}] if options else []
