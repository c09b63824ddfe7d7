"""`hallwatch report`: figures as files, the same that the JSON interface answers."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import date
from difflib import get_close_matches
from pathlib import Path
from typing import Annotated, Any, Final, NamedTuple
from zoneinfo import ZoneInfo

import typer
from rich.progress import Progress as Bar
from sqlalchemy import Engine

from hallwatch.compose import known_kinds, now_ms, open_store, policies
from hallwatch.console import Config, _, err, fail
from hallwatch.settings_file import Loaded, load
from reports import availability, reconciliation
from reports.asked import Asked, By, Unknown
from reports.availability import Progress
from reports.periods import BadPeriod, period
from sla.instant import Ms, first_of, parse
from sla.interval import Interval
from sla.profile import ProfileName
from store.device_facts import KindPolicy

BUILT: Final = ("availability", "reconciliation")
LATER: Final = ("statement", "network", "patrols", "spares", "retirement", "scorecard")
FORMATS: Final = ("json", "csv")
FORMATS_LATER: Final = ("xlsx", "pdf", "html")
USAGE: Final = 2

Name = Annotated[
    str, typer.Argument(metavar="NAME", help=_("availability or reconciliation; more come with later versions"))
]
MonthText = Annotated[
    str | None, typer.Option("--month", metavar="YYYY-MM", help=_("A month; without a period this month so far"))
]
FromText = Annotated[
    str | None, typer.Option("--from", metavar="DATE", help=_("A date in the zone of the site, or an RFC 3339 instant"))
]
UntilText = Annotated[
    str | None, typer.Option("--until", metavar="DATE", help=_("The end, which is not part of it; now if left out"))
]
Grouping = Annotated[By, typer.Option("--by", help=_("One row for each; reconciliation is by hall"))]
ProfileOption = Annotated[ProfileName, typer.Option("--profile", help=_("For customers, for contracts, or 24x7"))]
Halls = Annotated[
    list[str] | None, typer.Option("--hall", metavar="ID", help=_("Only this hall; may be given several times"))
]
Format = Annotated[str, typer.Option("--format", metavar="json|csv", help=_("For machines, or for a spreadsheet"))]
File = Annotated[Path | None, typer.Option("-o", "--output", metavar="FILE", help=_("Write there instead"))]


class Counted(NamedTuple):
    """A report's figures in each format, and what to say beside them."""

    document: Mapping[str, Any]
    csv: str
    note: str | None


Rules = Mapping[str, KindPolicy]


def _availability(engine: Engine, asked: Asked, rules: Rules, now: Ms, progress: Progress) -> Counted:
    found = availability.availability(engine, asked, rules, now, progress)
    return Counted(availability.document(found), availability.csv(found), found.note)


def _reconciliation(engine: Engine, asked: Asked, rules: Rules, now: Ms, progress: Progress) -> Counted:
    found = reconciliation.reconciliation(engine, asked, rules, now, progress)
    return Counted(reconciliation.document(found), reconciliation.csv(found), found.note)


_COUNT: Final = {"availability": _availability, "reconciliation": _reconciliation}


def report(  # noqa: PLR0913, PLR0917 - each is an option of the command line
    name: Name,
    month: MonthText = None,
    start: FromText = None,
    until: UntilText = None,
    by: Grouping = "hall",
    profile: ProfileOption = "service",
    hall: Halls = None,
    format_: Format = "json",
    output: File = None,
    config: Config = None,
) -> None:
    """Print a report as JSON or CSV."""
    _one_of(name, BUILT, LATER)
    _one_of(format_, FORMATS, FORMATS_LATER)
    loaded, now = load(config), now_ms()
    within = _period(loaded, month, start, until, now)
    asked = Asked(within.start, within.until, by, profile, halls=tuple(hall or ()))
    found = _counted(loaded, name, asked, now)
    _write(found.csv if format_ == "csv" else _json(found.document), output)
    if found.note:
        err.print(_(found.note), style="yellow")


def _one_of(word: str, known: tuple[str, ...], later: tuple[str, ...]) -> None:
    if word in known:
        return
    if word in later:
        fail(_("{name} comes with a later version; there is: {known}").format(name=word, known=", ".join(known)))
    near = get_close_matches(word.lower(), [*known, *later], 1)
    told = _("{name} is unknown; did you mean {near}?") if near else _("{name} is unknown; there is: {known}")
    fail(told.format(name=word[:64], near="".join(near), known=", ".join(known)), USAGE)


def _period(loaded: Loaded, month: str | None, start: str | None, until: str | None, now: Ms) -> Interval:
    zone = ZoneInfo(loaded.settings.site.zone)
    try:
        return period(month, _instant(start, "--from", zone), _instant(until, "--until", zone), now, zone)
    except BadPeriod as error:
        near = _month_near(month or "") if error.place == "month" else None
        told = _("; did you mean {near}?").format(near=near) if near and near != month else ""
        fail(f"--{error.place}: {_(error.reason)}{told}", USAGE)


def _month_near(text: str) -> str | None:
    """The month that was probably meant by one that is written in another way."""
    match = re.fullmatch(r"(\d{4})\D?([1-9]|0[1-9]|1[0-2])(?:\D.*)?", text.strip(), re.ASCII)
    return f"{match[1]}-{int(match[2]):02d}" if match else None


def _instant(text: str | None, option: str, zone: ZoneInfo) -> Ms | None:
    """A date stands for its first instant (T1)."""
    if text is None:
        return None
    try:
        return first_of(date.fromisoformat(text), zone) if len(text) <= 10 else parse(text)
    except (ValueError, OverflowError):
        fail(_("{option}: neither a date such as 2026-10-01 nor an RFC 3339 instant").format(option=option), USAGE)


def _counted(loaded: Loaded, name: str, asked: Asked, now: Ms) -> Counted:
    rules = policies(known_kinds(loaded), loaded.settings.tickets.ticket_after)
    engine = open_store(loaded)
    try:
        with _progress() as progress:
            return _COUNT[name](engine, asked, rules, now, progress)
    except Unknown as error:
        near = _("; did you mean {near}?").format(near=error.near) if error.near else ""
        fail(_("There is no {what} {id}").format(what=_(error.what), id=error.id[:64]) + near)
    finally:
        engine.dispose()


@contextmanager
def _progress() -> Iterator[Progress]:
    """A bar on a terminal, nothing in a pipe."""
    if not err.is_terminal:
        yield lambda _done, _all: None
        return
    with Bar(console=err, transient=True) as bar:
        task = bar.add_task(_("Counting"))
        yield lambda done, whole: bar.update(task, completed=done, total=whole)


def _json(document: Mapping[str, Any]) -> str:
    return json.dumps(document, ensure_ascii=False, indent=2) + "\n"


def _write(text: str, output: Path | None) -> None:
    raw = text.encode("utf-8", "replace")
    try:
        if output is None:
            typer.echo(raw, nl=False)
        else:
            output.write_bytes(raw)
    except BrokenPipeError:
        raise  # who reads wants no more
    except OSError as error:
        place = output or _("standard output")
        fail(f"{place}: {error.strerror or error}")
