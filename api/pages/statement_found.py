"""A statement as somebody may see it: its contract, its month, where it stands, and its document."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final, NamedTuple
from urllib.parse import quote

from sqlalchemy import Connection

from api.auth import Asker
from api.pages.view import View
from api.problems import Problem, not_found
from api.repairs import city_now
from api.reports import turn
from api.statement_months import begun, within
from reports.standing import Standing, standing, told
from reports.statement import statement_document
from sla.contract import Contract
from sla.interval import Interval
from store.agreements import contracts_of
from store.city import City
from store.database import reading
from store.pages import EVERYTHING

STAFF: Final = ("admin", "operator", "viewer")


class Found(NamedTuple):
    """One statement: `document` is what the interface tells of it (`reports.ledger.told`)."""

    city: City
    contract: Contract
    month: str
    within: Interval
    standing: Standing
    document: Mapping[str, Any]

    @property
    def address(self) -> str:
        """The path of its page."""
        return address(self.contract, self.month)


def address(contract: Contract, month: str) -> str:
    """The path of a statement's page."""
    return f"/statements/{quote(contract.vendor, safe='')}/{month}?contract={quote(contract.id, safe='')}"


def may_see(person: Asker | None, vendor: str) -> bool:
    """Whether somebody sees a vendor's statements: staff all, a vendor its own."""
    return person is not None and (person.kind in STAFF or (person.kind == "vendor" and person.of == vendor))


def reader(view: View) -> View:
    """Somebody who sees statements at all; raises `Problem` 403."""
    if view.scope != EVERYTHING and not view.scope.vendor:
        raise Problem(403, "")
    return view


def contracts(view: View, city: City) -> list[Contract]:
    """The contracts whose statements one may see."""
    return [one for one in contracts_of(city) if may_see(view.person, one.vendor)]


def choices(view: View, city: City, vendor: str, name: str) -> list[Contract]:
    """The vendor's contracts that are in force for some of a month. Raises `Problem` 404 for others, 422."""
    if not may_see(view.person, vendor):
        raise not_found()
    found = [one for one in contracts(view, city) if one.vendor == vendor and begun(one, name, view.now)]
    if not found:
        raise not_found()
    return found


def named(view: View, vendor: str, name: str, contract: str) -> Found:
    """The statement of a contract's month. Raises `Problem` 404."""
    with turn(), reading(view.room.engine) as conn:
        some = [one for one in choices(view, city_now(conn), vendor, name) if one.id == contract]
        if not some:
            raise not_found()
        return found(conn, view, some[0], name)


def found(conn: Connection, view: View, contract: Contract, name: str) -> Found:
    """The statement as it stands now; a draft is counted."""
    city = city_now(conn)
    stands = standing(conn, contract.id, name, view.now)
    counted = stands.document
    if counted is None:
        counted = statement_document(conn, city, contract.id, name, view.room.policies, view.now)
    return Found(city, contract, name, within(contract, name), stands, told(counted, stands))
