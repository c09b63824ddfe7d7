"""What people made of our words for messages: rows, never edited; the newest of a name and language counts."""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple

from sqlalchemy import Connection, func, select

from store.schema import templates


class Template(NamedTuple):
    """Title and text with {placeholders}, who wrote them, and when (ms)."""

    subject: str
    text: str
    at: int
    by: str


Templates = Mapping[tuple[str, str], Template]
"""By name and language."""


def newest(conn: Connection) -> dict[tuple[str, str], Template]:
    """Those that count, by name and language; one whose text is empty is ours again, and left out."""
    last = select(func.max(templates.c.n)).group_by(templates.c.name, templates.c.language)
    rows = conn.execute(select(templates).where(templates.c.n.in_(last.scalar_subquery())))
    return {(row.name, row.language): Template(row.subject, row.text, row.at, row.by) for row in rows if row.text}


def put(conn: Connection, name: str, language: str, subject: str, text: str, now: int, by: str) -> None:
    """Append one; with an empty text ours counts again."""
    row = {"name": name, "language": language, "subject": subject, "text": text, "at": now, "by": by}
    conn.execute(templates.insert(), row)
