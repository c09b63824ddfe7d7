"""Names for an invented city; none belongs to a real office."""

from __future__ import annotations

from typing import Final

BRANCHES: Final = ("城东分公司", "城西分公司", "江北分公司", "高新分公司")

PLACES: Final = (
    "望江路", "桂花巷", "北站", "文昌阁", "五里亭", "滨河", "梧桐街", "体育场", "大学城", "龙泉桥", "东风里", "石榴园",
    "青云路", "双塔", "西门口", "荷塘", "工人村", "银杏道", "南湖", "松柏路", "码头", "红旗渠", "春晓", "凤鸣台",
)  # fmt: skip

VENDORS: Final = ("恒通代维", "瑞安设备服务", "远信技术")


def hall_name(number: int) -> str:
    """The name of the hall with this number (from 0); beyond the places they get a number of their own."""
    again, place = divmod(number, len(PLACES))
    return f"{PLACES[place]}{f'第{again + 1}' if again else ''}营业厅"
