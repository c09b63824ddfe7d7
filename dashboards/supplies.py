"""Consumables (P3): what runs out next, where there is no forecast and why, what was replaced lately."""

from __future__ import annotations

from dataclasses import replace
from typing import Final

from dashboards import annotation, colour, variable
from dashboards.consumable import LEFT, LEVEL
from dashboards.dashboard import Dashboard, Row
from dashboards.field import DAYS, INSTANT, Field, Link
from dashboards.name import field, page, to
from dashboards.panel import Line, Panel, Scale, stat, table, timeseries
from dashboards.target import PLACE, Store, Target, influx, lately
from dashboards.text import T, Tree
from dashboards.words import KINDS

NEWEST: Final = lately(13 * 60)
"""Supplies are written every six hours; one that was missed once is still told."""
WHICH: Final = '"hall", "device", "kind", "supply", "supply_name"'
REPLACED: Final = 20
"""Points that a level rises by when it is a replacement (C3)."""

_RULE: Final = T(
    "Days until empty by a robust line over the level (P3), with its interval; every six hours. ",
    "按余量稳健回归推算的剩余天数（P3）及区间，每六小时更新。",
)
_STEPS: Final = T("Red under 7 days, amber under 14.", "不足 7 天红色，不足 14 天黄色。")
_DEVICE: Final = (
    Link(T("Device", "设备看板"), to("device", hall=field("hall"), device=field("device"))),
    Link(T("Page of the device", "设备页面"), page("devices", "device"), away=True),
)
_HALL: Final = (Link(T("Hall", "营业厅看板"), to("hall", hall=field("hall"))),)


def _newest() -> Target:
    """The newest point of each supply, whole: `last()` of every field would bring back a forecast that is gone."""
    fields = '"hall_name", "model", "percent", "days_left", "days_least", "days_most"'
    query = f'SELECT {fields} FROM "raw"."supply" WHERE {NEWEST} AND {PLACE} GROUP BY {WHICH}'
    return influx(f"{query} ORDER BY time DESC LIMIT 1")


def _counts() -> tuple[Panel, ...]:
    newest = f'FROM "raw"."supply" WHERE {NEWEST} AND {PLACE} GROUP BY {WHICH}'
    days = f'SELECT last("percent") AS "percent", "days_left" AS "days" {newest}'
    level = f'SELECT last("percent") AS "percent" {newest}'
    known = Scale("none", ((None, colour.PLAIN),), decimals=0)
    return (
        stat(
            T("Soonest to run out", "最早用尽"),
            T("Fewest days left among the chosen supplies. ", "所选耗材中最少的剩余天数。") + _STEPS,
            influx(f'SELECT min("days") AS "days" FROM ({days})'),
            scale=Scale(DAYS, LEFT, decimals=0),
        ).sized(6, 4),
        stat(
            T("Lowest level", "最低余量"),
            T(
                "Of the chosen supplies. Red under 10 %, amber under 20 %.",
                "所选耗材中最低的余量。低于 10% 红色，低于 20% 黄色。",
            ),
            influx(f'SELECT min("percent") AS "percent" FROM ({level})'),
            scale=Scale("percent", LEVEL, decimals=0),
        ).sized(6, 4),
        stat(
            T("With a forecast", "有预测"),
            T("Supplies whose use is known well enough for a forecast.", "消耗规律已知、可作预测的耗材数。"),
            influx(f'SELECT count("days") AS "supplies" FROM ({days})'),
            scale=known,
        ).sized(6, 4),
        stat(
            T("Supplies known", "已知耗材"),
            T("Supplies whose level their device says as a number (C3).", "设备能报告具体余量的耗材数（C3）。"),
            influx(f'SELECT count("percent") AS "supplies" FROM ({level})'),
            scale=known,
        ).sized(6, 4),
    )


def _place_fields() -> tuple[Field, ...]:
    return (
        Field("hall", T("Hall number", "厅号"), hidden=True),
        Field("hall_name", T("Hall", "营业厅"), links=_HALL),
        Field("device", T("Device", "设备"), links=_DEVICE),
        Field("kind", T("Kind", "类型"), mapped=KINDS, width=110),
        Field("model", T("Model", "型号")),
        Field("supply", T("Number", "序号"), hidden=True),
        Field("supply_name", T("Supply", "耗材")),
        Field("percent", T("Level", "余量"), "percent", 0, steps=LEVEL, cell="gauge", least=0, most=100),
    )


def _empty_first() -> Panel:
    shown = table(
        T("What runs out next", "即将用尽的耗材"),
        _RULE + _STEPS,
        _newest(),
        fields=(
            *_place_fields(),
            Field("days_left", T("Days left", "剩余天数"), DAYS, 0, steps=LEFT, cell="background"),
            Field("days_least", T("At least", "最少"), DAYS, 0),
            Field("days_most", T("At most", "最多"), DAYS, 0),
        ),
        sort=("days_left", False),
        filters=True,
    ).sized(24, 12)
    return _kept(shown, "isNotNull")


def _without() -> Panel:
    why = T(
        "No forecast: fewer than 14 days of data since it was put in, or the level does not fall (nothing is used, or "
        "the device reports too coarsely). Nothing is invented (P3). Red under 10 %, amber under 20 %.",
        "无预测的原因：更换后数据不足 14 天，或余量没有下降（未使用，或设备上报过粗）。不凭空推算（P3）。"
        "余量低于 10% 红色，低于 20% 黄色。",
    )
    fields = (
        *_place_fields(),
        Field("days_left", T("Days left", "剩余天数"), DAYS, hidden=True),
        Field("days_least", T("At least", "最少"), DAYS, hidden=True),
        Field("days_most", T("At most", "最多"), DAYS, hidden=True),
    )
    title = T("Without a forecast, and why", "无预测的耗材及原因")
    return _kept(table(title, why, _newest(), fields=fields, sort=("percent", False), filters=True), "isNull").sized(
        14, 10
    )


def _kept(panel: Panel, matcher: str) -> Panel:
    """Only rows with a forecast, or only those without: InfluxQL cannot ask for what is missing."""
    options: Tree = {
        "filters": [{"fieldName": "days_left", "config": {"id": matcher, "options": {}}}],
        "type": "include",
        "match": "any",
    }
    return replace(panel, transformations=({"id": "filterByValue", "options": options}, *panel.transformations))


def _replaced() -> Panel:
    changes = (
        f'SELECT difference("percent") AS "rise" FROM "raw"."supply" WHERE $timeFilter AND {PLACE} GROUP BY {WHICH}'
    )
    query = f'SELECT "rise", "hall", "device", "supply_name" FROM ({changes}) WHERE "rise" >= {REPLACED}'
    return replace(
        table(
            T("Replaced lately", "最近更换"),
            T(
                "Levels that rose by 20 points or more from one writing to the next, six hours later (C3).",
                "相邻两次记录（间隔六小时）之间余量上升 20 个百分点及以上（C3）。",
            ),
            influx(query),
            sort=("Time", True),
            fields=(
                Field("Time", T("Until", "时间"), INSTANT),
                Field("hall", T("Hall", "厅号"), links=_HALL),
                Field("device", T("Device", "设备"), links=_DEVICE),
                Field("supply_name", T("Supply", "耗材")),
                Field("rise", T("Rise", "上升"), "percent", 0),
            ),
            empty=T("Nothing was replaced in this range", "所选时段内没有更换"),
        ).sized(10, 10),
        transformations=(),
    )


def _levels() -> Panel:
    query = f"""SELECT last("percent") AS "percent" FROM "raw"."supply" WHERE $timeFilter AND {PLACE}
        GROUP BY time($__interval), "device", "supply_name" fill(none)"""
    return (
        timeseries(
            T("Levels", "余量走势"),
            T(
                "The level of each chosen supply; choose a hall or a kind first.",
                "所选耗材的余量；请先选择营业厅或类型。",
            ),
            influx(query, "time_series", alias="$tag_device $tag_supply_name"),
            scale=Scale("percent", LEVEL, least=0, most=100),
            line=Line(points=True),
        )
        .sized(24, 9)
        .every("6h")
    )


def supplies(store: Store, base: str) -> Dashboard:
    """What the vendor should bring along, soonest first."""
    return Dashboard(
        name="supplies",
        description=T(
            "What runs out next and in how many days, what has no forecast and why, what was replaced lately.",
            "哪些耗材即将用尽、还剩几天，哪些没有预测及其原因，最近更换了什么。",
        ),
        variables=(*variable.place(), *variable.sources(store), variable.base(base)),
        annotations=(annotation.maintenance(store, shown=False),),
        rows=(
            Row(None, _counts()),
            Row(None, (_empty_first(),)),
            Row(None, (_without(), _replaced())),
            Row(T("History", "历史"), (_levels(),)),
        ),
        since="now-30d",
        refresh="15m",
    )
