"""The dashboards' names: fixed UIDs, titles, and links from one to another."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Final

from dashboards.text import T, Tree

TITLES: Final[Mapping[str, T]] = {
    "city": T("City wall", "城市总览"),
    "hall": T("Hall", "营业厅"),
    "device": T("Device", "设备"),
    "vendors": T("Vendors", "代维公司"),
    "network": T("Network quality", "网络质量"),
    "supplies": T("Consumables", "耗材"),
    "self": T("hallwatch itself", "hallwatch 自身"),
}
KEPT: Final = ("branch", "hall", "kind", "vendor", "metrics")
"""The variables that a link takes along."""


def uid(name: str) -> T:
    """The fixed UID of a dashboard in either language."""
    return T(f"hw-{name}-en", f"hw-{name}")


def to(name: str, kept: Iterable[str] = KEPT, **chosen: str) -> T:
    """The way to another dashboard with the time and variables of this one; `chosen` sets some of them.

    `to("hall", hall=field("hall"))` goes to the hall of the table's row.
    """
    passed = [f"var-{one}={value}" for one, value in chosen.items()]
    passed += [f"${{{one}:queryparam}}" for one in kept if one not in chosen]
    return T("/d/", "/d/") + uid(name) + ("?" + "&".join([*passed, "${__url_time_range}"]))


def field(name: str) -> str:
    """The row's value in another column, fit for an address."""
    return f"${{__data.fields.{name}:percentencode}}"


def page(path: str, name: str) -> T:
    """A page of the service itself: `page("devices", "device")` is that of the row's device."""
    address = f"${{base}}/{path}/{field(name)}"
    return T(address, address)


def links(here: str) -> Tree:
    """At the top of a dashboard: all others, with time and variables."""
    return [
        {
            "asDropdown": False,
            "icon": "dashboard",
            "includeVars": True,
            "keepTime": True,
            "tags": [],
            "targetBlank": False,
            "title": title,
            "tooltip": "",
            "type": "link",
            "url": T("/d/", "/d/") + uid(name),
        }
        for name, title in TITLES.items()
        if name != here
    ]
