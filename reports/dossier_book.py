"""The renewal dossier as a book, from its document alone (S8)."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, Final
from zoneinfo import ZoneInfo

from reports.availability import N_
from reports.book import Book, Cells, Chart, Fact, Head, Table, Translate
from reports.statement_book import STATES
from reports.statement_disputes import FATES
from reports.statement_tables import TERMS, table

Document = Mapping[str, Any]

_MONTHS: Final[Head] = (
    ("month", N_("Month"), "text"),
    ("contract", N_("Contract"), "text"),
    ("state", N_("State"), "text"),
    ("score", N_("Score"), "points"),
    ("score_before", N_("Before counter-entries"), "points"),
    ("payment", N_("Payment"), "money"),
    ("faults", N_("Faults"), "count"),
    ("repeats", N_("Repeated"), "count"),
    ("repaired", N_("Repaired"), "count"),
    ("late", N_("Late"), "count"),
    ("mean_repair_s", N_("Mean repair time"), "seconds"),
    ("survey", N_("Survey"), "number"),
    ("disputes", N_("Disputes"), "count"),
    ("points_back", N_("Given back"), "points"),
    ("amendments", N_("Amendments"), "count"),
    ("seal", N_("Seal"), "count"),
)
_TERMS: Final[Head] = (("term", N_("Term"), "text"), ("deduction", N_("Deduction"), "points"))
_CHAINS: Final[Head] = (
    ("device", N_("Device"), "text"),
    ("kind", N_("Kind"), "text"),
    ("hall_name", N_("Hall"), "text"),
    ("count", N_("Times"), "count"),
    ("tickets", N_("Tickets"), "text"),
    ("from", N_("First"), "instant"),
    ("until", N_("Last"), "instant"),
)
_DISPUTES: Final[Head] = (
    ("month", N_("Month"), "text"),
    ("contract", N_("Contract"), "text"),
    ("line", N_("Line"), "text"),
    ("state", N_("State"), "text"),
    ("points", N_("Given back"), "points"),
    ("reason", N_("Reason"), "text"),
)
_SUMMED: Final = frozenset({"faults", "repeats", "repaired", "late", "disputes", "amendments"})


def book(document: Document, translate: Translate, language: str, zone: ZoneInfo) -> Book:
    """The dossier's `document` for readers; instants in `zone`."""
    return Book(
        name=f"dossier-{document['vendor']}-{document['until']}",
        title=translate(N_("Renewal dossier")),
        subtitle=f"{document['vendor_name']} {document['from']} – {document['until']}",
        language=language,
        zone=zone,
        facts=tuple(_facts(document, translate)),
        figures=tuple(_figures(document, translate)),
        words=tuple(_words(document, translate)),
        charts=(_chart(document, translate),) if document["months"] else (),
        tables=tuple(_tables(document, translate)),
    )


def _facts(document: Document, translate: Translate) -> Iterator[Fact]:
    yield Fact("vendor", translate(N_("Vendor")), document["vendor"])
    yield Fact("contract", translate(N_("Contract")), document["contract"] or translate(N_("all")))
    yield Fact("from", translate(N_("From")), document["from"])
    yield Fact("until", translate(N_("Until")), document["until"])
    yield Fact("known_at", translate(N_("As known at")), document["known_at"], "instant")
    yield Fact("rules", translate(N_("Rules")), " ".join(document["rules"]))
    yield Fact("rules_version", translate(N_("Version of the rules")), document["rules_version"])
    yield Fact("head", translate(N_("Head of the seals")), document["head"] or translate(N_("nothing is sealed yet")))


def _figures(document: Document, translate: Translate) -> Iterator[Fact]:
    total, trend = document["total"], document["trend"]
    yield Fact("score", translate(N_("Mean score")), total["score"], "points")
    yield Fact("lowest", translate(N_("Lowest score")), total["lowest"], "points")
    yield Fact("by_month", translate(N_("Points up or down a month")), trend["by_month"], "points")
    yield Fact("payment", translate(N_("Paid in all")), total["payment"], "money")
    yield Fact("survey", translate(N_("Mean of the surveys")), total["survey"], "number")
    yield Fact("disputes", translate(N_("Disputes")), total["disputes"], "count")
    yield Fact("points_back", translate(N_("Given back")), total["points_back"], "points")
    yield Fact("chains", translate(N_("Faults that came again")), len(document["chains"]), "count")


def _words(document: Document, translate: Translate) -> Iterator[str]:
    sealed, all_ = document["total"]["sealed"], document["total"]["statements"]
    yield translate(N_("{sealed} of {all} statements are sealed.")).format(sealed=sealed, all=all_)
    if document["unsealed"]:
        months = ", ".join(document["unsealed"])
        yield translate(N_("Not sealed, and so subject to change: {months}.")).format(months=months)
    if document["missing"]:
        yield translate(N_("Without a contract, or without any facts: {months}.")).format(
            months=", ".join(document["missing"])
        )
    if document["provisional"]:
        yield translate(N_("Provisional: a year's holidays are not known yet."))


def _chart(document: Document, translate: Translate) -> Chart:
    several = len({row["contract"] for row in document["months"]}) > 1
    labels = (f"{row['month']} {row['contract']}" if several else row["month"] for row in document["months"])
    points = tuple((label, float(row["score"])) for label, row in zip(labels, document["months"], strict=True))
    return Chart(translate(N_("Score by month")), "bars", points, "points")


def _tables(document: Document, translate: Translate) -> Iterator[Table]:
    yield _months(document, translate)
    terms = ((translate(TERMS[one["term"]]), one["deduction"]) for one in document["terms"])
    yield table("terms", N_("Deductions by term"), _TERMS, terms, translate)
    yield table("chains", N_("Faults that came again"), _CHAINS, _chains(document, translate), translate)
    yield table("disputes", N_("Disputes"), _DISPUTES, _disputes(document, translate), translate)


def _months(document: Document, translate: Translate) -> Table:
    rows = (
        tuple(translate(STATES[row["state"]]) if key == "state" else row[key] for key, _, _ in _MONTHS)
        for row in document["months"]
    )
    total = document["total"]
    shown = {"score": total["score"], "payment": total["payment"], "points_back": total["points_back"]}
    shown |= {name: total[name] for name in _SUMMED} | {"survey": total["survey"], "month": translate(N_("Total"))}
    made = table("months", N_("The twelve months"), _MONTHS, rows, translate)
    return made._replace(total=tuple(shown.get(key) for key, _, _ in _MONTHS))


def _chains(document: Document, translate: Translate) -> Iterator[Cells]:
    for one in document["chains"]:
        told = dict(one) | {"count": len(one["tickets"]), "tickets": " → ".join(one["tickets"])}
        told["kind"] = translate(one["kind"])
        yield tuple(told[key] for key, _, _ in _CHAINS)


def _disputes(document: Document, translate: Translate) -> Iterator[Cells]:
    for one in document["disputes"]:
        told = dict(one) | {"state": translate(FATES[one["state"]])}
        yield tuple(told[key] for key, _, _ in _DISPUTES)
