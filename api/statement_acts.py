"""Which statement somebody acts on, who may, and what becomes of a refusal (S5, S6)."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Annotated, Any, Final, NamedTuple

from fastapi import Depends, Path, Query
from pydantic import BaseModel, ConfigDict
from sqlalchemy import Connection

from api.auth import Asker, Reading, Room, asker
from api.bodies import REFUSED, fault
from api.context import Context
from api.problems import Problem, not_found
from api.repairs import city_now
from api.statement_document import Statement
from api.statement_months import chosen, of_vendor, which
from reports.publishing import Who
from reports.sealing import Hindered
from reports.standing import standing, told
from sla.disputing import NoDispute, Refused
from store import statement_events
from store.database import reading
from store.pages import EVERYTHING, Scope

HERE: Final = "/vendors/{id}/statements/{month}"
ANSWERS: Final[dict[int | str, dict[str, Any]]] = {200: {"model": Statement}}
_OPERATOR: Final = ("admin", "operator")
Named = Annotated[str | None, Query(max_length=128, description="Which contract, where the vendor has several.")]
Number = Annotated[int, Path(ge=1, le=2**53)]
Person = Annotated[Asker, Depends(asker)]


class Seen(BaseModel):
    """`seen_entry` is the statement's `entry` that the person saw: what others did since is not overrun."""

    model_config = ConfigDict(extra="forbid")
    seen_entry: int | None = None


class Where(NamedTuple):
    """A statement that somebody may see, and who that is."""

    contract: str
    month: str
    person: Asker


def mine(id: str, month: str, room: Room, scope: Reading, person: Person, contract: Named = None) -> Where:
    """The statement of a vendor's month. Raises `Problem` 404 for others', 422."""
    with reading(room.engine) as conn:
        found = chosen(of_vendor(city_now(conn), scope, id), month, contract, room.now())
    return Where(found.id, month, person)


def its(id: str, month: str, n: Number, room: Room, scope: Reading, person: Person) -> Where:
    """The statement of a dispute. Raises `Problem` 404, also for others'."""
    with reading(room.engine) as conn:
        return Where(_of_dispute(conn, scope, id, month, n), month, person)


def _of_dispute(conn: Connection, scope: Scope, vendor: str, month: str, n: int) -> str:
    found = statement_events.disputed(conn, n)
    if found is None or found[1] != month or scope not in {EVERYTHING, Scope(vendor=vendor)}:
        raise not_found()
    if found not in statement_events.published(conn, vendor):
        raise not_found()
    return found[0]


def as_operator(where: Where) -> Where:
    """The same, for the roles that publish and seal. Raises `Problem` 403."""
    if where.person.kind not in _OPERATOR:
        raise Problem(403, "This takes the role operator or admin.")
    return where


def as_vendor(where: Where) -> Where:
    """The same, for the vendor itself. Raises `Problem` 403."""
    if where.person.kind != "vendor":
        raise Problem(403, "Only its vendor disputes a statement.")
    return where


def _operator(where: Annotated[Where, Depends(mine)]) -> Where:
    return as_operator(where)


def kept(id: str, month: str, room: Room, scope: Reading, person: Person, contract: Named = None) -> Where:
    """The same, also where the inventory no longer has the contract: what was published can still be disputed."""
    with reading(room.engine) as conn:
        return Where(which(conn, city_now(conn), scope, id, month, contract, room.now()), month, person)


def _vendor(where: Annotated[Where, Depends(kept)]) -> Where:
    return as_vendor(where)


ByOperator = Annotated[Where, Depends(_operator)]
ByVendor = Annotated[Where, Depends(_vendor)]


def who(room: Context, where: Where, said: Seen) -> Who:
    """Who does it, now, having seen what."""
    return Who(where.person.name, room.now(), said.seen_entry)


def shown(room: Context, where: Where) -> dict[str, Any]:
    """The statement as it stands now."""
    with reading(room.engine) as conn:
        return told({}, standing(conn, where.contract, where.month, room.now()))


@contextmanager
def refusing(words: Callable[[Refused], str] = str) -> Iterator[None]:
    """What is refused becomes a `Problem`: 409, 422 where something sent was wrong, 404 for no such dispute."""
    try:
        yield
    except NoDispute as error:
        raise not_found() from error
    except Hindered as error:
        raise Problem(409, str(error), [one.document() for one in error.obstacles]) from error
    except Refused as error:
        if error.place is not None:
            raise Problem(422, REFUSED, [fault(error.place, words(error))]) from error
        raise Problem(409, words(error)) from error
