"""The command line: every subcommand, and what becomes of errors (one clear message, exit code 1)."""

from __future__ import annotations

import sys
from collections.abc import Iterable
from importlib import import_module
from importlib.metadata import version as installed_version
from typing import Final, NamedTuple

import typer

from hallwatch.console import _, err


class Command(NamedTuple):
    """A command: the module and the name within it (a function, or a group of commands), and its line of help."""

    module: str
    name: str
    help: str = ""


COMMANDS: Final = {
    "demo": Command("run", "demo", _("The main job with simulated devices, nothing to install beside it")),
    "up": Command("run", "up", _("Everything in one process, with real devices")),
    "collector": Command("run", "collector", _("Only the collector")),
    "recorder": Command("run", "recorder", _("Only the recorder")),
    "alerts": Command("run", "alerts", _("Only tickets and notices")),
    "api": Command("run", "api", _("Only pages and JSON")),
    "check": Command("inventory", "check", _("Judge settings or an inventory: every fault at once")),
    "import": Command("inventory", "take_in", _("Take an inventory in; shows the difference first, all or nothing")),
    "poll": Command("poll", "poll", _("Ask one device now and show how the verdict came about")),
    "discover": Command(
        "discover", "discover", _("What is in a network: a gentle scan, proposed inventory lines, what changed")
    ),
    "report": Command("report", "report", _("Figures of a month or a period, for people and machines")),
    "verify": Command(
        "verify", "verify", _("Whether the sealed months are what was sealed, by the head that was printed")
    ),
    "labels": Command("labels", "write", _("Stickers for a hall's devices, as a PDF to be printed")),
    "simulate": Command("simulate", "simulate", _("The simulated devices alone")),
    "doctor": Command("doctor", "doctor", _("What is reachable, configured, late; the exit code says so")),
    "backup": Command("backup", "backup", _("Copy databases, settings and inventory, while everything runs")),
    "token": Command("token", "app"),
    "tickets": Command("tickets", "app"),
    "dashboards": Command("dashboards", "app"),
    "metrics": Command("metrics", "app"),
}
"""What a command needs is imported when it is wanted: the whole takes seconds."""


def app_of(names: Iterable[str]) -> typer.Typer:
    """The command line with these commands, and `version`."""
    app = typer.Typer(
        no_args_is_help=True,
        add_completion=False,
        pretty_exceptions_enable=False,
        help=_("Availability, outages, tickets and repair clocks of the equipment in service halls."),
    )
    app.callback()(_nothing)
    for name in names:
        _add(app, name, COMMANDS[name])
    app.command("version", help=_("Print the version"))(version)
    return app


def _nothing() -> None:
    """With it a command line of one command still has to be told which."""


def _add(app: typer.Typer, name: str, command: Command) -> None:
    found = getattr(import_module(f"hallwatch.commands.{command.module}"), command.name)
    if isinstance(found, typer.Typer):
        app.add_typer(found, name=name)
    else:
        app.command(name, help=command.help)(found)


def version() -> None:
    """Print the version."""
    typer.echo(installed_version("hallwatch"))


def main() -> None:
    """The console script."""
    wanted = sys.argv[1] if len(sys.argv) > 1 else ""
    app = app_of([wanted] if wanted in COMMANDS else () if wanted == "version" else COMMANDS)
    try:
        app()
    except KeyboardInterrupt:
        sys.exit(130)
    except Exception as error:
        if not _told(error):
            raise
        sys.exit(1)


def _told(error: Exception) -> bool:
    """Tell a user's mistake, or what is away, in a line; False where it is a fault of ours."""
    from hallwatch.expected import EXPECTED
    from hallwatch.inventory.rendering import render_faults
    from hallwatch.settings_file import BadSettings

    if isinstance(error, BadSettings):
        render_faults(err, error.faults, _)
    elif isinstance(error, EXPECTED):
        err.print(str(error), style="red")
    else:
        return False
    return True
