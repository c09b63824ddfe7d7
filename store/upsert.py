"""INSERT … ON CONFLICT, which both databases have and SQLAlchemy spells twice."""

from __future__ import annotations

from sqlalchemy import Connection, Table
from sqlalchemy.dialects import postgresql, sqlite

Insert = sqlite.Insert | postgresql.Insert


def insert(conn: Connection, table: Table) -> Insert:
    """An insert that knows `on_conflict_do_nothing` and `on_conflict_do_update`, and says how many rows it wrote."""
    of_one: type[Insert] = postgresql.Insert if conn.dialect.name == "postgresql" else sqlite.Insert
    return of_one(table).execution_options(preserve_rowcount=True)


def insert_or_ignore(conn: Connection, table: Table) -> Insert:
    """An insert that leaves a row alone that is there already, whatever key says so."""
    return insert(conn, table).on_conflict_do_nothing()


def insert_or_replace(conn: Connection, table: Table, *keys: str) -> Insert:
    """An insert that, where a row has the same `keys`, overwrites every other column (but the row's own number)."""
    statement = insert(conn, table)
    own = {column.name for column in table.primary_key}
    kept = own.union(keys)
    values = {column.name: statement.excluded[column.name] for column in table.columns if column.name not in kept}
    return statement.on_conflict_do_update(index_elements=list(keys), set_=values)
