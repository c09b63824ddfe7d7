"""Opening, migrating, reading and writing: the only file that knows one database from another."""

from __future__ import annotations

import sqlite3
import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager, closing, contextmanager, nullcontext
from pathlib import Path
from typing import Any, Final
from weakref import WeakKeyDictionary

import msgspec
from alembic import command
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from alembic.util import CommandError
from sqlalchemy import Connection, Engine, Select, create_engine, event
from sqlalchemy.engine import URL, ExceptionContext, make_url
from sqlalchemy.exc import ArgumentError, SQLAlchemyError
from sqlalchemy.pool import ConnectionPoolEntry

from store import postgresql
from store.fault import Busy, DiskFull, NewerDatabase, NotADatabase, StoreError, Unreachable, Unwritable
from store.sqlite_guard import journal_for

BUSY_S: Final = 30
_WRITING: Final = "hallwatch_writing"
_LOCKS: WeakKeyDictionary[Engine, threading.Lock] = WeakKeyDictionary()
_AS_OF_ONE_MOMENT: Final[dict[str, dict[str, Any]]] = {
    "postgresql": {"isolation_level": "REPEATABLE READ", "postgresql_readonly": True}
}
_FAULTS: Final[dict[int, type[StoreError]]] = {
    sqlite3.SQLITE_NOTADB: NotADatabase,
    sqlite3.SQLITE_CORRUPT: NotADatabase,
    sqlite3.SQLITE_FULL: DiskFull,
    sqlite3.SQLITE_READONLY: Unwritable,
    sqlite3.SQLITE_CANTOPEN: Unwritable,
    sqlite3.SQLITE_PERM: Unwritable,
    sqlite3.SQLITE_IOERR: Unwritable,
    sqlite3.SQLITE_BUSY: Busy,
    sqlite3.SQLITE_LOCKED: Busy,
}
Parts = Callable[[], AbstractContextManager[Connection]]
"""Opens the next piece of what is read: see `moment`."""


def open_database(url: str, password: str | None = None) -> Engine:
    """An engine for `sqlite:///file` or `postgresql://…`; makes the directory of a file. Raises `StoreError`.

    Several threads may use it. On SQLite: full synchronisation, foreign keys, and the journal of `sqlite_guard`.
    A server's `password` goes before one in the URL.
    """
    where = _parse(url)
    if password is not None and where.get_backend_name() != "sqlite":
        where = where.set(password=password)
    engine = _open_sqlite(where) if where.get_backend_name() == "sqlite" else postgresql.open_server(where)
    event.listen(engine, "handle_error", _name_the_fault)
    _LOCKS[engine] = threading.Lock()
    with engine.connect():
        pass
    if engine.dialect.name != "sqlite" and (lack := postgresql.lacks(postgresql.server_of(engine))):
        engine.dispose()
        raise StoreError(place_of(engine.url), lack)
    return engine


def journal_of(engine: Engine) -> str:
    """The journal mode in use: `wal` or `truncate` on SQLite, `server` elsewhere."""
    if engine.dialect.name != "sqlite":
        return "server"
    with engine.connect() as conn:
        return str(conn.exec_driver_sql("PRAGMA journal_mode").scalar())


@contextmanager
def writing(engine: Engine, *, beside: bool = False) -> Iterator[Connection]:
    """One transaction that writes, alone; commits at the end, rolls back on an exception.

    With `beside`, on a server, others may write at once that are `beside` too: see `store.postgresql`. Not to be
    nested, nor opened by a thread that holds `reading` open: it would wait for itself. Raises `StoreError`.
    """
    if engine.dialect.name != "sqlite":
        with engine.begin() as conn:
            (postgresql.beside if beside else postgresql.alone)(conn)
            yield conn
        return
    lock = _LOCKS[engine]
    if not lock.acquire(timeout=BUSY_S):
        raise Busy(place_of(engine.url), f"another thread has been writing for {BUSY_S} s")
    try:
        with engine.connect() as conn, conn.execution_options(**{_WRITING: True}).begin():
            yield conn
    finally:
        lock.release()


@contextmanager
def reading(engine: Engine) -> Iterator[Connection]:
    """One transaction that reads a consistent state; keep it short, on SQLite a writer may wait for it."""
    with engine.connect().execution_options(**_AS_OF_ONE_MOMENT.get(engine.dialect.name, {})) as conn:
        yield conn


@contextmanager
def moment(engine: Engine) -> Iterator[Parts]:
    """For reading as of one moment what takes minutes to read: what it gives opens the next piece of it.

    Where readers keep nobody waiting all pieces are one transaction. SQLite with a rollback journal makes writers wait
    for readers, and pages for those writers: there each piece is a short transaction of its own, so that what belongs
    together must be read in one piece.
    """
    if journal_of(engine) == "truncate":
        yield lambda: reading(engine)
        return
    with reading(engine) as conn:
        yield lambda: nullcontext(conn)


def plain(conn: Connection, query: Select[Any], at_once: int = 50_000) -> Iterator[Sequence[tuple[Any, ...]]]:
    """Rows as the driver gives them, `at_once` at a time: for very many, half the time of `Row` objects.

    Raises `StoreError`.
    """
    with closing(conn.execute(query)) as found:
        cursor = found.cursor
        try:
            while cursor is not None and (rows := cursor.fetchmany(at_once)):
                yield rows
        except sqlite3.Error as error:
            fault = _FAULTS.get(error.sqlite_errorcode & 0xFF, Unwritable)
            raise fault(place_of(conn.engine.url), str(error)) from error
        except Exception as error:
            dbapi = conn.dialect.dbapi
            if dbapi is None or not isinstance(error, dbapi.Error):
                raise
            lost = postgresql.fault_of(error) or Unreachable
            raise lost(place_of(conn.engine.url), postgresql.said(error)) from error


def migrate(engine: Engine) -> None:
    """Bring the schema to this program's revision, all or nothing. Raises `NewerDatabase` without touching it."""
    config = _scripts()
    known = {script.revision for script in ScriptDirectory.from_config(config).walk_revisions()}
    with writing(engine) as conn:
        for revision in MigrationContext.configure(conn).get_current_heads():
            if revision not in known:
                raise NewerDatabase(place_of(engine.url), revision)
        config.attributes["connection"] = conn
        command.upgrade(config, "head")


def go_back(engine: Engine, revision: str) -> None:
    """Take the schema back to a revision, or to `base`, all or nothing: what came after it is dropped with its rows.

    Raises `StoreError` for a revision that there is none of, or that is ahead.
    """
    config = _scripts()
    with writing(engine) as conn:
        config.attributes["connection"] = conn
        try:
            command.downgrade(config, revision)
        except CommandError as error:
            raise StoreError(place_of(engine.url), str(error)) from error


def _scripts() -> Config:
    config = Config()
    config.set_main_option("script_location", (Path(__file__).parent / "migrations").as_posix().replace("%", "%%"))
    return config


def _parse(url: str) -> URL:
    try:
        where = make_url(url)
    except (ArgumentError, ValueError) as error:
        raise StoreError("database", "not a URL; such as sqlite:///var/hallwatch.db") from error
    if where.get_backend_name() not in ("sqlite", "postgresql"):
        raise StoreError(place_of(where), "neither sqlite:// nor postgresql://")
    return where.set(drivername="postgresql+psycopg") if where.drivername == "postgresql" else where


def place_of(url: URL) -> str:
    """Where a database is, as it may be said: a file's path, or a server's address without its password."""
    return url.database or "memory" if url.get_backend_name() == "sqlite" else postgresql.place(url)


def _json(document: object) -> str:
    return msgspec.json.encode(document).decode()


def _open_sqlite(url: URL) -> Engine:
    if url.database and url.database != ":memory:":
        try:
            Path(url.database).parent.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise Unwritable(url.database, error.strerror or str(error)) from error
    engine = create_engine(
        url,
        connect_args={"timeout": BUSY_S},
        max_overflow=40,
        json_serializer=_json,
        json_deserializer=msgspec.json.decode,
    )
    event.listen(engine, "connect", _prepare)
    event.listen(engine, "begin", _begin)
    return engine


def _prepare(dbapi: sqlite3.Connection, _entry: ConnectionPoolEntry) -> None:
    """Every connection: our own BEGIN instead of the driver's late one, and a commit that survives a power cut."""
    dbapi.isolation_level = None
    version = sqlite3.sqlite_version_info
    wanted = journal_for((version[0], version[1], version[2]))
    got = dbapi.execute(f"PRAGMA journal_mode={wanted}").fetchone()[0]
    if got not in (wanted, "memory"):
        place = dbapi.execute("PRAGMA database_list").fetchone()[2]
        raise Busy(place, f"its journal mode is {got}, not {wanted}: is another program using it?")
    for pragma in ("synchronous=FULL", "foreign_keys=ON", "cache_size=-32768", "temp_store=MEMORY"):
        dbapi.execute(f"PRAGMA {pragma}")


def _begin(conn: Connection) -> None:
    conn.exec_driver_sql("BEGIN IMMEDIATE" if conn.get_execution_options().get(_WRITING) else "BEGIN")


def _name_the_fault(context: ExceptionContext) -> StoreError | None:
    error: Any = context.original_exception
    if isinstance(error, StoreError) or context.engine is None:
        return None
    place = place_of(context.engine.url)
    code = getattr(error, "sqlite_errorcode", None)
    if code is not None:
        fault = _FAULTS.get(code & 0xFF)
        return fault(place, str(error).strip()) if fault else None
    named = postgresql.fault_of(error)
    lost = context.is_disconnect or (
        context.connection is None and isinstance(context.sqlalchemy_exception, SQLAlchemyError)
    )
    if named is None and not lost:
        return None
    return (named or Unreachable)(place, postgresql.said(error))
