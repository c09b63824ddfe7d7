"""`hallwatch doctor`: what is reachable, configured, late; the exit code says so."""

from __future__ import annotations

import typer

from hallwatch import checkup
from hallwatch.console import AsJson, Config, _, out, show_json
from hallwatch.settings_file import load

_SIGNS = {"good": ("✓", "green"), "look": ("!", "yellow"), "bad": ("✗", "red")}


def doctor(config: Config = None, as_json: AsJson = False) -> None:
    """Look at everything once; exit code 1 where something is bad."""
    findings = list(checkup.findings(load(config)))
    if as_json:
        show_json([finding._asdict() for finding in findings])
    else:
        for finding in findings:
            sign, style = _SIGNS[finding.grade]
            out.print(f"{sign} {_(finding.what)}: {finding.told(_)}", style=style)
    if any(finding.grade == "bad" for finding in findings):
        raise typer.Exit(1)
