"""What `hallwatch doctor` finds of the metrics store: who answers, what is not set up, which rights are missing."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, Final

from hallwatch.compose import now_ms, queued_metrics
from hallwatch.finding import Finding, Grade
from hallwatch.inventory.faults import N_
from hallwatch.live import FAILING as FAILING_MARKS
from hallwatch.live_parts import beside
from hallwatch.metrics_server import address_of
from hallwatch.secret import NoSecret
from hallwatch.settings_file import Loaded
from store.fault import StoreError
from store.influx.server import Server, connect
from store.influx.setup import Step, setup
from store.told import Told

TIMEOUT_S: Final = 3.0
LATE_MS: Final = 10 * 60_000
WHAT: Final = N_("metrics")
MISSING: Final = N_("right missing: {what}")
UNMADE: Final = N_("not set up: {what}; hallwatch metrics setup does it")
OTHERWISE: Final = N_("set up otherwise: {what}; hallwatch metrics setup changes it")
LATE: Final = N_("{points} points wait for the server, the oldest for {minutes} min")
QUARANTINED: Final = N_("{quarantine} points that the server refused are kept for a look: hallwatch metrics quarantine")
FAILING: Final = N_("live figures “{name}” cannot be written: {reason}")
LOST: Final = N_("{lost} points lost: the queue before the server was full for too long")


def metrics(loaded: Loaded) -> Iterator[Finding]:
    """The server and the queue before it."""
    if loaded.settings.metrics.embedded:
        yield Finding("good", WHAT, N_("embedded"))
        return
    try:
        server = connect(address_of(loaded), TIMEOUT_S)
        try:
            yield from _server(server, loaded)
        finally:
            server.close()
    except (StoreError, NoSecret) as error:
        yield Finding("bad", WHAT, "{error}", {"error": error})
    queue = loaded.path(loaded.settings.metrics.queue)
    yield from _queue(loaded, queue)
    yield from _queue(loaded, beside(queue, "figures"))
    yield from _figures(beside(queue, "told"))


def _server(server: Server, loaded: Loaded) -> Iterator[Finding]:
    yield Finding("good", WHAT, N_("{where} is {name}"), {"where": server.address.base, "name": server.name})
    for step in setup(server, *loaded.settings.metrics.days, dry_run=True):
        yield from _told(step)


def _told(step: Step) -> Iterator[Finding]:
    grades: Mapping[str, tuple[Grade, str]] = {
        "lacks": ("bad", MISSING),
        "wrong": ("bad", "{what}"),
        "made": ("bad", UNMADE),
        "changed": ("look", OTHERWISE),
        "note": ("look", "{what}"),
    }
    if step.done in grades:
        grade, message = grades[step.done]
        yield Finding(grade, WHAT, message, {"what": step})


def _queue(loaded: Loaded, file: Path) -> Iterator[Finding]:
    if not file.exists():
        return
    try:
        queued = queued_metrics(loaded, file)
        said: dict[str, Any] = queued.stats()
        queued.close()
    except (StoreError, NoSecret) as error:
        yield Finding("bad", WHAT, "{error}", {"error": error})
        return
    waited = now_ms() - (said["oldest_ms"] or now_ms())
    if waited > LATE_MS:
        yield Finding("bad", WHAT, LATE, {**said, "minutes": waited // 60_000})
    if said["quarantine"]:
        yield Finding("look", WHAT, QUARANTINED, said)
    if said["lost"]:
        yield Finding("bad", WHAT, LOST, said)


def _figures(file: Path) -> Iterator[Finding]:
    """The live figures that fail, as the process that makes them has noted."""
    if not file.exists():
        return
    try:
        told = Told(file)
        failing = told.marks(FAILING_MARKS)
        told.close()
    except StoreError as error:
        yield Finding("bad", WHAT, "{error}", {"error": error})
        return
    for name, reason in sorted(failing.items()):
        if reason:
            yield Finding("bad", WHAT, FAILING, {"name": name, "reason": reason})
