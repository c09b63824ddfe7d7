"""A row for every table, made from the tables themselves: for what must hold whatever there is."""

from __future__ import annotations

from typing import Any

from sqlalchemy import (
    JSON,
    Column,
    Connection,
    Float,
    Integer,
    LargeBinary,
    MetaData,
    String,
    Table,
    func,
    inspect,
    select,
)


def fill(conn: Connection) -> None:
    """One row in every table that has none, with a value in every column, its references kept."""
    for table in _tables(conn):
        if not conn.scalar(select(func.count()).select_from(table)):
            conn.execute(table.insert().values({column.name: _value(conn, column) for column in table.columns}))


def content(conn: Connection) -> dict[str, list[dict[str, Any]]]:
    """Everything that is in the tables, by name."""
    return {
        table.name: sorted((dict(row._mapping) for row in conn.execute(select(table))), key=repr)
        for table in _tables(conn)
    }


def columns(conn: Connection) -> dict[str, set[str]]:
    """The tables and their columns."""
    return {table.name: {column.name for column in table.columns} for table in _tables(conn)}


def _tables(conn: Connection) -> list[Table]:
    found = MetaData()
    found.reflect(conn, only=[name for name in inspect(conn).get_table_names() if name != "alembic_version"])
    return found.sorted_tables


def _value(conn: Connection, column: Column[Any]) -> Any:
    for key in column.foreign_keys:
        return conn.scalar(select(key.column).limit(1))
    kinds = {JSON: {"n": 1}, LargeBinary: b"\0\xff", Float: 1.5, Integer: 7, String: "Ä" * 5}
    return next(value for kind, value in kinds.items() if isinstance(column.type, kind))
