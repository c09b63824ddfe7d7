"""The database that tests use: a file of SQLite or, with HALLWATCH_TEST_DATABASE=postgresql, one of a real server.

What is about SQLite itself bears the mark `sqlite` with its reason, and is left out on a server.
"""

from __future__ import annotations

import atexit
import os
import shutil
from contextlib import ExitStack
from functools import cache
from pathlib import Path

import pytest
from sqlalchemy.engine import make_url

from tests.postgres import Postgres, postgres

ON_SERVER = os.environ.get("HALLWATCH_TEST_DATABASE") == "postgresql"


@cache
def server() -> Postgres:
    """One for all tests of a process."""
    running = ExitStack()
    atexit.register(running.close)
    return running.enter_context(postgres())


def fresh(path: Path) -> str:
    """The URL of an empty database; of SQLite it will be the file `path`."""
    return server().url(server().create()) if ON_SERVER else f"sqlite:///{path}"


def copied(template: str, path: Path) -> str:
    """The URL of a copy of a database that nobody has open."""
    if ON_SERVER:
        return server().url(server().create(make_url(template).database))
    shutil.copy(template.removeprefix("sqlite:///"), path)
    return f"sqlite:///{path}"


def away(url: str) -> None:
    """A server's database is dropped; a file goes with its folder."""
    name = make_url(url).database
    if ON_SERVER and name:
        server().drop(name)


def without_sqlites_own(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Leave out, on a server, what is about SQLite itself, and what needs no database of ours at all."""
    if ON_SERVER:
        left = [item for item in items if item.get_closest_marker("sqlite") or not _uses_one(item)]
        config.hook.pytest_deselected(items=left)
        items[:] = [item for item in items if item not in left]


def _uses_one(item: pytest.Item) -> bool:
    return not {"template", "pattern"}.isdisjoint(getattr(item, "fixturenames", ()))
