"""Reports that were made by the calendar, each once, with their files (S6, T5: what was sent stays as it was sent)."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from hashlib import sha256
from typing import Any, NamedTuple

from sqlalchemy import Connection, Select, func, select

from sla.instant import DAY, Ms
from store.schema import devices, imports, observations, outages, segments, tickets
from store.statement_schema import report_files, report_runs
from store.upsert import insert_or_ignore


class File(NamedTuple):
    """A file of a report: what it is called, its media type, its bytes."""

    name: str
    type: str
    data: bytes


class Run(NamedTuple):
    """A report that was made: `key` names report, whom it is for and month; when it was due and made (ms).

    `detail` has `report`, `month`, `title`, `late`, `files_apart`, whom it went `to`, and `branch`, or `contract`,
    `vendor` and `state`.
    """

    key: str
    due_at: Ms
    made_at: Ms
    detail: Mapping[str, Any]


class Kept(NamedTuple):
    """A kept file without its bytes; `n` is its number, `size` in bytes."""

    n: int
    name: str
    type: str
    size: int


_RUN = [report_runs.c[name] for name in Run._fields]
_KEPT = [report_files.c.n, report_files.c.name, report_files.c.type, func.length(report_files.c.data).label("size")]


def record(conn: Connection, run: Run, files: Iterable[File]) -> list[int] | None:
    """Keep a report with its files; their numbers, or None where the key has one already: somebody else made it.

    In a writing transaction, with all that must happen because of it.
    """
    row = run._asdict() | {"detail": dict(run.detail)}
    if conn.execute(insert_or_ignore(conn, report_runs), row).rowcount != 1:
        return None
    return [_keep(conn, run.key, one) for one in files]


def _keep(conn: Connection, key: str, file: File) -> int:
    row = {"run": key, **file._asdict(), "digest": sha256(file.data).hexdigest()}
    return int(conn.execute(report_files.insert().values(row).returning(report_files.c.n)).scalar_one())


def made(conn: Connection, keys: Collection[str]) -> set[str]:
    """Which of these have been made."""
    return set(conn.scalars(select(report_runs.c.key).where(report_runs.c.key.in_(sorted(keys)))))


def listed(conn: Connection, vendor: str | None = None, limit: int = 200) -> list[tuple[Run, Sequence[Kept]]]:
    """The newest runs with their files, the last due first; of a `vendor` its own statements alone."""
    query = select(*_RUN).order_by(report_runs.c.due_at.desc(), report_runs.c.key).limit(limit)
    if vendor is not None:
        query = query.where(report_runs.c.detail["vendor"].as_string() == vendor)
    runs = [Run(*row) for row in conn.execute(query)]
    files = _files(conn, [one.key for one in runs])
    return [(one, files.get(one.key, ())) for one in runs]


def _files(conn: Connection, keys: Sequence[str]) -> dict[str, list[Kept]]:
    query = select(report_files.c.run, *_KEPT).where(report_files.c.run.in_(keys)).order_by(report_files.c.n)
    found: dict[str, list[Kept]] = {}
    for key, *rest in conn.execute(query):
        found.setdefault(key, []).append(Kept(*rest))
    return found


def file(conn: Connection, n: int, name: str) -> tuple[Run, File] | None:
    """A kept file with its run; None where no file of this number is called so."""
    joined: Select[Any] = select(*_RUN, report_files.c.name, report_files.c.type, report_files.c.data)
    mine = (report_files.c.n == n) & (report_files.c.name == name)
    row = conn.execute(joined.join(report_files, report_files.c.run == report_runs.c.key).where(mine)).one_or_none()
    return None if row is None else (Run(*row[:4]), File(row[4], row[5], bytes(row[6])))


def first_inventory(conn: Connection) -> Ms | None:
    """When the first inventory was taken in: there was nothing to report on before."""
    found: Ms | None = conn.scalar(select(func.min(imports.c.at)))
    return found


def first_fact(conn: Connection) -> Ms | None:
    """The earliest instant of which anything is known: seen, folded, down or reported; None for an empty database."""
    seen = select(func.min(observations.c.ts)).where(observations.c.device == devices.c.n).scalar_subquery()
    day = select(func.min(segments.c.day)).where(segments.c.device == devices.c.n).scalar_subquery()
    packed = conn.scalar(select(func.min(day)).select_from(devices))
    found = [
        conn.scalar(select(func.min(seen)).select_from(devices)),
        None if packed is None else int(packed) * DAY,
        conn.scalar(select(func.min(outages.c.start))),
        conn.scalar(select(func.min(tickets.c.opened_at))),
    ]
    return min((int(at) for at in found if at is not None), default=None)
