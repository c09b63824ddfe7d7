"""hallwatch itself: what became of messages, how late facts are, how much nobody watches, what waits."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from math import ceil
from statistics import median
from typing import Any, Final

from sqlalchemy import Connection

from reports.live.point import LivePoint, point, seconds
from sla.instant import MINUTE, Ms
from store import streams
from store.live_rows import aside_now, lags
from store.pages import EVERYTHING, counts, notice_counts, totals

CENTRE: Final = "centre"
LATELY_MS: Final = 10 * MINUTE
_REFUSED: Final = "refused."
_WAITING: Final = ("waiting", "held", "crowded")


def service(conn: Connection, now: Ms) -> list[LivePoint]:
    """The centre's figures, and a point for each reason for which messages were refused."""
    counted, states, notices = counts(conn), totals(conn, EVERYTHING), notice_counts(conn)
    refused = {name.removeprefix(_REFUSED): n for name, n in counted.items() if name.startswith(_REFUSED)}
    devices, blind = sum(states.values()), states.get("unmonitored", 0)
    known = {
        "stored": counted.get("stored", 0),
        "refused": sum(refused.values()),
        "aside": aside_now(conn),
        "lost": streams.lost(conn),
        **_lag(sorted(lags(conn, now - LATELY_MS))),
        "blind": blind,
        "blind_share": blind / devices if devices else None,
        "notices_waiting": sum(notices.get(state, 0) for state in _WAITING),
        "notices_given_up": notices.get("given_up", 0),
    }
    reasons = (point("refused", {"reason": name}, {"count": n}, now) for name, n in sorted(refused.items()))
    return [point("service", {"component": CENTRE}, known, now), *reasons]


def _lag(found: list[float]) -> dict[str, float]:
    if not found:
        return {}
    return {"lag_s": median(found), "lag_most_s": found[ceil(0.95 * len(found)) - 1]}


def queues(told: Mapping[str, Mapping[str, Any]], now: Ms) -> Iterator[LivePoint]:
    """What waits before the metrics store, by component: as `MetricsQueue.stats` says it."""
    for component, one in told.items():
        oldest = one.get("oldest_ms")
        known = {
            "queue_points": one["points"],
            "queue_oldest_s": 0.0 if oldest is None else seconds(max(0, now - oldest)),
            "quarantined": one["quarantined"],
        }
        yield point("service", {"component": component}, known, now)
