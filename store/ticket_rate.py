"""How many tickets a hall opens in a day: what thresholds are tuned by."""

from __future__ import annotations

from fractions import Fraction
from typing import Final, NamedTuple

from sqlalchemy import Connection, case, func, select

from sla.instant import DAY, HOUR
from store.schema import devices, halls, tickets

SPAN_MS: Final = 7 * DAY


class Rate(NamedTuple):
    """Tickets of faults opened within `span` (ms), those of them that were withdrawn or cancelled, and the halls."""

    opened: int
    cancelled: int
    halls: int
    span: int

    @property
    def per_hall_and_day(self) -> Fraction | None:
        """None without halls."""
        return Fraction(self.opened * DAY, self.halls * self.span) if self.halls else None


def ticket_rate(conn: Connection, now: int, vendor: str | None = None) -> Rate:
    """Of the last seven days, or since the first ticket, at least one hour; a `vendor`'s own, in its own halls."""
    mine = (tickets.c.purpose == "fault") & (tickets.c.opened_at <= now)
    of_hall = select(func.count()).select_from(halls).where(halls.c.gone_at.is_(None))
    if vendor is not None:
        mine &= tickets.c.vendor == vendor
        its = select(func.count(devices.c.hall.distinct())).where(devices.c.vendor == vendor)
        of_hall = its.where(devices.c.gone_at.is_(None))
    first = conn.scalar(select(func.min(tickets.c.opened_at)).where(mine)) or now
    span = max(HOUR, min(SPAN_MS, now - first))
    lost = func.sum(case((tickets.c.state == "cancelled", 1), else_=0))
    recent = select(func.count(), lost).where(mine, tickets.c.opened_at >= now - span)
    opened, cancelled = conn.execute(recent).one()
    return Rate(opened, int(cancelled or 0), conn.scalar(of_hall) or 0, span)
