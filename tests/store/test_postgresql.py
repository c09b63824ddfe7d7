"""PostgreSQL itself: who waits for whom, what its faults are called, what Grafana's role may read."""

from __future__ import annotations

import os
import subprocess
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import psycopg
import pytest
from sqlalchemy import Engine, func, select, text

from store import changes, facts, fault, folding, inventory, judged, planned, postgresql
from store.database import migrate, open_database, reading, writing
from store.facts import Fact
from store.postgresql import Server, key, lacks, share
from store.readings import Readings
from store.readings import reading as a_reading
from store.schema import changes as table
from store.schema import observations, withdrawals
from tests.postgres import PASSWORD, Postgres, postgres
from tests.store.conftest import DOCUMENT

pytestmark = [pytest.mark.server, pytest.mark.sqlite("a server of their own")]
OLD_S = 1_000_000
VIEWS = ("grafana_outages", "grafana_tickets", "grafana_maintenance")


@pytest.fixture(scope="module")
def server() -> Iterator[Postgres]:
    with postgres() as running:
        yield running


@pytest.fixture(scope="module")
def city(server: Postgres) -> str:
    """A migrated database, to be copied."""
    name = server.create()
    engine = open_database(server.url(name))
    migrate(engine)
    with writing(engine) as conn:
        inventory.apply(conn, DOCUMENT, at=1_000, by="test")
    engine.dispose()
    return name


@pytest.fixture
def name(server: Postgres, city: str) -> Iterator[str]:
    made = server.create(city)
    yield made
    server.drop(made)


@pytest.fixture
def engine(server: Postgres, name: str) -> Iterator[Engine]:
    opened = open_database(server.url(name))
    yield opened
    opened.dispose()


def _blocked(work: Any) -> threading.Thread:
    """A thread that works on something that it has to wait for."""
    thread = threading.Thread(target=work)
    thread.start()
    thread.join(0.3)
    assert thread.is_alive()
    return thread


def test_who_writes_alone_waits_for_all_who_write(engine: Engine) -> None:
    done: list[str] = []

    def work() -> None:
        with writing(engine):
            done.append("alone")

    with writing(engine, beside=True):
        thread = _blocked(work)
        done.append("beside")
    thread.join()
    assert done == ["beside", "alone"]


def test_batches_of_different_collectors_stand_beside_each_other_and_of_one_do_not(engine: Engine) -> None:
    done: list[str] = []

    def work(names: tuple[str, ...]) -> None:
        with writing(engine, beside=True) as conn:
            share(conn, names)
            done.append(names[0])

    with writing(engine, beside=True) as conn:
        share(conn, ["c-01", "c-02"])
        work(("c-03", "c-04"))
        thread = _blocked(lambda: work(("c-02", "c-05")))
        done.append("first")
    thread.join()
    assert done == ["c-03", "first", "c-02"]


def test_what_several_write_at_once_is_asked_for_in_one_order_so_that_none_waits_for_ever(engine: Engine) -> None:
    names = [f"c-{n}" for n in range(20)]
    failed: list[BaseException] = []

    def work(mine: list[str]) -> None:
        try:
            for _ in range(30):
                with writing(engine, beside=True) as conn:
                    share(conn, mine)
        except BaseException as error:  # noqa: BLE001 - told below
            failed.append(error)

    threads = [threading.Thread(target=work, args=(some,)) for some in (names, names[::-1], names[7:] + names[:7])]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert failed == []


def test_changes_are_committed_in_the_order_of_their_numbers(engine: Engine) -> None:
    def work() -> None:
        with writing(engine, beside=True) as conn:
            changes.add(conn, 2, "state", "P-0002", None, {})

    with writing(engine, beside=True) as conn:
        changes.add(conn, 1, "state", "P-0001", None, {})
        thread = _blocked(work)
    thread.join()
    with reading(engine) as conn:
        assert [one.at for one in changes.since(conn, 0) if one.kind == "state"] == [1, 2]


def test_T6_a_fact_that_comes_while_its_day_is_packed_is_not_lost(engine: Engine) -> None:
    def store(seq: int, arrived: int) -> None:
        with writing(engine, beside=True) as conn:
            up = next(iter(Readings().intern(conn, [a_reading("c-01", "up")]).values()))
            facts.store(conn, [Fact(1, seq * 1_000, up, arrived, None, None)])

    for seq in range(50):
        store(seq, OLD_S)
    with writing(engine) as conn:
        packed = folding.fold_day(conn, 1, 0, OLD_S + 1)
        thread = _blocked(lambda: store(60, OLD_S + 5))
    thread.join()
    with reading(engine) as conn:
        assert packed.rows == 50
        assert len(facts.rows_of(conn, 1)) == 51


def test_counters_lose_nothing_between_two_who_count(engine: Engine) -> None:
    def work() -> None:
        for _ in range(50):
            with writing(engine, beside=True) as conn:
                judged.count(conn, {"stored": 1, "repeated": 2})

    threads = [threading.Thread(target=work) for _ in range(3)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    with reading(engine) as conn:
        assert judged.counted(conn) == {"stored": 150, "repeated": 300}


def test_a_reading_that_two_meet_at_once_has_one_number(engine: Engine) -> None:
    met = [a_reading("c-01", "up", [f"x{n}"]) for n in range(40)]
    found: list[dict[Any, int]] = []

    def work() -> None:
        with writing(engine, beside=True) as conn:
            found.append(Readings().intern(conn, met))

    threads = [threading.Thread(target=work) for _ in range(3)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert found[0] == found[1] == found[2]


def test_who_reads_sees_one_state_and_cannot_write(engine: Engine) -> None:
    with reading(engine) as conn:
        before = changes.newest(conn)
        with writing(engine) as other:
            changes.add(other, 1, "state", "P-0001", None, {})
        assert changes.newest(conn) == before
        with pytest.raises(fault.Unwritable):
            changes.add(conn, 1, "state", "P-0001", None, {})


def test_a_lock_that_is_never_given_is_busy(engine: Engine, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(postgresql, "BUSY_S", 0.2)
    other = open_database(engine.url.render_as_string(hide_password=False))
    with writing(engine), pytest.raises(fault.Busy), writing(other):
        pass
    other.dispose()


def test_a_deadlock_is_busy(engine: Engine) -> None:
    caught: list[BaseException] = []

    def work(first: str, second: str) -> None:
        try:
            with writing(engine, beside=True) as conn:
                share(conn, [first])
                time.sleep(0.3)
                share(conn, [second])
        except fault.StoreError as error:
            caught.append(error)

    threads = [threading.Thread(target=work, args=names) for names in (("a", "b"), ("b", "a"))]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert [type(one) for one in caught] == [fault.Busy]


def test_who_sleeps_while_writing_does_not_stop_the_others_for_ever(
    engine: Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(postgresql, "IDLE_S", 1)

    def sleep() -> None:
        with writing(engine) as conn:
            time.sleep(1.5)
            conn.execute(text("SELECT 1"))

    with pytest.raises(fault.Unreachable):
        sleep()
    with writing(engine) as conn:
        conn.execute(text("SELECT 1"))


def test_a_server_that_stops_and_comes_again_is_unreachable_meanwhile_and_needs_no_new_start() -> None:
    with postgres(durable=True) as server:
        engine = open_database(server.url(server.create()))
        migrate(engine)

        def write() -> None:
            with writing(engine) as conn:
                changes.add(conn, 1, "state", "P-0001", None, {})
                server.stop(at_once=True)
                changes.add(conn, 2, "state", "P-0001", None, {})

        with pytest.raises(fault.Unreachable) as caught:
            write()
        assert PASSWORD not in str(caught.value)
        assert "\n" not in str(caught.value)
        with pytest.raises(fault.Unreachable), reading(engine):
            pass
        server.start()
        with reading(engine) as conn:
            assert conn.scalar(select(func.count()).select_from(table)) == 0
        engine.dispose()


@pytest.mark.parametrize("password", ["wrong", "", "a'b\\c"])
def test_a_wrong_password_is_said_without_it(server: Postgres, name: str, password: str) -> None:
    with pytest.raises(fault.Unreachable) as caught:
        open_database(server.url(name, password="another-one"), password or "geheim")
    assert (password or "geheim") not in str(caught.value)
    assert "another-one" not in str(caught.value)
    assert caught.value.where.startswith("postgresql://")


def test_the_password_may_stand_apart_or_in_the_clients_own_variable(
    server: Postgres, name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    bare = server.url(name).replace(f":{PASSWORD}", "")
    open_database(bare, PASSWORD).dispose()
    monkeypatch.setenv("PGPASSWORD", PASSWORD)
    open_database(bare).dispose()


def test_a_database_that_is_not_there_is_named(server: Postgres) -> None:
    with pytest.raises(fault.StoreError, match="does not exist"):
        open_database(server.url("nowhere"))


def test_an_old_server_and_another_encoding_are_refused(server: Postgres) -> None:
    assert "at least 13" in (lacks(Server("12.4", 120_004, "UTF8")) or "")
    assert lacks(Server("13.0", 130_000, "UTF8")) is None
    other = "ENCODING 'LATIN1' LOCALE 'C' LOCALE_PROVIDER libc TEMPLATE template0"
    server.run(f"CREATE DATABASE latin OWNER hallwatch {other}")
    with pytest.raises(fault.StoreError, match="LATIN1, not UTF8"):
        open_database(server.url("latin"))


@pytest.mark.skipif(os.geteuid() != 0, reason="a small disk is made as root")
def test_a_full_disk_keeps_nothing_of_the_transaction(server: Postgres, engine: Engine, name: str) -> None:
    room = server.directory / "small"
    room.mkdir()
    subprocess.run(["mount", "-t", "tmpfs", "-o", "size=6m,mode=0777", "tmpfs", str(room)], check=True)
    try:
        place = room / "space"
        place.mkdir()
        subprocess.run(["chown", "postgres", str(place)], check=True)
        place.chmod(0o700)
        server.run(f"CREATE TABLESPACE small LOCATION '{place}'")
        server.run("ALTER TABLE changes SET TABLESPACE small", database=name)

        def fill() -> None:
            with writing(engine) as conn:
                for at in range(3000):
                    changes.add(conn, at, "state", "P-0001", None, {"text": os.urandom(2000).hex()})

        with pytest.raises(fault.DiskFull):
            fill()
        with reading(engine) as conn:
            assert conn.scalar(select(func.count()).select_from(table).where(table.c.kind == "state")) == 0
        engine.dispose()
        server.drop(name)
        server.run("DROP TABLESPACE small")
    finally:
        subprocess.run(["umount", "-l", str(room)], check=True)


def test_text_of_any_length_and_with_zero_bytes_is_kept(engine: Engine) -> None:
    hostile = "P\0" + "长" * 5_000
    with writing(engine) as conn:
        conn.execute(text("UPDATE devices SET model = :said WHERE n = 1"), {"said": hostile})
        said = conn.scalar(text("SELECT model FROM devices WHERE n = 1"))
    assert said == hostile.replace("\0", "\ufffd")


def test_an_open_outage_and_withdrawn_maintenance_stand_in_the_views_with_their_names(engine: Engine) -> None:
    row = {"device": 2, "start": 1_790_000_000_123, "until": None, "last_ok": None, "confirmed_at": 1_790_000_003_000}
    new = planned.New("maintenance", "hall", "h-01", 1_790_000_000_000, 1_790_003_600_000, "power", "Li", None, "Li")
    with writing(engine) as conn:
        judged.add_outage(conn, row | {"cause": "silence", "owner": "undetermined"})
        gone = planned.record(conn, new, 1)
        planned.record(conn, new._replace(scope_kind="branch", scope="liunan"), 1)
        conn.execute(withdrawals.insert().values(exemption=gone.n, at=2, by="Li"))
    with reading(engine) as conn:
        (outage,) = conn.execute(text("SELECT * FROM grafana_outages")).all()
        times = conn.execute(text("SELECT scope_name, withdrawn FROM grafana_maintenance ORDER BY 2")).all()
    said = (outage.device, outage.hall_name, outage.branch_name, outage.vendor_name, outage.open, outage.until)
    assert said == ("P-0001", "飞鹅路营业厅", "柳南分公司", "代维一公司", True, None)
    assert outage.start.timestamp() == 1_790_000_000.123
    assert outage.duration_s == pytest.approx(time.time() - 1_790_000_000.123, abs=60)
    assert [tuple(row) for row in times] == [("柳南分公司", False), ("飞鹅路营业厅", True)]


def _snippet() -> list[str]:
    """What the page about PostgreSQL tells an administrator to do for Grafana."""
    page = (Path(__file__).parents[2] / "docs/postgresql.md").read_text(encoding="utf-8")
    block = page.split("## What Grafana may read", 1)[1].split("```sql\n", 1)[1].split("```", 1)[0]
    return [one.replace("…", "s3cret-of-grafana") for one in block.strip().splitlines()]


def test_grafanas_role_reads_the_views_and_nothing_else(server: Postgres, name: str, engine: Engine) -> None:
    server.run(*_snippet(), database=name)
    again = open_database(server.url(server.create()))  # where the role is there first
    migrate(again)
    for database in (name, again.url.database):
        where = server.url(database or "", "hallwatch_grafana", "s3cret-of-grafana")
        with psycopg.connect(where, autocommit=True) as conn:
            for view in VIEWS:
                conn.execute(f"SELECT * FROM {view}")
            with reading(engine) as own:
                tables = own.scalars(text("SELECT tablename FROM pg_tables WHERE schemaname = 'public'")).all()
            assert "tokens" in tables
            for one in tables:
                with pytest.raises(psycopg.errors.InsufficientPrivilege):
                    conn.execute(f'SELECT * FROM "{one}"')
            for deed in ("UPDATE devices SET id = id", "CREATE TABLE mine (n int)"):
                with pytest.raises((psycopg.errors.InsufficientPrivilege, psycopg.errors.ReadOnlySqlTransaction)):
                    conn.execute(deed)
    again.dispose()


def test_the_number_of_a_lock_is_the_same_in_every_process() -> None:
    assert key("writers") == key("writers") != key("of c-01")
    assert -(1 << 63) <= key("writers") < 1 << 63


def test_no_fact_is_stored_twice_by_two_who_store_it_at_once(engine: Engine) -> None:
    def work() -> None:
        with writing(engine, beside=True) as conn:
            up = next(iter(Readings().intern(conn, [a_reading("c-01", "up")]).values()))
            facts.store(conn, [Fact(1, n, up, 1, None, None) for n in range(200)])

    threads = [threading.Thread(target=work) for _ in range(3)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    with reading(engine) as conn:
        assert conn.scalar(select(func.count()).select_from(observations)) == 200
