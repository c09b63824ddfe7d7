"""Books to write in every form: one as a month's report is, with all kinds of cells; and names that mean harm."""

from __future__ import annotations

from typing import Any, Final
from zoneinfo import ZoneInfo

from reports.book import Book, Chart, Column, Fact, Table, Value

ZONE: Final = ZoneInfo("Asia/Shanghai")
HEAD: Final = "41:" + "9f3c07d2" * 8
DOCUMENT: Final[dict[str, Any]] = {"v": 1, "known_at": "2026-11-02T22:00:00.000Z", "note": "飞鹅路"}
HALLS: Final = (
    "飞鹅路营业厅",
    "柳石路营业厅",
    "谷埠街合作厅",
    "东环大道营业厅",
    "鹿寨城南营业厅",
    "融安长安镇营业厅",
    "三江古宜厅",
)
COLUMNS: Final = (
    Column("id", "营业厅编号"),
    Column("name", "名称"),
    Column("devices", "设备数", "count"),
    Column("availability", "可用率", "ratio"),
    Column("before", "上月", "ratio"),
    Column("coverage", "监测覆盖率", "ratio"),
    Column("down_s", "故障时长", "seconds"),
    Column("mttr_s", "平均修复时间", "seconds"),
    Column("outages", "故障次数", "count"),
    Column("first", "首次故障", "instant"),
    Column("score", "得分", "points"),
    Column("payment", "金额", "money"),
    Column("mean", "每百台", "number"),
    Column("provisional", "暂定", "flag"),
)


def identity(text: str) -> str:
    """No translation."""
    return text


def halls(count: int = 28) -> tuple[tuple[Value, ...], ...]:
    """Rows of all kinds of cells; every fifth is not known."""
    return tuple(
        (
            f"h-{n:02}",
            HALLS[n % len(HALLS)],
            150 + 7 * n,
            None if n % 5 == 4 else 1 - n * 0.00123456789,
            0.98 + n / 2000,
            0.5 + n / 60,
            3661.5 * n,
            None if n % 5 == 4 else 754.25 * (n + 1),
            n,
            f"2026-10-{n % 28 + 1:02}T16:05:09.250Z",
            f"{100 - n}.50",
            f"{1234567 + n}.05",
            n / 7,
            n % 2 == 1,
        )
        for n in range(count)
    )


TOTAL: Final[tuple[Value, ...]] = (
    *(None, None, 12_345, 0.9912345, 0.99, 0.97, 1_234_567.0, 5400.0, 321, None, "88.25", "20000.00", 12.5, False),
)


def month(count: int = 28) -> Book:
    """A month's report as people get it."""
    rows = halls(count)
    levels = tuple((str(row[1]) + str(n), row[3]) for n, row in enumerate(rows[:14]))
    days = tuple((f"10-{n + 1:02}", None if n == 9 else 0.995 - (n * 37 % 11) / 900) for n in range(31))
    worst = tuple(
        (f"PR-01{n:02}", "打印机", row[9], row[6], "缺纸、卡纸，定影器更换后恢复", "代维单位", f"T-{n}")
        for n, row in enumerate(rows[:10])
    )
    return Book(
        "availability-2026-10",
        "月度可用率报告",
        "2026 年 10 月 · 柳州市分公司",
        "zh",
        ZONE,
        facts=(
            Fact("period", "统计周期", "2026-10-01 至 2026-10-31"),
            Fact("known_at", "截至", "2026-11-02T22:00:00.000Z", "instant"),
            Fact("profile", "口径", "service"),
            Fact("rules", "规则", "A1, A2, A3, A4, A5, A6, C1, C5, O3, O5, O6, O10, T3"),
            Fact("rules_version", "规则版本", "2026.1"),
            Fact("calendars", "日历", "营业时间 (cn 2026)"),
            Fact("head", "封存链头", HEAD),
        ),
        figures=(
            Fact("availability", "全市可用率", 0.9912345, "ratio"),
            Fact("before", "上月可用率", 0.9887, "ratio"),
            Fact("outages", "故障次数", 12_321, "count"),
            Fact("mttr_s", "平均修复时间", 5400.0, "seconds"),
            Fact("coverage", "监测覆盖率", 0.97, "ratio"),
            Fact("score", "得分", "88.25", "points"),
            Fact("payment", "应付", "20000.00", "money"),
            Fact("mtbf_s", "平均无故障时间", None, "seconds"),
        ),
        words=("2027 年节假日安排尚未公布，涉及的数字为暂定。", "鹿寨城南营业厅 10 月 9 日停电，6 小时无监测数据。"),
        charts=(
            Chart("各营业厅可用率", "bars", levels, "ratio", 0.985),  # type: ignore[arg-type]
            Chart("每日可用率", "line", days, "ratio", 0.99),
            Chart("各类故障时长", "bars", (("代维单位", 86_000.0), ("营业厅", 31_000.0), ("网络", 9_100.0)), "seconds"),
        ),
        tables=(
            Table("halls", "各营业厅", COLUMNS, rows, TOTAL, "可用率按 A3 计算；“–”表示数据不足。"),
            Table(
                "worst",
                "可用率最低的十台设备",
                (
                    Column("device", "设备"),
                    Column("kind", "类别"),
                    Column("start", "开始", "instant"),
                    Column("counted_s", "计入时长", "seconds"),
                    Column("cause", "原因"),
                    Column("owner", "责任方"),
                    Column("ticket", "工单"),
                ),
                worst,
            ),
            Table("none", "迟报工单", (Column("id", "编号"),), (), None, "本月没有迟报的工单。"),
        ),
        signatures=("移动公司柳州分公司", "柳州市某某信息技术有限公司（代维单位）"),
    )
