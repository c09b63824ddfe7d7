"""Open tickets with their clocks (K3, R5)."""

from __future__ import annotations

from collections.abc import Mapping

from sqlalchemy import Connection

from reports.live.point import LivePoint, names, place, point, seconds, texts
from sla.instant import Ms
from sla.repair import Repair
from store.cases import Cases
from store.city import City
from store.device_facts import KindPolicy
from store.live_rows import open_tickets
from store.tickets import Ticket


def tickets_now(conn: Connection, city: City, policies: Mapping[str, KindPolicy], now: Ms) -> list[LivePoint]:
    """A point for each, preventive work among them."""
    devices = {one.n: one for one in city.devices.values()}
    some = [one for one in open_tickets(conn) if one.device in devices and one.opened_at <= now]
    cases = Cases.of(conn, city, some, policies, now)
    found = []
    for one in some:
        device = devices[one.device]
        tags = place(city, device) | {"vendor": one.vendor, "ticket": one.id, "source": one.source}
        fields = _said(city, one) | names(city, device.hall) | _clock(cases.repair(one.n, now), now)
        found.append(point("ticket_now", tags, {"opened": one.opened_at, **fields}, now))
    return found


def _said(city: City, one: Ticket) -> dict[str, float | str | None]:
    vendor = city.vendors.get(one.vendor or "")
    return {
        **texts(state=one.state, purpose=one.purpose, symptom=one.symptom),
        **texts(vendor_name=vendor.name if vendor else one.vendor),
    }


def _clock(repair: Repair | None, now: Ms) -> dict[str, float | str | None]:
    """None of it where there is no clock."""
    if repair is None:
        return {}
    return {
        "counted_s": seconds(repair.counted),
        "target_s": seconds(repair.target),
        "due": repair.due,
        "due_in_s": None if repair.due is None else seconds(repair.due - now),
        "breached": repair.breached,
        "paused": repair.state == "paused",
    }
