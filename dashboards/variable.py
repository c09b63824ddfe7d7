"""What a reader chooses at the top of a dashboard; names are shown, ids are asked for."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from dashboards.target import METRICS, Store, only
from dashboards.text import T, Tree
from dashboards.words import KINDS

Variable = Mapping[str, Tree]
ALL: Final = "$__all"
EVERY: Final = ".*"
"""What All stands for in a query: it also takes a device without a vendor, whose tag is `-`."""
_SHOWN, _HIDDEN = 0, 2
_LOAD, _RANGE = 1, 2
_BY_NAME: Final = 5
_ID: Final = r"[^,\\]+"
_NAME: Final = r"(?:\\.|[^,\\])+"
"""Tags' values in a series' key, where a comma, a space and an equals sign are escaped, and Grafana cannot undo that.

So such a name is shown with its backslashes, and an id with such a sign is not offered: it would find nothing.
"""


def _chosen(*, many: bool) -> dict[str, Tree]:
    if not many:
        return {"multi": False, "includeAll": False}
    return {
        "multi": True,
        "includeAll": True,
        "allValue": EVERY,
        "current": {"selected": True, "text": ["All"], "value": [ALL]},
    }


def asked(name: str, label: T, query: str, regex: str = "", *, many: bool = True) -> Variable:
    """One whose values InfluxDB knows; `regex` may take `(?<text>…)` and `(?<value>…)` from each."""
    return {
        "type": "query",
        "name": name,
        "label": label,
        "datasource": METRICS,
        "query": {"query": query, "refId": f"variable-{name}"},
        "regex": regex,
        "refresh": _RANGE,
        "sort": _BY_NAME,
        "hide": _SHOWN,
        "options": [],
        **_chosen(many=many),
    }


def _named(measurement: str, value: str, text: str, where: str = "") -> tuple[str, str]:
    """Ids with names: both are tags, neighbours in a series' key, which SHOW SERIES lists."""
    query = f'SHOW SERIES FROM "{measurement}"' + (f" WHERE {where}" if where else "")
    return query, rf"/,{value}=(?<value>{_ID}),{text}=(?<text>{_NAME})/"


def branch(*, many: bool = True) -> Variable:
    """Branches by name."""
    return asked("branch", T("Branch", "分公司"), *_named("fleet", "branch", "branch_name"), many=many)


def hall(*, many: bool = True) -> Variable:
    """Halls by name, of the chosen branches."""
    query, regex = _named("fleet", "hall", "hall_name", only("branch"))
    return asked("hall", T("Hall", "营业厅"), query, regex, many=many)


def kind() -> Variable:
    """Kinds of devices by name; a kind of one's own is typed in."""
    options: list[Tree] = [{"text": text, "value": code, "selected": False} for code, (text, _) in KINDS.items()]
    written = T("", "")
    for at, (code, (text, _)) in enumerate(KINDS.items()):
        written = written + (", " if at else "") + text + f" : {code}"
    return {
        "type": "custom",
        "name": "kind",
        "label": T("Kind", "设备类型"),
        "query": written,
        "options": options,
        "hide": _SHOWN,
        "allowCustomValue": True,
        **_chosen(many=True),
    }


def vendor() -> Variable:
    """Vendors by name: those that a contract names."""
    return asked("vendor", T("Vendor", "代维公司"), *_named("score", "vendor", "vendor_name"))


def device() -> Variable:
    """One device of the chosen halls."""
    query = f'SHOW TAG VALUES FROM "device" WITH KEY = "device" WHERE {only("branch", "hall", "kind", "vendor")}'
    return asked("device", T("Device", "设备"), query, many=False)


def value() -> Variable:
    """Any value that devices report, beside those that have panels of their own."""
    query = 'SHOW FIELD KEYS FROM "device"'
    return asked("field", T("Value", "指标"), query, "/^(?!rtt_ms$|loss$|state$)(.+)$/", many=False)


def _source(name: str, label: T, plugin: str, uid: str, text: str) -> Variable:
    return {
        "type": "datasource",
        "name": name,
        "label": label,
        "query": plugin,
        "regex": "",
        "refresh": _LOAD,
        "hide": _SHOWN,
        "options": [],
        **_chosen(many=False),
        "current": {"selected": True, "text": text, "value": uid},
    }


def sources(store: Store) -> tuple[Variable, ...]:
    """The data sources; provisioned ones are chosen from the start, another one at the dashboard's top."""
    metrics = _source("metrics", T("Metrics", "指标库"), "influxdb", "hallwatch-influxdb", "hallwatch metrics")
    if store == "metrics":
        return (metrics,)
    plugin, label = "grafana-postgresql-datasource", T("Database", "数据库")
    return (metrics, _source("database", label, plugin, "hallwatch-postgresql", "hallwatch database"))


def base(address: str) -> Variable:
    """Where the service's pages are, without a slash at the end; fixed, so that no link from outside can change it."""
    chosen: Tree = {"selected": True, "text": address, "value": address}
    return {
        "type": "constant",
        "name": "base",
        "label": T("Address of the pages", "系统地址"),
        "query": address,
        "hide": _HIDDEN,
        "skipUrlSync": True,
        "current": chosen,
        "options": [chosen],
    }


def place() -> tuple[Variable, ...]:
    """Branch, hall, kind and vendor, several of each or all."""
    return (branch(), hall(), kind(), vendor())
