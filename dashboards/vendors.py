"""Vendors: the score so far and what took the points, open tickets with their clocks, availability, the trend."""

from __future__ import annotations

from typing import Final

from dashboards import annotation, colour, tickets, variable
from dashboards.dashboard import Dashboard, Row
from dashboards.field import Field, Link, Steps
from dashboards.name import field, page
from dashboards.panel import Line, Panel, Scale, stat, table, timeseries
from dashboards.target import PLACE, Store, Target, influx, lately, only, told_or_none
from dashboards.text import T
from dashboards.words import Mapped

SCORE: Final[Steps] = ((None, colour.DOWN), (80, colour.DEGRADED), (95, colour.UP))
SHARE: Final[Steps] = ((None, colour.DOWN), (0.95, colour.DEGRADED), (0.98, colour.UP))
TAKEN: Final[Steps] = ((None, colour.UP), (0.01, colour.DEGRADED), (10, colour.DOWN))
HOUR: Final = lately(150)
"""Scores are written every hour; one writing that was missed is bridged. Of each the newest point is shown, whole:
`last()` of every field, or a group by month, would bring back what is gone (a value, the month before)."""
VENDOR: Final = only("vendor")

TERMS: Final[Mapped] = {
    "fault_count": (T("Number of faults", "故障次数"), None),
    "fault_hours": (T("Repair time", "修复用时"), None),
    "late_repairs": (T("Late repairs", "超时修复"), None),
    "late_minutes": (T("Minutes late", "超时分钟数"), None),
    "repeat_repairs": (T("Repeated repairs", "二次维修"), None),
    "missed_patrols": (T("Missed patrols", "漏巡检"), None),
    "spare_not_ready": (T("Spares not ready", "备件未就绪"), None),
    "self_repair_rate": (T("Repaired without the maker", "自主修复率"), None),
    "satisfaction": (T("Satisfaction", "满意度"), None),
    "availability": (T("Availability", "可用率"), None),
}
"""As the statement names them (S2)."""
_STATEMENT: Final = (
    Link(
        T("Statement of the month", "本月考核单"),
        page("statements", "vendor") + "/" + field("month") + "?contract=" + field("contract"),
        away=True,
    ),
)
_FAR: Final = T(" Red under 80, amber under 95.", "低于 80 分红色，低于 95 分黄色。")


def _totals(store: Store) -> tuple[Panel, ...]:
    score = (
        f'SELECT last("score") AS "score" FROM "raw"."score" WHERE {HOUR} AND {VENDOR} GROUP BY "vendor", "contract"'
    )
    open_ = f'FROM "raw"."ticket_now" WHERE {lately(3)} AND {PLACE} GROUP BY "ticket"'
    return (
        stat(
            T("Lowest score so far", "当前最低得分"),
            T(
                "The least score of this month so far among the chosen vendors' contracts.",
                "所选代维各合同本月当前最低得分。",
            )
            + _FAR,
            influx(f'SELECT min("score") AS "score" FROM ({score})'),
            scale=Scale("none", SCORE, decimals=2, most=100),
        ).sized(6, 4),
        tickets.number(store).sized(6, 4),
        stat(
            T("Beyond their target", "已超时工单"),
            T(
                "Open tickets whose repair time is beyond the target (R5). Red from one on.",
                "维修时长已超合同时限的未结工单（R5），有即红色。",
            ),
            influx(told_or_none(f'SELECT last("breached") AS "n" {open_}', "breached")),
            scale=Scale("none", ((None, colour.UP), (1, colour.DOWN)), decimals=0),
            calc="sum",
        ).sized(6, 4),
        stat(
            T("Paused", "暂停计时工单"),
            T(
                "Open tickets whose clock stands still for a valid reason. Amber from one on.",
                "因合规原因暂停计时的未结工单，有即黄色。",
            ),
            influx(told_or_none(f'SELECT last("paused") AS "n" {open_}', "paused")),
            scale=Scale("none", ((None, colour.UP), (1, colour.DEGRADED)), decimals=0),
            calc="sum",
        ).sized(6, 4),
    )


def _scores() -> Panel:
    said = 'last("score") AS "score", "deduction", "faults", "late", "month"'
    group = 'GROUP BY "vendor", "vendor_name", "contract"'
    return table(
        T("Score so far by contract", "各合同当前得分"),
        T(
            "This month's draft: 100 points less what the terms deduct so far (S1); not final before it is sealed.",
            "本月草稿：100 分减去各考核项已扣分（S1）；封存前不是最终结果。",
        )
        + _FAR,
        influx(f'SELECT {said} FROM "raw"."score" WHERE {HOUR} AND {VENDOR} {group}'),
        fields=(
            Field("vendor", T("Vendor number", "代维编号"), hidden=True),
            Field("vendor_name", T("Vendor", "代维公司"), links=_STATEMENT),
            Field("contract", T("Contract", "合同")),
            Field("month", T("Month", "月份"), width=90, links=_STATEMENT),
            Field("score", T("Score", "得分"), "none", 2, steps=SCORE, cell="background", width=90),
            Field("deduction", T("Deducted", "已扣分"), "none", 2, width=90),
            Field("faults", T("Faults", "故障单"), "none", 0, width=90),
            Field("late", T("Late", "超时单"), "none", 0, width=90),
        ),
        sort=("score", False),
    ).sized(12, 9)


def _lines() -> Panel:
    said = 'last("deduction") AS "deduction", "value", "allowance", "month"'
    group = 'GROUP BY "vendor", "vendor_name", "contract", "line", "term"'
    return table(
        T("What took the points", "扣分明细"),
        T(
            "Every line of the statement so far: value, what is free of charge, points deducted (S2, S4). "
            "Amber where anything is deducted, red from 10 points.",
            "本月考核单当前各项：数值、允许值、扣分（S2、S4）。有扣分黄色，10 分起红色。",
        ),
        influx(f'SELECT {said} FROM "raw"."score_line" WHERE {HOUR} AND {VENDOR} {group}'),
        fields=(
            Field("vendor", T("Vendor number", "代维编号"), hidden=True),
            Field("vendor_name", T("Vendor", "代维公司"), links=_STATEMENT),
            Field("contract", T("Contract", "合同")),
            Field("month", T("Month", "月份"), hidden=True),
            Field("line", T("Line", "条款"), width=70),
            Field("term", T("Term", "考核内容"), mapped=TERMS),
            Field("value", T("Value", "数值"), "none", 2, width=90),
            Field("allowance", T("Allowance", "允许值"), "none", 2, width=90),
            Field("deduction", T("Deducted", "扣分"), "none", 2, steps=TAKEN, cell="background", width=90),
        ),
        sort=("deduction", True),
    ).sized(12, 9)


def _availability() -> Panel:
    said = 'last("down_s") AS "down_s", "contract", "service", "coverage", "outages"'
    where = f"""{lately(70)} AND "level" = 'vendor' AND "id" != '-' AND {only(id="vendor")}"""
    return table(
        T("Availability of the vendors' devices", "代维设备可用率"),
        T(
            "This month so far, under the contract's profile (what counts for the vendor) and for customers (A2, A3). "
            "Red under 95 %, amber under 98 %.",
            "本月至今，分别按合同口径（计入代维）和客户口径统计（A2、A3）。低于 95% 红色，低于 98% 黄色。",
        ),
        influx(f'SELECT {said} FROM "raw"."availability" WHERE {where} GROUP BY "id", "name"'),
        fields=(
            Field("id", T("Vendor number", "代维编号"), hidden=True),
            Field("name", T("Vendor", "代维公司")),
            Field("contract", T("Contract", "合同口径"), "percentunit", 3, steps=SHARE, cell="background"),
            Field("service", T("Customers", "客户口径"), "percentunit", 3, steps=SHARE, cell="text"),
            Field("coverage", T("Observed", "监测覆盖率"), "percentunit", 1),
            Field("down_s", T("Down", "故障时长"), "s", 0),
            Field("outages", T("Outages", "故障次数"), "none", 0),
        ),
        sort=("contract", False),
    ).sized(12, 8)


def _trends() -> tuple[Panel, ...]:
    scores = f"""SELECT last("score") AS "score" FROM "raw"."score" WHERE $timeFilter AND {VENDOR}
        GROUP BY time($__interval), "vendor_name", "contract" fill(none)"""
    shares = f"""SELECT last("contract") AS "contract" FROM "raw"."availability"
        WHERE $timeFilter AND "level" = 'vendor' AND "id" != '-' AND {only(id="vendor")}
        GROUP BY time($__interval), "name" fill(none)"""
    return (
        timeseries(
            T("Score over time", "得分走势"),
            T("Each contract's score so far; it begins at 100 every month.", "各合同当月得分，每月从 100 分开始。")
            + _FAR,
            influx(scores, "time_series", alias="$tag_vendor_name $tag_contract"),
            scale=Scale("none", SCORE, most=100, decimals=2),
            line=Line(points=True),
        )
        .sized(12, 8)
        .every("1h"),
        timeseries(
            T("Availability over time", "可用率走势"),
            T(
                "Of the month so far, under the contract's profile. Red under 95 %, amber under 98 %.",
                "当月至今，合同口径。低于 95% 红色，低于 98% 黄色。",
            ),
            influx(shares, "time_series", alias="$tag_name"),
            scale=Scale("percentunit", SHARE, most=1, decimals=2),
            line=Line(points=True),
        )
        .sized(12, 8)
        .every("15m"),
    )


def _breaches() -> Panel:
    def of(field: str, ref: str, name: T) -> Target:
        query = f"""SELECT last("{field}") AS "{field}" FROM "raw"."score"
            WHERE $timeFilter AND {VENDOR} GROUP BY time($__interval), "vendor_name", "contract" fill(none)"""
        return influx(
            query,
            "time_series",
            ref=ref,
            alias=T("$tag_vendor_name $tag_contract ", "$tag_vendor_name $tag_contract ") + name,
        )

    return (
        timeseries(
            T("Faults and breaches of the month", "当月故障单与超时单"),
            T(
                "How many tickets the month has so far, and how many of them were late (R5).",
                "当月累计故障单数，其中超时单数（R5）。",
            ),
            of("faults", "A", T("faults", "故障单")),
            of("late", "B", T("late", "超时单")),
            scale=Scale("none", least=0, decimals=0),
            line=Line(points=True),
        )
        .sized(12, 8)
        .every("1h")
    )


def vendors(store: Store, base: str) -> Dashboard:
    """What the talk with a vendor is about."""
    return Dashboard(
        name="vendors",
        description=T(
            "Score of this month so far by contract, what took the points, open tickets with clocks, availability.",
            "各合同本月当前得分、扣分明细、未结工单与维修时限、可用率及其走势。",
        ),
        variables=(*variable.place(), *variable.sources(store), variable.base(base)),
        annotations=(annotation.outages(store, shown=False), annotation.maintenance(store, shown=False)),
        rows=(
            Row(None, _totals(store)),
            Row(None, (_scores(), _lines())),
            Row(None, (tickets.running().sized(24, 9),)),
            Row(None, (tickets.paused().sized(24, 6),)),
            Row(T("This month", "本月"), (_availability(), _breaches())),
            Row(T("Trend", "走势"), _trends()),
        ),
        since="now-30d",
        refresh="1m",
    )
