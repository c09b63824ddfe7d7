"""A what-if as a book: both scores of each month, the lines that differ, and the tickets that make them (S9)."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from decimal import Decimal
from typing import Any, Final
from zoneinfo import ZoneInfo

from reports.availability import N_
from reports.book import Book, Cells, Chart, Fact, Head, Translate
from reports.rule_words import rules_table
from reports.statement_tables import TERMS, table

Document = Mapping[str, Any]

_MONTHS: Final[Head] = (
    ("month", N_("Month"), "text"),
    ("score_before", N_("Score"), "points"),
    ("score_after", N_("Score after the change"), "points"),
    ("score", N_("Difference"), "points"),
    ("payment_before", N_("Payment"), "money"),
    ("payment_after", N_("Payment after the change"), "money"),
    ("tickets", N_("Tickets that make it"), "count"),
    ("sealed", N_("Sealed"), "flag"),
    ("as_sealed", N_("Facts unchanged since"), "flag"),
    ("facts", N_("Counted from"), "text"),
)
_LINES: Final[Head] = (
    ("month", N_("Month"), "text"),
    ("line", N_("Line"), "text"),
    ("term", N_("Term"), "text"),
    ("value_before", N_("Value"), "number"),
    ("value_after", N_("Value after the change"), "number"),
    ("deduction_before", N_("Deduction"), "points"),
    ("deduction_after", N_("Deduction after the change"), "points"),
)
_TICKETS: Final[Head] = (
    ("month", N_("Month"), "text"),
    ("ticket", N_("Ticket"), "text"),
    ("device", N_("Device"), "text"),
    ("hall", N_("Hall"), "text"),
    ("lines_before", N_("Adds"), "text"),
    ("lines_after", N_("Adds after the change"), "text"),
    ("counted_before", N_("Repair time"), "seconds"),
    ("counted_after", N_("Repair time after the change"), "seconds"),
    ("late_before", N_("Late by"), "seconds"),
    ("late_after", N_("Late by after the change"), "seconds"),
)
_FACTS: Final = {"sealed": N_("the facts that were sealed"), "now": N_("the facts as they are now")}


def book(document: Document, translate: Translate, language: str, zone: ZoneInfo) -> Book:
    """The what-if's `document` for readers; instants in `zone`."""
    months = document["months"]
    points = tuple((one["month"], _gain(one)) for one in months)
    return Book(
        name=f"what-if-{document['contract']}",
        title=translate(N_("What if")),
        subtitle=f"{document['vendor_name']} {document['contract']}",
        language=language,
        zone=zone,
        facts=tuple(_facts(document, translate)),
        figures=tuple(_figures(document["total"], translate)),
        words=tuple(_words(document, translate)),
        charts=(Chart(translate(N_("Points gained or lost by month")), "bars", points, "points"),) if months else (),
        tables=(
            table("months", N_("Months"), _MONTHS, (_month(one, translate) for one in months), translate),
            table("lines", N_("Lines that differ"), _LINES, _lines(document, translate), translate),
            table("tickets", N_("Tickets that make the difference"), _TICKETS, _tickets(document), translate),
            rules_table(document["rules"], translate),
        ),
    )


def _facts(document: Document, translate: Translate) -> Iterator[Fact]:
    yield Fact("contract", translate(N_("Contract")), document["contract"])
    yield Fact("vendor", translate(N_("Vendor")), document["vendor"])
    yield Fact("change", translate(N_("Changed")), ", ".join(sorted(document["change"])) or None)
    yield Fact("known_at", translate(N_("As known at")), document["known_at"], "instant")
    yield Fact("rules", translate(N_("Rules")), " ".join(document["rules"]))
    yield Fact("rules_version", translate(N_("Version of the rules")), document["rules_version"])
    yield Fact("head", translate(N_("Head of the seals")), document["head"])


def _figures(total: Document, translate: Translate) -> Iterator[Fact]:
    before, after, less = total["before"], total["after"], total["difference"]
    yield Fact("score_before", translate(N_("Mean score")), before["score"], "points")
    yield Fact("score_after", translate(N_("Mean score after the change")), after["score"], "points")
    yield Fact("score", translate(N_("Difference")), less["score"], "points")
    yield Fact("payment_before", translate(N_("Payment")), before["payment"], "money")
    yield Fact("payment_after", translate(N_("Payment after the change")), after["payment"], "money")
    yield Fact("payment", translate(N_("Difference of the payment")), less["payment"], "money")
    yield Fact("tickets", translate(N_("Tickets that make the difference")), total["tickets"], "count")


def _words(document: Document, translate: Translate) -> Iterator[str]:
    yield translate(N_("Before any counter-entry; nothing that was published or sealed is changed by this."))
    if any(one["as_sealed"] is False for one in document["months"]):
        yield translate(N_("Of some sealed months the facts have changed since: see the column of them."))
    if document["provisional"]:
        yield translate(N_("Provisional: a year's holidays are not known yet."))


def _gain(one: Document) -> float:
    return float(Decimal(one["after"]["score"]) - Decimal(one["before"]["score"]))


def _month(one: Document, translate: Translate) -> Cells:
    before, after = one["before"], one["after"]
    gained = f"{Decimal(after['score']) - Decimal(before['score']):.2f}"
    scores, paid = (before["score"], after["score"], gained), (before["payment"], after["payment"])
    sealed = one["state"] == "sealed", one["as_sealed"], translate(_FACTS[one["facts"]])
    return one["month"], *scores, *paid, len(one["tickets"]), *sealed


def _lines(document: Document, translate: Translate) -> Iterator[Cells]:
    for month in document["months"]:
        before, after = ({line["id"]: line for line in month[when]["lines"]} for when in ("before", "after"))
        for id in before | after:
            one, other = before.get(id), after.get(id)
            if one != other:
                yield month["month"], id, *_line(one, other, translate)


def _line(one: Document | None, other: Document | None, translate: Translate) -> Cells:
    named = translate(TERMS[(other or one or {})["term"]])
    cells = [None if line is None else line[key] for key in ("value", "deduction") for line in (one, other)]
    return named, *cells


def _tickets(document: Document) -> Iterator[Cells]:
    for month in document["months"]:
        for one in month["tickets"]:
            both = one["before"], one["after"]
            adds = (", ".join(f"{line}: {amount}" for line, amount in side["lines"].items()) or None for side in both)
            times = (side[key] for key in ("counted_s", "late_s") for side in both)
            yield month["month"], one["id"], one["device"], one["hall"], *adds, *times
