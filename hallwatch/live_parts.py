"""What the process with the alerts runs so that live figures reach a metrics server; nothing without one."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, Final
from zoneinfo import ZoneInfo

from hallwatch.centre import Centre
from hallwatch.compose import now_ms, queued_metrics
from hallwatch.figures import GENTLE, QUICK, SLOW, Figures
from hallwatch.live import Live
from hallwatch.part import Run
from hallwatch.report_settings import targets_of
from sla.instant import DAY, MINUTE
from store.fault import StoreError
from store.influx.query import ident
from store.measurements import RAW
from store.queued_metrics import QueuedMetrics
from store.told import Told

Queued = Callable[[], Mapping[str, Any]]
RECORDER: Final = "recorder"
FIGURES: Final = "figures"


def live_parts(centre: Centre) -> Iterator[tuple[str, Run]]:
    """The loops by name: where the recorder runs elsewhere, also what empties a queue of their own.

    Raises `StoreError` where a file cannot be used; a loop does where another process empties its queue.
    """
    metrics = centre.metrics
    if not isinstance(metrics, QueuedMetrics):
        return
    queue = centre.loaded.path(centre.loaded.settings.metrics.queue)
    sink, queued = metrics, {RECORDER: _told_by(metrics, queue)}
    if not centre.drains_metrics:
        sink = queued_metrics(centre.loaded, beside(queue, "figures"))
        queued |= {FIGURES: sink.stats}
        yield "metrics", _drain(sink)
    figures = _figures(centre, metrics, Told(beside(queue, "told")), queued)
    figures.lacks = lambda measurement: _lacks(metrics, sink, measurement)
    lives = [Live(figures, table, sink) for table in (QUICK, SLOW, GENTLE)]
    centre.tell(FIGURES, lambda: stats_of(lives))
    yield from zip(("figures", "slow figures", "supplies"), map(_run, lives), strict=True)


def stats_of(lives: Sequence[Live]) -> Mapping[str, Any]:
    """Of all threads together: `points` that were written, and the figures `failing` with the reason."""
    said = [one.stats() for one in lives]
    return {
        "points": sum(one["points"] for one in said),
        "failing": {name: reason for one in said for name, reason in one["failing"].items()},
    }


def _told_by(metrics: QueuedMetrics, queue: Path) -> Queued:
    """The state of the recorder's queue, which may be on another machine, or not be there yet."""
    return lambda: metrics.stats() if queue.exists() else {}


def _lacks(metrics: QueuedMetrics, sink: QueuedMetrics, measurement: str) -> bool:
    """Whether the server has nothing of it, and nothing is long on its way there."""
    try:
        oldest = sink.stats()["oldest_ms"]
        on_its_way = oldest is not None and now_ms() - oldest >= MINUTE
        query = f'SELECT * FROM "{RAW}".{ident(measurement)} LIMIT 1'  # noqa: S608 - quoted
        return not on_its_way and not metrics.server.ask(query)
    except StoreError:
        return False


def beside(queue: Path, name: str) -> Path:
    """Another file beside the queue's: `metrics-queue-NAME.db`."""
    return queue.with_name(f"{queue.stem}-{name}{queue.suffix}")


def _drain(sink: QueuedMetrics) -> Run:
    def run(stop: threading.Event) -> None:
        try:
            sink.run(stop)
        finally:
            sink.close()

    return run


def _run(live: Live) -> Run:
    return lambda stop: live.run(stop, now_ms)


def _figures(centre: Centre, metrics: QueuedMetrics, told: Told, queued: Mapping[str, Queued]) -> Figures:
    settings = centre.loaded.settings
    return Figures(
        centre.engine,
        metrics,
        told,
        centre.policies,
        ZoneInfo(settings.site.zone),
        settings.metrics.days[0] * DAY,
        targets_of(settings.reports),
        lambda: {name: said for name, stats in queued.items() if (said := stats())},
    )
