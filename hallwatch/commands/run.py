"""`demo`, `up`, and each component alone."""

from __future__ import annotations

import time
from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Literal

import typer

from hallwatch import running
from hallwatch.centre import Centre
from hallwatch.compose import page_address
from hallwatch.console import Config, _, language, log_to_terminal, out
from hallwatch.ensemble import Ensemble
from hallwatch.patience import patiently
from hallwatch.settings_file import load

Folder = Annotated[Path, typer.Option("--folder", help=_("Where the demo keeps its files; the only thing left behind"))]
Listen = Annotated[str, typer.Option("--listen", metavar="HOST:PORT", help=_("Where the page is"))]
Language = Annotated[Literal["zh", "en"] | None, typer.Option("--language", help=_("Language of the pages"))]
Seed = Annotated[int, typer.Option("--seed", help=_("Another seed is another city and another story"))]
Halls = Annotated[int, typer.Option("--halls", min=1, max=200)]
Devices = Annotated[int, typer.Option("--devices", min=1, max=5000)]


def demo(
    listen: Listen = "127.0.0.1:8080",
    folder: Folder = Path("hallwatch-demo"),
    language_: Language = None,
    seed: Seed = 1,
    halls: Halls = 12,
    devices: Devices = 150,
    config: Config = None,  # noqa: ARG001 - every command takes it; the demo writes its own
) -> None:
    """The main job with simulated devices."""
    from hallwatch import demo as demonstration
    from simulator.city import BESIDES

    began = time.monotonic()
    log_to_terminal()
    chosen = demonstration.Demo(folder, listen, language_ or language(), seed, halls, devices)

    def ready(tokens: Mapping[str, str]) -> None:
        took = time.monotonic() - began
        out.print(_("The page is open: http://{where} (after {seconds:.1f} s). Ctrl-C ends it.").format(
            where=listen, seconds=took
        ))  # fmt: skip
        out.print(_("{halls} halls, {devices} devices; the first fault comes within half a minute.").format(
            halls=halls, devices=devices + len(BESIDES)
        ))  # fmt: skip
        out.print(_("Two hours of repair are four minutes here. Sign in with one of these to act:"))
        for role, token in tokens.items():
            out.print(f"  {role:<14} {token}", markup=False, highlight=False)
        out.print(_("While it runs: hallwatch poll P-0001 -c {file}").format(file=folder / "hallwatch.toml"))

    raise typer.Exit(demonstration.run(chosen, ready))


def up(config: Config = None) -> None:
    """Everything in one process, embedded defaults, real devices."""
    log_to_terminal()
    loaded = load(config)

    def ready() -> None:
        out.print(_("The page is open: {address}").format(address=page_address(loaded)))
        out.print(_("Sign in with a token; to make one: hallwatch token create NAME --role admin"))

    raise typer.Exit(running.up(loaded, ready))


def opened(config: Path | None) -> Centre:
    """The centre's rooms, once the database answers."""
    loaded = load(config)
    return patiently(lambda: Centre(loaded))


def collector(config: Config = None) -> None:
    """Only the collector."""
    log_to_terminal()
    raise typer.Exit(running.collector_alone(load(config)))


def recorder(config: Config = None) -> None:
    """Only the recorder, with housekeeping; takes the configured inventory in at its start."""
    log_to_terminal()
    centre = opened(config)
    running.take_inventory(centre)
    ensemble = Ensemble()
    ensemble.add("recorder", centre.recorder())
    ensemble.add("housekeeping", centre.housekeeping())
    running.add_metrics_queue(ensemble, centre)
    raise typer.Exit(running.work(ensemble))


def alerts(config: Config = None) -> None:
    """Only tickets and notices, and reports by the calendar."""
    log_to_terminal()
    centre = opened(config)
    ensemble = Ensemble()
    ensemble.add("alerts", centre.alerts())
    ensemble.add("reports", centre.reporting())
    ensemble.add("amendments", centre.amending())
    running.add_figures(ensemble, centre)
    raise typer.Exit(running.work(ensemble))


def api(config: Config = None) -> None:
    """Only pages and JSON."""
    log_to_terminal()
    raise typer.Exit(running.serve(opened(config), Ensemble()))
