"""Network quality by hall (P8): loss, round trip (p50, p95) and jitter of everything that answers."""

from __future__ import annotations

from dataclasses import replace
from typing import Final

from dashboards import annotation, colour, variable
from dashboards.dashboard import Dashboard, Row
from dashboards.field import Field, Link, Steps
from dashboards.history import status_history
from dashboards.name import field, page, to
from dashboards.panel import GAP_MS, Line, Panel, Scale, stat, table, timeseries
from dashboards.target import PLACE, Store, influx, lately
from dashboards.text import T, Tree
from dashboards.words import KINDS

RTT: Final[Steps] = ((None, colour.UP), (50, colour.DEGRADED), (200, colour.DOWN))
JITTER: Final[Steps] = ((None, colour.UP), (10, colour.DEGRADED), (30, colour.DOWN))
LOSS: Final[Steps] = ((None, colour.UP), (0.005, colour.DEGRADED), (0.02, colour.DOWN))
HALL: Final = '"hall"'
DEVICE: Final = f'FROM "raw"."device" WHERE $timeFilter AND {PLACE}'

_LINE: Final = Line(gap_ms=GAP_MS)
_RTT: Final = Scale("ms", RTT, least=0)
_JITTER: Final = Scale("ms", JITTER, least=0)
_LOSS: Final = Scale("percentunit", LOSS, least=0)
_WHAT_JITTER: Final = T(
    "Jitter is the mean absolute change from one round trip of a device to its next.",
    "抖动为同一设备相邻两次往返时延之差的绝对值的平均。",
)
_STEPS_RTT: Final = T(" Amber from 50 ms, red from 200 ms.", "50 毫秒起黄色，200 毫秒起红色。")
_STEPS_LOSS: Final = T(" Amber from 0.5 %, red from 2 %.", "0.5% 起黄色，2% 起红色。")
_STEPS_JITTER: Final = T(" Amber from 10 ms, red from 30 ms.", "10 毫秒起黄色，30 毫秒起红色。")


_MERGED: Final[tuple[Tree, ...]] = (
    {"id": "filterFieldsByName", "options": {"exclude": {"names": ["Time"]}}},
    {"id": "merge", "options": {}},
)
"""Two answers in one table, by the columns that both have: the hall, once their times are gone."""


def jitter(by: str = "", time: str = "") -> str:
    """InfluxQL that answers `jitter`, ms: of every tag in `by` (`"hall"`), in steps of `time` (`$__interval`).

    1.6 has no abs(). The sum of |d| over neighbours is twice the sum of the rises less the sum of all changes; the
    changes of a device are those to its earlier neighbour, so halls are never compared with each other. Where nothing
    rises there is no sum of rises: `fill(0)` says that it is 0, and what has no neighbours at all is left out again.
    """
    inner = 'GROUP BY "device"' + (f", {by}" if by else "")
    groups = ", ".join(one for one in (f"time({time})" if time else "", by) if one)
    group = f" GROUP BY {groups}" if groups else ""
    rises = f'SELECT non_negative_difference("rtt_ms") AS "rise" {DEVICE} {inner}'
    changes = f'SELECT difference("rtt_ms") AS "change" {DEVICE} {inner}'
    summed = '(2 * sum("rise") - sum("change")) / count("change") AS "jitter", count("change") AS "n"'
    within = f"SELECT {summed} FROM ({rises}), ({changes}) WHERE $timeFilter{group} fill(0)"
    if not time:
        return f'SELECT "jitter"{", " + by if by else ""} FROM ({within}) WHERE "n" > 0'
    return f'SELECT mean("jitter") AS "jitter" FROM ({within}) WHERE "n" > 0 AND $timeFilter{group} fill(null)'


def _now() -> tuple[Panel, ...]:
    p50, p95 = (f'SELECT percentile("rtt_ms", {one}) AS "p{one}" {DEVICE}' for one in (50, 95))
    told = T("Of all chosen devices over the range.", "所选设备在所选时段内。")
    return (
        stat(T("Round trip p50", "往返时延 p50"), told + _STEPS_RTT, influx(p50), scale=_RTT).sized(6, 4),
        stat(T("Round trip p95", "往返时延 p95"), told + _STEPS_RTT, influx(p95), scale=_RTT).sized(6, 4),
        stat(
            T("Loss", "丢包率"), told + _STEPS_LOSS, influx(f'SELECT mean("loss") AS "loss" {DEVICE}'), scale=_LOSS
        ).sized(6, 4),
        stat(T("Jitter", "抖动"), _WHAT_JITTER + _STEPS_JITTER, influx(jitter()), scale=_JITTER).sized(6, 4),
    )


def _worst() -> Panel:
    """One row a hall: `last` takes from each source the one value that it has; names are of another measurement."""
    figures = f"""SELECT mean("loss") AS "loss", percentile("rtt_ms", 50) AS "p50", percentile("rtt_ms", 95) AS "p95",
        count("rtt_ms") AS "answers" {DEVICE} GROUP BY "hall" """
    one = ", ".join(f'last("{name}") AS "{name}"' for name in ("loss", "p50", "p95", "jitter", "answers"))
    query = f'SELECT {one} FROM ({figures}), ({jitter(HALL)}) GROUP BY "hall"'
    named = f'FROM "raw"."status" WHERE {lately(30)} AND {PLACE} GROUP BY "hall"'
    names = f'SELECT last("hall_name") AS "hall_name" {named}'
    links = (
        Link(T("Hall", "营业厅看板"), to("hall", hall=field("hall"))),
        Link(T("Page of the hall", "营业厅页面"), page("halls", "hall"), away=True),
    )
    shown = table(
        T("Halls by p95, worst first", "营业厅 p95 排名（由差到好）"),
        T("Loss, p50, p95 and jitter of each hall over the range. ", "所选时段内各营业厅的丢包率、p50、p95 和抖动。")
        + _WHAT_JITTER,
        influx(query),
        influx(names, ref="B"),
        fields=(
            Field("hall", T("Hall", "厅号"), width=110, links=links),
            Field("hall_name", T("Name", "营业厅"), links=links),
            Field("p95", T("p95", "p95"), "ms", 1, steps=RTT, cell="text"),
            Field("p50", T("p50", "p50"), "ms", 1, steps=RTT, cell="text"),
            Field("jitter", T("Jitter", "抖动"), "ms", 2, steps=JITTER, cell="text"),
            Field("loss", T("Loss", "丢包率"), "percentunit", 2, steps=LOSS, cell="text"),
            Field("answers", T("Round trips", "样本数"), "locale", 0),
        ),
        sort=("p95", True),
    ).sized(14, 11)
    return replace(shown, transformations=(*_MERGED, *shown.transformations))


def _devices() -> Panel:
    figures = f"""SELECT mean("loss") AS "loss", percentile("rtt_ms", 95) AS "p95"
        {DEVICE} GROUP BY "device", "hall", "kind" """
    query = f'SELECT top("loss", 20) AS "loss", "p95", "device", "hall", "kind" FROM ({figures})'
    links = (
        Link(T("Device", "设备看板"), to("device", hall=field("hall"), device=field("device"))),
        Link(T("Page of the device", "设备页面"), page("devices", "device"), away=True),
    )
    return table(
        T("Devices that lose most", "丢包最多的设备"),
        T("The twenty devices with the greatest loss over the range.", "所选时段内丢包率最高的二十台设备。")
        + _STEPS_LOSS,
        influx(query),
        fields=(
            Field("device", T("Device", "设备"), links=links),
            Field("hall", T("Hall", "厅号")),
            Field("kind", T("Kind", "类型"), mapped=KINDS),
            Field("loss", T("Loss", "丢包率"), "percentunit", 2, steps=LOSS, cell="text"),
            Field("p95", T("p95", "p95"), "ms", 1, steps=RTT, cell="text"),
        ),
        sort=("loss", True),
    ).sized(10, 11)


def _trends() -> tuple[Panel, ...]:
    step = "GROUP BY time($__interval)"
    trip = f'SELECT percentile("rtt_ms", 50) AS "p50", percentile("rtt_ms", 95) AS "p95" {DEVICE} {step} fill(null)'
    lost = f'SELECT mean("loss") AS "loss" {DEVICE} {step} fill(null)'
    return (
        timeseries(
            T("Round trip", "往返时延"),
            T("Half of them are shorter than p50, 95 % shorter than p95.", "一半样本低于 p50，95% 低于 p95。")
            + _STEPS_RTT,
            influx(trip, "time_series", alias="$col"),
            scale=_RTT,
            fields=(
                Field("p50", T("p50", "p50"), "ms", colour=colour.SECOND),
                Field("p95", T("p95", "p95"), "ms", colour=colour.PLAIN),
            ),
            line=_LINE,
        ).sized(8, 8).every("1m"),
        timeseries(
            T("Loss", "丢包率"),
            T("Lost share of the pings.", "未应答的探测所占比例。") + _STEPS_LOSS,
            influx(lost, "time_series", alias="$col"),
            scale=_LOSS,
            fields=(Field("loss", T("Loss", "丢包率"), "percentunit", colour=colour.LATE),),
            line=_LINE,
        ).sized(8, 8).every("1m"),
        timeseries(
            T("Jitter", "抖动"),
            _WHAT_JITTER + _STEPS_JITTER,
            influx(jitter(time="$__interval"), "time_series", alias="$col"),
            scale=_JITTER,
            fields=(Field("jitter", T("Jitter", "抖动"), "ms", colour=colour.UNREACHABLE),),
            line=_LINE,
        ).sized(8, 8).every("5m"),
    )  # fmt: skip


_ROWS: Final = T(
    "A row is a hall (its name stands beside its number in the table above), a column an hour.",
    "每行一个营业厅（厅号对应名称见上表），每列一小时。",
)


def _hours() -> tuple[Panel, ...]:
    by = 'GROUP BY time(1h), "hall" fill(null)'
    return (
        status_history(
            T("p95 by hall and hour", "各营业厅逐小时 p95"),
            _ROWS + _STEPS_RTT,
            influx(f'SELECT percentile("rtt_ms", 95) AS "p95" {DEVICE} {by}', "time_series", alias="$tag_hall"),
            scale=_RTT,
        ).sized(12, 10),
        status_history(
            T("Loss by hall and hour", "各营业厅逐小时丢包率"),
            _ROWS + _STEPS_LOSS,
            influx(f'SELECT mean("loss") AS "loss" {DEVICE} {by}', "time_series", alias="$tag_hall"),
            scale=_LOSS,
        ).sized(12, 10),
    )


def network(store: Store, base: str) -> Dashboard:
    """P8 at a glance; the week's figures on paper are the report's."""
    return Dashboard(
        name="network",
        description=T(
            "Which halls have a bad line: loss, p50, p95 and jitter by hall, their trend, and at which hours.",
            "哪些营业厅线路不好：按厅统计丢包率、p50、p95 和抖动，及其趋势和时段分布。",
        ),
        variables=(*variable.place(), *variable.sources(store), variable.base(base)),
        annotations=(annotation.maintenance(store),),
        rows=(
            Row(None, _now()),
            Row(T("Worst first", "由差到好"), (_worst(), _devices())),
            Row(T("Trend", "趋势"), _trends()),
            Row(T("By hour", "逐小时"), _hours()),
        ),
        since="now-6h",
        refresh="5m",
    )
