"""Which statement is meant: a vendor's months and contracts, as far as somebody may see them (S2)."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import date
from difflib import get_close_matches
from typing import Final

from sqlalchemy import Connection, func, select

from api.problems import Problem, not_found
from sla.contract import Contract
from sla.instant import Ms
from sla.interval import Interval
from sla.month import month, month_of
from store import statement_events
from store.agreements import contracts_of
from store.city import City
from store.pages import EVERYTHING, Scope
from store.schema import imports, tickets

NO_MONTH: Final = "not a month such as 2026-10"


def of_vendor(city: City, scope: Scope, vendor: str) -> list[Contract]:
    """A vendor's contracts by id, for staff and for the vendor itself. Raises `Problem` 404 for others."""
    if vendor not in city.vendors or (scope != EVERYTHING and scope.vendor != vendor):
        raise not_found()
    return [one for one in contracts_of(city) if one.vendor == vendor]


def which(conn: Connection, city: City, scope: Scope, vendor: str, name: str, wanted: str | None, now: Ms) -> str:
    """The id of the contract that is meant, also of one that the inventory no longer has but whose statement it has.

    Raises `Problem` as `of_vendor` and `chosen`.
    """
    gone = [id for id, month in lost(conn, city, scope, vendor) if month == name]
    if wanted in gone or (wanted is None and len(gone) == 1 and not _begun(city, vendor, name, now)):
        return wanted or gone[0]
    if gone and wanted is None:
        listed = [*_begun(city, vendor, name, now), *gone]
        raise Problem(422, "", [{"place": ["query", "contract"], "reason": _which(None, listed)}])
    return chosen(of_vendor(city, scope, vendor), name, wanted, now).id


def lost(conn: Connection, city: City, scope: Scope, vendor: str) -> list[tuple[str, str]]:
    """The (contract, month) of a vendor's statements whose contract the inventory no longer has: their papers stay."""
    if scope not in {EVERYTHING, Scope(vendor=vendor)}:
        raise not_found()
    return [one for one in statement_events.published(conn, vendor) if one[0] not in city.contracts]


def _begun(city: City, vendor: str, name: str, now: Ms) -> list[str]:
    return [one.id for one in contracts_of(city) if one.vendor == vendor and begun(one, name, now)]


def of_id(city: City, scope: Scope, contract: str) -> Contract:
    """A contract, for staff and for its vendor. Raises `Problem` 404."""
    found = next((one for one in contracts_of(city) if one.id == contract), None)
    if found is None or (scope != EVERYTHING and scope.vendor != found.vendor):
        raise not_found()
    return found


def within(contract: Contract, name: str) -> Interval:
    """A month in a contract's zone. Raises `Problem` 422."""
    try:
        return month(name, contract.zone)
    except (ValueError, OverflowError) as error:
        raise Problem(422, "", [{"place": ["path", "month"], "reason": NO_MONTH}]) from error


def begun(contract: Contract, name: str, now: Ms) -> bool:
    """Whether the contract is in force for some of a month, and the month has begun. Raises `Problem` 422."""
    start, until = within(contract, name)
    return contract.start < until and contract.until > start and start <= now


def chosen(contracts: Sequence[Contract], name: str, wanted: str | None, now: Ms) -> Contract:
    """The contract of a vendor's month; `wanted` says which where there are several.

    Raises `Problem` 404 where there is none, 422 for one that is not among them, and where one must be named.
    """
    found = [one for one in contracts if begun(one, name, now)]
    if not found:
        within_any(name)
        raise not_found()
    if wanted is None and len(found) == 1:
        return found[0]
    one = next((one for one in found if one.id == wanted), None)
    if one is None:
        raise Problem(422, "", [{"place": ["query", "contract"], "reason": _which(wanted, [one.id for one in found])}])
    return one


def within_any(name: str) -> None:
    """Raises `Problem` 422 for what is no month in any zone."""
    try:
        date.fromisoformat(f"{name}-01")
    except ValueError as error:
        raise Problem(422, "", [{"place": ["path", "month"], "reason": NO_MONTH}]) from error


def _which(wanted: str | None, known: list[str]) -> str:
    listed = ", ".join(known)
    if wanted is None:
        return f"there are several contracts in this month; name one of: {listed}"
    near = get_close_matches(wanted, known, 1)
    return f"none of this month; did you mean `{near[0]}`?" if near else f"none of this month; there is: {listed}"


def since(conn: Connection) -> Ms:
    """Before the first import and the first ticket there is nothing to state."""
    firsts = conn.scalar(select(func.min(imports.c.at))), conn.scalar(select(func.min(tickets.c.opened_at)))
    return min((at for at in firsts if at is not None), default=0)


def months(contract: Contract, since: Ms, now: Ms) -> Iterator[str]:
    """The months of a contract that have begun, the newest first, down to the one of `since`."""
    at, first = min(now, contract.until - 1), max(contract.start, since)
    while at >= first:
        name = month_of(at, contract.zone)
        yield name
        at = month(name, contract.zone).start - 1
