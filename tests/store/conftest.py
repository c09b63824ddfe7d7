"""A migrated database of a small city for each test."""

from __future__ import annotations

import copy
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Engine

from store import inventory
from store.database import migrate, open_database, writing
from tests import databases

DOCUMENT: dict[str, Any] = {
    "calendars": {"hall-hours": {"zone": "Asia/Shanghai", "week": {"mon-fri": ["08:30-18:00"]}}},
    "branches": [{"id": "liunan", "name": "柳南分公司"}],
    "halls": [
        {"id": "h-01", "name": "飞鹅路营业厅", "branch": "liunan", "kind": "own", "calendar": "hall-hours"}
        | {"gateway": "SW-0001", "collector": "c-01"},
        {"id": "h-02", "name": "河西", "branch": "liunan", "kind": "built", "calendar": "hall-hours"},
    ],
    "vendors": [{"id": "v-1", "name": "代维一公司", "notify": ["mailto:duty@vendor.example"]}],
    "contracts": [{"id": "c-2026", "vendor": "v-1", "valid": {"from": 0, "until": 2_000_000_000_000}}],
    "devices": [
        {"id": "SW-0001", "kind": "switch", "hall": "h-01", "address": "10.1.1.1", "interval": 30},
        {"id": "P-0001", "kind": "printer", "hall": "h-01", "address": "10.1.1.21", "interval": 60, "vendor": "v-1"}
        | {"snmp": {"version": "2c", "community": "env:SNMP_COMMUNITY"}},
        {
            "id": "P-0002",
            "kind": "printer",
            "hall": "h-02",
            "address": "10.2.1.21",
            "interval": 60,
            "collector": "c-02",
        },
        {"id": "P-0003", "kind": "printer", "hall": "h-02", "address": "10.2.1.22", "interval": 60, "parent": "P-0002"},
    ],
}


@pytest.fixture
def document() -> dict[str, Any]:
    """The city's document, to be changed freely."""
    return copy.deepcopy(DOCUMENT)


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """On a server without what is about SQLite itself."""
    databases.without_sqlites_own(config, items)


@pytest.fixture(scope="session")
def template(tmp_path_factory: pytest.TempPathFactory) -> str:
    """The URL of one migrated and imported once: copying is quicker than migrating."""
    url = databases.fresh(tmp_path_factory.mktemp("template") / "hallwatch.db")
    engine = open_database(url)
    migrate(engine)
    with writing(engine) as conn:
        inventory.apply(conn, DOCUMENT, at=1_000, by="test")
    engine.dispose()
    return url


@pytest.fixture
def url(template: str, tmp_path: Path) -> Iterator[str]:
    """The URL of a database with the city in it."""
    made = databases.copied(template, tmp_path / "hallwatch.db")
    yield made
    databases.away(made)


@pytest.fixture
def engine(url: str) -> Iterator[Engine]:
    """A database with the city in it."""
    opened = open_database(url)
    yield opened
    opened.dispose()
