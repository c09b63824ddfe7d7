"""The collectors as the centre hears them."""

from __future__ import annotations

from sqlalchemy import Connection

from reports.live.point import LivePoint, point, seconds
from sla.instant import Ms
from store.live_rows import lost_of
from store.pages import AnyRow, collector_rows


def collectors(conn: Connection, now: Ms) -> list[LivePoint]:
    """A point for each that was ever heard."""
    lost = lost_of(conn)
    return [_point(row, lost.get(row.id, 0), now) for row in collector_rows(conn)]


def _point(row: AnyRow, lost: int, now: Ms) -> LivePoint:
    known = {
        "online": bool(row.online),
        "silent_s": None if row.heard_at is None else seconds(max(0, now - row.heard_at)),
        "backlog": _said(row, "backlog"),
        "devices": _said(row, "devices"),
        "skew_s": seconds(row.clock_skew_ms),
        "lost": lost,
    }
    return point("collector", {"collector": row.id}, known, now)


def _said(row: AnyRow, name: str) -> float | None:
    value = row.said.get(name) if isinstance(row.said, dict) else None
    return value if isinstance(value, int | float) else None
