"""Finding a device or a hall by what a person remembers of it; only reads, within the scope of who asks."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final, NamedTuple

from sqlalchemy import ColumnElement, Connection, Select, and_, false, func, or_, select

from store.pages import Rows, Scope
from store.schema import branches, device_states, devices, halls, tickets

MOST_WORDS: Final = 6
_STATE: Final = func.coalesce(device_states.c.state, "unmonitored").label("state")


class Word(NamedTuple):
    """One word of a search, and the kinds of device that it may mean."""

    text: str
    kinds: frozenset[str] = frozenset()


def find_devices(
    conn: Connection,
    scope: Scope,
    words: Sequence[Word],
    hall: str | None = None,
    limit: int = 60,
    *,
    elsewhere: bool = False,
) -> Rows:
    """Present devices of which every word is part of the id, kind, model, serial number, address or place.

    Each with `hall_name`, judged `state` and the id of its open `ticket` of a fault. `hall` keeps those in it, or with
    `elsewhere` those that are not. Those whose id is the first word come first, then by hall, kind and id.
    """
    query = _devices().where(
        devices.c.gone_at.is_(None), scope.of_devices(), *(_about(one) for one in words[:MOST_WORDS])
    )
    if hall is not None:
        query = query.where(devices.c.hall != hall if elsewhere else devices.c.hall == hall)
    first = [func.lower(devices.c.id) != words[0].text.lower()] if words else []
    return conn.execute(query.order_by(*first, devices.c.hall, devices.c.kind, devices.c.id).limit(limit)).all()


def find_halls(conn: Connection, scope: Scope, words: Sequence[Word], limit: int = 60) -> Rows:
    """Present halls of which every word is part of the id, name or branch, by id."""
    wanted: list[ColumnElement[bool]] = [halls.c.gone_at.is_(None)]
    if scope.hall is not None:
        wanted.append(halls.c.id == scope.hall)
    if scope.vendor is not None:
        wanted.append(halls.c.id.in_(select(devices.c.hall).where(scope.of_devices())))
    wanted += [_part(word.text, halls.c.id, halls.c.name, branches.c.name) for word in words[:MOST_WORDS]]
    query = (
        select(halls.c.id, halls.c.name, halls.c.kind, branches.c.name.label("branch_name"))
        .select_from(halls.outerjoin(branches, branches.c.id == halls.c.branch))
        .where(and_(*wanted))
    )
    return conn.execute(query.order_by(halls.c.id).limit(limit)).all()


def _devices() -> Select[Any]:
    open_one = and_(tickets.c.device == devices.c.n, tickets.c.closed_at.is_(None), tickets.c.purpose == "fault")
    ticket = select(func.max(tickets.c.id)).where(open_one).correlate(devices).scalar_subquery()
    joined = (
        devices.join(halls, halls.c.id == devices.c.hall)
        .outerjoin(branches, branches.c.id == halls.c.branch)
        .outerjoin(device_states, device_states.c.device == devices.c.n)
    )
    return select(
        devices.c.n,
        devices.c.id,
        devices.c.kind,
        devices.c.model,
        devices.c.hall,
        halls.c.name.label("hall_name"),
        _STATE,
        ticket.label("ticket"),
    ).select_from(joined)


def _about(word: Word) -> ColumnElement[bool]:
    kinds = devices.c.kind.in_(sorted(word.kinds)) if word.kinds else false()
    columns = (devices.c.id, devices.c.model, devices.c.serial, devices.c.address, halls.c.id, halls.c.name)
    return or_(kinds, _part(word.text, *columns, branches.c.name))


def _part(text: str, *columns: ColumnElement[Any]) -> ColumnElement[bool]:
    """Whether a column holds the text, whatever the case of Latin letters; % and _ mean themselves."""
    return or_(*(column.icontains(text, autoescape=True) for column in columns))
