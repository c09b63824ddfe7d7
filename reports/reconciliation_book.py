"""Calls against what monitoring saw, as a book: halls, faults, complaints that nobody phoned in (K5)."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, Final
from zoneinfo import ZoneInfo

from reports.availability import N_
from reports.book import Book, Fact, Head, Table, Translate, columns
from reports.monthly_tables import label, reconciliation_table
from reports.rule_words import rules_table

Document = Mapping[str, Any]
CLASSES: Final[Mapping[str, str]] = {
    "matched": N_("Phoned and seen"),
    "phone_only": N_("Phoned only"),
    "detected_only": N_("Seen only"),
    "phoned_late": N_("Phoned late"),
    "restored_but_still_down": N_("Said to be restored, still down"),
}
_FAULTS: Final[Head] = (
    ("ticket", N_("Ticket"), "text"),
    ("device", N_("Device"), "text"),
    ("hall", N_("Hall"), "text"),
    ("classes", N_("What it is"), "text"),
    ("at", N_("Begun"), "instant"),
    ("until", N_("Until"), "instant"),
    ("phoned_at", N_("Phoned in"), "instant"),
    ("seen_at", N_("Seen at"), "instant"),
    ("lead_s", N_("Seen earlier by"), "seconds"),
)
_UNCALLED: Final[Head] = (
    ("id", N_("Complaint"), "text"),
    ("hall", N_("Hall"), "text"),
    ("at", N_("Said at"), "instant"),
    ("device", N_("Device"), "text"),
    ("ticket", N_("Ticket"), "text"),
)


def book(
    document: Document, translate: Translate, language: str, zone: ZoneInfo, name: str, head: str | None = None
) -> Book:
    """The document of `reports.reconciliation` for readers; `name` of the period, `head` of the chain of seals."""
    return Book(
        name=f"reconciliation-{name}",
        title=translate(N_("Calls against what monitoring saw")),
        subtitle=name,
        language=language,
        zone=zone,
        facts=tuple(_facts(document, translate, head)),
        figures=tuple(_figures(document["total"], translate)),
        words=tuple(_words(document, translate)),
        tables=(
            reconciliation_table(document, translate),
            _faults(document, translate),
            _uncalled(document, translate),
            rules_table(document["rules"], translate),
        ),
    )


def _facts(document: Document, translate: Translate, head: str | None) -> Iterator[Fact]:
    yield Fact("from", translate(N_("From")), document["from"], "instant")
    yield Fact("until", translate(N_("Until")), document["until"], "instant")
    yield Fact("known_at", translate(N_("As known at")), document["known_at"], "instant")
    yield Fact("rules", translate(N_("Rules")), " ".join(document["rules"]))
    yield Fact("rules_version", translate(N_("Version of the rules")), document["rules_version"])
    yield Fact("calendars", translate(N_("Calendars")), ", ".join(document["calendars"]) or None)
    yield Fact("head", translate(N_("Head of the seals")), head or translate(N_("nothing is sealed yet")))


def _figures(total: Document, translate: Translate) -> Iterator[Fact]:
    yield Fact("detection_score", translate(N_("Seen before the call")), total["detection_score"], "ratio")
    yield Fact("median_lead_s", translate(N_("By how much (median)")), total["median_lead_s"], "seconds")
    yield Fact("faults", translate(N_("Faults")), total["faults"], "count")
    yield Fact("complaints", translate(N_("Complaint without a call")), total["complaint_without_call"], "count")


def _words(document: Document, translate: Translate) -> Iterator[str]:
    if document["note"]:
        yield translate(document["note"])
    if document["provisional"]:
        yield translate(N_("Provisional: a year's holidays are not known yet."))
    named = [label(one, translate) for one in document["rows"] if one["complaint_without_call"]]
    if named:
        words = N_("Named for complaints about faults that were never phoned in: {halls}.")
        yield translate(words).format(halls=", ".join(named))


def _faults(document: Document, translate: Translate) -> Table:
    rows = tuple(
        tuple(_classes(one, translate) if key == "classes" else one[key] for key, _, _ in _FAULTS)
        for one in document["faults"]
    )
    note = None if rows else translate(N_("No faults."))
    return Table("faults", translate(N_("Faults")), columns(_FAULTS, translate), rows, note=note)


def _classes(fault: Document, translate: Translate) -> str:
    return ", ".join(translate(CLASSES.get(one, one)) for one in fault["classes"])


def _uncalled(document: Document, translate: Translate) -> Table:
    rows = tuple(tuple(one[key] for key, _, _ in _UNCALLED) for one in document["complaints_without_call"])
    note = None if rows else translate(N_("Every complaint was about a fault that was phoned in."))
    title = translate(N_("Complaints without a call"))
    return Table("complaints", title, columns(_UNCALLED, translate), rows, note=note)
