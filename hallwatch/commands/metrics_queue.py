"""`hallwatch metrics status` and `quarantine`: what waits for the metrics server, and what it refused."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Annotated, Any, Final

import typer

from collector.observation import render_instant
from hallwatch.compose import now_ms
from hallwatch.console import AsJson, Config, _, fail, out, show_json
from hallwatch.live_parts import beside
from hallwatch.metrics_server import address_of
from hallwatch.secret import NoSecret
from hallwatch.settings_file import Loaded, load
from store.fault import StoreError
from store.influx.server import connect
from store.measurements import RAW
from store.metrics_queue import MetricsQueue, is_owned
from store.quarantine import Quarantined, put_back, quarantined

TIMEOUT_S: Final = 3.0
Most = Annotated[int, typer.Option("--limit", min=1, max=10_000, help=_("How many of the newest to show"))]
Retry = Annotated[bool, typer.Option("--retry", help=_("Put all of them into the queue once more"))]


def status(config: Config = None, as_json: AsJson = False) -> None:
    """How many points wait, since when, and what became of the others; exit code 1 where points were lost."""
    with _queue(config) as queue:
        said: dict[str, Any] = queue.stats()
        owned = is_owned(queue.path)
        figures = _figures(beside(queue.path, "figures"))
    trouble = _trouble(load(config))
    if as_json:
        oldest = said.pop("oldest_ms")
        more = {"running": owned, "figures_points": figures, "trouble": trouble}
        show_json(said | {"oldest": None if oldest is None else render_instant(oldest)} | more)
    else:
        _show(said, owned)
        if figures:
            out.print(_("live figures that wait besides: {n} points").format(n=figures))
        if trouble:
            out.print(_("It cannot be written now: {reason}").format(reason=trouble), style="red", markup=False)
    if said["lost"]:
        raise typer.Exit(1)


def _figures(file: Path) -> int:
    """What waits in the other queue, of the live figures; 0 where another process has none of its own."""
    if not file.exists():
        return 0
    with closing(MetricsQueue(file)) as queue:
        return int(queue.stats()["points"])


def _trouble(loaded: Loaded) -> str | None:
    """Why the server takes nothing now, in its own words; None where it does. Writes nothing."""
    if loaded.settings.metrics.embedded:
        return None
    try:
        with connect(address_of(loaded), TIMEOUT_S) as server:
            server.may_write(RAW)
    except (StoreError, NoSecret) as error:
        return str(error)
    return None


def _show(said: dict[str, Any], owned: bool) -> None:
    out.print(_("waiting: {points} points, {mb} MB").format(points=said["points"], mb=f"{said['bytes'] / 1e6:.1f}"))
    if said["oldest_ms"] is not None:
        out.print(_("the oldest since {at}").format(at=render_instant(said["oldest_ms"])))
    out.print(_("hours to be rolled up: {n}").format(n=said["dirty"]))
    out.print(_("written so far: {n}").format(n=said["written"]))
    style = "yellow" if said["quarantine"] else ""
    out.print(
        _("refused so far: {n}, in quarantine: {kept}").format(n=said["quarantined"], kept=said["quarantine"]),
        style=style,
    )
    out.print(_("lost so far: {n}").format(n=said["lost"]), style="red" if said["lost"] else "")
    if not owned:
        out.print(_("No process brings them to the server now."), style="yellow")


def quarantine(retry: Retry = False, limit: Most = 20, config: Config = None, as_json: AsJson = False) -> None:
    """The lines that the server refused, with its reasons; once these are gone, put them back."""
    with _queue(config) as queue:
        if retry:
            put = put_back(queue, now_ms())
            show_json({"put_back": put}) if as_json else out.print(_("{n} points are in the queue again").format(n=put))
            return
        rows, kept = quarantined(queue, limit), queue.stats()["quarantine"]
    if as_json:
        show_json({"quarantine": kept, "lines": [_row(one) for one in rows]})
        return
    for one in rows:
        out.print(f"{render_instant(one.at)}  {one.reason}\n    {one.line}")
    out.print(_("{n} lines in quarantine").format(n=kept))


def _row(one: Quarantined) -> dict[str, Any]:
    return {"at": render_instant(one.at), "policy": one.policy, "reason": one.reason, "line": one.line}


@contextmanager
def _queue(config: Config) -> Iterator[MetricsQueue]:
    loaded = load(config)
    path = loaded.path(loaded.settings.metrics.queue)
    if not path.exists():
        if loaded.settings.metrics.embedded:
            fail(_("metrics.url is embedded: there is no queue before that store"))
        fail(_("{path}: there is no queue yet; hallwatch up or recorder makes it").format(path=path))
    queue = MetricsQueue(path)
    try:
        yield queue
    finally:
        queue.close()
