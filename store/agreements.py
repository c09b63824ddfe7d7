"""The contracts of the inventory as `sla` knows them, each with its repair hours compiled (R1)."""

from __future__ import annotations

import json
from functools import lru_cache
from zoneinfo import ZoneInfo

from sla.calendar import BadCalendar, Calendar
from sla.clock import ALWAYS
from sla.contract import Contract
from store.city import City, ContractRow

SITE_ZONE = "Asia/Shanghai"


def contracts_of(city: City) -> list[Contract]:
    """All contracts by id; one without a calendar, or with one that cannot be read, has all hours."""
    return [_contract(city, row) for _, row in sorted(city.contracts.items())]


def _contract(city: City, row: ContractRow) -> Contract:
    name = row.document.get("calendar")
    calendar = city.calendars.get(name) if name else None
    hours = json.dumps(calendar.document, sort_keys=True) if calendar else None
    return _parsed(json.dumps(row.document, sort_keys=True), hours)


@lru_cache(maxsize=512)
def _parsed(document: str, hours: str | None) -> Contract:
    clock, zone = ALWAYS, ZoneInfo(SITE_ZONE)
    if hours is not None:
        try:
            calendar = Calendar.parse(json.loads(hours))
            clock, zone = calendar.clock(), calendar.zone
        except BadCalendar:
            pass
    return Contract.parse(json.loads(document), clock, zone)
