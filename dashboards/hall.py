"""Hall: everything about one hall."""

from __future__ import annotations

from dashboards import annotation, availability, consumable, outage_table, path, states, tickets, variable
from dashboards.dashboard import Dashboard, Row
from dashboards.target import PLACE, Store
from dashboards.text import T


def hall(store: Store, base: str) -> Dashboard:
    """One hall at a time."""
    chosen = (variable.branch(), variable.hall(many=False), variable.kind(), variable.vendor())
    numbers = (
        states.numbers().sized(12, 4),
        availability.number(),
        tickets.number(store),
        states.blind(),
    )
    now = (outage_table.broken(store).sized(13, 7), tickets.running().sized(11, 7))
    after = (availability.over_time().sized(12, 8), tickets.paused().sized(12, 8))
    return Dashboard(
        name="hall",
        description=T(
            "One hall: its devices over time, tickets with their clocks, network and supplies.",
            "单个营业厅：设备状态时间轴、工单与维修时限、网络质量、耗材。",
        ),
        variables=(*chosen, *variable.sources(store), variable.base(base)),
        annotations=(annotation.outages(store), annotation.maintenance(store)),
        rows=(
            Row(None, (*numbers, *now)),
            Row(T("States", "设备状态"), (states.timeline().sized(24, 12),)),
            Row(T("This month and its tickets", "本月情况与工单"), after),
            Row(T("Network", "网络"), (path.round_trip(PLACE), path.loss(PLACE))),
            Row(T("Supplies", "耗材"), (consumable.supplies(PLACE),)),
        ),
    )
