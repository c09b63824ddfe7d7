"""Migrations: the same tables as the schema's, all or nothing, and back; a newer program's are left alone."""

from __future__ import annotations

import re
import sqlite3
import subprocess
import sys
from pathlib import Path

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from sqlalchemy import Engine, text
from sqlalchemy.dialects import postgresql
from sqlalchemy.schema import CreateTable

import store.statement_schema  # noqa: F401 - its tables are the metadata's
from store.database import go_back, migrate, open_database, reading, writing
from store.fault import NewerDatabase, StoreError
from store.schema import metadata
from tests.store import rows


def _tables(path: Path) -> set[str]:
    with sqlite3.connect(path) as conn:
        rows = conn.execute("SELECT name, sql FROM sqlite_master WHERE name NOT LIKE '%alembic%' AND sql IS NOT NULL")
        found = {f"{name}: {_sorted(sql)}" for name, sql in rows}
    conn.close()
    return found


def _sorted(sql: str) -> list[str]:
    """The parts of a definition: constraints may stand in another order, and added columns behind them."""
    parts = re.split(r"\n|,(?![^(]*\))", sql.strip().removesuffix(")"))
    return sorted(part.strip() for part in parts if part.strip())


@pytest.mark.sqlite("its own words of the tables; a server's are compared as alembic does, beneath")
def test_the_migrations_make_the_tables_of_the_schema(tmp_path: Path) -> None:
    migrate(open_database(f"sqlite:///{tmp_path / 'migrated.db'}"))
    created = open_database(f"sqlite:///{tmp_path / 'created.db'}")
    with writing(created) as conn:
        metadata.create_all(conn)
    assert _tables(tmp_path / "migrated.db") == _tables(tmp_path / "created.db")


def test_nothing_is_left_to_migrate(engine: Engine) -> None:
    with reading(engine) as conn:
        assert compare_metadata(MigrationContext.configure(conn), metadata) == []


def test_the_tables_can_be_said_to_postgresql_with_row_numbers_only_where_they_are_given() -> None:
    numbered: set[str] = set()
    dialect = postgresql.dialect()  # type: ignore[no-untyped-call]
    for table in metadata.sorted_tables:
        ddl = str(CreateTable(table).compile(dialect=dialect))
        numbered.update(f"{table.name}.{line.split()[0]}" for line in ddl.splitlines() if "SERIAL" in line)
    assert numbered == {
        f"{table.name}.{column.name}"
        for table in metadata.sorted_tables
        for column in table.primary_key
        if column is table.autoincrement_column
    }
    assert "observations.device" not in numbered
    assert "device_states.device" not in numbered


def test_migrating_again_changes_nothing(engine: Engine) -> None:
    migrate(engine)
    migrate(engine)
    with reading(engine) as conn:
        assert conn.execute(text("SELECT count(*) FROM devices")).scalar() == 4


def test_a_database_of_a_newer_program_is_refused_and_left_alone(engine: Engine) -> None:
    with writing(engine) as conn:
        conn.execute(text("UPDATE alembic_version SET version_num = '9999'"))
    with pytest.raises(NewerDatabase) as caught:
        migrate(engine)
    assert caught.value.revision == "9999"
    with reading(engine) as conn:
        assert conn.execute(text("SELECT version_num FROM alembic_version")).scalar() == "9999"


@pytest.mark.slow
def test_the_way_back_from_every_revision_drops_what_came_after_it_and_nothing_else(engine: Engine) -> None:
    seen = {}
    for revision in ("0004", "0003", "0002", "0001"):
        with writing(engine) as conn:
            rows.fill(conn)
            before = rows.content(conn)
        go_back(engine, revision)
        with reading(engine) as conn:
            left, after = rows.columns(conn), rows.content(conn)
        for name, columns in left.items():
            assert [{column: row[column] for column in columns} for row in before[name]] == after[name]
        seen[revision] = left
    assert seen["0004"].keys() - seen["0003"].keys() >= {"seals", "findings", "report_files"}
    assert seen["0003"]["tickets"] - seen["0002"]["tickets"] == {"purpose", "condition", "repeat_of"}
    assert seen["0002"].keys() - seen["0001"].keys() == {"exemptions", "withdrawals"}
    migrate(engine)
    with reading(engine) as conn:
        assert compare_metadata(MigrationContext.configure(conn), metadata) == []
        assert rows.content(conn)["observations"] == before["observations"]
    go_back(engine, "base")
    with reading(engine) as conn:
        assert rows.columns(conn) == {}


@pytest.mark.slow
@pytest.mark.parametrize("revision", ["0001", "0002", "0003", "0004"])
def test_a_full_database_of_every_revision_comes_up_with_all_that_is_in_it(engine: Engine, revision: str) -> None:
    go_back(engine, revision)
    with writing(engine) as conn:
        rows.fill(conn)
        before = rows.content(conn)
    migrate(engine)
    with reading(engine) as conn:
        after = rows.content(conn)
        assert compare_metadata(MigrationContext.configure(conn), metadata) == []
    for name, kept in before.items():
        assert [{column: row[column] for column in kept[0]} for row in after[name]] == kept


@pytest.mark.parametrize("revision", ["0009", "nonsense"])
def test_a_revision_that_there_is_none_of_changes_nothing(engine: Engine, revision: str) -> None:
    with pytest.raises(StoreError):
        go_back(engine, revision)
    with reading(engine) as conn:
        assert conn.execute(text("SELECT count(*) FROM devices")).scalar() == 4


@pytest.mark.slow
def test_the_scripts_travel_with_the_package(tmp_path: Path) -> None:
    code = f"from store.database import *; migrate(open_database('sqlite:///{tmp_path}/x.db')); print('migrated')"
    done = subprocess.run([sys.executable, "-c", code], cwd=tmp_path, capture_output=True, text=True, check=True)
    assert done.stdout == "migrated\n"
    assert done.stderr == ""
