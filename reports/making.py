"""A report that is due, made: its figures, its book, its files; what is sent is what the pages show."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, Final, NamedTuple
from zoneinfo import ZoneInfo

from sqlalchemy import Engine

from reports import monthly_book, statement_book
from reports.asked import Asked
from reports.availability import N_, Progress
from reports.book import Book, Translate
from reports.forms import FORMS
from reports.forms.cells import clock, shown
from reports.forms.texts import clean, file_name, shortened
from reports.intact import How
from reports.monthly import Targets, document, monthly
from reports.schedule import Due
from reports.standing import standing, told
from reports.statement import statement_document
from sla.instant import HOUR, Ms, render
from store.database import reading
from store.device_facts import KindPolicy
from store.inventory import load
from store.report_runs import File

LATE_MS: Final = HOUR
"""So long after it was due a report says that it is late."""
DRAFT: Final = N_("draft")
_WORDS: Final = 6
_LONGEST: Final = 300


@dataclass(frozen=True, slots=True)
class Ways:
    """How reports are made: the kinds' policies, the site's zone, a language with its words, forms, what counts."""

    policies: Mapping[str, KindPolicy]
    zone: ZoneInfo
    translate: Translate
    language: str
    formats: tuple[str, ...] = ("pdf", "xlsx")
    targets: Targets = Targets()  # noqa: RUF009 - frozen
    how: How = How()  # noqa: RUF009 - frozen


class Made(NamedTuple):
    """A report's files with what to say of it: a title, and lines of text; `state` of a statement."""

    due: Due
    title: str
    lines: tuple[str, ...]
    files: tuple[File, ...]
    state: str | None = None


def make(engine: Engine, due: Due, ways: Ways, now: Ms, progress: Progress = lambda _done, _all: None) -> Made:
    """Make it as known at `now`. Raises `reports.fonts.NoFont`, and what reading the database raises."""
    if due.report == "statement":
        return _statement(engine, due, ways, now)
    return _availability(engine, due, ways, now, progress)


def _availability(engine: Engine, due: Due, ways: Ways, now: Ms, progress: Progress) -> Made:
    asked = Asked(*due.within, branch=due.branch)
    found = monthly(engine, asked, ways.policies, now, progress, zone=ways.zone, targets=ways.targets, how=ways.how)
    figures = document(found)
    book = monthly_book.book(figures, ways.translate, ways.language, ways.zone)
    of = _branch_name(engine, due.branch)
    if of is not None:
        book = replace(book, subtitle=f"{book.subtitle} {of}")
    return _made(due, ways, figures, book, [due.month, of], now)


def _branch_name(engine: Engine, branch: str | None) -> str | None:
    if branch is None:
        return None
    with reading(engine) as conn:
        known = load(conn).branches
    return known[branch].name if branch in known else branch


def _statement(engine: Engine, due: Due, ways: Ways, now: Ms) -> Made:
    """As it was published last, or sealed; else a draft, which its title says (S6)."""
    contract = due.contract or ""
    with reading(engine) as conn:
        stands = standing(conn, contract, due.month, now)
        paper = stands.document
        if paper is None:
            paper = statement_document(conn, load(conn), contract, due.month, ways.policies, now)
    figures = told(paper, stands)
    book = statement_book.book(figures, ways.translate, ways.language, ZoneInfo(figures["zone"]))
    draft = f"({ways.translate(DRAFT)})" if stands.state == "draft" else None
    made = _made(due, ways, figures, book, [due.month, figures["vendor_name"], contract, draft], now)
    return made._replace(state=stands.state)


def _made(due: Due, ways: Ways, figures: Mapping[str, Any], book: Book, named: Sequence[str | None], now: Ms) -> Made:
    title = " ".join(shortened(clean(one), 80) for one in [book.title, *named] if one)
    name = file_name("-".join([book.name, *([due.branch] if due.branch else [])]))
    forms = [FORMS[one] for one in dict.fromkeys(ways.formats)]
    files = (File(f"{name}.{one.suffix}", one.media_type, one.write(figures, book, ways.translate)) for one in forms)
    return Made(due, title, tuple(_lines(due, ways, book, now)), tuple(files))


def _lines(due: Due, ways: Ways, book: Book, now: Ms) -> Iterator[str]:
    """What a message says: the figures that are read first, then what is to be minded."""
    for fact in book.figures:
        yield f"{fact.title}: {shortened(clean(shown(fact.value, fact.kind, book.zone, ways.translate)), _LONGEST)}"
    for word in book.words[:_WORDS]:
        yield shortened(clean(word), _LONGEST)
    if is_late(due, now):
        told = N_("This report was due at {due} and could not be made then: it comes late.")
        yield ways.translate(told).format(due=clock(render(due.at), ways.zone))
    if not due.certain:
        yield ways.translate(
            N_("The holidays of this month are not known yet: its day was found from Monday to Friday.")
        )


def is_late(due: Due, now: Ms) -> bool:
    """Whether it is made so long after it was due that its readers are told."""
    return now - due.at > LATE_MS
