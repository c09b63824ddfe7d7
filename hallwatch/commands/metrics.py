"""`hallwatch metrics`: the metrics store: set up a server for it, copy what there is, look at what waits."""

from __future__ import annotations

from typing import Annotated, Any, Final

import typer

from hallwatch.commands import metrics_copy, metrics_queue
from hallwatch.console import AsJson, Config, _, err, fail, out, show_json
from hallwatch.inventory.faults import N_
from hallwatch.metrics_server import address_of
from hallwatch.settings_file import Loaded, load
from store.influx.server import Server, connect
from store.influx.setup import Step
from store.influx.setup import setup as set_up

app = typer.Typer(help=_("The store of measured values"), no_args_is_help=True)

DryRun = Annotated[bool, typer.Option("--dry-run", help=_("Only say what would be done"))]
_SIGNS: Final = {
    "made": ("+", "green", N_("made"), N_("would be made")),
    "changed": ("~", "green", N_("changed"), N_("would be changed")),
    "kept": ("✓", "", N_("as it should be"), N_("as it should be")),
    "note": ("!", "yellow", N_("to be known"), N_("to be known")),
    "wrong": ("✗", "red", N_("wrong"), N_("wrong")),
    "lacks": ("✗", "red", N_("right missing"), N_("right missing")),
}

app.command("copy", help=_("Copy the history of the embedded store into the server; killed, it goes on later"))(
    metrics_copy.copy
)
app.command("status", help=_("What waits for the server, what was refused or lost"))(metrics_queue.status)
app.command("quarantine", help=_("The points that the server refused, and why; put them back"))(
    metrics_queue.quarantine
)


@app.command(
    "setup", help=_("Make databases or buckets with their retention on the server; say which rights are missing")
)
def setup(config: Config = None, dry_run: DryRun = False, as_json: AsJson = False) -> None:
    """Do it, or say what would be done; exit code 1 where a right is missing or something is wrong."""
    loaded = load(config)
    server = _server(loaded)
    try:
        steps = set_up(server, *loaded.settings.metrics.days, dry_run=dry_run)
    finally:
        server.close()
    if as_json:
        show_json({"server": server.kind, "version": server.version, "steps": [_row(step) for step in steps]})
    else:
        err.print(_("{where} is {name}").format(where=server.address.base, name=server.name))
        for step in steps:
            sign, style, done, would = _SIGNS[step.done]
            out.print(f"{sign} {_(would if step.dry else done)}: {step.told(_)}", style=style)
    if any(step.done in ("lacks", "wrong") for step in steps):
        raise typer.Exit(1)


def _server(loaded: Loaded) -> Server:
    if loaded.settings.metrics.embedded:
        fail(_("metrics.url is embedded: that store needs no setting up"))
    return connect(address_of(loaded))


def _row(step: Step) -> dict[str, Any]:
    return {"done": step.done, "dry_run": step.dry, "said": step.told(str), **step.values}
