"""Alive, ready, and the service's own figures for Prometheus."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any, Final

from fastapi import APIRouter
from fastapi.responses import JSONResponse, PlainTextResponse
from prometheus_client import CollectorRegistry, generate_latest
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, Metric
from prometheus_client.registry import Collector
from sqlalchemy import Connection

from api.auth import Room, Staff
from api.context import Context
from store.database import reading
from store.pages import (
    EVERYTHING,
    AnyRow,
    collector_rows,
    counts,
    heard_at,
    inventory_counts,
    notice_counts,
    open_ticket_count,
    totals,
)

router = APIRouter(tags=["health"])
HEARD_MS: Final = 60_000
_STRAYS: Final = tuple(
    (protocol, what)
    for protocol, more in (("snmp", ("refused",)), ("icmp", ()))
    for what in ("late", "doubled", "foreign", "forged", "damaged", *more)
)
REASONS: Final = (
    *("unknown_source", "limited", "too_large", "malformed", "community"),
    *("user", "signature", "cipher", "replayed", "fault"),
)
"""For which a collector refuses a trap (docs/traps.md)."""
COUNTERS: Final[tuple[tuple[str, str, tuple[str, ...], Mapping[str, tuple[str, ...]]], ...]] = (
    (
        "hallwatch_collector_strays",
        "Datagrams that were no answer in time.",
        ("protocol", "what"),
        {f"{protocol}_{what}": (protocol, what) for protocol, what in _STRAYS},
    ),
    (
        "hallwatch_collector_traps",
        "Traps by what became of them.",
        ("outcome",),
        {f"traps_{outcome}": (outcome,) for outcome in ("taken", "refused")},
    ),
    (
        "hallwatch_collector_traps_refused",
        "Traps that were refused, by reason.",
        ("reason",),
        {f"traps_{reason}": (reason,) for reason in REASONS},
    ),
)
"""Counters for Prometheus: name, words, labels, and their values by the heartbeat's figure."""
GAUGES: Final = (
    ("asleep", "hallwatch_collector_asleep", "Devices that sleep."),
    ("lag_s", "hallwatch_collector_lag_seconds", "How late polls begin, of 95 in 100."),
    ("utilisation", "hallwatch_collector_utilisation", "Share of the polls in flight that it may have."),
)
"""Figures of a heartbeat, each with the name and the words for Prometheus."""


@router.get("/healthz")
def healthz() -> dict[str, bool]:
    """The process answers."""
    return {"alive": True}


@router.get("/readyz")
def readyz(room: Room) -> JSONResponse:
    """200 when the inventory is imported and the recorder subscribed, else 503 with what is missing.

    A process without a recorder of its own judges it by the database: a living one writes down the collectors'
    heartbeats, which come every 10 s.
    """
    with reading(room.engine) as conn:
        devices = inventory_counts(conn)[1]
        heard = heard_at(conn)
    said = {name: value for name, value in room.health().items() if isinstance(value, bool)}
    checks = {"inventory": devices > 0} | said
    if "subscribed" not in said:
        checks.setdefault("recorder", heard is not None and abs(room.now() - heard) <= HEARD_MS)
    ready = all(checks.values())
    return JSONResponse({"ready": ready} | {"checks": checks}, 200 if ready else 503)


@router.get("/metrics", response_class=PlainTextResponse)
def metrics(room: Room, _: Staff) -> PlainTextResponse:
    """Prometheus text."""
    registry = CollectorRegistry(auto_describe=False)
    registry.register(_Figures(room))
    return PlainTextResponse(generate_latest(registry), media_type="text/plain; version=0.0.4; charset=utf-8")


class _Figures(Collector):
    def __init__(self, context: Context) -> None:
        self.context = context

    def collect(self) -> Iterable[Metric]:
        """All families, read at once."""
        with reading(self.context.engine) as conn:
            families = [*_states(conn), *_facts(conn), *_collectors(conn, self.context.now())]
        info = GaugeMetricFamily("hallwatch_info", "Which version runs.", labels=["version"])
        info.add_metric([self.context.version], 1)
        return [info, *families, *_reports(self.context), *_metrics_queue(self.context), *_figures(self.context)]


def _reports(context: Context) -> list[Metric]:
    """Of a process that makes them by the calendar."""
    said = context.health().get("reports")
    if said is None:
        return []
    failing = GaugeMetricFamily(
        "hallwatch_reports_failing", "Due reports that could not be made.", len(said["failing"])
    )
    return [failing]


def _figures(context: Context) -> list[Metric]:
    """Of a process that writes the live figures."""
    said = context.health().get("figures")
    if said is None:
        return []
    return [
        CounterMetricFamily("hallwatch_figures_points", "Points of live figures given to the queue.", said["points"]),
        GaugeMetricFamily("hallwatch_figures_failing", "Live figures that fail.", len(said["failing"])),
    ]


def _metrics_queue(context: Context) -> list[Metric]:
    """Of a machine where a process brings measured values to a metrics server; trouble only that process knows."""
    said = context.health().get("metrics")
    if said is None:
        return []
    points = CounterMetricFamily(
        "hallwatch_metrics_points", "Points for the metrics server by what became of them.", labels=["outcome"]
    )
    for outcome in ("written", "quarantined", "lost"):
        points.add_metric([outcome], said[outcome])
    oldest = said["oldest_ms"]
    age = 0.0 if oldest is None else max(0, context.now() - oldest) / 1000
    return [
        points,
        GaugeMetricFamily("hallwatch_metrics_queue_points", "Points that wait for the metrics server.", said["points"]),
        GaugeMetricFamily("hallwatch_metrics_queue_bytes", "Their size on the disk.", said["bytes"]),
        GaugeMetricFamily("hallwatch_metrics_queue_oldest_seconds", "Age of the oldest of them.", age),
        GaugeMetricFamily("hallwatch_metrics_hours_dirty", "Device-hours to be rolled up.", said["dirty"]),
        *_trouble(said),
    ]


def _trouble(said: Mapping[str, Any]) -> Iterable[Metric]:
    if "trouble" in said:
        lasting = int(said["trouble"] is not None)
        yield GaugeMetricFamily("hallwatch_metrics_trouble", "1 while points cannot be written.", lasting)


def _states(conn: Connection) -> list[Metric]:
    by_state = GaugeMetricFamily("hallwatch_devices", "Devices by judged state.", labels=["state"])
    for state, number in sorted(totals(conn, EVERYTHING).items()):
        by_state.add_metric([state], number)
    opened = GaugeMetricFamily("hallwatch_tickets_open", "Open tickets.", open_ticket_count(conn))
    return [by_state, opened]


def _facts(conn: Connection) -> list[Metric]:
    facts = CounterMetricFamily("hallwatch_facts", "Messages by what became of them.", labels=["outcome"])
    for name, number in sorted(counts(conn).items()):
        facts.add_metric([name], number)
    waiting = GaugeMetricFamily("hallwatch_notices", "Notices by state.", labels=["state"])
    for state, number in sorted(notice_counts(conn).items()):
        waiting.add_metric([state], number)
    return [facts, waiting]


def _collectors(conn: Connection, now: int) -> list[Metric]:
    online = GaugeMetricFamily("hallwatch_collector_online", "1 while its heartbeats come.", labels=["collector"])
    heard = GaugeMetricFamily("hallwatch_collector_silent_seconds", "Since its last heartbeat.", labels=["collector"])
    backlog = GaugeMetricFamily("hallwatch_collector_backlog", "Observations without receipt.", labels=["collector"])
    rows = collector_rows(conn)
    for row in rows:
        online.add_metric([row.id], row.online)
        if row.heard_at is not None:
            heard.add_metric([row.id], max(0, now - row.heard_at) / 1000)
        if (behind := _number(row.said, "backlog")) is not None:
            backlog.add_metric([row.id], behind)
    return [online, heard, backlog, *_heard_by(rows)]


def _heard_by(rows: Iterable[AnyRow]) -> list[Metric]:
    """What came in at each collector that was no answer in time, its traps, who sleeps, and whether it keeps up."""
    counters = [CounterMetricFamily(name, help_, labels=["collector", *more]) for name, help_, more, _ in COUNTERS]
    gauges = [GaugeMetricFamily(name, help_, labels=["collector"]) for _, name, help_ in GAUGES]
    for row in rows:
        for (*_, figures), counter in zip(COUNTERS, counters, strict=True):
            for said, values in figures.items():
                if (n := _number(row.said, said)) is not None:
                    counter.add_metric([row.id, *values], n)
        for (said, _, _), gauge in zip(GAUGES, gauges, strict=True):
            if (n := _number(row.said, said)) is not None:
                gauge.add_metric([row.id], n)
    return [*counters, *gauges]


def _number(said: object, name: str) -> float | None:
    """A figure of a heartbeat, where it is a number."""
    value = said.get(name) if isinstance(said, Mapping) else None
    return value if isinstance(value, int | float) and not isinstance(value, bool) else None
