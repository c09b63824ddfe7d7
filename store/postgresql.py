"""PostgreSQL: how it is opened, what its faults are called, and who waits for whom while writing.

Who writes has the database alone, as on SQLite, by a lock that the server keeps: what holds there holds here. Only the
batches of recorders share it, so that several may work at once; each batch has the collectors alone that it is about
(`share`), in one order for all, so that no two wait for each other.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from typing import Any, Final, NamedTuple

import msgspec
from sqlalchemy import Connection, Engine, create_engine, event, text
from sqlalchemy.engine import URL
from sqlalchemy.pool import ConnectionPoolEntry

from store.fault import Busy, DiskFull, NotADatabase, StoreError, Unreachable, Unwritable

OLDEST: Final = 13
BUSY_S: Final = 30
IDLE_S: Final = 60
_LONGEST_S: Final = 900
_DEAD: Final = {
    "connect_timeout": 10,
    "keepalives_idle": 30,
    "keepalives_interval": 10,
    "keepalives_count": 3,
    "tcp_user_timeout": 60_000,
    "application_name": "hallwatch",
}
"""A server that vanished without a word is noticed after a minute."""
_WRITERS: Final = text(
    "SELECT set_config('idle_in_transaction_session_timeout', :idle, true), pg_advisory_xact_lock(:writers)"
)
_BESIDE: Final = text(
    "SELECT set_config('idle_in_transaction_session_timeout', :idle, true), pg_advisory_xact_lock_shared(:writers)"
)
_EACH: Final = text("SELECT pg_advisory_xact_lock(one) FROM unnest(CAST(:keys AS bigint[])) AS one")
_FAULTS: Final[dict[str, type[StoreError]]] = {
    "53100": DiskFull,
    "25006": Unwritable,  # read only: a standby
    "42501": Unwritable,  # not allowed
    "40P01": Busy,  # a deadlock
    "40001": Busy,  # two changed the same
    "55P03": Busy,  # waited for a lock in vain
    "57014": Busy,  # took too long
    "25P03": Unreachable,  # idle within a transaction for too long
    "3D000": NotADatabase,
    "28P01": Unreachable,
    "28000": Unreachable,
    "53300": Unreachable,  # too many connections
}
_TROUBLE: Final = {"08": Unreachable, "57": Unreachable, "53": Unwritable, "58": Unwritable, "XX": NotADatabase}
"""By class of error: connections, an operator's doing, resources, the system, damage."""


def open_server(url: URL) -> Engine:
    """An engine for postgresql+psycopg://…; nothing is connected yet. Raises `StoreError` without its driver."""
    known = {name: value for name, value in _DEAD.items() if name not in url.query}
    try:
        engine = create_engine(url, pool_pre_ping=True, max_overflow=40, connect_args=known, json_serializer=_json)
    except ModuleNotFoundError as error:
        raise StoreError(place(url), f"its driver is not installed: {error.name}") from error
    event.listen(engine, "connect", _prepare)
    return engine


def place(url: URL) -> str:
    """A server's address as it may be said: without its password, wherever that stands, and as in the settings."""
    shown = url.set(drivername="postgresql").difference_update_query(["password", "sslpassword"])
    return shown.render_as_string(hide_password=True)


def alone(conn: Connection) -> None:
    """Wait until nobody else writes, for at most `BUSY_S`; nobody else will until the end of the transaction."""
    conn.execute(_WRITERS, {"idle": f"{IDLE_S}s", "writers": key("writers")})


def beside(conn: Connection) -> None:
    """Wait until nobody writes alone; others may write beside: see `share`."""
    conn.execute(_BESIDE, {"idle": f"{IDLE_S}s", "writers": key("writers")})


def share(conn: Connection, names: Iterable[str]) -> None:
    """Have these for oneself until the end of the transaction, which is `beside` others; nothing on SQLite.

    All at once: who asks for more later may wait for somebody who waits for him, and one of them ends as `Busy`.
    """
    if conn.dialect.name == "postgresql" and (keys := sorted({key(f"of {name}") for name in names})):
        conn.execute(_EACH, {"keys": keys})


def key(name: str) -> int:
    """The number of a lock."""
    return int.from_bytes(hashlib.blake2b(f"hallwatch {name}".encode(), digest_size=8).digest(), signed=True)


def fault_of(error: Any) -> type[StoreError] | None:
    """What an error of the driver is, None for one of ours."""
    code = getattr(error, "sqlstate", None)
    if code is None:  # not the server's word, but of the way to it
        names = {kind.__name__ for kind in type(error).__mro__ if kind.__module__.startswith("psycopg")}
        return None if names.isdisjoint(("OperationalError", "InterfaceError")) else Unreachable
    return _FAULTS.get(code) or _TROUBLE.get(code[:2])


def said(error: BaseException) -> str:
    """The driver's words on one line; those of several addresses that were tried say the same, so the last ones."""
    return "; ".join(line.strip() for line in str(error).strip().splitlines() if line.strip())


class Server(NamedTuple):
    """Who answers: its version in words and as a number (150018 is 15.18), and how the database keeps text."""

    version: str
    number: int
    encoding: str


def server_of(engine: Engine) -> Server:
    """Ask it."""
    names = "current_setting('server_version'), current_setting('server_version_num')::int, getdatabaseencoding()"
    with engine.connect() as conn:
        return Server(*conn.execute(text(f"SELECT {names}")).one())


def lacks(server: Server) -> str | None:
    """Why this server cannot be used: too old, or a database that is not in UTF-8; None where it can."""
    version, number, encoding = server
    if number < OLDEST * 10_000:
        return f"PostgreSQL {version} is too old, at least {OLDEST} is needed"
    return None if encoding == "UTF8" else f"the database is in {encoding}, not UTF8: create it with ENCODING 'UTF8'"


def _prepare(dbapi: Any, _entry: ConnectionPoolEntry) -> None:
    """Every connection: nothing waits or works for ever, and text with zero bytes is no fault, only other text."""
    from psycopg.types.string import StrDumper

    class Text(StrDumper):
        def dump(self, obj: str) -> Any:
            return super().dump(obj.replace("\0", "\ufffd"))

    dbapi.adapters.register_dumper(str, Text)
    with dbapi.cursor() as cursor:
        cursor.execute(f"SET lock_timeout = '{BUSY_S}s'")
        cursor.execute(f"SET statement_timeout = '{_LONGEST_S}s'")
    dbapi.commit()


def _json(document: object) -> str:
    return msgspec.json.encode(document).decode()
