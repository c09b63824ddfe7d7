"""What a notice has attached: files of reports, kept once however many get them."""

from __future__ import annotations

from collections.abc import Iterable

from sqlalchemy import Connection, select

from store.report_runs import File
from store.schema import notices
from store.statement_schema import notice_files, report_files


def attach(conn: Connection, key: str, files: Iterable[int]) -> None:
    """Attach files (by number) to the notice with this key, in the transaction that asked for it."""
    notice = conn.scalar(select(notices.c.id).where(notices.c.key == key))
    rows = [{"notice": notice, "file": one} for one in files]
    if rows:
        conn.execute(notice_files.insert(), rows)


def attached(conn: Connection, notice: int) -> list[File]:
    """The files of a notice, in order."""
    query = select(report_files.c.name, report_files.c.type, report_files.c.data)
    joined = query.join(notice_files, notice_files.c.file == report_files.c.n)
    rows = conn.execute(joined.where(notice_files.c.notice == notice).order_by(report_files.c.n))
    return [File(row.name, row.type, bytes(row.data)) for row in rows]
