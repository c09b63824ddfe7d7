"""A seeded city behind a real server on loopback."""

from __future__ import annotations

import shutil
import socket
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx2
import pytest
import uvicorn
from sqlalchemy import Engine

from api.app import create_app
from store.database import migrate, open_database, writing
from store.tokens import create
from tests.api import seed

NOW = 1_795_219_200_000
"""2026-11-21T00:00:00Z."""


PLAIN: dict[str, Any] = {"verify": False, "trust_env": False}
"""No TLS on loopback: reading the system's certificates takes longer than a test."""
ROLES = ("admin", "operator", "viewer", "vendor:v-1", "vendor:v-2", "hall:h-01", "collector:c-01", "collector:c-02")


@dataclass
class Served:
    """A running server, its engine, and a token for each role."""

    url: str
    engine: Engine
    tokens: dict[str, str]
    app: Any
    clients: list[httpx2.Client] = field(default_factory=list)

    def as_(self, role: str | None, **given: Any) -> httpx2.Client:
        """A client with the token of a role; None: a stranger."""
        headers = {"authorization": f"Bearer {self.tokens[role]}"} if role else {}
        client = httpx2.Client(
            base_url=self.url, headers=headers | given.pop("headers", {}), timeout=20, **PLAIN | given
        )
        self.clients.append(client)
        return client


def seeded(place: Path, halls: int = 5, inside: int = 9, observed_h: int = 26, now: int = NOW) -> Engine:
    """A database with the seeded city."""
    engine = open_database(f"sqlite:///{place / 'city.db'}")
    migrate(engine)
    seed.fill(engine, now, halls, inside, observed_h)
    return engine


@contextmanager
def serving(engine: Engine, port: int = 0, **given: Any) -> Iterator[Served]:
    """Serve `engine` on a port of loopback, a free one if none is given."""
    with writing(engine) as conn:
        tokens = {role: create(conn, f"{role}-{time.monotonic_ns()}", role, NOW) for role in ROLES}
    app = create_app(seed.context(engine, **{"now": lambda: NOW} | given))
    server = uvicorn.Server(uvicorn.Config(app, log_level="critical", timeout_graceful_shutdown=2))
    with socket.create_server(("127.0.0.1", port)) as listening:
        thread = threading.Thread(target=server.run, kwargs={"sockets": [listening]}, daemon=True)
        thread.start()
        while not server.started:
            time.sleep(0.01)
        served = Served(f"http://127.0.0.1:{listening.getsockname()[1]}", engine, tokens, app)
        try:
            yield served
        finally:
            for client in served.clients:
                client.close()
            app.state.feed.close()
            server.should_exit = True
            thread.join(10)


@pytest.fixture(scope="session")
def city(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    """The seeded city, for tests that only read."""
    engine = seeded(tmp_path_factory.mktemp("city"))
    with serving(engine) as served:
        yield served
    engine.dispose()


@pytest.fixture(scope="session")
def small(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The file of a small city, to be copied."""
    place = tmp_path_factory.mktemp("small")
    seeded(place, 2, 6, 0).dispose()
    return place / "city.db"


@pytest.fixture
def fresh(tmp_path: Path, small: Path) -> Iterator[Callable[..., Any]]:
    """Makes a small city of one's own to change, with its server."""
    engines: list[Engine] = []

    def make(**given: Any) -> Any:
        shutil.copy(small, tmp_path / "city.db")
        engines.append(open_database(f"sqlite:///{tmp_path / 'city.db'}"))
        return serving(engines[-1], **given)

    yield make
    for engine in engines:
        engine.dispose()


@pytest.fixture(scope="session")
def worked_file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The file of a city with tickets in every state (tests.api.worked), to be copied."""
    from tests.api.worked import built

    return built(tmp_path_factory.mktemp("worked"))


@pytest.fixture(scope="module")
def worked(worked_file: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    """Such a city for the tests of one file: each opens the tickets that it changes."""
    from tests.api.worked import working

    with working(worked_file, tmp_path_factory.mktemp("shared")) as served:
        yield served


@pytest.fixture(scope="session")
def billed_file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The file of a city with months behind it (tests.api.billed), to be copied."""
    from tests.api.billed import built

    return built(tmp_path_factory.mktemp("billed"))
