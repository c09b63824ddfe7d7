"""A statement [代维考核单] as a book: from its document alone, for a vendor who checks it line by line (S4)."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from decimal import Decimal
from typing import Any, Final
from zoneinfo import ZoneInfo

from reports.availability import N_
from reports.book import Book, Chart, Fact, Table, Translate
from reports.rule_words import rules_table
from reports.statement_disputes import disputed
from reports.statement_seal import seal_facts, seal_tables
from reports.statement_tables import TERMS, tables

Document = Mapping[str, Any]

STATES: Final = {
    "draft": N_("Draft"),
    "published": N_("Published"),
    "disputed": N_("Disputed"),
    "answered": N_("Disputes answered"),
    "sealed": N_("Sealed"),
}
PAYMENTS: Final = {
    "none": N_("the fee in full; renewal is decided on the score"),
    "linear": N_("fee x score / 100"),
    "bands": N_("by bands of the score"),
}


def book(document: Document, translate: Translate, language: str, zone: ZoneInfo) -> Book:
    """A statement's document, with or without what `reports.ledger.told` adds, for readers; instants in `zone`."""
    return Book(
        name=f"statement-{document['contract']}-{document['month']}",
        title=translate(N_("Maintenance statement")),
        subtitle=f"{document['vendor_name']} {document['month']}",
        language=language,
        zone=zone,
        facts=tuple(_facts(document, translate)),
        figures=tuple(_figures(document, translate)),
        words=tuple(_words(document, translate)),
        charts=(_chart(document, translate),) if document["lines"] else (),
        tables=tuple(_tables(document, translate)),
        signatures=tuple(_signatures(document, translate)),
    )


def _tables(document: Document, translate: Translate) -> Iterator[Table]:
    yield from tables(document, translate)
    yield from disputed(document, translate)
    yield from seal_tables(document, translate)
    yield rules_table(document["rules"], translate)


def _facts(document: Document, translate: Translate) -> Iterator[Fact]:
    yield Fact("contract", translate(N_("Contract")), document["contract"])
    yield Fact("vendor", translate(N_("Vendor")), document["vendor"])
    yield Fact("month", translate(N_("Month")), document["month"])
    yield Fact("from", translate(N_("From")), document["from"], "instant")
    yield Fact("until", translate(N_("Until")), document["until"], "instant")
    yield Fact("known_at", translate(N_("As known at")), document["known_at"], "instant")
    yield Fact("devices_in_service", translate(N_("Devices in service")), document["devices_in_service"], "count")
    yield Fact("fee", translate(N_("Fee for a month")), document["fee"], "money")
    yield Fact("payment_rule", translate(N_("Paid")), _paid(document["payment_rule"], translate))
    yield Fact("rules", translate(N_("Rules")), " ".join(document["rules"]))
    yield Fact("rules_version", translate(N_("Version of the rules")), document["rules_version"])
    yield Fact("calendars", translate(N_("Calendars")), ", ".join(document["calendars"]) or None)
    yield from _standing(document, translate)


def _paid(rule: Any, translate: Translate) -> str:
    if isinstance(rule, str):
        return translate(PAYMENTS[rule])
    told = "; ".join(f"≥ {band['from']}: {band['percent']} %" for band in rule["bands"])
    return f"{translate(PAYMENTS['bands'])}: {told}"


def _standing(document: Document, translate: Translate) -> Iterator[Fact]:
    """S5, S6: where it stands, as far as that is told."""
    if "state" in document:
        yield Fact("state", translate(N_("State")), translate(STATES[document["state"]]))
    if document.get("published_at"):
        yield Fact("published_at", translate(N_("Published at")), document["published_at"], "instant")
        yield Fact("dispute_until", translate(N_("May be disputed until")), document["dispute_until"], "instant")
    yield from seal_facts(document, translate)
    if "head" in document:
        yield Fact(
            "head", translate(N_("Head of the seals")), document["head"] or translate(N_("nothing is sealed yet"))
        )


def _figures(document: Document, translate: Translate) -> Iterator[Fact]:
    yield Fact("score", translate(N_("Score")), document["score"], "points")
    if document.get("score_before") not in (None, document["score"]):
        yield Fact("score_before", translate(N_("Score before counter-entries")), document["score_before"], "points")
    deducted = sum((Decimal(line["deduction"]) for line in document["lines"]), Decimal(0))
    yield Fact("deductions", translate(N_("Deductions")), f"{deducted:.2f}", "points")
    yield Fact("payment", translate(N_("Payment")), document["payment"], "money")
    yield Fact("open", translate(N_("Open at the end")), len(document["open"]), "count")


def _words(document: Document, translate: Translate) -> Iterator[str]:
    if document.get("state", "draft") == "draft":
        yield translate(N_("A draft: it has not been published, and may change."))
    if document["running"]:
        yield translate(N_("The month is not over: these are its figures so far."))
    if document["provisional"]:
        yield translate(N_("Provisional: a year's holidays are not known yet."))
    valid = document["valid"]
    if valid["from"] > document["from"] or valid["until"] < document["until"]:
        yield translate(N_("The contract is in force for a part of this month; its score starts at 100 all the same."))
    if document["open"]:
        yield translate(N_("What is open at the month's end is charged where it is restored."))
    if document.get("amendments"):
        yield translate(N_("Facts have changed since it was sealed: see its amendments. What was sealed stays."))


def _chart(document: Document, translate: Translate) -> Chart:
    points = tuple((_named(line, translate), float(line["deduction"])) for line in document["lines"])
    return Chart(translate(N_("Deductions by line")), "bars", points, "points")


def _named(line: Document, translate: Translate) -> str:
    return f"{line['id']} {translate(TERMS[line['term']])}"


def _signatures(document: Document, translate: Translate) -> Iterator[str]:
    yield translate(N_("For the vendor: {name}")).format(name=document["vendor_name"])
    yield translate(N_("For the operator"))
