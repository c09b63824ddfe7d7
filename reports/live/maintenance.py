"""Planned maintenance (A1 3), each at its start."""

from __future__ import annotations

from sqlalchemy import Connection

from reports.live.point import LivePoint, point, texts
from sla.instant import Ms
from store.live_rows import maintenance_from
from store.planned import Exemption


def maintenance(conn: Connection, start: Ms) -> list[LivePoint]:
    """That which begins at `start` (ms) or later, withdrawn or not.

    Several of one scope and start are one point: of those that stand the one that lasts longest, else the newest.
    """
    found: dict[tuple[str, str, Ms], Exemption] = {}
    for one in maintenance_from(conn, start):
        key = one.scope_kind, one.scope, one.start
        if one.start >= start and (key not in found or _rank(one) >= _rank(found[key])):
            found[key] = one
    return [_point(one) for one in found.values()]


def _rank(one: Exemption) -> tuple[bool, Ms]:
    stands = one.withdrawn_at is None
    return stands, one.until if stands else 0


def _point(one: Exemption) -> LivePoint:
    tags = {"scope_kind": one.scope_kind, "scope": one.scope}
    said = texts(reason=one.reason, approver=one.approver)
    return point("maintenance", tags, {"until": one.until, "valid": one.withdrawn_at is None, **said}, one.start)
