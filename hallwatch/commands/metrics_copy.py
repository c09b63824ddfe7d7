"""`hallwatch metrics copy`: the history of the embedded metrics store into a server."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import date
from pathlib import Path
from typing import Annotated, Final
from zoneinfo import ZoneInfo

import typer
from rich.progress import Progress as Bar
from sqlalchemy import Engine

from hallwatch.compose import now_ms, open_store
from hallwatch.console import AsJson, Config, _, err, fail, out, show_json
from hallwatch.inventory.faults import N_
from hallwatch.metrics_copy import Copy, Figures
from hallwatch.metrics_server import address_of
from hallwatch.settings_file import Loaded, load
from recorder.roster import tags_of
from sla.instant import Ms, first_of, parse
from store.database import reading
from store.embedded_history import EmbeddedHistory
from store.influx.server import connect
from store.inventory import load as load_city
from store.metrics import Tags
from store.metrics_queue import MetricsQueue

USAGE: Final = 2
From = Annotated[
    Path | None,
    typer.Option("--from", metavar="FILE", help=_("The file of the embedded store (default: metrics.path)")),
]
Since = Annotated[
    str | None, typer.Option("--since", metavar="DATE", help=_("Only from this date on, or an RFC 3339 instant"))
]
_TOLD: Final = (
    ("devices", N_("{n} devices")),
    ("values", N_("{n} times of measurement written")),
    ("hours", N_("{n} device-hours written")),
    ("values_old", N_("{n} times of measurement beyond the retention, not written")),
    ("hours_old", N_("{n} device-hours beyond the retention, not written")),
    ("quarantined", N_("{n} refused by the server: see hallwatch metrics quarantine")),
    (
        "unknown",
        N_("{n} devices that the inventory does not name: written without hall, branch, kind, model and vendor"),
    ),
)


def copy(source: From = None, since: Since = None, config: Config = None, as_json: AsJson = False) -> None:
    """Copy single values and hours; killed, it goes on where it was. The tags are those of the inventory now."""
    loaded = load(config)
    settings = loaded.settings.metrics
    if settings.embedded:
        fail(_("metrics.url is embedded: name the server first, as influxdb://HOST:8086; the file stays where it is"))
    begin = _instant(since, ZoneInfo(loaded.settings.site.zone))
    address = address_of(loaded)
    file = source or loaded.path(settings.path)
    history, server, queue = EmbeddedHistory(file), connect(address), MetricsQueue(loaded.path(settings.queue))
    job = f"{file.resolve()} {address.base} {address.database} {begin}"
    try:
        work = Copy(history, server, queue, _tags(loaded), job, settings.days, begin)
        with _progress() as told:
            figures = work.run(now_ms(), told)
    finally:
        for one in (history, server, queue):
            one.close()
    _show(figures, as_json)


def _tags(loaded: Loaded) -> dict[str, Tags]:
    engine: Engine = open_store(loaded)
    try:
        with reading(engine) as conn:
            city = load_city(conn)
    finally:
        engine.dispose()
    return {device.id: tags_of(city, device) for device in city.devices.values()}


def _instant(text: str | None, zone: ZoneInfo) -> Ms:
    """A date stands for its first instant (T1)."""
    if text is None:
        return 0
    try:
        return first_of(date.fromisoformat(text), zone) if len(text) <= 10 else parse(text)
    except (ValueError, OverflowError):
        fail(_("{option}: neither a date such as 2026-10-01 nor an RFC 3339 instant").format(option="--since"), USAGE)


def _show(figures: Figures, as_json: bool) -> None:
    if as_json:
        show_json({name: figures[name] for name, _text in _TOLD})
        return
    for name, text in _TOLD:
        if figures[name] or name in ("devices", "values", "hours"):
            out.print(_(text).format(n=figures[name]))


@contextmanager
def _progress() -> Iterator[Callable[[int, int], None]]:
    """A bar on a terminal, nothing in a pipe."""
    if not err.is_terminal:
        yield lambda _done, _all: None
        return
    with Bar(console=err, transient=True) as bar:
        task = bar.add_task(_("Devices"))
        yield lambda done, whole: bar.update(task, completed=done, total=whole)
