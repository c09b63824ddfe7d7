"""What `up`, `demo` and the single components run: parts started in order and stopped in the other one."""

from __future__ import annotations

import fcntl
import signal
import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from types import FrameType
from typing import TYPE_CHECKING

import structlog

from hallwatch.centre import Centre, Refusal
from hallwatch.compose import broker_of, collector_of, distant_source, known_kinds, open_store, page_address
from hallwatch.ensemble import Ensemble
from hallwatch.inventory.rendering import fault_line
from hallwatch.inventory_import import Taken
from hallwatch.live_parts import live_parts
from hallwatch.local_part import LocalPart
from hallwatch.part import on_loop
from hallwatch.patience import patiently
from hallwatch.pulse import BEAT_S, beat, notify
from hallwatch.settings import split_listen
from hallwatch.settings_file import Loaded

if TYPE_CHECKING:
    from hallwatch.broker import EmbeddedBroker

log = structlog.get_logger("hallwatch")


def embedded_broker(loaded: Loaded) -> EmbeddedBroker | None:
    """The broker of this process, started, where the settings say so."""
    if loaded.settings.mqtt.url != "embedded":
        return None
    from hallwatch.broker import EmbeddedBroker

    host, port = split_listen(loaded.settings.mqtt.listen)
    broker = EmbeddedBroker(host, port, _password_file(loaded))
    broker.start()
    return broker


def _password_file(loaded: Loaded) -> Path | None:
    """The one user of the embedded broker, hashed in a file that only we may read; None where none is set."""
    mqtt = broker_of(loaded)
    if mqtt.username is None or mqtt.password is None:
        return None
    from pwdlib.hashers.argon2 import Argon2Hasher

    file = loaded.root / "var" / "broker-password"
    file.parent.mkdir(parents=True, exist_ok=True)
    file.touch(mode=0o600)
    file.write_text(f"{mqtt.username}:{Argon2Hasher().hash(mqtt.password)}\n", encoding="utf-8")
    return file


def serve(
    centre: Centre, ensemble: Ensemble, open_reading: bool = False, ready: Callable[[], None] = lambda: None
) -> int:
    """Pages and JSON on the main thread over the parts of `ensemble`; the exit code."""
    from api.app import create_app  # two seconds that the parts without pages need not take
    from hallwatch.web import Web, listen_on

    where = centre.loaded.settings.http.listen
    centre.guard_listening(where)
    sock = listen_on(where)
    web = Web(create_app(centre.context(open_reading)), sock)
    ensemble.on_failure = web.fail
    ensemble.start()
    log.info("listening", address=page_address(centre.loaded))
    notify("READY=1")
    ready()
    try:
        web.serve_until_told()
    finally:
        ensemble.stop()
        centre.close()
    return 1 if ensemble.failed else 0


def work(ensemble: Ensemble) -> int:
    """The parts of `ensemble` without pages, until Ctrl-C, SIGTERM or a failure; the exit code."""
    told = threading.Event()
    ensemble.on_failure = lambda _: told.set()

    def end(_signal: int, _frame: FrameType | None) -> None:
        told.set()

    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, end)
    ensemble.start()
    notify("READY=1")
    while not told.wait(BEAT_S):
        beat(part.pulse for part in ensemble.parts)
    notify("STOPPING=1")
    ensemble.stop()
    return 1 if ensemble.failed else 0


@contextmanager
def alone(loaded: Loaded) -> Iterator[None]:
    """One `up` in a folder at a time: two would be two collectors under one name. Raises `Refusal`."""
    file = loaded.root / "var" / "up.lock"
    file.parent.mkdir(parents=True, exist_ok=True)
    with file.open("w") as held:
        try:
            fcntl.flock(held, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError as error:
            raise Refusal(f"another `hallwatch up` runs in {loaded.root}") from error
        yield


def up(loaded: Loaded, ready: Callable[[], None] = lambda: None) -> int:
    """Everything in one process."""
    with alone(loaded):
        return _up(loaded, ready)


def _up(loaded: Loaded, ready: Callable[[], None]) -> int:
    centre = patiently(lambda: Centre(loaded))
    take_inventory(centre)
    broker = embedded_broker(loaded)
    try:
        return serve(centre, everything(centre), ready=ready)
    finally:
        if broker is not None:
            broker.stop()


def take_inventory(centre: Centre) -> None:
    """Import the configured files where they changed. Raises `Refusal` where they have faults."""
    taken = centre.take_inventory()
    if taken is None:
        return
    if not taken.ok:
        raise Refusal(_faults_of(taken))
    found = taken.difference
    if found:
        say = log.warning if found.removed else log.info
        counts = {"added": len(found.added), "changed": len(found.changed), "removed": len(found.removed)}
        say("inventory taken in", **counts, first=found.lines()[:10])


def _faults_of(taken: Taken) -> str:
    first: Sequence[str] = [fault_line(one, str) for one in taken.checked.errors[:10]]
    files = " ".join(dict.fromkeys(one.file for one in taken.checked.errors))
    return "\n".join([f"The inventory has faults; see `hallwatch check {files}`:", *first])


def add_figures(ensemble: Ensemble, centre: Centre) -> None:
    """The live figures, where there is a metrics server: of one process, which is the one with the alerts."""
    for name, run in live_parts(centre):
        ensemble.add(name, run)


def add_metrics_queue(ensemble: Ensemble, centre: Centre) -> None:
    """Where measured values go to a server: what brings them there."""
    run = centre.metrics_queue()
    if run is not None:
        ensemble.add("metrics", run)


def everything(centre: Centre) -> Ensemble:
    """Recorder, alerts, reports, housekeeping, and the collector where it is enabled."""
    ensemble = Ensemble()
    ensemble.add("recorder", centre.recorder())
    ensemble.add("alerts", centre.alerts())
    ensemble.add("reports", centre.reporting())
    ensemble.add("amendments", centre.amending())
    ensemble.add("housekeeping", centre.housekeeping())
    add_metrics_queue(ensemble, centre)
    add_figures(ensemble, centre)
    if centre.loaded.settings.collector.enabled:
        ensemble.add("collector", centre.collector())
    return ensemble


def collector_alone(loaded: Loaded) -> int:
    """A collector as a process: its inventory from the centre over HTTP, or from the centre's database here."""
    kinds = known_kinds(loaded)
    source = distant_source(loaded) or LocalPart(patiently(lambda: open_store(loaded)), loaded.settings.collector.id)
    ensemble = Ensemble()
    ensemble.add("collector", on_loop(collector_of(loaded, source, kinds).run))
    return work(ensemble)
