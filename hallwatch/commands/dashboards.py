"""`hallwatch dashboards`: build the Grafana dashboards, check what is committed, push them into a Grafana."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Annotated, Final

import typer

import dashboards
from dashboards.build import BASE
from dashboards.files import BOARDS, Choice, differing, files, write
from dashboards.grafana import GrafanaError
from dashboards.lint import lint
from dashboards.push import Pushed, push
from hallwatch.commands.grafana_address import grafana_at
from hallwatch.console import _, err, fail, out

USAGE: Final = 2
SHOWN: Final = 12
"""Changes of one dashboard that are shown line by line."""
_UID: Final = re.compile(r"[A-Za-z0-9_-]{1,40}")
_TREE: Final = Path(dashboards.__file__).parents[1]

app = typer.Typer(help=_("Build, check and push the Grafana dashboards"), no_args_is_help=True)

Set = Annotated[str | None, typer.Option("--set", metavar="metrics|sql", help=_("Only this set (default: both)"))]
OneSet = Annotated[
    str, typer.Option("--set", metavar="metrics|sql", help=_("sql: outages and tickets come from PostgreSQL"))
]
Spoken = Annotated[
    str | None, typer.Option("--language", metavar="zh|en", help=_("Only this language (default: both)"))
]
Base = Annotated[str, typer.Option("--base", metavar="URL", help=_("Where hallwatch's own pages are, for links"))]
Out = Annotated[Path | None, typer.Option("--out", metavar="DIR", help=_("Folder to write into (default: this tree)"))]
Url = Annotated[str, typer.Option("--url", help=_("Grafana's address, such as https://grafana.example"))]
Token = Annotated[str, typer.Option("--token", metavar="env:NAME|file:PATH", help=_("A service account's token"))]
Ca = Annotated[Path | None, typer.Option("--ca", metavar="FILE", help=_("Authority of Grafana's certificate"))]
Folder = Annotated[str, typer.Option("--folder", metavar="UID", help=_("Folder of new dashboards, made if missing"))]
DryRun = Annotated[bool, typer.Option("--dry-run", help=_("Only say what would change"))]
Overwrite = Annotated[bool, typer.Option("--overwrite", help=_("Also replace what somebody has edited in Grafana"))]


def _choice(store: str | None, language: str | None, base: str) -> Choice:
    try:
        return Choice.of(store, language, base)
    except ValueError as error:
        fail(_(str(error)), USAGE)


def _with_sources() -> bool:
    return (_TREE / "pyproject.toml").exists()


@app.command("build", help=_("Write dashboards and provisioning files"))
def build(to: Out = None, store: Set = None, language: Spoken = None, base: Base = BASE) -> None:
    """Without a folder: into the source tree, where both are committed."""
    choice = _choice(store, language, base)
    if to is None and choice != Choice.of(None, None, BASE):
        fail(_("--set, --language and --base go with --out: the source tree has all of them"), USAGE)
    if to is None and not _with_sources():
        fail(_("--out DIR: hallwatch is installed here without its sources"), USAGE)
    try:
        changed = write(files(choice), to or _TREE, bare=to is not None)
    except OSError as error:
        fail(_("{file}: {error}").format(file=error.filename, error=error.strerror))
    for name in changed:
        out.print(name)
    out.print(_("{n} files changed.").format(n=len(changed)))


@app.command("check", help=_("Whether the dashboards keep the rules and are what is built"))
def check(where: Out = None) -> None:
    """Exit code 1 where a rule is broken or a file differs."""
    built = files()
    if where is None and not _with_sources():  # a wheel has the dashboards, not what is deployed beside it
        built = {name: text for name, text in built.items() if name.startswith(BOARDS)}
    boards = {
        name.removeprefix(f"{BOARDS}/"): json.loads(text) for name, text in built.items() if name.endswith("json")
    }
    found = [*(f"{one.where}: {one.what}" for one in lint(boards)), *_differing(built, where)]
    for one in found:
        err.print(f"✗ {one}", style="red")
    if found:
        raise typer.Exit(1)
    out.print("✓ " + _("{n} files, as they are built").format(n=len(built)), style="green")


def _differing(built: Mapping[str, str], where: Path | None) -> Iterator[str]:
    told: Mapping[str, str] = {"missing": _("missing"), "other": _("differs"), "more": _("is not built any more")}
    for name, how in differing(built, where or _TREE, bare=where is not None):
        yield f"{name}: {told[how]}"


@app.command("push", help=_("Bring dashboards into a Grafana, by their UIDs"))
def push_to(  # noqa: PLR0913, PLR0917 - options
    url: Url, token: Token, store: OneSet = "metrics", language: Spoken = None, base: Base = BASE,
    folder: Folder = "hallwatch", ca: Ca = None, dry_run: DryRun = False, overwrite: Overwrite = False,
) -> None:  # fmt: skip
    """Exit code 1 where one failed, or was left alone because somebody had edited it."""
    if not _UID.fullmatch(folder):
        fail(_("--folder: 1 to 40 letters, digits, - and _"), USAGE)
    choice = _choice(store, language, base)
    left = 0
    with grafana_at(url, token, ca) as grafana:
        err.print(_("Grafana {version} at {url}").format(version=grafana.version(), url=url))
        for one in push(grafana, choice.documents(), folder, overwrite=overwrite, dry=dry_run):
            _show(one)
            left += one.deed == "failed" or (one.deed == "edited" and not (dry_run and overwrite))
    if dry_run:
        out.print(_("A dry run: nothing was changed."))
    if left:
        raise typer.Exit(1)


_SIGNS: Final = {"new": "+", "changed": "~", "same": "=", "edited": "!", "failed": "✗"}
_STYLES: Final = {"new": "green", "changed": "green", "same": None, "edited": "yellow", "failed": "red"}


def _show(one: Pushed) -> None:
    out.print(f"{_SIGNS[one.deed]} {one.uid} {one.title}: {_said(one)}", style=_STYLES[one.deed])
    for change in one.changes[:SHOWN]:
        out.print(f"    {change}")
    if len(one.changes) > SHOWN:
        out.print("    " + _("and {n} more").format(n=len(one.changes) - SHOWN))


def _said(one: Pushed) -> str:
    if one.deed == "edited":
        told = _("edited by hand ({by}), left alone; --overwrite replaces it")
        return told.format(by=one.saved.by or _("who, Grafana does not say"))
    if isinstance(one.error, GrafanaError):
        return one.error.words(_)
    return {"new": _("new"), "changed": _("changed"), "same": _("nothing to change")}[one.deed]
