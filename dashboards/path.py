"""Round trip and loss of the way to devices."""

from __future__ import annotations

from dashboards import colour
from dashboards.panel import GAP_MS, Line, Panel, Scale, timeseries
from dashboards.target import influx
from dashboards.text import T


def _each(field: str, where: str, as_: str) -> str:
    return f"""SELECT {as_}("{field}") FROM "raw"."device" WHERE $timeFilter AND {where}
        GROUP BY time($__interval), "device" fill(null)"""


def round_trip(where: str) -> Panel:
    """A line a device."""
    return timeseries(
        T("Round trip", "往返时延"),
        T(
            "Median round trip of the pings in each step; thresholds at 50 and 200 ms. A gap: no answer, or not asked.",
            "各时间间隔内 Ping 往返时延的中位数，参考线为 50 ms 与 200 ms；断开处表示无应答或未轮询。",
        ),
        influx(_each("rtt_ms", where, "median"), "time_series", alias="$tag_device"),
        scale=Scale("ms", ((None, colour.UP), (50.0, colour.DEGRADED), (200.0, colour.DOWN)), least=0, decimals=1),
        line=Line(gap_ms=GAP_MS),
        calcs=("mean", "max"),
    ).every("1m")


def loss(where: str) -> Panel:
    """A line a device."""
    return timeseries(
        T("Lost pings", "丢包率"),
        T(
            "Share of the pings that got no answer in each step; thresholds at 5 and 20 %. 100 % is a device that does "
            "not answer at all.",
            "各时间间隔内无应答的 Ping 占比，参考线为 5% 与 20%；100% 表示设备完全无应答。",
        ),
        influx(_each("loss", where, "mean"), "time_series", alias="$tag_device"),
        scale=Scale(
            "percentunit", ((None, colour.UP), (0.05, colour.DEGRADED), (0.2, colour.DOWN)), least=0, most=1, decimals=1
        ),
        line=Line(gap_ms=GAP_MS),
        calcs=("mean", "max"),
    ).every("1m")
