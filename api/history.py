"""The classified time of one device, from its stored facts (A1)."""

from __future__ import annotations

from sqlalchemy import Connection

from api.context import Context
from sla.spans import Span, spans
from store.device_facts import Period, Selected, around


def spans_of(conn: Connection, room: Context, device: str, start: int, until: int, now: int) -> list[Span]:
    """The spans of a device, which exists, that cover [start, until) exactly."""
    city = around(conn, device)
    mine = city.devices[device]
    selected = Selected.of(conn, city, [mine], room.policies, Period(start, until, now))
    return spans(selected.facts(conn, mine), start, until, now)
