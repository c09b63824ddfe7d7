"""What the process with the alerts runs so that live figures reach a metrics server; nothing without one."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any, Final
from zoneinfo import ZoneInfo

from hallwatch.centre import Centre
from hallwatch.compose import now_ms, queued_metrics
from hallwatch.figures import GENTLE, QUICK, SLOW, Figures
from hallwatch.live import Live
from hallwatch.part import Run
from hallwatch.report_settings import targets_of
from sla.instant import DAY
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
    sink, queued = metrics, {RECORDER: metrics.stats}
    if not centre.drains_metrics:
        sink = queued_metrics(centre.loaded, beside(queue, "figures"))
        queued = {FIGURES: sink.stats} | ({RECORDER: metrics.stats} if queue.exists() else {})
        yield "metrics", _drain(sink)
    figures = _figures(centre, metrics, Told(beside(queue, "told")), queued)
    yield "figures", _run(Live(figures, QUICK, sink))
    yield "slow figures", _run(Live(figures, SLOW, sink))
    yield "supplies", _run(Live(figures, GENTLE, sink))


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
        lambda: {name: stats() for name, stats in queued.items()},
    )
