"""The monthly availability report as a book, from its JSON alone; every form is written from it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, Final
from zoneinfo import ZoneInfo

from reports import periods, scorecard_book
from reports.availability import N_
from reports.book import Book, Chart, Fact, Table, Translate
from reports.monthly_lists import CAUSES, lists
from reports.monthly_tables import LEVEL_TITLES, PROFILES, called, label, level_tables, reconciliation_table
from reports.rule_words import rules_table
from sla.instant import parse
from sla.interval import Interval

Document = Mapping[str, Any]
MOST_BARS: Final = 40
"""A chart of more than so many halls shows the lowest."""


def book(document: Document, translate: Translate, language: str, zone: ZoneInfo) -> Book:
    """The report's `document` for readers of a language; instants in `zone`."""
    return Book(
        name=f"availability-{_period(document, zone)}",
        title=translate(_title(document["name"])),
        subtitle=_subtitle(document, translate),
        language=language,
        zone=zone,
        facts=tuple(_facts(document, translate)),
        figures=tuple(_figures(document, translate)),
        words=tuple(_words(document, translate)),
        charts=tuple(_charts(document, translate)),
        tables=tuple(_tables(document, translate)),
    )


def _period(document: Document, zone: ZoneInfo) -> str:
    """2026-10, 2026-W41, or the days of its first and last moment."""
    return periods.label(Interval(parse(document["from"]), parse(document["until"])), zone)


def _title(name: str | None) -> str:
    if name is None:
        return N_("Availability report")
    return N_("Weekly availability report") if "W" in name else N_("Monthly availability report")


def _subtitle(document: Document, translate: Translate) -> str:
    """The period's name, and what the report is narrowed to."""
    titles = {"halls": LEVEL_TITLES["hall"], **LEVEL_TITLES}
    only = (f"{translate(titles[key])} {_listed(one)}" for key, one in document["only"].items())
    return " · ".join([*([document["name"]] if document["name"] else []), *only])


def _listed(one: str | list[str]) -> str:
    return one if isinstance(one, str) else ", ".join(one)


def _facts(document: Document, translate: Translate) -> Iterator[Fact]:
    yield Fact("from", translate(N_("From")), document["from"], "instant")
    yield Fact("until", translate(N_("Until")), document["until"], "instant")
    yield Fact("known_at", translate(N_("As known at")), document["known_at"], "instant")
    yield Fact("before_from", translate(N_("Compared with, from")), document["before"]["from"], "instant")
    yield Fact("before_until", translate(N_("Compared with, until")), document["before"]["until"], "instant")
    for profile in dict.fromkeys(document["profiles"].values()):
        levels = ", ".join(translate(LEVEL_TITLES[by]) for by, one in document["profiles"].items() if one == profile)
        yield Fact(f"profile_{profile}", translate(PROFILES[profile]), levels)
    yield Fact("min_coverage", translate(N_("Least coverage for a figure")), document["min_coverage"], "ratio")
    yield Fact("target", translate(N_("Target")), document["targets"]["overall"], "ratio")
    for kind, target in document["targets"]["kinds"].items():
        yield Fact(f"target_{kind}", translate(N_("Target of {kind}")).format(kind=translate(kind)), target, "ratio")
    yield Fact("rules", translate(N_("Rules")), " ".join(document["rules"]))
    yield Fact("rules_version", translate(N_("Version of the rules")), document["rules_version"])
    yield Fact("head", translate(N_("Head of the seals")), document["head"] or translate(N_("nothing is sealed yet")))
    for hours in document["hours"]:
        halls = translate(N_("{n} halls")).format(n=len(hours["halls"]))
        name = hours["calendar"] or translate(N_("without a calendar, always open"))
        yield Fact("calendar", translate(N_("Calendar")), f"{name}: {halls}")


def _figures(document: Document, translate: Translate) -> Iterator[Fact]:
    whole = next(iter(document["levels"]["city"]), document["total"])
    yield Fact("availability", translate(N_("Availability")), whole["availability"], "ratio")
    yield Fact("before", translate(N_("In the period before")), (whole["before"] or {}).get("availability"), "ratio")
    if whole["target"] is not None:
        yield Fact("target", translate(N_("Target")), whole["target"], "ratio")
    yield Fact("raw", translate(N_("Around the clock")), whole["raw"], "ratio")
    yield Fact("coverage", translate(N_("Coverage")), whole["coverage"], "ratio")
    yield Fact("devices", translate(N_("Devices")), whole["devices"], "count")
    yield Fact("outages", translate(N_("Outages")), whole["outages"], "count")
    yield Fact("mttr_s", translate(N_("Mean time to repair")), whole["mttr_s"], "seconds")
    yield Fact("mtbf_s", translate(N_("Mean time between outages")), whole["mtbf_s"], "seconds")
    found = document["reconciliation"]["total"]
    yield Fact("detection_score", translate(N_("Seen before the call")), found["detection_score"], "ratio")


def _words(document: Document, translate: Translate) -> Iterator[str]:
    """What is provisional, missing or to be minded."""
    if document["note"]:
        yield translate(document["note"])
    if document["provisional"]:
        yield translate(N_("Provisional: a year's holidays are not known yet."))
    if document["known_at"] < document["until"]:
        yield translate(N_("This period is not over: the time to come counts as not seen."))
    for by in ("branch", "hall", "kind", "vendor", "device"):
        unseen = [one for one in document["levels"][by] if one["low_coverage"]]
        if unseen:
            words = N_("Seen too little for a figure, by {level}: {n}, such as {names}.")
            names = ", ".join(called(by, one, translate) for one in unseen[:5])
            yield translate(words).format(level=translate(LEVEL_TITLES[by]), n=len(unseen), names=names)
    yield from _unseen(document["blind"], translate)
    named = [one for one in document["reconciliation"]["rows"] if one["complaint_without_call"]]
    if named:
        names = ", ".join(label(one, translate) for one in named)
        yield translate(N_("Named for complaints about faults that were never phoned in: {halls}.")).format(halls=names)


def _unseen(found: Document, translate: Translate) -> Iterator[str]:
    """How much was not seen, and why, in hours of devices."""
    causes = {cause: seconds for cause, seconds in found["causes"].items() if cause != "to_come"}
    if causes:
        told = (_hours(seconds, translate(CAUSES[cause]), translate) for cause, seconds in causes.items())
        yield translate(N_("Not seen, all devices together: {causes}.")).format(causes=", ".join(told))


def _hours(seconds: float, cause: str, translate: Translate) -> str:
    return translate(N_("{n} h ({cause})")).format(n=f"{seconds / 3600:,.1f}", cause=cause)


def _charts(document: Document, translate: Translate) -> Iterator[Chart]:
    titles = {"branch": N_("Availability by branch"), "hall": N_("Availability by hall"), "kind": N_("By kind")}
    for by, title in titles.items():
        rows = document["levels"][by]
        shown = rows if len(rows) <= MOST_BARS else sorted(rows, key=_lowest)[:MOST_BARS]
        points = tuple((called(by, one, translate), one["availability"]) for one in shown)
        cut = "" if len(shown) == len(rows) else translate(N_(" (the {n} lowest of {all})"))
        name = translate(title) + cut.format(n=len(shown), all=len(rows))
        yield Chart(name, "bars", points, "ratio", document["targets"]["overall"])


def _lowest(row: Document) -> tuple[bool, float]:
    return row["availability"] is None, row["availability"] or 0.0


def _tables(document: Document, translate: Translate) -> Iterator[Table]:
    for by in LEVEL_TITLES:
        yield from level_tables(document, by, translate)
    yield from lists(document, translate)
    yield reconciliation_table(document["reconciliation"], translate)
    if document["scorecard"]:
        yield scorecard_book.branches(document["scorecard"], translate)
        yield scorecard_book.items(document["scorecard"], translate)
    yield rules_table(document["rules"], translate)
