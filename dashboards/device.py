"""Device: everything about one device."""

from __future__ import annotations

from typing import Final

from dashboards import annotation, colour, consumable, path, tickets, variable
from dashboards.dashboard import Dashboard, Row
from dashboards.field import Field, Link
from dashboards.name import field, page, to
from dashboards.panel import GAP_MS, Line, Panel, Scale, state_timeline, table, timeseries
from dashboards.target import Store, influx, lately, only, only_sql
from dashboards.text import T
from dashboards.words import CAUSES, JUDGED, KINDS, OWNERS

_HERE: Final = only("device")
_HERE_SQL: Final = only_sql("device")


def _now() -> Panel:
    """The newest point, whatever its tags: a device that has moved is where it is now."""
    tags = '"device", "hall", "branch", "kind", "vendor"'
    query = f"""SELECT "code", "cause", "owner", "hall_name", "branch_name", {tags} FROM "raw"."status"
        WHERE {lately(22)} AND {_HERE} ORDER BY time DESC LIMIT 1"""
    device = Link(T("The device in hallwatch", "系统中的设备页面"), page("devices", "device"), away=True)
    hall = Link(T("The hall's dashboard", "营业厅看板"), to("hall", hall=field("hall")))
    return table(
        T("Now", "当前状态"),
        T("What is judged of it at the end of the range, and where it is.", "所选时段末的判定状态及设备归属。"),
        influx(query),
        fields=(
            Field("device", T("Device", "设备"), links=(device,)),
            Field("code", T("State", "状态"), mapped=JUDGED, cell="background", width=140),
            Field("cause", T("Cause", "故障原因"), mapped=CAUSES),
            Field("owner", T("Whose", "责任方"), mapped=OWNERS),
            Field("kind", T("Kind", "设备类型"), mapped=KINDS),
            Field("hall_name", T("Hall", "营业厅"), links=(hall,)),
            Field("branch_name", T("Branch", "分公司")),
            Field("vendor", T("Vendor", "代维编号")),
            Field("hall", T("Hall id", "营业厅编号"), hidden=True),
            Field("branch", T("Branch id", "分公司编号"), hidden=True),
        ),
        empty=T("Nothing is judged of this device", "该设备没有判定状态"),
    ).sized(24, 4)


def _timeline() -> Panel:
    judged = f'SELECT "code" FROM "raw"."status" WHERE $timeFilter AND {_HERE}'
    observed = f'SELECT "state" FROM "raw"."device" WHERE $timeFilter AND {_HERE}'
    return state_timeline(
        T("Judged and observed state", "判定状态与观测状态"),
        T(
            "Above what hallwatch judged (O3: confirmed, parents, hall hours), below what each poll saw. They differ "
            "where an outage was not confirmed, or the hall was closed.",
            "上行为系统判定状态（O3：经确认，并考虑上联设备与营业时间），下行为每次轮询的观测结果。"
            "未经确认的瞬时故障、非营业时间等情形下两者不同。",
        ),
        influx(judged, "time_series", ref="A", alias="judged"),
        influx(observed, "time_series", ref="B", alias="observed"),
        mapped=JUDGED,
        fields=(Field("judged", T("judged", "判定")), Field("observed", T("observed", "观测"))),
    ).sized(24, 5)


def _pages() -> Panel:
    """A counter that begins anew gives no step, never a negative one; days begin at midnight in China."""
    step = f"""SELECT non_negative_difference("pages_last") AS "step" FROM "hourly"."device_hour"
        WHERE $timeFilter AND {_HERE}"""
    return timeseries(
        T("Pages a day", "日打印量"),
        T(
            "Pages printed a day (Beijing time), from the counter's hourly readings; a counter that was reset counts "
            "nothing backwards. The first and last day of the range are not whole.",
            "按北京时间每日的打印页数，由计数器每小时读数相减得出；计数器清零或重启不产生负值。时段首尾两日不完整。",
        ),
        influx(
            f'SELECT sum("step") FROM ({step}) WHERE $timeFilter GROUP BY time(1d, -8h) fill(none)',
            "time_series",
            alias="pages",
        ),
        scale=Scale(T("suffix: pages", "suffix: 页"), least=0, decimals=0, empty=T("No page counter", "无打印计数")),
        fields=(Field("pages", T("pages", "打印页数"), colour=colour.PLAIN),),
        line=Line(bars=True),
    )


def _any() -> Panel:
    """The value that the variable `field` chooses."""
    query = f"""SELECT mean(/^${{field:regex}}$/) FROM "raw"."device" WHERE $timeFilter AND {_HERE}
        GROUP BY time($__interval) fill(null)"""
    return timeseries(
        T("Any other value: ", "任选指标：") + "${field}",
        T(
            "The value chosen above as the device reports it, the mean of each step, without a unit of its own.",
            "上方所选指标的设备上报值，取各时间间隔的平均值，单位以设备定义为准。",
        ),
        influx(query, "time_series", alias="${field}"),
        scale=Scale("none", empty=T("This device does not report it", "该设备不上报此指标")),
        line=Line(points=True, gap_ms=GAP_MS),
    ).every("1m")


def device(store: Store, base: str) -> Dashboard:
    """One device at a time."""
    chosen = (*variable.place(), variable.device(), variable.value())
    marks = (annotation.outages(store, _HERE, _HERE_SQL), annotation.maintenance(store))
    charts = (path.round_trip(_HERE).sized(8, 8), path.loss(_HERE).sized(8, 8), _pages().sized(8, 8))
    kept = (
        consumable.supplies(_HERE, device=False).sized(12, 8),
        tickets.history(store, _HERE, _HERE_SQL).sized(12, 8),
    )
    return Dashboard(
        name="device",
        description=T(
            "One device: states, network, pages, supplies, tickets, and any value that it reports.",
            "单台设备：状态、网络、打印量、耗材、工单及任一上报指标。",
        ),
        variables=(*chosen, *variable.sources(store), variable.base(base)),
        annotations=marks,
        rows=(Row(None, (_now(), _timeline(), *charts, *kept, _any().sized(24, 8))),),
        since="now-7d",
    )
