"""Very many rows at once are those of the ordinary way, in order."""

from __future__ import annotations

from pathlib import Path

import pytest
from sqlalchemy import BigInteger, Column, Engine, Integer, MetaData, Table, func, insert, select

from store import fault, many_rows
from store.database import open_database, plain, reading, writing

columns = (Column("device", Integer), Column("a", BigInteger), Column("b", BigInteger))
numbers = Table("numbers", MetaData(), *columns)
ROWS = [(2, 7, -1), (1, 5, 9), (2, -3, 4), (1, 5, 8), (9, 1 << 62, -(1 << 62)), (4, 1, None)]


@pytest.fixture
def found(engine: Engine) -> Engine:
    """A table of numbers in no order."""
    with writing(engine) as conn:
        numbers.create(conn)
        conn.execute(insert(numbers), [dict(zip(("device", "a", "b"), row, strict=True)) for row in ROWS])
    return engine


def test_rows_by_device_come_in_order_whatever_the_table_has(found: Engine) -> None:
    with reading(found) as conn:
        table = numbers.c
        every = many_rows.by_device(conn, table.device, (table.a, func.coalesce(table.b, 6)), table.device < 9)
        none = many_rows.by_device(conn, table.device, (table.a,), table.device > 9)
        great = many_rows.by_device(conn, table.device, (table.a, table.b), table.device == 9)
    assert every.T.tolist() == [[1, 5, 8], [1, 5, 9], [2, -3, 4], [2, 7, -1], [4, 1, 6]]
    assert none.shape == (2, 0)
    assert great.T.tolist() == [[9, 1 << 62, -(1 << 62)]]


@pytest.mark.parametrize("wanted", [[], [1, 2], [1, 9], [2], [2, 3, 4, 9]])
def test_what_lies_between_is_dropped_again(found: Engine, wanted: list[int]) -> None:
    with reading(found) as conn:
        table = numbers.c
        device, a = many_rows.by_device(conn, table.device, (table.a,), many_rows.near(table.device, wanted))
    place, known = many_rows.placed(wanted, device)
    expected = sorted((n, first) for n, first, _ in ROWS if n in wanted)
    assert list(zip(device[known].tolist(), a[known].tolist(), strict=True)) == expected
    assert [wanted[n] for n in place[known].tolist()] == [n for n, _ in expected]


@pytest.mark.sqlite("a file that is damaged")
def test_rows_of_a_damaged_file_are_refused_like_any(tmp_path: Path) -> None:
    path = tmp_path / "numbers.db"
    engine = open_database(f"sqlite:///{path}")
    with writing(engine) as conn:
        numbers.create(conn)
        conn.execute(insert(numbers), [{"device": n, "a": n, "b": n} for n in range(20_000)])
    with engine.connect() as conn:
        conn.exec_driver_sql("PRAGMA wal_checkpoint(TRUNCATE)")
    engine.dispose()
    data = bytearray(path.read_bytes())
    data[len(data) // 2 :] = b"\xff" * (len(data) - len(data) // 2)
    path.write_bytes(data)
    with reading(engine) as conn, pytest.raises(fault.NotADatabase):
        list(plain(conn, select(numbers)))
    engine.dispose()
