"""A backup of what one machine of the centre has: its SQLite files while they are written to, settings, inventory."""

from __future__ import annotations

import hashlib
import json
import os
import shutil
import sqlite3
from collections.abc import Callable, Iterator, Mapping
from contextlib import closing
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

from pydantic import BaseModel, SecretStr
from sqlalchemy.engine import make_url

from hallwatch.compose import VERSION
from hallwatch.inventory.faults import N_
from hallwatch.settings_file import Loaded
from sla.instant import Ms, render
from store.database import BUSY_S
from store.fault import NotADatabase, StoreError, Unwritable

PAGES: Final = 4096  # between two words on progress
LIST: Final = "SHA256SUMS"
Progress = Callable[[str, int, int], None]
"""The file's name, pages that are left, pages in all."""


@dataclass(slots=True)
class Backup:
    """What was kept: `places`, by its name there where it came from; `left`: what is not in it, (msgid, values)."""

    at: str
    places: dict[str, str] = field(default_factory=dict)
    left: list[tuple[str, Mapping[str, Any]]] = field(default_factory=list)
    seals: int = 0
    head: str | None = None
    bytes: int = 0


def back_up(loaded: Loaded, config: Path | None, folder: Path, now: Ms, progress: Progress) -> Backup:
    """Fill `folder`, which must not be there yet; it appears whole or not at all. Raises `StoreError`.

    Each SQLite file is copied as of one moment. Nothing of the source changes; with the rollback journal of
    `store.sqlite_guard` who writes to it waits meanwhile.
    """
    if folder.exists():
        raise Unwritable(str(folder), "is there already; a backup goes into a folder of its own")
    partial = folder.with_name(f"{folder.name}.partial")
    made = Backup(render(now))
    try:
        shutil.rmtree(partial, ignore_errors=True)
        partial.mkdir(parents=True, mode=0o700)
        _databases(loaded, partial, made, progress)
        _settings(loaded, config, partial, made)
        _list(partial, made)
        partial.rename(folder)
        _sync(folder.parent)
    except OSError as error:
        raise Unwritable(str(partial), error.strerror or str(error)) from error
    return made


def _databases(loaded: Loaded, partial: Path, made: Backup, progress: Progress) -> None:
    settings, url = loaded.settings, make_url(loaded.database_url())
    if url.get_backend_name() == "sqlite":
        place = Path(url.database or "")
        _copy(place, partial / "hallwatch.db", progress)
        made.places["hallwatch.db"] = str(place)
        made.seals, made.head = _seals(partial / "hallwatch.db")
    else:
        made.left.append((N_("the database, which is on a server: pg_dump --format=custom"), {}))
    if settings.metrics.embedded:
        wanted = [("metrics.db", loaded.path(settings.metrics.path))]
    else:
        queue = loaded.path(settings.metrics.queue)
        beside = sorted(queue.parent.glob(f"{queue.stem}-*{queue.suffix}"))  # of the live figures
        wanted = [("metrics-queue.db", queue), *((f"metrics-queue{p.stem[len(queue.stem) :]}.db", p) for p in beside)]
        made.left.append((N_("what the metrics server has: influxd backup, or the server's own means"), {}))
    for name, place in wanted:
        if place.exists():
            _copy(place, partial / name, progress)
            made.places[name] = str(place)


def _copy(source: Path, target: Path, progress: Progress) -> None:
    """A consistent copy as of one moment, looked through. Raises `StoreError`."""
    if not source.exists():
        raise Unwritable(str(source), "there is no such file")
    try:
        with closing(sqlite3.connect(source, timeout=BUSY_S)) as there, closing(sqlite3.connect(target)) as copy:
            there.isolation_level = None
            there.execute("BEGIN")
            there.execute("SELECT count(*) FROM sqlite_master").fetchone()  # from here on it is one moment
            there.backup(copy, pages=PAGES, progress=lambda _, left, all_: progress(source.name, left, all_))
            there.execute("COMMIT")
            said = copy.execute("PRAGMA quick_check(1)").fetchone()[0]
    except sqlite3.Error as error:
        raise StoreError(str(source), str(error)) from error
    if said != "ok":
        raise NotADatabase(str(source), said)
    target.chmod(0o600)
    _sync(target)


def _seals(file: Path) -> tuple[int, str | None]:
    """How many seals the copy has, and the head to look at them by."""
    with closing(sqlite3.connect(file)) as copy:
        try:
            row = copy.execute("SELECT n, hash, (SELECT count(*) FROM seals) FROM seals ORDER BY n DESC").fetchone()
        except sqlite3.OperationalError:  # of a version that had none
            row = None
    return (row[2], f"{row[0]}:{row[1]}") if row else (0, None)


def _settings(loaded: Loaded, config: Path | None, partial: Path, made: Backup) -> None:
    file = (config or Path("hallwatch.toml")).absolute()
    if file.exists():
        _keep(file, "hallwatch.toml", partial, made)
    for number, one in enumerate(loaded.settings.inventory.files):
        _keep(loaded.path(one), f"inventory/{number}-{one.name}", partial, made)
    if (kinds := loaded.settings.collector.kinds) is not None and (folder := loaded.path(kinds)).is_dir():
        for one in sorted(path for path in folder.rglob("*") if path.is_file()):
            _keep(one, f"kinds/{one.relative_to(folder).as_posix()}", partial, made)
    for key, text in _secrets(loaded.settings):
        if text.startswith(("env:", "file:")):
            made.left.append((N_("the secret {key} ({where})"), {"key": key, "where": text}))
        else:
            made.left.append((N_("{key} is written out in the settings or the environment"), {"key": key}))
    made.left.append((N_("certificates, and what the broker keeps"), {}))
    made.left.append((N_("the outbox of a collector: a copy of it is old as soon as it is made"), {}))


def _keep(source: Path, name: str, partial: Path, made: Backup) -> None:
    if not source.exists():
        made.left.append((N_("{file}, which is not there"), {"file": source}))
        return
    (partial / name).parent.mkdir(parents=True, exist_ok=True)
    shutil.copyfile(source, partial / name)
    (partial / name).chmod(0o600)
    made.places[name] = str(source)


def _secrets(section: BaseModel, before: str = "") -> Iterator[tuple[str, str]]:
    """Every secret that the settings have: its key, and the text that stands there."""
    for key in type(section).model_fields:
        value = getattr(section, key)
        values = value.items() if isinstance(value, dict) else [("", value)]
        for name, one in values:
            place = ".".join(filter(None, (before, key, name)))
            if isinstance(one, SecretStr):
                yield place, one.get_secret_value()
            elif isinstance(one, BaseModel):
                yield from _secrets(one, place)


def _list(partial: Path, made: Backup) -> None:
    """What is in it, for people and for `sha256sum --check`."""
    about = {"hallwatch": VERSION, "at": made.at, "places": made.places, "seals": made.seals, "head": made.head}
    (partial / "backup.json").write_text(json.dumps(about, ensure_ascii=False, indent=1) + "\n", encoding="utf-8")
    lines = []
    for one in sorted(path for path in partial.rglob("*") if path.is_file()):
        with one.open("rb") as file:
            lines.append(f"{hashlib.file_digest(file, 'sha256').hexdigest()}  {one.relative_to(partial).as_posix()}\n")
        made.bytes += one.stat().st_size
        _sync(one)
    (partial / LIST).write_text("".join(lines), encoding="utf-8")
    _sync(partial / LIST)
    _sync(partial)


def _sync(place: Path) -> None:
    descriptor = os.open(place, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
