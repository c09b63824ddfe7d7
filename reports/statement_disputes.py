"""What was said of a statement after it was published, as tables: disputes, counter-entries, amendments (S5, S6)."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, Final

from reports.availability import N_
from reports.book import Cells, Head, Table, Translate, columns

Document = Mapping[str, Any]

FATES: Final = {
    "open": N_("no answer yet"),
    "awaiting": N_("accepted, awaits approval"),
    "accepted": N_("accepted"),
    "rejected": N_("rejected"),
    "withdrawn": N_("withdrawn"),
    "lapsed": N_("its line is no more"),
}
_DISPUTES: Final[Head] = (
    ("n", N_("Dispute"), "count"),
    ("line", N_("Line"), "text"),
    ("at", N_("At"), "instant"),
    ("by", N_("By"), "text"),
    ("reason", N_("Reason"), "text"),
    ("files", N_("Files"), "text"),
    ("state", N_("State"), "text"),
    ("answered_at", N_("Answered at"), "instant"),
    ("answered_by", N_("Answered by"), "text"),
    ("answer", N_("Answer"), "text"),
)
_COUNTERS: Final[Head] = (
    ("dispute", N_("Dispute"), "count"),
    ("line", N_("Line"), "text"),
    ("points", N_("Points given back"), "points"),
    ("reason", N_("Reason"), "text"),
    ("by", N_("By"), "text"),
    ("at", N_("At"), "instant"),
    ("approved_by", N_("Approved by"), "text"),
    ("approved_at", N_("Approved at"), "instant"),
)
_AMENDMENTS: Final[Head] = (
    ("number", N_("Amendment"), "count"),
    ("at", N_("At"), "instant"),
    ("by", N_("By"), "text"),
    ("n", N_("Seal"), "count"),
    ("hash", N_("Its hash"), "text"),
)


def disputed(document: Document, translate: Translate) -> Iterator[Table]:
    """A table of each, but for what there was none of."""
    if document.get("disputes"):
        yield _table("disputes", N_("Disputes"), _DISPUTES, _disputes(document, translate), translate)
    if document.get("counter_entries"):
        rows = (tuple(one[key] for key, _, _ in _COUNTERS) for one in document["counter_entries"])
        yield _table("counter_entries", N_("Counter-entries"), _COUNTERS, rows, translate)
    if document.get("amendments"):
        rows = (tuple(one[key] for key, _, _ in _AMENDMENTS) for one in document["amendments"])
        yield _table("amendments", N_("Amendments"), _AMENDMENTS, rows, translate)


def _disputes(document: Document, translate: Translate) -> Iterator[Cells]:
    for one in document["disputes"]:
        answer = one["answer"] or {}
        files = ", ".join(f"{file['name']} ({file['digest'][:12]})" for file in one["files"]) or None
        said = answer.get("at"), answer.get("by"), answer.get("reason")
        yield one["n"], one["line"], one["at"], one["by"], one["reason"], files, translate(FATES[one["state"]]), *said


def _table(name: str, title: str, head: Head, rows: Iterator[Cells], translate: Translate) -> Table:
    return Table(name, translate(title), columns(head, translate), tuple(rows))
