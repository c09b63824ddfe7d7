"""The tables of the monthly report's book beside the levels: the worst devices, their outages, blind time."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, Final

from reports.availability import N_
from reports.book import Cells, Column, Table, Translate
from reports.monthly_tables import PROFILE_WORDS

Document = Mapping[str, Any]

CAUSES: Final[Mapping[str, str]] = {
    "not_yet": N_("before anything of the hall was ever seen"),
    "collector": N_("the collector was silent or lost facts"),
    "power": N_("power: the UPS ran on battery, then all of the hall was silent"),
    "uplink_or_power": N_("uplink or power: all of the hall was silent at once"),
    "not_known": N_("not known"),
    "to_come": N_("still to come"),
}
OWNERS: Final[Mapping[str, str]] = {
    "vendor": N_("vendor"),
    "hall": N_("hall"),
    "network": N_("network"),
    "operator": N_("operator"),
    "undetermined": N_("undetermined"),
}
MOST_NAMED: Final = 10
"""Devices of a blind stretch are named in a cell up to so many; the JSON has all of them."""


def lists(document: Document, translate: Translate) -> Iterator[Table]:
    """The tables in the book's order."""
    yield worst_table(document, translate)
    yield outages_table(document, translate)
    yield blind_table(document["blind"], translate)
    yield blind_halls_table(document["blind"], translate)


def worst_table(document: Document, translate: Translate) -> Table:
    """The devices with the most bad time under `service`, one a row."""
    columns = (
        Column("rank", translate(N_("Rank")), "count"),
        Column("device", translate(N_("Device"))),
        Column("kind", translate(N_("Kind"))),
        Column("hall", translate(N_("Hall"))),
        Column("hall_name", translate(N_("Name of the hall"))),
        Column("vendor", translate(N_("Vendor"))),
        Column("bad_s", translate(N_("Counted")), "seconds"),
        Column("outages", translate(N_("Outages")), "count"),
        Column("profile", translate(N_("Profile"))),
    )
    rows = tuple(_worst(one, translate) for one in document["worst"])
    note = None if rows else translate(N_("No device was down in this period."))
    return Table("worst", translate(N_("The worst devices")), columns, rows, note=note)


def _worst(one: Document, translate: Translate) -> Cells:
    kind, profile = translate(one["kind"]), translate(PROFILE_WORDS[one["profile"]])
    named = one["rank"], one["device"], kind, *(one[key] for key in ("hall", "hall_name", "vendor", "bad_s"))
    return *named, len(one["outages"]) + one["more"]["outages"], profile


def outages_table(document: Document, translate: Translate) -> Table:
    """Their outages, each with what it cost in the period."""
    columns = (
        Column("rank", translate(N_("Rank")), "count"),
        Column("device", translate(N_("Device"))),
        Column("from", translate(N_("From")), "instant"),
        Column("until", translate(N_("Until")), "instant"),
        Column("counted_s", translate(N_("Counted")), "seconds"),
        Column("cause", translate(N_("Cause"))),
        Column("owner", translate(N_("Owner"))),
        Column("ticket", translate(N_("Ticket"))),
        Column("crosses", translate(N_("Longer than the period shows")), "flag"),
    )
    rows = tuple(_outage(bad, one, translate) for bad in document["worst"] for one in bad["outages"])
    more = sum(bad["more"]["outages"] for bad in document["worst"])
    note = translate(N_("{n} more outages, the least costly ones, are not listed.")).format(n=more) if more else None
    return Table("worst_outages", translate(N_("Outages of the worst devices")), columns, rows, note=note)


def _outage(bad: Document, one: Document, translate: Translate) -> Cells:
    owner = OWNERS.get(one["owner"] or "")
    return (
        bad["rank"],
        bad["device"],
        one["from"],
        one["until"],
        one["counted_s"],
        translate(one["cause"]) if one["cause"] else None,
        translate(owner) if owner else one["owner"],
        one["ticket"],
        one["crosses"],
    )


def blind_table(found: Document, translate: Translate) -> Table:
    """The largest stretches in which nothing was seen, and why (O6)."""
    columns = (
        Column("hall", translate(N_("Hall"))),
        Column("hall_name", translate(N_("Name of the hall"))),
        Column("devices", translate(N_("Devices")), "count"),
        Column("named", translate(N_("Which"))),
        Column("from", translate(N_("From")), "instant"),
        Column("until", translate(N_("Until")), "instant"),
        Column("seconds", translate(N_("Not seen, all devices together")), "seconds"),
        Column("cause", translate(N_("Why"))),
    )
    rows = tuple(_stretch(one, translate) for one in found["stretches"])
    rest = found["rest"]
    words = translate(N_("{n} shorter ones are not listed here; the halls' table has them added up."))
    note = words.format(n=rest["stretches"]) if rest["stretches"] else None
    empty = translate(N_("Everything was seen in this period."))
    return Table("blind", translate(N_("Not seen")), columns, rows, note=note if rows else empty)


def _stretch(one: Document, translate: Translate) -> Cells:
    named = [str(id) for id in one["devices"][:MOST_NAMED]]
    if len(one["devices"]) > MOST_NAMED:
        named.append(translate(N_("and {n} more")).format(n=len(one["devices"]) - MOST_NAMED))
    hall = one["hall"], one["hall_name"], len(one["devices"]), ", ".join(named)
    return *hall, one["from"], one["until"], one["seconds"], translate(CAUSES[one["cause"]])


def blind_halls_table(found: Document, translate: Translate) -> Table:
    """All blind time by hall and cause, what is listed and what is not."""
    columns = (
        Column("hall", translate(N_("Hall"))),
        Column("hall_name", translate(N_("Name of the hall"))),
        Column("seconds", translate(N_("Not seen, all devices together")), "seconds"),
        *(Column(cause, translate(title), "seconds") for cause, title in CAUSES.items()),
        Column("listed_s", translate(N_("Of it in the list")), "seconds"),
        Column("rest_s", translate(N_("Not in the list")), "seconds"),
    )
    rows = tuple(_hall(one) for one in found["halls"])
    listed = sum(one["seconds"] for one in found["stretches"])
    causes = (found["causes"].get(cause, 0.0) for cause in CAUSES)
    total: Cells = ("total", None, found["seconds"], *causes, listed, found["rest"]["seconds"])
    return Table("blind_halls", translate(N_("Not seen, by hall")), columns, rows, total)


def _hall(one: Document) -> Cells:
    causes = (one["causes"].get(cause, 0.0) for cause in CAUSES)
    return one["hall"], one["hall_name"], one["seconds"], *causes, one["listed_s"], one["rest_s"]
