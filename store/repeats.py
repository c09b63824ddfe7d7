"""The chain of tickets that repeat one another (K4); only reads."""

from __future__ import annotations

from typing import Final

from sqlalchemy import Connection

from store.pages import AnyRow, Rows, Scope, ticket_row, tickets_after

LONGEST: Final = 30


def chain(conn: Connection, scope: Scope, ticket: AnyRow) -> list[AnyRow]:
    """The tickets that this one repeats, itself, and those that repeat it, the oldest first; within the scope.

    A chain may branch where two tickets repeat one. At most `LONGEST` to either side.
    """
    found: dict[str, AnyRow] = {ticket.id: ticket}
    at = ticket
    while at.repeat_of and at.repeat_of not in found and len(found) <= LONGEST:
        earlier = ticket_row(conn, scope, at.repeat_of)
        if earlier is None:
            break
        found[earlier.id] = at = earlier
    later: Rows = [ticket]
    while later and len(found) <= 2 * LONGEST:
        later = [one for one in tickets_after(conn, scope, [one.id for one in later]) if one.id not in found]
        found |= {one.id: one for one in later}
    return sorted(found.values(), key=lambda one: (one.opened_at, one.n))
