"""The repair clocks of tickets for pages and JSON, and why a ticket has none (R1, R2, K1, K7)."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Final, NamedTuple
from weakref import WeakKeyDictionary

from sqlalchemy import Connection, Engine

from api.context import Context
from api.words import N_
from sla.contract import Contract, contract_at
from sla.repair import Repair
from store.cases import Cases
from store.city import City
from store.inventory import imported, load
from store.pages import AnyRow
from store.tickets import Ticket

_KNOWN: Final[WeakKeyDictionary[Engine, tuple[str | None, City]]] = WeakKeyDictionary()
PREVENTIVE: Final = N_("Preventive work has no clock.")
RECORD: Final = N_("A record: the outage was over when it became known, so that no clock ran.")
UNCOVERED: Final = N_("No contract covers this device at that time.")
NOT_PHONED: Final = N_("Nobody has phoned it in: by the contract the clock starts with the phone call.")
NOT_TOLD: Final = N_("The vendor has not been reached yet: by the contract the clock starts then.")
NOT_DETECTED: Final = N_("No second of it counts as the vendor's so far: by the contract the clock starts then.")
_AWAITED: Final = {"phone": NOT_PHONED, "notified": NOT_TOLD, "detected": NOT_DETECTED}


class Running(NamedTuple):
    """What is known of a ticket's clock: the clock and its contract, or in `why` (a msgid) why there is none."""

    repair: Repair | None
    contract: Contract | None
    why: str = ""


def city_now(conn: Connection) -> City:
    """The whole inventory, read anew only where something was imported since."""
    digest = imported(conn)
    known = _KNOWN.get(conn.engine)
    if known is None or known[0] != digest:
        known = (digest, load(conn))
        _KNOWN[conn.engine] = known
    return known[1]


def ticket_of(row: AnyRow) -> Ticket:
    """The ticket in a row of `store.pages`."""
    return Ticket(*(getattr(row, name) for name in Ticket._fields))


def running(conn: Connection, room: Context, rows: Sequence[AnyRow], now: int) -> dict[int, Running]:
    """The clocks of some tickets (rows of `store.pages`) by row number."""
    wanted = [ticket_of(row) for row in rows]
    cases = Cases.of(conn, city_now(conn), wanted, room.policies, now)
    return {one.n: of_case(cases, one, now) for one in wanted}


def of_case(cases: Cases, ticket: Ticket, now: int) -> Running:
    """One ticket's clock."""
    if ticket.purpose == "preventive":
        return Running(None, None, PREVENTIVE)
    repair, case = cases.repair(ticket.n, now), cases.by_number[ticket.n]
    if repair is not None:
        return Running(repair, repair.contract)
    contract = contract_at(cases.contracts, case.kind, case.hall, ticket.opened_at)
    return Running(None, contract, _why(case.events, contract))


def _why(events: Iterable[object], contract: Contract | None) -> str:
    if any(getattr(one, "event", "") == "opened" and _late(one) for one in events):
        return RECORD
    return UNCOVERED if contract is None else _AWAITED[contract.begin]


def _late(event: object) -> bool:
    detail = getattr(event, "detail", None)
    return isinstance(detail, dict) and bool(detail.get("late"))


def urgency(known: Running) -> tuple[int, int]:
    """Sorts tickets: the next due first, then those without a time, paused ones, those without a clock."""
    repair = known.repair
    if repair is None:
        return 3, 0
    if repair.due is not None:
        return 0, repair.due
    return (2 if repair.state == "paused" else 1), repair.start
