"""`hallwatch backup`: what one machine of the centre has, in a folder, while it goes on working."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from hallwatch.backup import back_up
from hallwatch.compose import now_ms
from hallwatch.console import AsJson, Config, _, err, out, show_json
from hallwatch.settings_file import load

Folder = Annotated[Path, typer.Argument(help=_("Where to; a folder that is not there yet"))]


def backup(folder: Folder, config: Config = None, as_json: AsJson = False) -> None:
    """Copy databases, settings and inventory, and say what is not among it."""

    def progress(name: str, left: int, pages: int) -> None:
        if err.is_terminal:
            err.print(f"\r{name} {100 * (pages - left) // max(pages, 1):3} %", end="" if left else "\n")

    made = back_up(load(config), config, folder, now_ms(), progress)
    left = [(text, values, _(text).format_map(values)) for text, values in made.left]
    if as_json:
        said = {"folder": str(folder), "at": made.at, "bytes": made.bytes, "places": made.places}
        show_json(said | {"seals": made.seals, "head": made.head, "left_out": [told for _text, _v, told in left]})
        return
    out.print(_("{folder}: {n} files, {mb} MB, as of {at}").format(
        folder=folder, n=len(made.places), mb=f"{made.bytes / 1e6:.1f}", at=made.at
    ))  # fmt: skip
    for _text, _values, told in left:
        out.print("  " + _("not in it: {what}").format(what=told))
    if made.head:
        out.print(_("After a restore: hallwatch verify --head {head}").format(head=made.head))
