"""Faults and differences for people: a table on a terminal, one plain line each in a pipe."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from typing import Any, Final

from rich.console import Console
from rich.table import Table
from rich.text import Text

from hallwatch.inventory.faults import Fault, Translate, shown
from store.difference import Difference

ALIKE: Final = 3


def render_faults(console: Console, faults: Sequence[Fault], translate: Translate, left_out: int = 0) -> None:
    """Print every fault, and of warnings that say the same the first few; `left_out` is how many more there were."""
    _ = translate
    told, more = _few(faults, translate)
    if console.is_terminal:
        console.print(_fault_table(told, translate))
    else:
        for fault in told:
            console.print(fault_line(fault, translate), markup=False, highlight=False, soft_wrap=True)
    for reason, n in more.items():
        said = _("{n} more times: {reason}").format(n=n, reason=reason)
        console.print(_("warning: ") + said, markup=False, highlight=False, soft_wrap=True)
    if left_out:
        console.print(_("and {n} more").format(n=left_out), markup=False)


def _few(faults: Sequence[Fault], translate: Translate) -> tuple[list[Fault], dict[str, int]]:
    """What is shown, and how often what was left out says it again."""
    said: Counter[str] = Counter()
    told = []
    for fault in faults:
        reason = fault.told(translate)
        said[reason] += fault.warning
        if not fault.warning or said[reason] <= ALIKE:
            told.append(fault)
    return told, {reason: n - ALIKE for reason, n in said.items() if n > ALIKE}


def fault_line(fault: Fault, translate: Translate) -> str:
    """`file:line: place: reason (near miss)`, as compilers tell it."""
    _ = translate
    sort = _("warning: ") if fault.warning else ""
    place = f"{fault.place}: " if fault.place else ""
    return f"{_where(fault)}: {sort}{place}{fault.told(translate)}{_near(fault, translate)}"


def _where(fault: Fault) -> str:
    return f"{fault.file}:{fault.line}" if fault.line else fault.file


def fault_document(fault: Fault, translate: Translate) -> dict[str, Any]:
    """A fault for `--json`."""
    told = {"file": fault.file, "line": fault.line, "place": fault.place, "reason": fault.told(translate)}
    return {**told, "near_miss": fault.near_miss, "warning": fault.warning}


def _near(fault: Fault, translate: Translate) -> str:
    _ = translate
    return " " + _("(did you mean {word}?)").format(word=shown(fault.near_miss)) if fault.near_miss else ""


def _fault_table(faults: Sequence[Fault], translate: Translate) -> Table:
    _ = translate
    table = Table(box=None, pad_edge=False)
    for heading in (_("where"), _("place"), _("what is wrong")):
        table.add_column(heading, overflow="fold")
    for fault in faults:
        style = "yellow" if fault.warning else "red"
        reason = fault.told(translate) + _near(fault, translate)
        table.add_row(Text(_where(fault)), Text(fault.place), Text(reason, style=style))
    return table


def render_difference(console: Console, difference: Difference, translate: Translate, most: int = 200) -> None:
    """Print what an import would change, at most `most` lines of it, and the sums."""
    _ = translate
    if not difference:
        console.print(_("nothing changes"), markup=False)
        return
    lines = difference.lines()
    if console.is_terminal:
        console.print(_difference_table(difference, most))
    else:
        for line in lines[:most]:
            console.print(shown(line), markup=False, highlight=False, soft_wrap=True)
    if len(lines) > most:
        console.print(_("and {n} more").format(n=len(lines) - most), markup=False)
    sums = {"added": len(difference.added), "changed": len(difference.changed), "removed": len(difference.removed)}
    console.print(_("{added} added, {changed} fields changed, {removed} removed").format(**sums), markup=False)


def _difference_table(difference: Difference, most: int) -> Table:
    table = Table(box=None, pad_edge=False, show_header=False)
    rows = [("+", "green", entry.noun, entry.id, "", "", "") for entry in difference.added]
    rows += [
        ("~", "yellow", one.noun, one.id, one.field, _value(one.old), _value(one.new)) for one in difference.changed
    ]
    rows += [("-", "red", entry.noun, entry.id, "", "", "") for entry in difference.removed]
    for sign, style, *cells in rows[:most]:
        table.add_row(Text(sign, style=style), *(Text(shown(cell), overflow="fold") for cell in cells))
    return table


def _value(value: Any) -> str:
    return "-" if value is None else shown(value)
