"""City wall: what is broken now, whose clock runs out next, how the halls stand this month."""

from __future__ import annotations

from dashboards import annotation, availability, outage_table, states, tickets, variable
from dashboards.dashboard import Dashboard, Row
from dashboards.target import Store
from dashboards.text import T


def city(store: Store, base: str) -> Dashboard:
    """The wall of the operations room."""
    now = (
        outage_table.broken(store).sized(13, 11),
        tickets.running().sized(11, 11),
    )
    month = (
        availability.halls().sized(10, 10),
        outage_table.trend().sized(6, 10),
        tickets.paused().sized(8, 10),
    )
    return Dashboard(
        name="city",
        description=T(
            "What is broken now, whose clock runs out next, and how the halls stand this month.",
            "一屏掌握：当前故障设备、即将超时的维修时限、本月各营业厅可用率。",
        ),
        variables=(*variable.place(), *variable.sources(store), variable.base(base)),
        annotations=(annotation.outages(store, shown=False), annotation.maintenance(store)),
        rows=(Row(None, (states.numbers(city=True), tickets.number(store), states.blind(), *now, *month)),),
        refresh="30s",
    )
