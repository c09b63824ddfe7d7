"""City wall: what is broken now, whose clock runs out next, how the halls stand this month."""

from __future__ import annotations

from dashboards import annotation, colour, variable
from dashboards.dashboard import Dashboard, Row
from dashboards.field import Field
from dashboards.panel import Panel, Scale, stat
from dashboards.target import Store, influx, lately, only
from dashboards.text import T
from dashboards.words import CODES, STATES


def _states() -> Panel:
    inner = ", ".join(f'last("{state}") AS "{state}"' for state in CODES)
    outer = ", ".join(f'sum("{state}") AS "{state}"' for state in CODES)
    query = f"""SELECT {outer} FROM (SELECT {inner} FROM "raw"."fleet"
        WHERE {lately(3)} AND {only("branch", "hall")} GROUP BY "hall")"""
    return stat(
        T("Devices by state", "设备状态"),
        T("How many devices are in each judged state now.", "当前各判定状态的设备台数。"),
        influx(query),
        scale=Scale("none"),
        fields=tuple(Field(one, STATES[one][0], colour=STATES[one][1] or colour.PLAIN) for one in CODES),
    ).sized(24, 4)


def city(store: Store, base: str) -> Dashboard:
    """The wall of the operations room."""
    return Dashboard(
        name="city",
        description=T(
            "What is broken now, whose clock runs out next, halls by availability this month.",
            "当前故障、即将超时的维修时限、本月各营业厅可用率。",
        ),
        variables=(*variable.place(), *variable.sources(store), variable.base(base)),
        annotations=(annotation.outages(store, shown=False), annotation.maintenance(store)),
        rows=(Row(None, (_states(),)),),
        refresh="30s",
    )
