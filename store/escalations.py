"""The warnings and steps that a ticket's clock has reached, each once for ever: rows that survive restarts (R6)."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final, Literal, NamedTuple

from sqlalchemy import Connection, select, update

from store.schema import escalations
from store.upsert import insert_or_ignore

State = Literal["waiting", "said", "over"]
_CHUNK: Final = 500


class Reached(NamedTuple):
    """A step of a ticket (its row number): reached at, told not before `due_at` (ms), `over` where nobody was told."""

    ticket: int
    step: str
    percent: int
    reached_at: int
    due_at: int
    state: str
    done_at: int | None


_COLUMNS: Final = [escalations.c[name] for name in Reached._fields]


def of_tickets(conn: Connection, tickets: Iterable[int]) -> dict[int, dict[str, Reached]]:
    """What each ticket has reached, by step."""
    wanted, found = list(tickets), dict[int, dict[str, Reached]]()
    for i in range(0, len(wanted), _CHUNK):
        for row in conn.execute(select(*_COLUMNS).where(escalations.c.ticket.in_(wanted[i : i + _CHUNK]))):
            found.setdefault(row.ticket, {})[row.step] = Reached(*row)
    return found


def reach(conn: Connection, one: Reached) -> bool:
    """Write a step that was reached; False where it was there already."""
    return conn.execute(insert_or_ignore(conn, escalations), one._asdict()).rowcount == 1


def settle(conn: Connection, one: Reached, state: State, now: int) -> None:
    """A step that waited was told, or is over."""
    mine = (escalations.c.ticket == one.ticket) & (escalations.c.step == one.step) & (escalations.c.state == "waiting")
    conn.execute(update(escalations).where(mine).values(state=state, done_at=now))


def put_off(conn: Connection, one: Reached, due_at: int) -> None:
    """A step goes on waiting, until `due_at` (ms)."""
    mine = (escalations.c.ticket == one.ticket) & (escalations.c.step == one.step)
    conn.execute(update(escalations).where(mine, escalations.c.state == "waiting").values(due_at=due_at))


def undo(conn: Connection, one: Reached) -> None:
    """A step that waits was not reached after all, by what became known later; it may be yet."""
    mine = (escalations.c.ticket == one.ticket) & (escalations.c.step == one.step)
    conn.execute(escalations.delete().where(mine, escalations.c.state == "waiting"))


def due(conn: Connection, now: int) -> list[int]:
    """The tickets (row numbers) of which a step that waits is due."""
    query = select(escalations.c.ticket).where(escalations.c.state == "waiting", escalations.c.due_at <= now)
    return list(conn.scalars(query.distinct().order_by(escalations.c.ticket)))
