"""The tables of a statement: from a deduction to its tickets, and from a ticket to its slices and outages (S4, R7)."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from decimal import Decimal
from typing import Any, Final

from reports.availability import N_
from reports.book import Cells, Head, Table, Translate, columns

Document = Mapping[str, Any]

TERMS: Final = {
    "fault_count": N_("Number of faults"),
    "fault_hours": N_("Repair time"),
    "late_repairs": N_("Late repairs"),
    "late_minutes": N_("Minutes late"),
    "repeat_repairs": N_("Repeated repairs"),
    "missed_patrols": N_("Missed patrols"),
    "spare_not_ready": N_("Spares not ready"),
    "self_repair_rate": N_("Repaired without the maker"),
    "satisfaction": N_("Satisfaction"),
    "availability": N_("Availability"),
}
UNITS: Final = {
    "fault_hours": N_("hours"),
    "late_minutes": N_("minutes"),
    "self_repair_rate": N_("percent"),
    "satisfaction": N_("of the scale"),
    "availability": N_("percent"),
}
FINDINGS: Final = {
    "missed_patrol": N_("Missed patrol"),
    "spare_not_ready": N_("Spare not ready"),
    "survey": N_("Survey"),
}
SLICES: Final = {
    "closed": N_("outside repair hours"),
    "travel": N_("travel time"),
    "paused": N_("paused"),
    "counted": N_("counted"),
    "restored": N_("restored"),
}
_TIMED: Final = {
    "fault_hours": (3_600_000, N_("hours")),
    "late_minutes": (60_000, N_("minutes")),
    "availability": (60_000, N_("minutes")),
}
"""Terms whose evidence is ms: as how many of them, and which unit, people read it."""
_COUNT: Final = N_("count")

_LINES: Final[Head] = (
    ("id", N_("Line"), "text"),
    ("term", N_("Term"), "text"),
    ("value", N_("Value"), "number"),
    ("unit", N_("Measured in"), "text"),
    ("allowance", N_("Allowance"), "number"),
    ("overrun", N_("Overrun"), "number"),
    ("units", N_("Units"), "number"),
    ("deduction", N_("Deduction"), "points"),
    ("cap", N_("Cut off at"), "points"),
    ("group", N_("Group"), "text"),
    ("rules", N_("Rules"), "text"),
)
_ARITHMETIC: Final[Head] = (("line", N_("Line"), "text"), ("n", N_("Step"), "count"), ("text", N_("So"), "text"))
_EVIDENCE: Final[Head] = (
    ("line", N_("Line"), "text"),
    ("thing", N_("Ticket or thing"), "text"),
    ("amount", N_("Adds"), "number"),
    ("unit", N_("Measured in"), "text"),
    ("note", N_("Remark"), "text"),
    ("start", N_("Start"), "instant"),
    ("until", N_("Restored"), "instant"),
    ("counted_s", N_("Repair time"), "seconds"),
    ("target_s", N_("Target"), "seconds"),
)
_REMOVED: Final[Head] = (
    ("line", N_("Line"), "text"),
    ("ticket", N_("Ticket"), "text"),
    ("charged_in", N_("Charged in line"), "text"),
)
_TICKETS: Final[Head] = (
    ("id", N_("Ticket"), "text"),
    ("device", N_("Device"), "text"),
    ("kind", N_("Kind"), "text"),
    ("hall", N_("Hall"), "text"),
    ("hall_name", N_("Name"), "text"),
    ("symptom", N_("Symptom"), "text"),
    ("source", N_("Source"), "text"),
    ("begun_at", N_("Start"), "instant"),
    ("restored_at", N_("Restored"), "instant"),
    ("how", N_("How"), "text"),
    ("target_s", N_("Target"), "seconds"),
    ("travel_s", N_("Travel time"), "seconds"),
    ("paused_s", N_("Paused"), "seconds"),
    ("counted_s", N_("Repair time"), "seconds"),
    ("breached", N_("Late"), "flag"),
    ("repeat_of", N_("Repeats"), "text"),
    ("lines", N_("Charged in line"), "text"),
)
_SLICES: Final[Head] = (
    ("ticket", N_("Ticket"), "text"),
    ("from", N_("From"), "instant"),
    ("until", N_("Until"), "instant"),
    ("class", N_("Class"), "text"),
    ("seconds", N_("Time"), "seconds"),
)
_OUTAGES: Final[Head] = (
    ("ticket", N_("Ticket"), "text"),
    ("device", N_("Device"), "text"),
    ("from", N_("From"), "instant"),
    ("until", N_("Until"), "instant"),
)
_OPEN: Final[Head] = (
    ("ticket", N_("Ticket"), "text"),
    ("device", N_("Device"), "text"),
    ("hall", N_("Hall"), "text"),
    ("begun_at", N_("Start"), "instant"),
    ("counted_s", N_("Repair time so far"), "seconds"),
)
_FINDINGS: Final[Head] = (
    ("id", N_("Finding"), "text"),
    ("kind", N_("Kind"), "text"),
    ("thing", N_("What"), "text"),
    ("total", N_("Sum of the answers"), "number"),
    ("answers", N_("Answers"), "count"),
    ("reason", N_("Reason"), "text"),
    ("author", N_("Entered by"), "text"),
    ("recorded_at", N_("Entered at"), "instant"),
)


def tables(document: Document, translate: Translate) -> Iterator[Table]:
    """Lines first, then what stands behind them; all are there, empty ones with a note."""
    yield lines(document, translate)
    yield table("arithmetic", N_("How it was computed"), _ARITHMETIC, _steps(document, translate), translate)
    yield table("evidence", N_("What stands behind the lines"), _EVIDENCE, _evidence(document, translate), translate)
    yield table("removed", N_("Not charged twice"), _REMOVED, _removed(document), translate)
    yield table("tickets", N_("Tickets"), _TICKETS, _tickets(document, translate), translate)
    yield table("slices", N_("Repair clocks in slices"), _SLICES, _slices(document, translate), translate)
    yield table("outages", N_("Outages of the tickets"), _OUTAGES, _outages(document), translate)
    yield table("open", N_("Open at the end of the month"), _OPEN, _open(document), translate)
    yield table("findings", N_("What was found"), _FINDINGS, _findings(document, translate), translate)


def lines(document: Document, translate: Translate) -> Table:
    """One row a line (S1), the sum of the deductions below."""
    rows = tuple(_line(one, translate) for one in document["lines"])
    deducted = sum((Decimal(line["deduction"]) for line in document["lines"]), Decimal(0))
    total = tuple(f"{deducted:.2f}" if key == "deduction" else None for key, _, _ in _LINES)
    title, note = translate(N_("Lines")), None if rows else translate(N_("The contract has no terms."))
    return Table("lines", title, columns(_LINES, translate), rows, (translate(N_("Total")), *total[1:]), note)


def table(name: str, title: str, head: Head, rows: Iterator[Cells], translate: Translate) -> Table:
    """One of such rows; where there are none it says so."""
    found = tuple(rows)
    note = None if found else translate(N_("None."))
    return Table(name, translate(title), columns(head, translate), found, note=note)


def _line(line: Document, translate: Translate) -> Cells:
    told = dict(line) | {"term": translate(TERMS[line["term"]]), "unit": translate(UNITS.get(line["term"], _COUNT))}
    return tuple(told[key] for key, _, _ in _LINES)


def _steps(document: Document, translate: Translate) -> Iterator[Cells]:
    """Of each line, then of the score and the payment, then of what counter-entries change."""
    whole = [*document["arithmetic"], *document.get("settlement", ())]
    for name, steps in [*((line["id"], line["arithmetic"]) for line in document["lines"]), (None, whole)]:
        for n, step in enumerate(steps, 1):
            yield name, n, sentence(step, translate)


def sentence(step: Document, translate: Translate) -> str:
    """A step of arithmetic in words."""
    numbers = step["numbers"]
    named = {"term": translate(TERMS.get(numbers["term"], numbers["term"]))} if "term" in numbers else {}
    return translate(step["text"]).replace(" x ", " × ").format(**{**numbers, **named})


def _evidence(document: Document, translate: Translate) -> Iterator[Cells]:
    for line in document["lines"]:
        ms, unit = _TIMED.get(line["term"], (1, _COUNT))
        for one in line["evidence"]:
            times = (one[key] for key in ("start", "until", "counted_s", "target_s"))
            amount = f"{(Decimal(one['amount']) / ms).normalize():f}"
            yield line["id"], one["thing"], amount, translate(unit), translate(one["note"]) or None, *times


def _removed(document: Document) -> Iterator[Cells]:
    for line in document["lines"]:
        for one in line["removed"]:
            yield line["id"], one["ticket"], one["charged_in"]


def charged(document: Document) -> dict[str, list[str]]:
    """Ticket to the lines that deduct and that it adds to."""
    found: dict[str, list[str]] = {}
    for line in document["lines"]:
        for one in line["evidence"] if Decimal(line["deduction"]) else ():
            if one["ticket"] and Decimal(one["amount"]):
                found.setdefault(one["thing"], []).append(line["id"])
    return found


def _tickets(document: Document, translate: Translate) -> Iterator[Cells]:
    lines = charged(document)
    for one in document["tickets"]:
        told = {**one, **(one["clock"] or {}), "lines": ", ".join(lines.get(one["id"], ())) or None}
        told["how"] = translate(one["how"]) if one["how"] else None
        told["source"] = translate(one["source"])
        told["kind"] = translate(one["kind"])
        yield tuple(told.get(key) for key, _, _ in _TICKETS)


def _slices(document: Document, translate: Translate) -> Iterator[Cells]:
    for one in document["tickets"]:
        for part in one["clock"]["slices"] if one["clock"] else ():
            yield one["id"], part["from"], part["until"], translate(SLICES[part["class"]]), part["seconds"]


def _outages(document: Document) -> Iterator[Cells]:
    for one in document["tickets"]:
        for part in one["outages"]:
            yield one["id"], one["device"], part["from"], part["until"]


def _open(document: Document) -> Iterator[Cells]:
    known = {one["id"]: one for one in document["tickets"]}
    for id in document["open"]:
        one = known[id]
        counted = one["clock"]["counted_s"] if one["clock"] else None
        yield id, one["device"], one["hall"], one["begun_at"], counted


def _findings(document: Document, translate: Translate) -> Iterator[Cells]:
    for one in document["findings"]:
        told = one | {"kind": translate(FINDINGS[one["kind"]])}
        yield tuple(told[key] for key, _, _ in _FINDINGS)
