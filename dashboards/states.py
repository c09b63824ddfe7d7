"""States in numbers and over time."""

from __future__ import annotations

from typing import Final

from dashboards import colour
from dashboards.field import Field
from dashboards.panel import Panel, Scale, stat, state_timeline
from dashboards.target import PLACE, Target, influx, lately, only
from dashboards.text import T
from dashboards.words import CODES, JUDGED, STATES

SHOWN: Final = ("down", "unreachable", "degraded", "up", "unmonitored", "maintenance", "closed")
_LATELY: Final = lately(22)
"""A state is written when it changes and every ten minutes; one writing that was late or missed is bridged."""


_FLEET: Final = f"{lately(3)} AND {only('branch', 'hall')}"


def _is(code: int) -> str:
    """InfluxQL for 1 where "c" is that code and 0 where it is another: it knows no condition within a sum."""
    others = [other for other in range(len(CODES)) if other != code]
    divisor = 1
    for other in others:
        divisor *= code - other
    return " * ".join(f'("c" - {other})' for other in others) + f" / {divisor}"


def _each(where: str) -> str:
    return f'SELECT last("code") AS "c" FROM "raw"."status" WHERE {_LATELY} AND {where} GROUP BY "device"'


def _counted(where: str) -> Target:
    """How many devices are in each state at the end of the range; a column a state, 0 where there is none.

    Each "c" that is named is computed anew: for a hall, not for a city (6,000 devices: seconds).
    """
    each = ", ".join(f'{_is(CODES.index(state))} AS "{state}"' for state in SHOWN)
    sums = ", ".join(f'sum("{state}") AS "{state}"' for state in SHOWN)
    return influx(f"SELECT {sums} FROM (SELECT {each} FROM ({_each(where)}))")


def _fleet() -> Target:
    """The same of whole halls, as they are counted every minute."""
    newest = ", ".join(f'last("{state}") AS "{state}"' for state in SHOWN)
    sums = ", ".join(f'sum("{state}") AS "{state}"' for state in SHOWN)
    return influx(f'SELECT {sums} FROM (SELECT {newest} FROM "raw"."fleet" WHERE {_FLEET} GROUP BY "hall")')


def numbers(*, city: bool = False) -> Panel:
    """A number a state; of a `city` by whole halls."""
    title, about = T("Devices by state", "设备状态分布"), T("", "")
    if city:
        about = T(" Kind and vendor do not choose here.", "本面板按营业厅整体统计，不受设备类型、代维公司筛选影响。")
    return stat(
        title,
        T(
            "Devices by their judged state at the end of the range. Unreachable: behind a device that is down itself.",
            "按判定状态统计的设备台数（取所选时段末）。“不可达”指上联设备故障导致无法访问，设备本身未必有故障。",
        )
        + about,
        _fleet() if city else _counted(PLACE),
        scale=Scale("none", decimals=0),
        fields=tuple(Field(one, STATES[one][0], colour=STATES[one][1] or colour.PLAIN) for one in SHOWN),
    ).sized(16, 4)


def blind() -> Panel:
    """The share that nobody observes, of whole halls."""
    newest = 'last("unmonitored") AS "unmonitored", last("devices") AS "devices"'
    query = f"""SELECT sum("unmonitored") / sum("devices") AS "blind" FROM
        (SELECT {newest} FROM "raw"."fleet" WHERE {_FLEET} GROUP BY "hall")"""
    return stat(
        T("Not observed", "监测盲区"),
        T(
            "Share of the devices that nobody observes now: their collector is silent, or they have not been asked. "
            "Not observed is not down. Kind and vendor do not choose here.",
            "当前无监测数据的设备占比：采集器离线或尚未轮询。未监测不等于故障，不计入故障时长。"
            "本面板按营业厅整体统计，不受设备类型、代维公司筛选影响。",
        ),
        influx(query),
        scale=Scale(
            "percentunit", ((None, colour.UP), (0.02, colour.DEGRADED), (0.1, colour.DOWN)), least=0, most=1, decimals=1
        ),
        fields=(Field("blind", T("Not observed", "未监测占比")),),
    )


def timeline(where: str = PLACE) -> Panel:
    """What was judged, a row a device."""
    query = f'SELECT "code" FROM "raw"."status" WHERE $timeFilter AND {where} GROUP BY "device"'
    return state_timeline(
        T("State of each device", "设备状态时间轴"),
        T(
            "The judged state of each device over the range; empty where hallwatch itself wrote none.",
            "各设备在所选时段内的判定状态；空白处为系统未写入数据，不代表正常或故障。",
        ),
        influx(query, "time_series", alias="$tag_device"),
        mapped=JUDGED,
        empty=T("No states in this range", "所选时段内没有状态记录"),
    )
