"""`hallwatch check` and `hallwatch import`: judging settings and inventories, taking inventories in."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path
from typing import Annotated

import typer

from hallwatch.compose import known_kinds, now_ms, open_store
from hallwatch.console import AsJson, Config, _, err, out, show_json
from hallwatch.inventory import Checked, Fault, Inventory, Rules, judge, read_file
from hallwatch.inventory.faults import N_, shown
from hallwatch.inventory.rendering import fault_document, render_difference, render_faults
from hallwatch.inventory_import import Importer, Taken
from hallwatch.settings import Settings
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
            known_kinds(loaded)
        except BadSettings as error:
            faults += error.faults
    left_out = 0
    if inventories:
        checked = judge([read_file(file) for file in inventories], _rules(loaded or _usual()))
        faults += checked.faults + list(_unset(checked, inventories))
        left_out = checked.left_out
    _report(faults, left_out, as_json)


def _unset(checked: Checked, files: list[Path]) -> Iterator[Fault]:
    """Warnings: what a collector on this machine would miss. An inventory without devices is one, too."""
    document = checked.document or {}
    if checked.document is not None and not document.get("devices"):
        yield Fault(str(files[0]), 0, "devices", N_("there are none"), warning=True)
    named: dict[str, list[str]] = {}
    for device in document.get("devices", ()):
        for value in (device.get("snmp") or {}).values():
            if isinstance(value, str) and value.startswith("env:") and value[4:] not in os.environ:
                named.setdefault(value[4:], []).append(shown(device.get("id", "?")))
    for name, devices in named.items():
        message = N_("the variable {name} is not set here; a collector that runs here cannot ask {devices}")
        told = ", ".join(devices[:5]) + (f", … ({len(devices)})" if len(devices) > 5 else "")
        file, line = _first(f"env:{name}", files)
        yield Fault(str(file), line, "snmp", message, {"name": name, "devices": told}, warning=True)


def _first(words: str, files: list[Path]) -> tuple[Path, int]:
    """Where these words stand first; the first file and no line where they are not written so."""
    for file in files:
        for number, line in enumerate(file.read_text("utf-8", "replace").splitlines(), 1):
            if words in line:
                return file, number
    return files[0], 0


def _usual() -> Loaded:
    """The settings of this folder; where they have faults (which `check hallwatch.toml` tells), the defaults."""
    try:
        return load(None)
    except BadSettings:
        return Loaded(Settings.model_construct(), Path.cwd())


def _rules(loaded: Loaded) -> Rules:
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
    if preview.difference and not dry_run:
        importer.take(read, "import")
    if not as_json:
        out.print(_outcome(preview, dry_run))


def _outcome(taken: Taken, dry_run: bool) -> str:
    if not taken.difference:
        return _("Nothing to change.")
    return _("A dry run: nothing was changed.") if dry_run else _("Taken in.")


def show_taken(taken: Taken, as_json: bool = False) -> None:
    """Print faults, warnings and the difference."""
    if as_json:
        show_json(taken.document())
        return
    if taken.checked.faults:
        render_faults(err, taken.checked.faults, _, taken.checked.left_out)
    if taken.difference:
        render_difference(out, taken.difference, _)
