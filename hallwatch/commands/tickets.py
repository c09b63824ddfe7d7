"""`hallwatch tickets import`: the tickets of the operator's own system, taken in from a file (K1)."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated, Final

import typer
from rich.progress import Progress as Bar

from alerts.imports.bringing import Result, bring, read_table
from alerts.imports.fault import Fault, Unreadable, shown
from alerts.imports.mapping import Mapping, read_mapping
from alerts.imports.outcome import HOWS, Manner, Progress
from alerts.settings import N_
from hallwatch.compose import now_ms, open_store
from hallwatch.console import AsJson, Config, _, err, fail, out, show_json
from hallwatch.settings_file import load

app = typer.Typer(help=_("Tickets of another system"), no_args_is_help=True)

File = Annotated[Path, typer.Argument(help=_("CSV or XLSX"))]
Map = Annotated[Path, typer.Option("--map", metavar="FILE", help=_("The mapping of its columns (TOML, JSON)"))]
DryRun = Annotated[bool, typer.Option("--dry-run", help=_("Only say what would change"))]
SkipBad = Annotated[bool, typer.Option("--skip-bad", help=_("Take the good rows of a file with faults"))]
REST_S: Final = 0.02
_TOLD: Final = {
    "new": N_("{n} new"),
    "joined": N_("{n} joined to tickets that are there"),
    "known": N_("{n} known already"),
    "corrected": N_("{n} corrected"),
    "refused": N_("{n} refused"),
}


@app.command("import", help=_("Take the tickets of another system in; the same again changes nothing"))
def take_in(
    file: File, mapping: Map, config: Config = None, dry_run: DryRun = False, skip_bad: SkipBad = False,
    as_json: AsJson = False,
) -> None:  # fmt: skip
    """Take a file in: every fault at once, nothing of a file with faults unless `--skip-bad`."""
    loaded = load(config)
    meant = _mapping(mapping)
    data = _bytes(file)
    settings = loaded.settings
    gap = round(settings.tickets.merge_gap * 1000)
    manner = Manner(meant.system, "import", dry_run, skip_bad, gap)
    with _progress() as progress:
        table = lambda: read_table(data, str(file), meant.file)  # noqa: E731 - read within, where faults are gathered
        result = bring(open_store(loaded), table, meant, manner, settings.site.zone, now_ms(), progress)
    if as_json:
        show_json(result.document(_))
    else:
        _show(result, dry_run)
    if not result.ok:
        raise typer.Exit(1)


def _mapping(file: Path) -> Mapping:
    try:
        return read_mapping(_bytes(file).decode("utf-8-sig"), str(file))
    except UnicodeDecodeError:
        fail(_("{file}: not UTF-8").format(file=file))
    except Unreadable as error:
        for one in error.faults:
            err.print(_line(one), style="red")
        raise typer.Exit(1) from error


def _bytes(file: Path) -> bytes:
    try:
        return file.read_bytes()
    except OSError as error:
        fail(_("{file}: cannot be read: {error}").format(file=file, error=error.strerror))


@contextmanager
def _progress() -> Iterator[Progress]:
    """Progress on a terminal, none in a pipe; others who write get their turn between two parts."""
    if not err.is_terminal:
        yield lambda _done, _all: time.sleep(REST_S)
        return
    with Bar(console=err, transient=True) as bar:
        task = bar.add_task(_("Tickets"), total=None)

        def tell(done: int, all_: int) -> None:
            bar.update(task, completed=done, total=all_)
            time.sleep(REST_S)

        yield tell


def _show(result: Result, dry_run: bool) -> None:
    for one in result.faults.listed():
        err.print(_line(one), style="yellow" if one.warning else "red")
    if result.faults.left_out:
        err.print(_("and {n} more").format(n=result.faults.left_out))
    counts = result.outcome.counts
    told = [_(_TOLD[name]).format(n=counts[name]) for name in HOWS if counts[name]]
    out.print(", ".join(told) or _("no rows"))
    if dry_run:
        out.print(_("A dry run: nothing was changed."))
    elif not result.outcome.taken:
        out.print(_("Nothing was taken; --skip-bad takes the good rows."))


def _line(fault: Fault) -> str:
    """`file:row: column: reason (near miss)`, as compilers tell it."""
    where = f"{fault.file}:{fault.row}" if fault.row else fault.file
    sort = _("warning: ") if fault.warning else ""
    place = f"{fault.column}: " if fault.column else ""
    near = " " + _("(did you mean {word}?)").format(word=shown(fault.near_miss)) if fault.near_miss else ""
    return f"{where}: {sort}{place}{fault.told(_)}{near}"
