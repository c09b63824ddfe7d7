"""How much travel time a ticket is granted (R3)."""

from __future__ import annotations

from collections.abc import Iterable

from sla.contract import Contract
from sla.instant import Ms
from sla.ticket import Happening


def granted(contract: Contract, hall: str, start: Ms, events: Iterable[Happening], *, closed: bool) -> Ms:
    """The travel time in ms that a ticket may use, once, from its clock's start (R3).

    `actual` travel is the repair hours from the first `dispatched` to the first `arrived` after it; until both are
    known the allowance stands, or nothing where the ticket is closed.
    """
    allowance = contract.travel.allowance(hall, start)
    if contract.travel.mode == "allowance" or not allowance:
        return allowance
    dispatched: Ms | None = None
    for what, at, _by, _detail in events:
        if what == "dispatched" and dispatched is None:
            dispatched = at
        elif what == "arrived" and dispatched is not None:
            return min(allowance, contract.clock.open_duration(dispatched, at))
    return 0 if closed else allowance
