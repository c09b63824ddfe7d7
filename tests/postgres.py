"""A real PostgreSQL for tests, on a free loopback port: databases cloned from a template, stopped at once and started.

Its text is sorted by the rules of a language, as many servers do it, so that whoever relies on the order of bytes fails
here. It writes without waiting for the disk unless it is `durable`.
"""

from __future__ import annotations

import os
import pwd
import shutil
import signal
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from itertools import count
from pathlib import Path
from typing import Any

import psycopg
from psycopg.sql import SQL, Identifier, Literal

from tests.mosquitto import free_port

USER = "hallwatch"
PASSWORD = "s3cret-of-the-database"
_SMALL = ("shared_buffers=64MB", "max_connections=200")
_HASTY = ("fsync=off", "synchronous_commit=off", "full_page_writes=off", "max_wal_size=256MB")


def _programs() -> Path:
    found = sorted(Path("/usr/lib/postgresql").glob("*/bin/postgres"), key=lambda path: int(path.parts[-3]))
    if found:
        return found[-1].parent
    elsewhere = shutil.which("postgres")
    if elsewhere is None:
        raise RuntimeError("no PostgreSQL here: apt-get install postgresql")
    return Path(elsewhere).parent


@dataclass
class Postgres:
    """One server in a directory of its own; its user `hallwatch` owns the databases and is nobody's administrator."""

    directory: Path
    port: int
    durable: bool = False
    settings: tuple[str, ...] = ()
    process: subprocess.Popen[bytes] | None = field(default=None, repr=False)
    _numbers: Iterator[int] = field(default_factory=count, repr=False)

    def url(self, database: str, user: str = USER, password: str = PASSWORD) -> str:
        """postgresql:// of a database over TCP, with the password."""
        return f"postgresql://{user}:{password}@127.0.0.1:{self.port}/{database}"

    def prepare(self) -> None:
        """Make its files. Raises RuntimeError with what initdb says."""
        sorting = ["--locale=C.UTF-8", "--locale-provider=icu", "--icu-locale=en-US"]
        command = ["initdb", "-D", "data", "-U", "postgres", "-A", "trust", "-E", "UTF8", "--no-sync", *sorting]
        command[0] = str(_programs() / "initdb")
        done = subprocess.run(command, check=False, cwd=self.directory, capture_output=True, text=True, **_as_user())
        if done.returncode:
            raise RuntimeError(done.stdout + done.stderr)
        access = f"host all {USER} 127.0.0.1/32 scram-sha-256\nhost all postgres 127.0.0.1/32 trust\n"
        access += "host all all 127.0.0.1/32 scram-sha-256\n"
        (self.directory / "data/pg_hba.conf").write_text(access)

    def start(self) -> None:
        """Start and wait until it answers. Raises RuntimeError with its log."""
        where = ("listen_addresses=127.0.0.1", f"unix_socket_directories={self.directory}")
        settings = (*where, *_SMALL, *(() if self.durable else _HASTY), *self.settings)
        options = [part for one in settings for part in ("-c", one)]
        with (self.directory / "log").open("ab") as log:
            self.process = subprocess.Popen(
                [_programs() / "postgres", "-D", "data", "-p", str(self.port), *options],
                cwd=self.directory, stdout=log, stderr=log, **_as_user(),
            )  # fmt: skip
        until = time.monotonic() + 30
        while time.monotonic() < until and self.process.poll() is None:
            try:
                self.run("SELECT 1")
            except psycopg.OperationalError:
                time.sleep(0.02)
            else:
                return
        self.stop()
        raise RuntimeError((self.directory / "log").read_text())

    def stop(self, *, at_once: bool = False) -> None:
        """A fast shutdown, or with `at_once` an immediate one, as good as a crash: it recovers when it starts."""
        if self.process is not None:
            self.process.send_signal(signal.SIGQUIT if at_once else signal.SIGINT)
            self.process.wait(30)
            self.process = None

    def run(self, *statements: Any, database: str = "postgres") -> None:
        """Statements of the administrator, each a transaction of its own."""
        where = f"host=127.0.0.1 port={self.port} user=postgres dbname={database} connect_timeout=5"
        with psycopg.connect(where, autocommit=True) as conn:
            for statement in statements:
                conn.execute(statement)

    def create(self, template: str | None = None) -> str:
        """A new database, empty or a copy of a template that nobody has open; answers its name."""
        name = f"hallwatch_{next(self._numbers)}"
        copied = SQL(" TEMPLATE {}").format(Identifier(template)) if template else SQL("")
        self.run(SQL("CREATE DATABASE {} OWNER {}").format(Identifier(name), Identifier(USER)) + copied)
        return name

    def drop(self, name: str) -> None:
        """Away with a database, whoever still has it open."""
        self.run(SQL("DROP DATABASE IF EXISTS {} WITH (FORCE)").format(Identifier(name)))


@contextmanager
def postgres(*, durable: bool = False, settings: tuple[str, ...] = ()) -> Iterator[Postgres]:
    """A running server; `settings` such as "lock_timeout=1s" go to it."""
    directory = Path(tempfile.mkdtemp(prefix="hallwatch-postgres-", dir="/tmp"))
    if os.geteuid() == 0:
        owner = pwd.getpwnam("postgres")
        os.chown(directory, owner.pw_uid, owner.pw_gid)
    server = Postgres(directory, free_port(), durable, settings)
    try:
        server.prepare()
        server.start()
        server.run(SQL("CREATE ROLE {} LOGIN PASSWORD {}").format(Identifier(USER), Literal(PASSWORD)))
        yield server
    finally:
        server.stop(at_once=True)
        shutil.rmtree(directory, ignore_errors=True)


def _as_user() -> dict[str, Any]:
    """PostgreSQL refuses to run as root."""
    return {"user": "postgres", "group": "postgres", "extra_groups": []} if os.geteuid() == 0 else {}
