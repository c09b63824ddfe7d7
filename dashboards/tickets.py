"""Open tickets and their clocks."""

from __future__ import annotations

from dataclasses import replace
from typing import Final

from dashboards import colour
from dashboards.field import INSTANT, MINUTES, SINCE, Field, Link
from dashboards.name import field, page, to
from dashboards.panel import UNLESS, Panel, Scale, stat, table
from dashboards.target import PLACE, PLACE_SQL, Store, Target, influx, lately, postgres, told_or_none
from dashboards.text import T
from dashboards.words import KINDS, SOURCES, TICKET_STATES, YES_NO

_TICKET: Final = Link(T("The ticket in hallwatch", "查看故障工单"), page("tickets", "ticket"), away=True)
_HALL: Final = Link(T("The hall's dashboard", "营业厅看板"), to("hall", hall=field("hall")))
_DEVICE: Final = Link(T("The device's dashboard", "设备看板"), to("device", device=field("device")))
_SHARE: Final = ((None, colour.UP), (0.5, colour.DEGRADED), (0.75, colour.LATE), (1.0, colour.DOWN))
"""The marks at which warnings go out (R6)."""
_OPEN_SQL: Final = "opened <= $__timeTo() AND (closed IS NULL OR closed > $__timeTo())"


def number(store: Store, where: str = PLACE, where_sql: str = PLACE_SQL) -> Panel:
    """How many are open."""
    each = f"""SELECT "n" FROM (SELECT last("opened") AS "n", "purpose"
        FROM "raw"."ticket_now" WHERE {lately(3)} AND {where} GROUP BY "ticket") WHERE "purpose" = 'fault'"""
    target = influx(told_or_none(each, "tickets", "count"))
    if store == "sql":
        target = postgres(
            f"""SELECT count(*) AS tickets FROM grafana_tickets
            WHERE purpose = 'fault' AND {_OPEN_SQL} AND {where_sql}"""
        )
    return stat(
        T("Open tickets", "未结工单"),
        T("Tickets for a fault that are open; preventive ones are left out.", "未结的故障工单数，不含预检预修工单。"),
        target,
        scale=Scale("none", ((None, colour.PLAIN),), decimals=0),
        fields=(Field("tickets", T("Open tickets", "未结工单")),),
        calc="sum",
    )


def _clocks(where: str, condition: str) -> str:
    """Each open ticket's newest figures, where `condition` holds."""
    tags = '"hall", "device", "kind", "ticket"'
    asked = '"due_in_s", "due", "counted_s", "target_s", "paused", "symptom", "hall_name", "vendor_name"'
    newest = f"""SELECT last("opened") AS "opened", {asked} FROM "raw"."ticket_now"
        WHERE {lately(3)} AND {where} GROUP BY {tags}"""
    shown = """"hall_name", "due_in_s" / 60 AS "due_in", "counted_s" / "target_s" AS "share", "due", "counted_s" / 60
        AS "counted", "symptom", "vendor_name\""""
    return f"SELECT {shown} FROM ({newest}) WHERE {condition} GROUP BY {tags}"


def _fields(*left_out: str) -> tuple[Field, ...]:
    every = (
        Field("hall_name", T("Hall", "营业厅"), links=(_HALL,)),
        Field("device", T("Device", "设备"), links=(_DEVICE,), width=85),
        Field("due_in", T("Due in", "剩余时限"), MINUTES, 0, width=90),
        Field("share", T("Time used", "时限已用"), "percentunit", 0, steps=_SHARE, cell="background", width=80),
        Field("counted", T("Counted", "已计时"), MINUTES, 0, width=95),
        Field("symptom", T("Reported", "报障现象")),
        Field("vendor_name", T("Vendor", "代维公司")),
        Field("ticket", T("Ticket", "工单号"), links=(_TICKET,), width=90),
        Field("due", T("Due", "到期时间"), SINCE, width=105),
        Field("kind", T("Kind", "设备类型"), mapped=KINDS, hidden=True),
        Field("hall", T("Hall id", "营业厅编号"), hidden=True),
    )
    return tuple(replace(one, hidden=True) if one.name in left_out else one for one in every)


def running(where: str = PLACE) -> Panel:
    """Clocks that run, the one that runs out next first."""
    return table(
        T("Clocks that run out next", "即将超时的维修时限"),
        T(
            "Repair clocks that run, soonest first; below zero the target is missed. Colours as the warnings: 50, 75, "
            "100 % of the target (R6).",
            "正在计时的维修时限，最先到期的在前；负数为已超时。颜色对应 50%、75%、100% 三档预警（R6）。",
        ),
        influx(_clocks(where, '"paused" = 0 AND "target_s" > 0')),
        fields=_fields("counted", "due"),
        sort=("due_in", False),
        empty=T("No clock runs", "没有正在计时的工单") + UNLESS,
    )


def paused(where: str = PLACE) -> Panel:
    """Clocks that stand still."""
    return table(
        T("Paused clocks", "暂停计时的工单"),
        T(
            "Clocks validly paused (R4): they have no due time until they go on.",
            "按合同约定并经审批暂停计时的工单（R4）；恢复计时前没有到期时间。",
        ),
        influx(_clocks(where, '"paused" = 1')),
        fields=_fields("due_in", "due", "vendor_name", "counted"),
        sort=("share", True),
        empty=T("No clock is paused", "没有暂停计时的工单") + UNLESS,
    )


def _history(store: Store, where: str, where_sql: str) -> Target:
    if store == "sql":
        return postgres(
            f"""SELECT ticket, source, opened, state, symptom, CASE WHEN open THEN 1 ELSE 0 END AS open
            FROM grafana_tickets WHERE opened <= $__timeTo() AND (closed IS NULL OR closed >= $__timeFrom())
            AND {where_sql} ORDER BY opened DESC"""
        )
    return influx(
        f"""SELECT last("opened") AS "opened", "state", "symptom" FROM "raw"."ticket_now"
        WHERE $timeFilter AND {where} GROUP BY "ticket", "source\""""
    )


def history(store: Store, where: str, where_sql: str) -> Panel:
    """Tickets that were open at some time of the range."""
    fields = (
        Field("opened", T("Opened", "报障时间"), INSTANT, width=140),
        Field("source", T("Source", "来源"), mapped=SOURCES, width=90),
        Field("state", T("State", "工单状态"), mapped=TICKET_STATES, width=95),
        Field("symptom", T("Reported", "报障现象")),
        Field("ticket", T("Ticket", "工单号"), links=(_TICKET,)),
    )
    more = (Field("open", T("Open", "未结"), mapped=YES_NO, width=60),) if store == "sql" else ()
    return table(
        T("Tickets", "故障工单"),
        T(
            "Tickets that were open at some time of the range, with what is last known of them.",
            "所选时段内曾处于未结状态的工单及其最新情况。",
        ),
        _history(store, where, where_sql),
        fields=(*fields, *more),
        sort=("opened", True),
        empty=T("No ticket in this range", "所选时段内没有工单"),
    )
