"""Supplies of a hall or of one device, with the days that they last."""

from __future__ import annotations

from typing import Final

from dashboards import colour
from dashboards.field import DAYS, Field, Link, Steps
from dashboards.name import field, to
from dashboards.panel import Panel, table
from dashboards.target import influx, lately
from dashboards.text import T
from dashboards.words import KINDS

LEVEL: Final[Steps] = ((None, colour.DOWN), (10, colour.DEGRADED), (20, colour.UP))
LEFT: Final[Steps] = ((None, colour.DOWN), (7, colour.DEGRADED), (14, colour.UP))


def supplies(where: str, *, device: bool = True) -> Panel:
    """The newest level of each, what runs out first on top; `device` shows whose it is."""
    tags = '"device", "kind", "supply", "supply_name"'
    query = f"""SELECT last("percent") AS "percent", "days_left", "days_least", "days_most", "model"
        FROM "raw"."supply" WHERE {lately(13 * 60)} AND {where} GROUP BY {tags}"""
    link = Link(T("The device's dashboard", "设备看板"), to("device", device=field("device")))
    return table(
        T("Supplies and how long they last", "耗材余量与预计可用天数"),
        T(
            "Level as the device reports it (C3), and the days until empty with their interval (P3): no forecast under "
            "14 days of data or without use. Red under 10 % or 7 days, amber under 20 % or 14 days.",
            "设备上报的余量（C3）及预计可用天数区间（P3）；数据不足 14 天或未见消耗时不作预测。"
            "低于 10% 或不足 7 天红色，低于 20% 或不足 14 天黄色。",
        ),
        influx(query),
        fields=(
            Field("device", T("Device", "设备"), links=(link,), hidden=not device),
            Field("kind", T("Kind", "设备类型"), mapped=KINDS, hidden=not device),
            Field("model", T("Model", "型号"), hidden=not device),
            Field("supply_name", T("Supply", "耗材")),
            Field("percent", T("Level", "余量"), "percent", 0, steps=LEVEL, cell="gauge", least=0, most=100),
            Field("days_left", T("Lasts", "预计可用"), DAYS, 0, steps=LEFT, cell="text", width=95),
            Field("days_least", T("at least", "最短"), DAYS, 0, width=85),
            Field("days_most", T("at most", "最长"), DAYS, 0, width=85),
            Field("supply", T("Slot", "耗材位"), hidden=True),
        ),
        sort=("days_left", False),
        empty=T("No supplies here", "没有耗材数据"),
    )
