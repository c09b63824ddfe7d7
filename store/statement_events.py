"""What people did with statements, and the files of disputes: appended, never edited (S5)."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any, Final, NamedTuple

from sqlalchemy import Connection, func, select

from sla.instant import Ms
from sla.publication import Entry
from store.schema import contracts
from store.statement_schema import dispute_files, statement_events

_ENTRY: Final = [statement_events.c[name] for name in Entry._fields]


class File(NamedTuple):
    """A file of a dispute, checked before it comes here; `digest` is the SHA-256 of `data`."""

    name: str
    type: str
    digest: str
    data: bytes


class Kept(NamedTuple):
    """A file as it is kept, without its bytes (`size` of them); `entry` is its dispute's number."""

    n: int
    entry: int
    name: str
    type: str
    digest: str
    size: int


def lock(conn: Connection, contract: str, month: str) -> None:
    """Keep others from this statement until the end of the transaction; SQLite has one writer anyway."""
    conn.execute(select(contracts.c.id).where(contracts.c.id == contract).with_for_update())
    conn.execute(select(statement_events.c.entry).where(*_of(contract, month)).with_for_update())


def append(conn: Connection, contract: str, month: str, event: str, at: Ms, by: str, detail: Mapping[str, Any]) -> int:
    """Append what somebody did at `at` (ms) and answer its number."""
    row = {"contract": contract, "month": month, "event": event, "at": at, "by": by, "detail": dict(detail)}
    number: int = conn.execute(statement_events.insert().values(row).returning(statement_events.c.entry)).scalar_one()
    return number


def entries(conn: Connection, contract: str, month: str) -> list[Entry]:
    """All that was done with a statement, in order."""
    query = select(*_ENTRY).where(*_of(contract, month)).order_by(statement_events.c.entry)
    return [Entry(*row) for row in conn.execute(query)]


def published(conn: Connection, vendor: str) -> list[tuple[str, str]]:
    """The (contract, month) of a vendor that were ever published, by month."""
    its = statement_events.c.detail["vendor"].as_string() == vendor
    query = select(statement_events.c.contract, statement_events.c.month).distinct()
    rows = conn.execute(query.where(statement_events.c.event == "published", its))
    return sorted(((row.contract, row.month) for row in rows), key=lambda one: (one[1], one[0]))


def vendors(conn: Connection) -> dict[str, str]:
    """Whose statements were published under each contract, by its id."""
    columns = statement_events.c.contract, statement_events.c.detail
    rows = conn.execute(
        select(*columns).where(statement_events.c.event == "published").order_by(statement_events.c.entry)
    )
    return {row.contract: row.detail["vendor"] for row in rows}


def disputed(conn: Connection, entry: int) -> tuple[str, str] | None:
    """The (contract, month) whose dispute has this number."""
    mine = (statement_events.c.entry == entry) & (statement_events.c.event == "disputed")
    row = conn.execute(select(statement_events.c.contract, statement_events.c.month).where(mine)).one_or_none()
    return None if row is None else (row.contract, row.month)


def attach(conn: Connection, entry: int, files: Iterable[File]) -> None:
    """Keep the files of a dispute."""
    rows = [{"entry": entry, **one._asdict()} for one in files]
    if rows:
        conn.execute(dispute_files.insert(), rows)


def files_of(conn: Connection, entries: Iterable[int]) -> list[Kept]:
    """The files of some disputes, as they came."""
    size = func.length(dispute_files.c.data).label("size")
    columns = [dispute_files.c[name] for name in Kept._fields[:-1]]
    query = select(*columns, size).where(dispute_files.c.entry.in_(list(entries))).order_by(dispute_files.c.n)
    return [Kept._make(row) for row in conn.execute(query)]


def file_of(conn: Connection, entry: int, n: int) -> File | None:
    """One file of a dispute with its bytes; None where it has none of this number."""
    columns = [dispute_files.c[name] for name in File._fields]
    mine = (dispute_files.c.entry == entry) & (dispute_files.c.n == n)
    row = conn.execute(select(*columns).where(mine)).one_or_none()
    return None if row is None else File(*row)


def _of(contract: str, month: str) -> tuple[Any, Any]:
    return statement_events.c.contract == contract, statement_events.c.month == month
