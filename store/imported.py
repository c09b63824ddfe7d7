"""Rows of the operator's own ticket system as they last came, by external id (K1)."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any, NamedTuple

from sqlalchemy import Connection, exists, select, update

from sla.instant import Ms
from store.schema import outages, ticket_imports, tickets
from store.upsert import insert_or_replace

_CHUNK = 500


class Imported(NamedTuple):
    """A row that came first at `first_at` and as it is at `last_at` (ms); `ticket` is empty for a mere complaint."""

    external_id: str
    digest: str
    document: Mapping[str, Any]
    ticket: str
    first_at: Ms
    last_at: Ms


def known(conn: Connection, external_ids: Iterable[str]) -> dict[str, Imported]:
    """Those of these ids that have come before."""
    wanted = list(external_ids)
    columns = [ticket_imports.c[name] for name in Imported._fields]
    found: dict[str, Imported] = {}
    for i in range(0, len(wanted), _CHUNK):
        query = select(*columns).where(ticket_imports.c.external_id.in_(wanted[i : i + _CHUNK]))
        found |= {row.external_id: Imported(*row) for row in conn.execute(query)}
    return found


def put(conn: Connection, row: Imported) -> None:
    """Write how it came last."""
    conn.execute(insert_or_replace(conn, ticket_imports, "external_id"), row._asdict())


def ids_of(conn: Connection, ids: Iterable[str]) -> dict[str, list[str]]:
    """The external ids of tickets, by the ticket's own id: a ticket may hold several rows that joined it (K3)."""
    wanted = list(ids)
    found: dict[str, list[str]] = {}
    for i in range(0, len(wanted), _CHUNK):
        mine = ticket_imports.c.ticket.in_(wanted[i : i + _CHUNK])
        query = select(ticket_imports.c.ticket, ticket_imports.c.external_id).where(mine)
        for ticket, external_id in conn.execute(query.order_by(ticket_imports.c.external_id)):
            found.setdefault(ticket, []).append(external_id)
    return found


def has_outages(conn: Connection, ticket: str) -> bool:
    """Whether monitoring knows of the fault."""
    return bool(conn.scalar(select(exists().where(outages.c.ticket == ticket))))


def let_go(conn: Connection, ticket: str) -> None:
    """A cancelled ticket bears its external id no longer: the one that takes its place will. Its events keep it."""
    conn.execute(update(tickets).where(tickets.c.id == ticket).values(external_id=None))
