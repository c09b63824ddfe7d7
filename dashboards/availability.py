"""Availability of this month so far, as the service computes it; nothing is recomputed here."""

from __future__ import annotations

from typing import Final

from dashboards import colour
from dashboards.field import HOURS, Field, Link
from dashboards.name import field, to
from dashboards.panel import Line, Panel, Scale, stat, table, timeseries
from dashboards.target import influx, lately, only
from dashboards.text import T

_LATELY: Final = lately(70)
"""Written every quarter of an hour, or half an hour where it takes long; one that was missed is bridged."""
_HALLS: Final = f""""level" = 'hall' AND {only("branch", id="hall")}"""
_STEPS: Final = ((None, colour.DOWN), (0.95, colour.DEGRADED), (0.99, colour.UP))
_GAP: Final = ((None, colour.DOWN), (0.0, colour.UP))
_TEXT: Final = T(
    "Availability for customers of this month so far (A2, A3, profile `service`): good time of the agreed time, hall "
    "hours without planned maintenance. A dash where less than half of it was observed.",
    "本月至今月度可用率（A2、A3，service 口径）：营业时间内、剔除计划维护后的可用时长占比；"
    "监测覆盖不足一半时显示为“–”，不按 0 或 100% 计。",
)


def halls() -> Panel:
    """Halls, the worst first."""
    newest = f"""SELECT last("down_s") AS "down_s", "service", "target", "coverage", "outages"
        FROM "raw"."availability" WHERE {_LATELY} AND {_HALLS} GROUP BY "id", "name", "branch\""""
    query = f"""SELECT "service", "target", "service" - "target" AS "gap", "coverage", "outages",
        "down_s" / 3600 AS "down" FROM ({newest}) GROUP BY "id", "name", "branch\""""
    link = Link(T("The hall's dashboard", "营业厅看板"), to("hall", hall=field("id")))
    return table(
        T("Halls by availability this month", "本月营业厅可用率排名"),
        _TEXT + T(" The worst first.", "最差的排在最前。"),
        influx(query),
        fields=(
            Field("name", T("Hall", "营业厅"), links=(link,)),
            Field("service", T("Availability", "月度可用率"), "percentunit", 2, steps=_STEPS, cell="text", width=100),
            Field("target", T("Target", "目标值"), "percentunit", 2, width=80),
            Field("gap", T("Against target", "较目标"), "percentunit", 2, steps=_GAP, cell="background", width=105),
            Field("outages", T("Outages", "中断次数"), "none", 0, width=80),
            Field("down", T("Down", "故障时长"), HOURS, 1, width=95),
            Field("coverage", T("Observed", "监测覆盖率"), "percentunit", 1, width=90),
            Field("id", T("Hall id", "营业厅编号"), hidden=True),
            Field("branch", T("Branch id", "分公司编号"), hidden=True),
        ),
        sort=("service", False),
        empty=T("No figures for this month yet", "本月尚无可用率数据"),
    )


def number() -> Panel:
    """Of one hall."""
    newest = f'SELECT last("down_s") AS "down_s", "service" FROM "raw"."availability" WHERE {_LATELY} AND {_HALLS}'
    query = f'SELECT "service" FROM ({newest})'
    return stat(
        T("Availability this month", "本月可用率"),
        _TEXT,
        influx(query),
        scale=Scale("percentunit", _STEPS, decimals=2, empty=T("too little observed", "监测不足")),
        fields=(Field("service", T("Availability", "月度可用率")),),
    )


def over_time() -> Panel:
    """How the month's figure has moved."""
    names = {
        "service": (T("for customers", "客户口径"), colour.PLAIN),
        "contract": (T("for the vendor", "代维合同口径"), colour.SECOND),
        "target": (T("target", "目标值"), colour.CLOSED),
    }
    columns = ", ".join(f'last("{name}") AS "{name}"' for name in names)
    query = f"""SELECT {columns} FROM "raw"."availability" WHERE $timeFilter AND {_HALLS}
        GROUP BY time($__interval) fill(null)"""
    return timeseries(
        T("The month's availability as it moved", "月度可用率走势"),
        _TEXT + T(" It starts anew with each month.", "每月初重新起算。"),
        influx(query, "time_series", alias="$col"),
        scale=Scale("percentunit", most=1, decimals=2),
        fields=tuple(Field(name, title, colour=drawn) for name, (title, drawn) in names.items()),
        line=Line(gap_ms=45 * 60_000),
    ).every("15m")
