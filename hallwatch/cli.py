"""The command line: every subcommand, and what becomes of errors (one clear message, exit code 1)."""

from __future__ import annotations

import sys

import typer

from collector.kind import BadKind
from hallwatch.broker import BrokerFault
from hallwatch.centre import Refusal
from hallwatch.commands import (
    backup,
    dashboards,
    discover,
    doctor,
    inventory,
    labels,
    metrics,
    poll,
    report,
    run,
    simulate,
    tickets,
    token,
    verify,
)
from hallwatch.compose import VERSION, NotBuiltYet
from hallwatch.console import _, err
from hallwatch.inventory.rendering import render_faults
from hallwatch.inventory_import import TooMuchGone
from hallwatch.secret import NoSecret
from hallwatch.settings_file import BadSettings
from hallwatch.web import CannotListen
from store.fault import StoreError

app = typer.Typer(
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    help=_("Availability, outages, tickets and repair clocks of the equipment in service halls."),
)
app.command("demo", help=_("The main job with simulated devices, nothing to install beside it"))(run.demo)
app.command("up", help=_("Everything in one process, with real devices"))(run.up)
app.command("collector", help=_("Only the collector"))(run.collector)
app.command("recorder", help=_("Only the recorder"))(run.recorder)
app.command("alerts", help=_("Only tickets and notices"))(run.alerts)
app.command("api", help=_("Only pages and JSON"))(run.api)
app.command("check", help=_("Judge settings or an inventory: every fault at once"))(inventory.check)
app.command("import", help=_("Take an inventory in; shows the difference first, all or nothing"))(inventory.take_in)
app.command("poll", help=_("Ask one device now and show how the verdict came about"))(poll.poll)
app.command("discover", help=_("What is in a network: a gentle scan, proposed inventory lines, what changed"))(
    discover.discover
)
app.command("report", help=_("Figures of a month or a period, for people and machines"))(report.report)
app.command("verify", help=_("Whether the sealed months are what was sealed, by the head that was printed"))(
    verify.verify
)
app.command("labels", help=_("Stickers for a hall's devices, as a PDF to be printed"))(labels.write)
app.command("simulate", help=_("The simulated devices alone"))(simulate.simulate)
app.command("doctor", help=_("What is reachable, configured, late; the exit code says so"))(doctor.doctor)
app.command("backup", help=_("Copy databases, settings and inventory, while everything runs"))(backup.backup)
app.add_typer(token.app, name="token")
app.add_typer(tickets.app, name="tickets")
app.add_typer(dashboards.app, name="dashboards")
app.add_typer(metrics.app, name="metrics")

_EXPECTED = (Refusal, TooMuchGone, BrokerFault, CannotListen, NoSecret, NotBuiltYet, StoreError, *simulate.FAULTS)


@app.command("version", help=_("Print the version"))
def version() -> None:
    """Print the version."""
    typer.echo(VERSION)


def main() -> None:
    """The console script."""
    try:
        app()
    except BadSettings as error:
        render_faults(err, error.faults, _)
    except BadKind as error:
        err.print(str(error), style="red")
    except _EXPECTED as error:
        err.print(str(error), style="red")
    except KeyboardInterrupt:
        sys.exit(130)
    else:
        return
    sys.exit(1)
