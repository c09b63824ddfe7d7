"""The figures of each report that the command line writes: its document, its book, what to say beside it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from types import MappingProxyType
from typing import Any, Final, NamedTuple
from zoneinfo import ZoneInfo

from sqlalchemy import Connection, Engine

from hallwatch.compose import known_kinds, policies, speaking
from hallwatch.inventory.faults import near_miss
from hallwatch.report_settings import how_of, targets_of
from hallwatch.settings_file import Loaded
from hallwatch.translations import LANGUAGES
from reports import monthly, monthly_book, reconciliation, reconciliation_book, scorecard, statement_book
from reports.asked import Asked, Unknown
from reports.asked_table import asked_table
from reports.availability import N_, Progress
from reports.book import Book
from reports.evidence.pack import evidence_pack
from reports.periods import label
from reports.standing import standing, told
from reports.statement import statement_document
from sla.contract import Contract
from sla.instant import Ms
from sla.interval import Interval
from sla.month import month as of_month
from sla.month import month_of
from store import seals
from store.agreements import contracts_of
from store.city import City
from store.database import reading
from store.device_facts import KindPolicy
from store.inventory import load

NO_CONTRACT: Final = N_("there is no contract in this month")
SEVERAL: Final = N_("there are several contracts in this month")


@dataclass(frozen=True, slots=True)
class Wanted:
    """What is asked for; `month` as it was typed (a statement's is in the contract's zone), `now` in ms."""

    asked: Asked
    now: Ms
    language: str
    month: str | None = None
    contract: str | None = None


class Told(NamedTuple):
    """A report: its JSON, its book, and a note for who asked (a msgid)."""

    document: Mapping[str, Any]
    book: Book
    note: str | None


class NotOne(ValueError):
    """No contract is meant, or more than one: `reason` is a msgid, `known` are those of the month, or when each is."""

    def __init__(self, reason: str, known: tuple[str, ...]) -> None:
        super().__init__(f"{reason}: {', '.join(known)}")
        self.reason, self.known = reason, known


def rules_of(loaded: Loaded) -> Mapping[str, KindPolicy]:
    """The kinds' policies, as the settings have them."""
    return policies(known_kinds(loaded), loaded.settings.tickets.ticket_after)


def availability(loaded: Loaded, engine: Engine, wanted: Wanted, progress: Progress) -> Told:
    """The monthly report; the first table is what was asked for by `--by` and `--profile`."""
    settings, zone = loaded.settings.reports, ZoneInfo(loaded.settings.site.zone)
    rules, translate = rules_of(loaded), speaking(loaded)(wanted.language)
    found = monthly.monthly(
        engine,
        wanted.asked,
        rules,
        wanted.now,
        progress,
        zone=zone,
        targets=targets_of(settings),
        how=how_of(settings),
    )
    document = monthly.document(found)
    return Told(document, monthly_book.book(document, translate, wanted.language, zone), document["note"])


def reconciled(loaded: Loaded, engine: Engine, wanted: Wanted, progress: Progress) -> Told:
    """Calls against what monitoring saw (K5)."""
    zone, asked = ZoneInfo(loaded.settings.site.zone), wanted.asked
    found = reconciliation.reconciliation(engine, asked, rules_of(loaded), wanted.now, progress)
    document = reconciliation.document(found)
    with reading(engine) as conn:
        head = seals.head(conn)
    name = label(Interval(asked.start, asked.until), zone)
    translate, chain = speaking(loaded)(wanted.language), None if head is None else str(head)
    book = reconciliation_book.book(document, translate, wanted.language, zone, name, chain)
    return Told(document, book, found.note)


def scored(loaded: Loaded, engine: Engine, wanted: Wanted, progress: Progress) -> Told:
    """The branch scorecard (P5)."""
    zone, how = ZoneInfo(loaded.settings.site.zone), how_of(loaded.settings.reports)
    asked = Asked(wanted.asked.start, wanted.asked.until, "branch", branch=wanted.asked.branch)
    found = scorecard.report(engine, asked, rules_of(loaded), wanted.now, zone, how, progress)
    document = scorecard.document(found)
    book = scorecard.book(document, speaking(loaded)(wanted.language), wanted.language, zone)
    return Told(document, book, found.note)


def stated(loaded: Loaded, engine: Engine, wanted: Wanted, progress: Progress) -> Told:
    """A vendor's statement: as it was published last, or sealed, else a draft. Raises `NotOne`, `Unknown`."""
    progress(0, 1)
    with reading(engine) as conn:
        city = load(conn)
        contract, month = _meant(city, wanted)
        document = _statement(conn, city, contract, month, rules_of(loaded), wanted.now)
    progress(1, 1)
    book = statement_book.book(document, speaking(loaded)(wanted.language), wanted.language, ZoneInfo(document["zone"]))
    return Told(document, book, None)


def _statement(
    conn: Connection, city: City, contract: Contract, month: str, rules: Mapping[str, KindPolicy], now: Ms
) -> dict[str, Any]:
    stands = standing(conn, contract.id, month, now)
    paper = stands.document
    return told(statement_document(conn, city, contract.id, month, rules, now) if paper is None else paper, stands)


def packed(loaded: Loaded, engine: Engine, wanted: Wanted) -> bytes:
    """A statement's evidence pack (ZIP). Raises `NotOne`, `Unknown`."""
    speak = speaking(loaded)
    languages = {name: speak(name) for name in LANGUAGES}
    with reading(engine) as conn:
        city = load(conn)
        contract, month = _meant(city, wanted)
        return evidence_pack(conn, city, contract.id, month, rules_of(loaded), wanted.now, languages)


def _meant(city: City, wanted: Wanted) -> tuple[Contract, str]:
    """The one contract of the month that a vendor or an id leaves, and the month, in its zone (S2)."""
    some = [
        (one, name)
        for one in contracts_of(city)
        if wanted.contract in (None, one.id)
        and wanted.asked.vendor in (None, one.vendor)
        and _valid(one, name := wanted.month or month_of(wanted.now, one.zone), wanted.now)
    ]
    if len(some) > 1:
        raise NotOne(SEVERAL, tuple(one.id for one, _ in some))
    if not some:
        raise _none(city, wanted)
    return some[0]


def _none(city: City, wanted: Wanted) -> ValueError:
    """Why no contract is meant: a name that nothing bears, or contracts that are in force at other times."""
    vendor, contracts = wanted.asked.vendor, contracts_of(city)
    if vendor is not None and vendor not in city.vendors:
        return Unknown("vendor", vendor, near_miss(vendor, city.vendors))
    ids = [one.id for one in contracts]
    if wanted.contract is not None and wanted.contract not in ids:
        return Unknown("contract", wanted.contract, near_miss(wanted.contract, ids))
    mine = [one for one in contracts if vendor in (None, one.vendor) and wanted.contract in (None, one.id)]
    return NotOne(NO_CONTRACT, tuple(f"{one.id} ({_in_force(one)})" for one in mine))


def _in_force(contract: Contract) -> str:
    """Its first day, and that on which it is no longer in force, as the inventory has them."""
    first, until = (datetime.fromtimestamp(at / 1000, contract.zone) for at in (contract.start, contract.until))
    return f"{first:%Y-%m-%d} – {until:%Y-%m-%d}"


def _valid(contract: Contract, name: str, now: Ms) -> bool:
    """Whether it is in force for some of a month that has begun."""
    within = of_month(name, contract.zone)
    return contract.start < within.until and contract.until > within.start and within.start <= now


def with_asked(found: Told, translate: Callable[[str], str]) -> Book:
    """An availability report's book with the table that was asked for before the others."""
    first = asked_table(found.document, translate)
    return replace(found.book, tables=(first, *found.book.tables))


Count = Callable[[Loaded, Engine, Wanted, Progress], Told]
REPORTS: Final[Mapping[str, Count]] = MappingProxyType(
    {"availability": availability, "statement": stated, "reconciliation": reconciled, "scorecard": scored}
)
