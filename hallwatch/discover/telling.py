"""What a scan found, for people: a table on a terminal, one line each in a pipe; and what changed."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from rich.console import Console
from rich.table import Table
from rich.text import Text

from hallwatch.console import _
from hallwatch.discover.changes import Change, Compared
from hallwatch.discover.found import Found
from hallwatch.discover.guess import guess
from hallwatch.inventory.faults import N_, shown

_SAID: Final = {
    "new": N_("{address}: new, in no inventory"),
    "moved": N_("{device} has moved: {was} -> {now}"),
    "also_at": N_("{device} also answers at {now}"),
    "gone": N_("{device}: nothing answers at {address}"),
    "other_serial": N_("{device} ({address}): another serial number: {was} -> {now}"),
    "other_mac": N_("{device} ({address}): another hardware address: {was} -> {now}"),
    "other_kind": N_("{device} ({address}): the inventory says {was}, it looks like {now}"),
    "shared_address": N_("{address}: the address of both {device} and {now}"),
}
_STYLE: Final = {"new": "green", "moved": "yellow", "gone": "red", "other_serial": "red", "shared_address": "red"}


def tell_found(console: Console, found: Sequence[Found], compared: Compared) -> None:
    """Every address where something answers: who it is, of what kind, and which device the inventory has there."""
    headings = (_("address"), _("device"), _("kind"), _("what it says"), _("serial number"), "MAC", _("why"))
    rows = [_row(host, compared) for host in found if host.alive]
    if console.is_terminal:
        table = Table(*headings, box=None, pad_edge=False)
        for row in rows:
            table.add_row(*(Text(cell, overflow="fold") for cell in row))
        console.print(table)
        return
    for row in [headings, *rows] if rows else []:
        console.file.write("\t".join(row) + "\n")  # rich makes blanks of tabs


def _row(host: Found, compared: Compared) -> tuple[str, ...]:
    kind, reason = guess(host)
    who, one = host.identity, compared.device_at.get(host.address)
    told = who.model or who.descr[:80] or ", ".join(f"TCP {port}" for port in host.ports)
    model = f"{told} [{host.model_file}]" if host.model_file else told
    mac = host.macs[0] if host.macs else ""
    cells = (host.address, one.id if one else "-", _(kind) if kind else "?", model, who.serial, mac, _(reason))
    return tuple(shown(cell) or "-" for cell in cells)


def tell_changes(console: Console, changes: Sequence[Change]) -> None:
    """What is otherwise than it was known, a line each."""
    for change in changes:
        values = {key: shown(_worded(change, key)) for key in ("address", "device", "was", "now")}
        console.print(Text(_(_SAID[change.what]).format(**values), style=_STYLE.get(change.what, "")))


def _worded(change: Change, key: str) -> str:
    value = getattr(change, key)
    return _(value) if change.what == "other_kind" and key in ("was", "now") else str(value or "")
