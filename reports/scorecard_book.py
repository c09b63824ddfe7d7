"""The branch scorecard as a book, from its JSON alone (A7, P5)."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, Final
from zoneinfo import ZoneInfo

from reports.availability import N_
from reports.book import Book, Cells, Chart, Column, Fact, Table, Translate, Value
from reports.periods import label
from reports.rule_words import rules_table
from sla.instant import parse
from sla.interval import Interval

MOST_NAMED: Final = 10
"""Devices that decide are named in a cell up to so many; the JSON has all of them."""
WAYS: Final = {"time": N_("by time (all devices, under the profile service)"), "count": N_("by count at an inspection")}
_COMPARES: Final = {"relative": N_("relative to the rate of all halls"), "points": N_("in percentage points")}
HOURS: Final = {
    "blind_bad": N_("one unseen hour, had it been bad"),
    "blind_good": N_("one unseen hour, had it been good"),
    "bad_blind": N_("one bad hour, had nobody seen it"),
}
ITEM_TITLES: Final = {
    "hall network interruption": N_("hall network interruption"),
    "terminal access": N_("terminal access"),
}


def book(document: Mapping[str, Any], translate: Translate, language: str, zone: ZoneInfo) -> Book:
    """The scorecard's `document` for readers of a language; instants in `zone`."""
    period = _period(document, zone)
    return Book(
        name=f"scorecard-{period}",
        title=translate(N_("Branch scorecard")),
        subtitle=period,
        language=language,
        zone=zone,
        facts=tuple(_facts(document, translate)),
        figures=tuple(_figures(document, translate)),
        words=tuple(words(document, translate)),
        charts=(chart(document, translate),),
        tables=(branches(document, translate), items(document, translate), rules_table(document["rules"], translate)),
    )


def _period(document: Mapping[str, Any], zone: ZoneInfo) -> str:
    """2026-10, 2026-W41, or the dates of its first and last moment."""
    return label(Interval(parse(document["from"]), parse(document["until"])), zone)


def _facts(document: Mapping[str, Any], translate: Translate) -> Iterator[Fact]:
    yield Fact("from", translate(N_("From")), document["from"], "instant")
    yield Fact("until", translate(N_("Until")), document["until"], "instant")
    yield Fact("known_at", translate(N_("As known at")), document["known_at"], "instant")
    yield Fact("intact", translate(N_("Intact rate counted")), translate(WAYS[document["intact"]]))
    yield Fact("compare", translate(N_("Compared")), translate(_COMPARES[document["compare"]]))
    yield Fact("limit", translate(N_("Nothing is scored from so far below on")), document["limit"], "ratio")
    yield Fact("inspected_at", translate(N_("Inspection at")), document["inspected_at"], "instant")
    yield Fact("min_coverage", translate(N_("Least coverage for a figure")), document["min_coverage"], "ratio")
    yield Fact("rules", translate(N_("Rules")), " ".join(document["rules"]))
    yield Fact("rules_version", translate(N_("Version of the rules")), document["rules_version"])
    yield Fact("calendars", translate(N_("Calendars")), ", ".join(document["calendars"]) or None)
    yield Fact("head", translate(N_("Head of the seals")), document["head"] or translate(N_("nothing is sealed yet")))


def _figures(document: Mapping[str, Any], translate: Translate) -> Iterator[Fact]:
    whole = document["total"]
    yield Fact("intact_rate", translate(N_("Intact rate of all halls")), whole["intact_rate"], "ratio")
    yield Fact("time", translate(N_("Intact rate by time")), whole["time"], "ratio")
    yield Fact("count", translate(N_("Intact rate by count")), whole["count"], "ratio")
    yield Fact("coverage", translate(N_("Coverage")), whole["coverage"], "ratio")


def words(document: Mapping[str, Any], translate: Translate) -> Iterator[str]:
    """What is to be minded: provisional hours, a score that one device or one hour decides, no inspection."""
    if document["note"]:
        yield translate(document["note"])
    if document["provisional"]:
        yield translate(N_("Provisional: a year's holidays are not known yet."))
    if document["inspected_at"] is None:
        yield translate(N_("There was no inspection on a working day of this period: no rate by count."))
    if any(one["warning"] for row in document["rows"] for one in row["items"]):
        yield translate(N_("Beware: a score hangs on one device or one hour; see the column of what decides."))


def chart(document: Mapping[str, Any], translate: Translate) -> Chart:
    """The branches' intact rates; the rate of all halls is drawn across."""
    points = tuple((_name(row, translate), row["intact_rate"]) for row in document["rows"])
    title = translate(N_("Intact rate by branch"))
    return Chart(title, "bars", points, "ratio", document["total"]["intact_rate"])


def branches(document: Mapping[str, Any], translate: Translate) -> Table:
    """One row a branch: rates both ways, what the inspection found, the score; all halls are the last."""
    columns = (
        Column("id", translate(N_("Branch"))),
        Column("name", translate(N_("Name"))),
        Column("devices", translate(N_("Devices")), "count"),
        Column("intact_rate", translate(N_("Intact rate")), "ratio"),
        Column("time", translate(N_("Intact rate by time")), "ratio"),
        Column("count", translate(N_("Intact rate by count")), "ratio"),
        Column("coverage", translate(N_("Coverage")), "ratio"),
        Column("inspected_intact", translate(N_("Found intact")), "count"),
        Column("inspected_all", translate(N_("Inspected")), "count"),
        Column("inspected_unknown", translate(N_("Not seen then")), "count"),
        Column("score", translate(N_("Score")), "points"),
    )
    rows = tuple(_branch(row, _name(row, translate)) for row in document["rows"])
    total = _branch(document["total"] | {"id": "total"}, translate(N_("All halls")))
    return Table("branches", translate(N_("Intact rates")), columns, rows, total)


def _branch(row: Mapping[str, Any], name: str) -> Cells:
    found = row["inspected"] or {}
    rates = (row[key] for key in ("intact_rate", "time", "count", "coverage"))
    seen = (found.get(key) for key in ("intact", "all", "unknown"))
    return row["id"], name, row["devices"], *rates, *seen, row["score"]


def items(document: Mapping[str, Any], translate: Translate) -> Table:
    """One row a branch and item: score, the two rates, how far below, and which device or hour decides (P5)."""
    columns = (
        Column("branch_id", translate(N_("Branch"))),
        Column("name", translate(N_("Name"))),
        Column("item", translate(N_("Item"))),
        Column("full", translate(N_("Worth")), "points"),
        Column("score", translate(N_("Score")), "points"),
        Column("branch", translate(N_("Its intact rate")), "ratio"),
        Column("all", translate(N_("Of all halls")), "ratio"),
        Column("below", translate(N_("Below by")), "ratio"),
        Column("warning", translate(N_("Hangs on one")), "flag"),
        Column("decides", translate(N_("What decides"))),
    )
    rows = tuple(_item(row, one, translate) for row in document["rows"] for one in row["items"])
    return Table("scorecard", translate(N_("Scorecard")), columns, rows, note=None if rows else document["note"])


def _item(row: Mapping[str, Any], one: Mapping[str, Any], translate: Translate) -> Cells:
    rates: list[Value] = [one[key] for key in ("branch", "all", "below")]
    item = translate(ITEM_TITLES.get(one["item"], one["item"]))
    return (
        row["id"],
        _name(row, translate),
        item,
        one["full"],
        one["score"],
        *rates,
        one["warning"],
        _deciding(one, translate),
    )


def _deciding(one: Mapping[str, Any], translate: Translate) -> str | None:
    named = [*one["devices"][:MOST_NAMED]]
    if len(one["devices"]) > MOST_NAMED:
        named.append(translate(N_("and {n} more")).format(n=len(one["devices"]) - MOST_NAMED))
    return ", ".join([*named, *(translate(HOURS[hour]) for hour in one["hours"])]) or None


def _name(row: Mapping[str, Any], translate: Translate) -> str:
    return str(row["name"] or row["id"] or translate(N_("without a branch")))
