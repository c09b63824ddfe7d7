"""Opening, reading and writing: what goes wrong has a class of its own."""

from __future__ import annotations

import os
import sqlite3
import threading
from pathlib import Path

import pytest
from sqlalchemy import Engine, func, select, text
from sqlalchemy.engine import make_url

from store import changes, fault
from store.database import journal_of, migrate, open_database, reading, writing
from store.schema import changes as table
from store.sqlite_guard import journal_for


def test_a_directory_that_does_not_exist_is_made(tmp_path: Path) -> None:
    path = tmp_path / "a" / "b" / "hallwatch.db"
    migrate(open_database(f"sqlite:///{path}"))
    assert path.exists()


@pytest.mark.sqlite("its journal")
def test_the_journal_is_the_one_that_this_sqlite_may_use(engine: Engine) -> None:
    version = sqlite3.sqlite_version_info
    assert journal_of(engine) == journal_for((version[0], version[1], version[2]))


@pytest.mark.sqlite("its pragmas")
def test_every_connection_commits_in_full_and_holds_foreign_keys(engine: Engine) -> None:
    with reading(engine) as conn:
        assert conn.execute(text("PRAGMA synchronous")).scalar() == 2
        assert conn.execute(text("PRAGMA foreign_keys")).scalar() == 1


def test_another_file_is_not_a_database(tmp_path: Path) -> None:
    path = tmp_path / "notes.txt"
    path.write_text("these are notes, not a database\n" * 100)
    with pytest.raises(fault.NotADatabase) as caught:
        open_database(f"sqlite:///{path}")
    assert caught.value.where == str(path)
    assert path.read_text().startswith("these are notes")


@pytest.mark.parametrize("url", ["sqlite:////proc/nowhere/x.db", "sqlite:////proc/x.db"])
def test_a_place_that_takes_no_file_is_unwritable(url: str) -> None:
    with pytest.raises(fault.Unwritable):
        open_database(url)


@pytest.mark.parametrize("url", ["", "nonsense", "mysql://host/db", "sqlite:/x:y:z"])
def test_a_url_of_another_kind_is_a_store_error(url: str) -> None:
    with pytest.raises(fault.StoreError):
        open_database(url)


@pytest.mark.parametrize("url", ["hallwatch:geheim@127.0.0.1:1/db", "hallwatch@127.0.0.1:1/db?password=geheim"])
def test_a_password_is_never_said(url: str) -> None:
    with pytest.raises(fault.StoreError) as caught:
        open_database(f"postgresql://{url}")
    assert "geheim" not in str(caught.value)


@pytest.mark.sqlite("the disk of a server is full in test_postgresql")
def test_a_full_disk_keeps_nothing_of_the_transaction(engine: Engine) -> None:
    with reading(engine) as conn:
        pages = conn.execute(text("PRAGMA page_count")).scalar_one()

    def fill() -> None:
        with writing(engine) as conn:
            conn.exec_driver_sql(f"PRAGMA max_page_count={pages + 2}")
            for at in range(100):
                changes.add(conn, at, "state", "P-0001", None, {"text": "x" * 5_000})

    with pytest.raises(fault.DiskFull):
        fill()
    with reading(engine) as conn:
        assert conn.scalar(select(func.count()).select_from(table).where(table.c.kind == "state")) == 0


def test_an_exception_rolls_back(engine: Engine) -> None:
    def fail() -> None:
        with writing(engine) as conn:
            changes.add(conn, 1, "state", "P-0001", None, {})
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        fail()
    with reading(engine) as conn:
        assert conn.scalar(select(func.count()).select_from(table).where(table.c.kind == "state")) == 0


def test_a_log_that_this_sqlite_must_not_keep_is_given_up(tmp_path: Path) -> None:
    path = tmp_path / "wal.db"
    conn = sqlite3.connect(path)
    conn.execute("PRAGMA journal_mode=wal")
    conn.execute("CREATE TABLE kept (n)")
    conn.execute("INSERT INTO kept VALUES (7)")
    conn.commit()
    conn.close()
    opened = open_database(f"sqlite:///{path}")
    version = sqlite3.sqlite_version_info
    assert journal_of(opened) == journal_for((version[0], version[1], version[2]))
    with reading(opened) as rows:
        assert rows.execute(text("SELECT n FROM kept")).scalar() == 7
    opened.dispose()


def test_several_threads_write_one_after_another(engine: Engine) -> None:
    def work() -> None:
        for at in range(20):
            with writing(engine) as conn:
                before = conn.scalar(select(func.count()).select_from(table)) or 0
                changes.add(conn, at, "state", "P-0001", None, {"before": before})

    with reading(engine) as conn:
        start = conn.scalar(select(func.count()).select_from(table)) or 0
    threads = [threading.Thread(target=work) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    with reading(engine) as conn:
        counts = [one.document["before"] for one in changes.since(conn, 0) if one.kind == "state"]
    assert counts == list(range(start, start + 80))


def test_a_reader_sees_one_state_while_another_thread_writes(engine: Engine) -> None:
    def work() -> None:
        with writing(engine) as conn:
            changes.add(conn, 1, "state", "P-0001", None, {})

    writer = threading.Thread(target=work)
    with reading(engine) as conn:
        before = changes.newest(conn)
        writer.start()
        writer.join(timeout=0.2)
        assert changes.newest(conn) == before
    writer.join()
    with reading(engine) as conn:
        assert changes.newest(conn) == before + 1


@pytest.mark.sqlite("the file of one")
def test_a_missing_permission_is_unwritable(tmp_path: Path, template: str) -> None:
    if os.geteuid() == 0:
        pytest.skip("root may write anywhere")
    path = tmp_path / "ro.db"
    path.write_bytes(Path(make_url(template).database or "").read_bytes())
    path.chmod(0o400)
    with pytest.raises(fault.Unwritable), writing(open_database(f"sqlite:///{path}")) as conn:
        changes.add(conn, 1, "state", "P-0001", None, {})
