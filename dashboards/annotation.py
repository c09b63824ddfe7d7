"""Marks over the charts: when a device was broken, when maintenance was planned."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from dashboards import colour
from dashboards.target import DATABASE, METRICS, PLACE, PLACE_SQL, Store
from dashboards.text import T, Tree

Annotation = Mapping[str, Tree]
OWN: Final[Annotation] = {
    "builtIn": 1,
    "datasource": {"type": "grafana", "uid": "-- Grafana --"},
    "enable": True,
    "hide": True,
    "iconColor": colour.PLAIN,
    "name": "Annotations & Alerts",
    "type": "dashboard",
}
"""Marks that people set by hand; every dashboard has them."""


def _mark(name: T, colour_: str, source: Tree, target: Tree, *, shown: bool) -> Annotation:
    return {
        "name": name,
        "datasource": source,
        "enable": shown,
        "hide": False,
        "iconColor": colour_,
        "target": target,
    }


def _influx(query: str, text: str, tags: str) -> Tree:
    """`until` (ms) ends a mark's stretch."""
    return {
        "refId": "Anno",
        "query": " ".join(query.split()),
        "queryType": "tags",
        "rawQuery": True,
        "resultFormat": "table",
        "fromAnnotations": True,
        "textEditor": True,
        "textColumn": text,
        "tagsColumn": tags,
        "timeEndColumn": "until",
        "titleColumn": "",
    }


def _postgres(query: str) -> Tree:
    return {
        "refId": "Anno",
        "rawSql": " ".join(query.split()),
        "rawQuery": True,
        "format": "table",
        "editorMode": "code",
    }


def outages(store: Store, where: str = PLACE, where_sql: str = PLACE_SQL, *, shown: bool = True) -> Annotation:
    """Outages that begin in the range, from their start to their end."""
    name = T("Outages", "故障时段")
    if store == "sql":
        sql = f"""SELECT extract(epoch FROM start) * 1000 AS time, device || ' ' || cause AS text,
            extract(epoch FROM coalesce("until", now())) * 1000 AS timeend, device || ',' || hall_name AS tags
            FROM grafana_outages WHERE $__timeFilter(start) AND {where_sql} ORDER BY start"""
        return _mark(name, colour.DOWN, DATABASE, _postgres(sql), shown=shown)
    query = f"""SELECT "until", "cause", "device", "hall_name" FROM "raw"."outage"
        WHERE $timeFilter AND "valid" = 1 AND {where}"""
    return _mark(name, colour.DOWN, METRICS, _influx(query, "cause", "device,hall_name"), shown=shown)


def maintenance(store: Store, *, shown: bool = True) -> Annotation:
    """Planned maintenance that begins in the range and was not withdrawn, whatever it is for."""
    name = T("Planned maintenance", "计划维护")
    if store == "sql":
        sql = """SELECT extract(epoch FROM start) * 1000 AS time, extract(epoch FROM "until") * 1000 AS timeend,
            reason AS text, scope_kind || ',' || scope_name AS tags
            FROM grafana_maintenance WHERE $__timeFilter(start) AND NOT withdrawn ORDER BY start"""
        return _mark(name, colour.MAINTENANCE, DATABASE, _postgres(sql), shown=shown)
    query = """SELECT "until", "reason", "scope_kind", "scope" FROM "raw"."maintenance"
        WHERE $timeFilter AND "valid" = 1"""
    return _mark(name, colour.MAINTENANCE, METRICS, _influx(query, "reason", "scope_kind,scope"), shown=shown)
