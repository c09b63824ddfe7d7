"""What is broken now."""

from __future__ import annotations

from typing import Final

from dashboards import colour
from dashboards.field import HOURS, SINCE, Field, Link
from dashboards.name import field, page, to
from dashboards.panel import UNLESS, Line, Panel, Scale, table, timeseries
from dashboards.target import PLACE, PLACE_SQL, Store, Target, influx, lately, only, postgres
from dashboards.text import T
from dashboards.words import CAUSES, KINDS, OWNERS, STATES

_LONG: Final = ((None, colour.PLAIN), (2.0, colour.DEGRADED), (8.0, colour.DOWN))
"""Hours: the usual repair target (R1), and a whole day of a hall."""


def _fields() -> tuple[Field, ...]:
    return (
        Field(
            "hall_name",
            T("Hall", "营业厅"),
            links=(
                Link(T("The hall's dashboard", "营业厅看板"), to("hall", hall=field("hall"))),
                Link(T("The hall in hallwatch", "系统中的营业厅页面"), page("halls", "hall"), away=True),
            ),
        ),
        Field(
            "device",
            T("Device", "设备"),
            links=(
                Link(T("The device's dashboard", "设备看板"), to("device", device=field("device"))),
                Link(T("The device in hallwatch", "系统中的设备页面"), page("devices", "device"), away=True),
            ),
            width=85,
        ),
        Field("kind", T("Kind", "设备类型"), mapped=KINDS, width=85),
        Field("state", T("State", "状态"), mapped=STATES, cell="text", width=105),
        Field("start", T("Since", "开始时间"), SINCE, width=95),
        Field("lasts", T("Lasts", "已持续"), HOURS, 1, steps=_LONG, cell="text", width=80),
        Field("cause", T("Cause", "故障原因"), mapped=CAUSES),
        Field("owner", T("Whose", "责任方"), mapped=OWNERS, width=105),
        Field(
            "ticket",
            T("Ticket", "工单号"),
            links=(Link(T("The ticket in hallwatch", "查看故障工单"), page("tickets", "ticket"), away=True),),
            width=90,
        ),
        Field("hall", T("Hall id", "营业厅编号"), hidden=True),
    )


def _target(store: Store, where: str, where_sql: str) -> Target:
    if store == "sql":
        return postgres(
            f"""SELECT hall_name, device, kind, state, start,
            extract(epoch FROM $__timeTo()::timestamptz - start) / 3600 AS lasts, cause, owner,
            coalesce(ticket, '-') AS ticket, hall FROM grafana_outages WHERE start <= $__timeTo()
            AND (open AND state IN ('down', 'unreachable') OR "until" > $__timeTo()) AND {where_sql} ORDER BY start"""
        )
    return influx(
        f"""SELECT last("start") AS "start", "lasts_s" / 3600 AS "lasts", "state", "cause", "owner", "ticket",
        "hall_name" FROM "raw"."outage_now" WHERE {lately(3)} AND {where} GROUP BY "hall", "device", "kind\""""
    )


def broken(store: Store, where: str = PLACE, where_sql: str = PLACE_SQL) -> Panel:
    """Devices in an outage, the newest first."""
    return table(
        T("Broken now", "当前故障设备"),
        T(
            "Every device that is down or unreachable at the end of the range: since when, why, and whose it is (C1).",
            "所选时段末处于故障或不可达状态的设备：开始时间、故障原因及责任方（C1）。",
        ),
        _target(store, where, where_sql),
        fields=_fields(),
        sort=("start", True),
        empty=T("Nothing is broken", "当前没有故障设备") + UNLESS,
    )


def _count(state: str, ref: str) -> Target:
    """Of whole halls: they are counted every minute, so that none is 0 and no figures are a gap."""
    each = f"""SELECT mean("{state}") AS "n" FROM "raw"."fleet" WHERE $timeFilter AND {only("branch", "hall")}
        GROUP BY time($__interval), "hall" fill(none)"""
    query = f'SELECT sum("n") FROM ({each}) WHERE $timeFilter GROUP BY time($__interval) fill(null)'
    return influx(query, "time_series", ref=ref, alias=state)


def trend() -> Panel:
    """How many were broken, over time."""
    return timeseries(
        T("Broken devices over time", "故障设备数趋势"),
        T(
            "Devices that were down or unreachable, the mean of each step; empty where hallwatch itself wrote nothing. "
            "Kind and vendor do not choose here.",
            "每个时间间隔内故障或不可达设备的平均台数；空白处为系统未写入数据。"
            "本面板按营业厅整体统计，不受设备类型、代维公司筛选影响。",
        ),
        _count("down", "A"),
        _count("unreachable", "B"),
        scale=Scale("none", least=0, decimals=0),
        fields=(
            Field("down", T("down", "故障"), colour=colour.DOWN),
            Field("unreachable", T("unreachable", "不可达"), colour=colour.UNREACHABLE),
        ),
        line=Line(stacked=True, gap_ms=5 * 60_000),
    ).every("1m")
