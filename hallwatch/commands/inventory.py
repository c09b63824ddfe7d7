"""`hallwatch check` and `hallwatch import`: judging settings and inventories, taking inventories in."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from collector.kind import load_kinds
from hallwatch.compose import known_kinds, now_ms, open_store
from hallwatch.console import AsJson, Config, _, err, out, show_json
from hallwatch.inventory import Fault, Inventory, Rules, judge, read_file
from hallwatch.inventory.faults import N_
from hallwatch.inventory.rendering import fault_document, render_difference, render_faults
from hallwatch.inventory_import import Importer, Taken
from hallwatch.settings_file import BadSettings, Loaded, load

Files = Annotated[list[Path], typer.Argument(help=_("Inventory files (YAML, JSON) or hallwatch.toml"))]
DryRun = Annotated[bool, typer.Option("--dry-run", help=_("Only say what would change"))]


def check(files: Files, config: Config = None, as_json: AsJson = False) -> None:
    """Judge settings or an inventory: every fault at once, with file, line, reason and near miss."""
    settings = [file for file in files if file.suffix == ".toml"]
    inventories = [file for file in files if file.suffix != ".toml"]
    faults: list[Fault] = []
    loaded: Loaded | None = None
    for file in settings or ([config] if config else []):
        try:
            loaded = load(file)
        except BadSettings as error:
            faults += error.faults
    left_out = 0
    if inventories:
        checked = judge([read_file(file) for file in inventories], _rules(loaded))
        faults += checked.faults
        left_out = checked.left_out
    _report(faults, left_out, as_json)


def _rules(loaded: Loaded | None) -> Rules:
    if loaded is None:
        return Rules({name: kind.interval_s for name, kind in load_kinds().items() if "/" not in name})
    settings = loaded.settings
    kinds = {name: kind.interval_s for name, kind in known_kinds(loaded).items() if "/" not in name}
    return Rules(kinds, settings.site.zone, settings.collector.id)


def _report(faults: list[Fault], left_out: int, as_json: bool) -> None:
    errors = [fault for fault in faults if not fault.warning]
    if as_json:
        show_json([fault_document(fault, _) for fault in faults])
    elif faults:
        render_faults(err, faults, _, left_out)
    if not errors and not as_json:
        out.print(_("No faults."))
    if errors:
        raise typer.Exit(1)


def take_in(files: Files, config: Config = None, dry_run: DryRun = False, as_json: AsJson = False) -> None:
    """Take an inventory in: shows the difference first; all or nothing."""
    loaded = load(config)
    engine = open_store(loaded)
    importer = Importer(loaded, engine, known_kinds(loaded), now_ms)
    read: list[Inventory] = [read_file(file) for file in files]
    preview = importer.take(read, "import", dry_run=True)
    show_taken(preview, as_json)
    if not preview.ok:
        raise typer.Exit(1)
    if dry_run:
        return
    if preview.difference:
        importer.take(read, "import")
    if not as_json:
        out.print(_(_outcome(preview)))


def _outcome(taken: Taken) -> str:
    return N_("Taken in.") if taken.difference else N_("Nothing to change.")


def show_taken(taken: Taken, as_json: bool = False) -> None:
    """Print faults, warnings and the difference."""
    if as_json:
        show_json(taken.document())
        return
    if taken.checked.faults:
        render_faults(err, taken.checked.faults, _, taken.checked.left_out)
    if taken.difference:
        render_difference(out, taken.difference, _)
