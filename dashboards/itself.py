"""hallwatch itself: whether it keeps up, what it has not seen, what it refused, what waits and what was lost."""

from __future__ import annotations

from typing import Final

from dashboards import annotation, colour, variable
from dashboards.dashboard import Dashboard, Row
from dashboards.field import Field, Steps
from dashboards.panel import Line, Panel, Scale, stat, table, timeseries
from dashboards.target import Store, Target, influx, lately
from dashboards.text import T
from dashboards.words import Mapped

NOW: Final = lately(5)
GAP_MS: Final = 5 * 60_000
"""Figures come every minute; where none came for longer, none are drawn."""
LAG: Final[Steps] = ((None, colour.UP), (60, colour.DEGRADED), (300, colour.DOWN))
SILENT: Final[Steps] = ((None, colour.UP), (30, colour.DEGRADED), (120, colour.DOWN))
BACKLOG: Final[Steps] = ((None, colour.UP), (1000, colour.DEGRADED), (10_000, colour.DOWN))
BLIND: Final[Steps] = ((None, colour.UP), (0.02, colour.DEGRADED), (0.1, colour.DOWN))
SKEW: Final[Steps] = ((None, colour.DOWN), (-5, colour.UP), (5, colour.DOWN))
WAITING: Final[Steps] = ((None, colour.UP), (600, colour.DEGRADED), (3600, colour.DOWN))
SOME: Final[Steps] = ((None, colour.UP), (1, colour.DEGRADED))
NONE: Final[Steps] = ((None, colour.UP), (1, colour.DOWN))
ONLINE: Final[Mapped] = {"1": (T("✔ online", "✔ 在线"), colour.UP), "0": (T("✖ silent", "✖ 失联"), colour.DOWN)}

_LAG: Final = T(
    "From an observation to its record, the 95th percentile of the devices. Amber from 1 min, red from 5 min.",
    "从观测到入库的时间，各设备最新一条，第 95 百分位。1 分钟起黄色，5 分钟起红色。",
)


def _service(field: str, of: str = "max") -> Target:
    """One number over all components, of the newest minutes."""
    inner = f'SELECT last("{field}") AS "{field}" FROM "raw"."service" WHERE {NOW} GROUP BY "component"'
    return influx(f'SELECT {of}("{field}") AS "{field}" FROM ({inner})')


def _number(title: T, what: T, field: str, scale: Scale, of: str = "max") -> Panel:
    return stat(title, what, _service(field, of), scale=scale).sized(4, 4)


def _now() -> tuple[Panel, ...]:
    count = Scale("none", NONE, decimals=0)
    online = f'SELECT last("online") AS "online" FROM "raw"."collector" WHERE {NOW} GROUP BY "collector"'
    silent = f'SELECT sum("silent") AS "silent" FROM (SELECT 1 - "online" AS "silent" FROM ({online}))'
    return (
        stat(
            T("Collectors silent", "失联采集器"),
            T("Collectors without a heartbeat for 30 s. Red from one on.", "超过 30 秒没有心跳的采集器数，有即红色。"),
            influx(silent),
            scale=count,
        ).sized(4, 4),
        _number(T("Lag", "入库滞后"), _LAG, "lag_most_s", Scale("s", LAG, decimals=1)),
        _number(
            T("Not observed", "未监测占比"),
            T(
                "Share of the devices in service that nobody watches now. Amber from 2 %, red from 10 %.",
                "在用设备中当前未被监测的比例。2% 起黄色，10% 起红色。",
            ),
            "blind_share",
            Scale("percentunit", BLIND, decimals=1),
        ),
        _number(
            T("Oldest point in the queue", "写入队列最长等待"),
            T(
                "How long the oldest point has waited for the metrics store. Amber from 10 min, red from 1 h.",
                "等待写入指标库的最早数据点已等待多久。10 分钟起黄色，1 小时起红色。",
            ),
            "queue_oldest_s",
            Scale("s", WAITING, decimals=0),
        ),
        _number(
            T("Notices waiting", "待发通知"),
            T("Notices that wait to be sent. Amber from one on.", "等待发送的通知数，有即黄色。"),
            "notices_waiting",
            Scale("none", SOME, decimals=0),
            "sum",
        ),
        _number(
            T("Kept aside", "暂存消息"),
            T(
                "Facts of unknown devices or of the future, judged again after an import. Amber from one on.",
                "未知设备或未来时间的观测，导入后重新判定，有即黄色。",
            ),
            "aside",
            Scale("none", SOME, decimals=0),
            "sum",
        ),
    )


def _rise(measurement: str, field: str, tag: str) -> str:
    steps = f'SELECT non_negative_difference("{field}") AS "step" FROM "raw"."{measurement}" WHERE $timeFilter'
    return f'({steps} GROUP BY "{tag}")'


def _rises() -> tuple[Panel, ...]:
    """What was counted within the range; a count that begins anew takes nothing away."""
    counted = (
        (T("Stored", "入库"), T("Facts stored within the range.", "所选时段内入库的观测数。"), "stored", ()),
        (
            T("Lost", "丢失"),
            T("Facts lost within the range (gaps in a collector's outbox). Red from one on.",
              "所选时段内丢失的观测数（采集器发件箱的缺口），有即红色。"),
            "lost",
            NONE,
        ),
        (
            T("Refused", "拒收"),
            T("Messages refused within the range. Amber from one on.", "所选时段内拒收的消息数，有即黄色。"),
            "refused",
            SOME,
        ),
        (
            T("Quarantined", "隔离数据点"),
            T("Points that the metrics store refused within the range. Amber from one on.",
              "所选时段内被指标库拒收并隔离的数据点数，有即黄色。"),
            "quarantined",
            SOME,
        ),
        (
            T("Notices given up", "未送达通知"),
            T("Notices that could not be delivered within the range. Red from one on.",
              "所选时段内最终未能送达的通知数，有即红色。"),
            "notices_given_up",
            NONE,
        ),
    )  # fmt: skip
    widths = (4, 5, 5, 5, 5)
    return tuple(
        stat(
            title, what, influx(f'SELECT sum("step") AS "{name}" FROM {_rise("service", name, "component")}'),
            scale=Scale("none", steps, decimals=0),
        ).sized(width, 4)
        for width, (title, what, name, steps) in zip(widths, counted, strict=True)
    )  # fmt: skip


def _collectors() -> Panel:
    said = ", ".join(
        f'last("{one}") AS "{one}"' for one in ("online", "silent_s", "backlog", "devices", "skew_s", "lost")
    )
    return table(
        T("Collectors", "采集器"),
        T(
            "Silent: amber from 30 s, red from 2 min. Backlog: observations without receipt, amber from 1,000, red "
            "from 10,000. Clock: its own less the centre's, red from 5 s either way. Lost: so far.",
            "失联：30 秒起黄色，2 分钟起红色。积压：未回执的观测，1000 起黄色，10000 起红色。"
            "时钟：采集器减中心，相差 5 秒起红色。丢失：累计。",
        ),
        influx(f'SELECT {said} FROM "raw"."collector" WHERE {NOW} GROUP BY "collector"'),
        fields=(
            Field("collector", T("Collector", "采集器")),
            Field("online", T("State", "状态"), mapped=ONLINE, cell="text"),
            Field("silent_s", T("Silent for", "失联时长"), "s", 0, steps=SILENT, cell="text"),
            Field("backlog", T("Backlog", "积压"), "none", 0, steps=BACKLOG, cell="background"),
            Field("devices", T("Devices", "设备数"), "none", 0),
            Field("skew_s", T("Clock", "时钟偏差"), "s", 2, steps=SKEW, cell="text"),
            Field("lost", T("Lost", "丢失"), "none", 0, steps=NONE, cell="text"),
        ),
        sort=("backlog", True),
    ).sized(14, 8)


def _refused() -> Panel:
    query = f'SELECT sum("step") AS "messages" FROM {_rise("refused", "count", "reason")} GROUP BY "reason"'
    return table(
        T("Refused by reason", "拒收原因"),
        T(
            "Messages refused within the range; they are kept for a look and stop nothing. Amber from one on.",
            "所选时段内拒收的消息；保留备查，不影响其他消息。有即黄色。",
        ),
        influx(query),
        fields=(
            Field("reason", T("Reason", "原因"), mapped=REASONS),
            Field("messages", T("Messages", "消息数"), "none", 0, steps=SOME, cell="text"),
        ),
        sort=("messages", True),
        empty=T("Nothing was refused", "没有拒收"),
    ).sized(10, 8)


REASONS: Final[Mapped] = {
    "too_large": (T("too large", "消息过大"), None),
    "not_json": (T("not JSON", "不是 JSON"), None),
    "version": (T("another version", "版本不符"), None),
    "type": (T("wrong type", "类型错误"), None),
    "missing": (T("something missing", "缺少字段"), None),
    "foreign_collector": (T("another collector's topic", "采集器与主题不符"), None),
    "foreign_device": (T("another device's topic", "设备与主题不符"), None),
}


def _over(title: T, what: T, query: str, alias: str | T, scale: Scale, *fields: Field) -> Panel:
    return timeseries(
        title,
        what,
        influx(query, "time_series", alias=alias),
        scale=scale,
        fields=fields,
        line=Line(gap_ms=GAP_MS),
        calcs=("max",),
    ).every("1m")


def _trends() -> tuple[Panel, ...]:
    def by(measurement: str, tag: str, *said: str) -> str:
        shown = ", ".join(f'max("{one}") AS "{one}"' for one in said)
        return f"""SELECT {shown} FROM "raw"."{measurement}" WHERE $timeFilter
            GROUP BY time($__interval), "{tag}" fill(null)"""

    lag = """SELECT max("lag_s") AS "lag_s", max("lag_most_s") AS "lag_most_s" FROM "raw"."service" WHERE $timeFilter
        GROUP BY time($__interval) fill(null)"""
    blind = """SELECT max("blind_share") AS "blind_share" FROM "raw"."service" WHERE $timeFilter
        GROUP BY time($__interval) fill(null)"""
    return (
        _over(
            T("Lag", "入库滞后"), _LAG, lag, "$col", Scale("s", LAG, least=0),
            Field("lag_s", T("median", "中位数"), "s", colour=colour.SECOND),
            Field("lag_most_s", T("95th percentile", "第 95 百分位"), "s", colour=colour.PLAIN),
        ),
        _over(
            T("Backlog by collector", "各采集器积压"),
            T("Observations that have no receipt yet. Amber from 1,000, red from 10,000.",
              "尚无回执的观测数。1000 起黄色，10000 起红色。"),
            by("collector", "collector", "backlog"), "$tag_collector", Scale("none", BACKLOG, least=0, decimals=0),
        ),
        _over(
            T("Not observed", "未监测占比"),
            T("Share of the devices in service that is unmonitored. Amber from 2 %, red from 10 %.",
              "在用设备中未被监测的比例。2% 起黄色，10% 起红色。"),
            blind, "$col", Scale("percentunit", BLIND, least=0),
            Field("blind_share", T("Not observed", "未监测"), "percentunit", colour=colour.UNMONITORED),
        ),
        _over(
            T("Queue before the metrics store", "指标写入队列"),
            T("Points that wait to be written, by component. None is lost.", "各组件等待写入的数据点数，不会丢失。"),
            by("service", "component", "queue_points"), "$tag_component", Scale("none", least=0, decimals=0),
        ),
        _over(
            T("Silence of collectors", "采集器失联时长"),
            T("Since the last heartbeat. Amber from 30 s, red from 2 min.",
              "距上次心跳的时间。30 秒起黄色，2 分钟起红色。"),
            by("collector", "collector", "silent_s"), "$tag_collector", Scale("s", SILENT, least=0),
        ),
        _over(
            T("Notices", "通知"),
            T("Notices that wait, and those given up so far.", "等待发送的通知数，以及累计最终未送达的通知数。"),
            by("service", "component", "notices_waiting", "notices_given_up"), "$col",
            Scale("none", least=0, decimals=0),
            Field("notices_waiting", T("waiting", "待发"), colour=colour.DEGRADED),
            Field("notices_given_up", T("given up so far", "累计未送达"), colour=colour.DOWN),
        ),
    )  # fmt: skip


def itself(store: Store, base: str) -> Dashboard:
    """Who watches the watcher."""
    return Dashboard(
        name="self",
        description=T(
            "Whether hallwatch keeps up: lag, backlog by collector, blind time, refused and lost messages, queues.",
            "hallwatch 自身是否正常：入库滞后、各采集器积压、未监测占比、拒收与丢失、写入队列与通知。",
        ),
        variables=(*variable.sources(store), variable.base(base)),
        annotations=(annotation.maintenance(store, shown=False),),
        rows=(
            Row(None, _now()),
            Row(T("Within the range", "所选时段内"), _rises()),
            Row(None, (_collectors(), _refused())),
            Row(T("Over time", "走势"), _trends()),
        ),
        since="now-6h",
        refresh="30s",
    )
