"""What `hallwatch doctor` finds, one function a subject."""

from __future__ import annotations

import os
import shutil
import socket
import sqlite3
import tempfile
from collections.abc import Callable, Iterable, Iterator
from difflib import get_close_matches
from pathlib import Path
from typing import Any, Final

from alerts.settings import remarks
from hallwatch.checkup_collectors import asking, collectors, traps
from hallwatch.checkup_devices import not_judged, of_another_kind, overslept
from hallwatch.checkup_metrics import metrics
from hallwatch.compose import alert_settings, broker_of, known_kinds, now_ms, open_store
from hallwatch.finding import Finding, Grade
from hallwatch.inventory.faults import N_
from hallwatch.report_settings import plan_of
from hallwatch.settings_file import Loaded
from recorder.mqtt import MqttConfig
from reports.fonts import NoFont, families, installed
from reports.making import LATE_MS
from reports.schedule import mail_people, next_at, pending
from sla.instant import render
from store.agreements import contracts_of
from store.database import journal_of, reading
from store.fault import StoreError
from store.inventory import load
from store.pages import inventory_counts
from store.postgresql import server_of
from store.tokens import any_token

__all__ = ["Finding", "findings"]

ROOM_TRIED: Final = 1 << 20
ROOM_WANTED: Final = 500_000_000
HAN: Final = "月"


Look = Callable[[Loaded], Iterator[Finding]]


def findings(loaded: Loaded) -> Iterator[Finding]:
    """Everything, in the order in which it matters."""
    for look in LOOKS:
        yield from look(loaded)


def _database(loaded: Loaded) -> Iterator[Finding]:
    what = N_("database")
    try:
        engine = open_store(loaded)
    except StoreError as error:
        yield Finding("bad", what, "{error}", {"error": error})
        return
    journal = journal_of(engine)
    if journal == "server":
        yield Finding("good", what, N_("reachable; PostgreSQL {version}"), {"version": server_of(engine).version})
    elif journal == "truncate":
        message = N_(
            "reachable; SQLite {version} is at fault in WAL mode, so the safe rollback journal is used: nothing to do"
        )
        yield Finding("good", what, message, {"version": sqlite3.sqlite_version})
    else:
        yield Finding("good", what, N_("reachable ({journal})"), {"journal": journal})


def _inventory(loaded: Loaded) -> Iterator[Finding]:
    what = N_("inventory")
    try:
        with reading(open_store(loaded)) as conn:
            halls, devices = inventory_counts(conn)[:2]
            tokens = any_token(conn)
    except StoreError:
        return
    if halls or devices:
        grade: Grade = "good" if devices else "bad"
        yield Finding(grade, what, N_("{halls} halls, {devices} devices"), {"halls": halls, "devices": devices})
    else:
        yield Finding("bad", what, N_("empty; take one in: hallwatch import halls.yaml"))
    if not tokens:
        yield Finding("look", N_("tokens"), N_("none yet: hallwatch token create NAME --role admin"))


def _broker(loaded: Loaded) -> Iterator[Finding]:
    what, broker = N_("broker"), broker_of(loaded)
    try:
        host, port = MqttConfig(broker.url).address
        with socket.create_connection((host, port), timeout=3):
            yield Finding("good", what, N_("{where} answers"), {"where": f"{host}:{port}"})
    except ValueError as error:
        yield Finding("bad", what, "{error}", {"error": error})
    except OSError as error:
        values = {"where": broker.url.rpartition("@")[2], "error": error.strerror or error}
        if loaded.settings.mqtt.url == "embedded":
            yield Finding("look", what, N_("embedded, and not running now ({where})"), values)
        else:
            yield Finding("bad", what, N_("{where} does not answer: {error}"), values)


def _kinds(loaded: Loaded) -> Iterator[Finding]:
    kinds = [name for name in known_kinds(loaded) if "/" not in name]
    yield Finding("good", N_("device kinds"), "{kinds}", {"kinds": ", ".join(sorted(kinds))})


def _mail(loaded: Loaded) -> Iterator[Finding]:
    for remark in remarks(alert_settings(loaded)):
        yield Finding("look", N_("notices"), remark)
    if loaded.settings.mail.url is not None:
        yield Finding("good", N_("e-mail"), N_("from {sender}"), {"sender": loaded.settings.mail.sender})


def _reports(loaded: Loaded) -> Iterator[Finding]:
    what, plan, now = N_("reports"), plan_of(loaded), now_ms()
    try:
        with reading(open_store(loaded)) as conn:
            city = load(conn)
            left = [one for one in pending(conn, plan, city, now) if now - one.at > LATE_MS]
    except StoreError:
        return
    yield from (_unknown_branch(id, city.branches) for id in sorted(set(plan.branches) - set(city.branches)))
    told = plan.statements and any(mail_people(city, one) for one in contracts_of(city))
    if not (plan.to or plan.branches or told):
        return
    if "pdf" in loaded.settings.reports.formats:
        try:
            families(installed(), HAN)
        except NoFont as error:
            yield Finding("bad", what, "{error}", {"error": error})
    for one in left:
        values = {"key": one.key, "time": render(one.at)}
        yield Finding("bad", what, N_("{key} was due at {time} and is not made; the log of what runs says why"), values)
    if not left:
        yield Finding("good", what, N_("the next at {time}"), {"time": render(next_at(plan, now))})


def _unknown_branch(id: str, known: Iterable[str]) -> Finding:
    near = ", ".join(get_close_matches(id, list(known), 1)) or "-"
    values = {"id": id, "near": near}
    return Finding("look", N_("reports"), N_("reports.branches: there is no branch {id}; near: {near}"), values)


def _written(loaded: Loaded) -> Iterator[Path]:
    """The folders that these settings have files in which are written; of one that is still to be made, its parent."""
    settings, url = loaded.settings, loaded.database_url()
    files = [loaded.path(settings.metrics.path if settings.metrics.embedded else settings.metrics.queue)]
    if url.startswith("sqlite:///"):
        files.append(Path(url.removeprefix("sqlite:///")))
    if settings.collector.enabled:
        files.append(loaded.path(settings.collector.outbox))
    folders = (next(folder for folder in file.parents if folder.is_dir()) for file in files)
    yield from dict.fromkeys(folders)


def _folder(loaded: Loaded) -> Iterator[Finding]:
    yield from map(_room, _written(loaded))


def _room(folder: Path) -> Finding:
    what = N_("folder")
    values: dict[str, Any] = {"root": folder}
    try:
        with tempfile.TemporaryFile(dir=folder) as file:
            file.write(bytes(ROOM_TRIED))
            file.flush()
            os.fsync(file.fileno())
    except OSError as error:
        message = N_("nothing can be written in {root}: {error}")
        return Finding("bad", what, message, {**values, "error": error.strerror})
    free = shutil.disk_usage(folder).free
    values["free"] = f"{free / 1e9:.1f}"
    return Finding("good" if free > ROOM_WANTED else "bad", what, N_("{root}: {free} GB free"), values)


LOOKS: Final[tuple[Look, ...]] = (
    _folder,
    _database,
    _inventory,
    metrics,
    _broker,
    collectors,
    not_judged,
    overslept,
    of_another_kind,
    asking,
    traps,
    _kinds,
    _mail,
    _reports,
)
