"""`hallwatch report`: figures as files, the same that the HTTP interface and the pages have."""

from __future__ import annotations

import re
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import date
from difflib import get_close_matches
from pathlib import Path
from typing import Annotated, Final, Literal, NoReturn
from zoneinfo import ZoneInfo

import typer
from rich.progress import Progress as Bar
from sqlalchemy import Engine

from hallwatch.compose import now_ms, open_store, speaking
from hallwatch.console import Config, _, err, fail
from hallwatch.report_figures import REPORTS, NotOne, Told, Wanted, packed, with_asked
from hallwatch.settings_file import Loaded, load
from hallwatch.translations import LANGUAGES
from reports.asked import Asked, By, Unknown
from reports.availability import Progress
from reports.fonts import NoFont
from reports.forms import FORMS, NoTable
from reports.forms.texts import file_name
from reports.periods import BadPeriod, period
from sla.instant import Ms, first_of, parse
from sla.interval import Interval
from sla.profile import ProfileName
from store.database import reading
from store.inventory import load as load_city

BUILT: Final = tuple(REPORTS)
LATER: Final = ("network", "patrols", "spares", "retirement")
PACK: Final = "zip"
FORMATS: Final = (*FORMS, PACK)
USAGE: Final = 2

Name = Annotated[str, typer.Argument(metavar="NAME", help=_("availability, statement, reconciliation or scorecard"))]
MonthText = Annotated[
    str | None,
    typer.Option("--month", metavar="YYYY-MM", help=_("A month, or a week such as 2026-W41; else this month so far")),
]
FromText = Annotated[
    str | None, typer.Option("--from", metavar="DATE", help=_("A date in the zone of the site, or an RFC 3339 instant"))
]
UntilText = Annotated[
    str | None, typer.Option("--until", metavar="DATE", help=_("The end, which is not part of it; now if left out"))
]
Grouping = Annotated[
    By | None, typer.Option("--by", help=_("What a line of the first table is (availability); by hall if left out"))
]
ProfileOption = Annotated[
    ProfileName | None,
    typer.Option("--profile", help=_("For customers (service), for contracts, or 24x7 (raw), in that table")),
]
Halls = Annotated[
    list[str] | None, typer.Option("--hall", metavar="ID", help=_("Only this hall; may be given several times"))
]
BranchId = Annotated[str | None, typer.Option("--branch", metavar="ID", help=_("Only this branch"))]
VendorId = Annotated[str | None, typer.Option("--vendor", metavar="ID", help=_("Only this vendor, or its statement"))]
KindCode = Annotated[str | None, typer.Option("--kind", metavar="CODE", help=_("Only devices of this kind"))]
ContractId = Annotated[
    str | None, typer.Option("--contract", metavar="ID", help=_("Whose statement, where a vendor has several"))
]
Format = Annotated[
    str, typer.Option("--format", metavar="|".join(FORMATS), help=_("The form; zip is a statement's evidence pack"))
]
TableName = Annotated[str | None, typer.Option("--table", metavar="NAME", help=_("Which table, as CSV"))]
Language = Annotated[
    str | None, typer.Option("--language", metavar="zh|en", help=_("Of the file; that of the site if left out"))
]
Each = Annotated[
    Literal["branch"] | None, typer.Option("--each", help=_("One file for each of these, in the folder given by -o"))
]
File = Annotated[Path | None, typer.Option("-o", "--output", metavar="FILE", help=_("Write there instead"))]


def report(  # noqa: PLR0913, PLR0917 - each is an option of the command line
    name: Name,
    month: MonthText = None,
    start: FromText = None,
    until: UntilText = None,
    by: Grouping = None,
    profile: ProfileOption = None,
    hall: Halls = None,
    branch: BranchId = None,
    vendor: VendorId = None,
    kind: KindCode = None,
    contract: ContractId = None,
    format_: Format = "json",
    table: TableName = None,
    language: Language = None,
    each: Each = None,
    output: File = None,
    config: Config = None,
) -> None:
    """Print or write a report: as JSON, CSV, XLSX, PDF or HTML."""
    _one_of(name, BUILT, LATER)
    _one_of(format_, FORMATS, ())
    _check(name, format_, each, bool(start or until or "W" in (month or "")), output)
    loaded, now = load(config), now_ms()
    within = _period(loaded, month, start, until, now)
    halls = tuple(hall or ())
    asked = Asked(*within, by or "hall", profile or "service", halls=halls, branch=branch, vendor=vendor, kind=kind)
    wanted = Wanted(asked, now, _language(loaded, language), month, contract)
    order = Order(name, format_, table, explicit=by is not None or profile is not None)
    engine = open_store(loaded)
    try:
        with _refusals():
            if each and output:
                order.write_each(loaded, engine, wanted, output)
            else:
                _write(order.file(loaded, engine, wanted), output)
    finally:
        engine.dispose()


class Order:
    """Which report in which form; `explicit`: somebody named what its first table is to be."""

    def __init__(self, name: str, format_: str, table: str | None, *, explicit: bool) -> None:
        self.name, self.format, self.table = name, format_, table
        self._first = name == "availability" and (explicit or format_ == "csv")

    def file(self, loaded: Loaded, engine: Engine, wanted: Wanted) -> bytes:
        """The file, counted and written."""
        if self.format == PACK:
            return packed(loaded, engine, wanted)
        with _progress() as progress:
            found = REPORTS[self.name](loaded, engine, wanted, progress)
        if found.note:
            err.print(_(found.note), style="yellow")
        return self._form(found, speaking(loaded)(wanted.language))

    def _form(self, found: Told, translate: Callable[[str], str]) -> bytes:
        form = FORMS[self.format]
        book = with_asked(found, translate) if self._first and self.format != "json" else found.book
        return form.write(found.document, book, translate, table=self.table)

    def write_each(self, loaded: Loaded, engine: Engine, wanted: Wanted, folder: Path) -> None:
        """One file a branch that has devices, named after it; a line on standard error for each that is done."""
        with reading(engine) as conn:
            city = load_city(conn)
        halls = {one.hall for one in city.devices.values()}
        ids = sorted({city.halls[id].branch or "" for id in halls if id in city.halls} - {""})
        _folder(folder)
        with _progress() as progress:
            for n, id in enumerate(ids, 1):
                share = _share(progress, n - 1, len(ids))
                only = replace(wanted, asked=replace(wanted.asked, branch=id))
                found = REPORTS[self.name](loaded, engine, only, share)
                file = folder / f"{file_name(f'{found.book.name}-{id}')}.{FORMS[self.format].suffix}"
                _write(self._form(found, speaking(loaded)(wanted.language)), file)
                err.print(f"{n}/{len(ids)} {file}")


def _check(name: str, format_: str, each: str | None, no_month: bool, output: Path | None) -> None:
    """Refuse what goes together in no report."""
    if name == "statement" and no_month:
        fail(_("A statement is of a month: name it by --month"), USAGE)
    if format_ == PACK and name != "statement":
        fail(_("There is an evidence pack (zip) of a statement only"), USAGE)
    if each and name == "statement":
        fail(_("A statement is of a contract: it is not written by branch"), USAGE)
    if each and output is None:
        fail(_("--each needs a folder: name it by -o"), USAGE)
    binary = format_ == PACK or FORMS[format_].binary
    if binary and output is None and sys.stdout.isatty():
        fail(_("{format} is nothing for a terminal: name a file by -o").format(format=format_), USAGE)


def _language(loaded: Loaded, wanted: str | None) -> str:
    if wanted is not None:
        _one_of(wanted, LANGUAGES, ())
    return wanted or loaded.settings.reports.language or loaded.settings.site.language


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


@contextmanager
def _refusals() -> Iterator[None]:
    """What a report refuses, as one clear message."""
    try:
        yield
    except Unknown as error:
        near = _("; did you mean {near}?").format(near=error.near) if error.near else ""
        fail(_("There is no {what} {id}").format(what=_(error.what), id=error.id[:64]) + near)
    except NotOne as error:
        fail(f"{_(error.reason)}: {', '.join(error.known) or '–'}")
    except NoTable as error:
        _no_table(error)
    except NoFont as error:
        fail(str(error))


def _no_table(error: NoTable) -> NoReturn:
    near = get_close_matches(error.asked, error.known, 1)
    hint = _("; did you mean {near}?").format(near=near[0]) if near else ""
    told = _("There is no table {name}; there is: {known}").format(name=error.asked[:64], known=", ".join(error.known))
    fail(told + hint, USAGE)


@contextmanager
def _progress() -> Iterator[Progress]:
    """A bar on a terminal, nothing in a pipe."""
    if not err.is_terminal:
        yield lambda _done, _all: None
        return
    with Bar(console=err, transient=True) as bar:
        task = bar.add_task(_("Counting"))
        yield lambda done, whole: bar.update(task, completed=done, total=whole)


def _share(progress: Progress, before: int, parts: int) -> Progress:
    """One of several like parts of a piece of work, so many of which were done before it."""
    return lambda done, whole: progress(before * whole + done, parts * whole)


def _folder(folder: Path) -> None:
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        fail(f"{folder}: {error.strerror or error}")


def _write(raw: bytes, output: Path | None) -> None:
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
