"""A1-A7 on the page."""

from __future__ import annotations

from fractions import Fraction
from typing import Final, get_args

from sla.availability import Tally, figures, tally, total
from sla.instant import HOUR, MINUTE
from sla.intact import Served, by_count, by_time, inspected
from sla.interval import Interval
from sla.owners import Owner
from sla.profile import PROFILES, ProfileName, verdict
from sla.spans import CLASSES, Class, DeviceFacts, Planned, Span, spans
from tests.docs.device import PRINTER, as_ancestor, device, letters
from tests.docs.notation import HALL, Row, at, bar, clock, length, percent, ruler

SHOWN: Final = {"good": "good", "bad": "bad", None: "–"}


SEEN: Final = "uuuuuuuuggggddddu" + "ddddu" + "uuuu??uu" + "ddduuuuuuuuuuu"
SWITCH: Final = "u" * 17 + "ddddu" + "u" * 22


def a_day() -> DeviceFacts:
    """A printer on its first day, a letter every quarter of an hour from 08:00 on."""
    return device(
        SEEN,
        start="08:00",
        step_s=900,
        clock=HALL.clock(),
        commissioned=at("08:15"),
        maintenance=[Planned(at("14:00"), at("14:30"), at("09:00", -1))],
        excluded=[Interval(at("15:30"), at("15:45"))],
        ancestors=[as_ancestor(device(SWITCH, start="08:00", step_s=900))],
    )


def a1() -> list[object]:
    facts = a_day()
    parts = spans(facts, at("08:00"), at("19:00"), at("19:00"))
    lines: list[object] = [
        f"commissioned {clock(facts.commissioned or 0)}, the hall is open 08:30-18:00",
        ruler("08:00", 44, 4),
        Row("printer seen", SEEN),
        Row("switch seen", SWITCH),
        Row("maintenance", bar(facts.maintenance[0][:2], at("08:00"), 15 * MINUTE)),
        Row("correction", bar(facts.excluded[0], at("08:00"), 15 * MINUTE)),
        Row("class", letters(facts, 44, start="08:00", step=15 * MINUTE)),
    ]
    for class_ in CLASSES:
        mine = [one for one in parts if one.class_ == class_]
        lasted = sum(one.until - one.start for one in mine) // MINUTE
        lines.append(
            Row(class_, f"{lasted:>4} min   " + ", ".join(f"{clock(one.start)}-{clock(one.until)}" for one in mine))
        )
    return [*lines, Row("together", f"{sum(one.until - one.start for one in parts) // MINUTE:>4} min")]


def a2() -> list[object]:
    lines: list[object] = [f"{'':<24}" + "".join(f"{name:<10}" for name in PROFILES)]
    owners: tuple[Owner, ...] = ("vendor", "undetermined", "hall")
    for class_ in CLASSES:
        for owner in owners if class_ == "down" else (None,):
            label = class_ if owner is None else f"{class_}, {owner}"
            told = [SHOWN[verdict(Span(0, 1, class_, None, owner), name, PRINTER)] for name in PROFILES]
            if class_ in ("closed", "maintenance", "excluded"):
                told[2] = "(beneath)"
            lines.append(f"{label:<24}" + "".join(f"{word:<10}" for word in told))
    return lines


def a3() -> list[object]:
    facts = a_day()
    names: tuple[ProfileName, ...] = get_args(ProfileName)
    lines: list[object] = []
    for name in names:
        one = tally(facts, at("08:00"), at("19:00"), at("19:00"), name)
        good, bad = one.good // MINUTE, one.bad // MINUTE
        lines.append(Row(name, f"{good} / ({good} + {bad}) = {percent(figures(one).availability)}"))
    shown = figures(tally(facts, at("08:00"), at("19:00"), at("19:00"), "service"))
    agreed = sum(shown.ms[class_] for class_ in CLASSES[4:]) // MINUTE
    blind = shown.ms["unmonitored"] // MINUTE
    dark = tally(device("uuuu" + "?" * 6), at("10:00"), at("10:10"), at("10:10"), "service")
    return [
        *lines,
        Row("coverage", f"1 - {blind} / {agreed} = {percent(shown.coverage)}"),
        f"4 min up, 6 min blind: coverage {percent(figures(dark).coverage)},"
        f" availability {percent(figures(dark).availability)}",
    ]


def a4() -> list[object]:
    up, bad = Tally("service", good=10 * HOUR), Tally("service", good=1 * HOUR, bad=1 * HOUR)
    both = figures(total("service", [up, bad])).availability
    means = [figures(one).availability or 0.0 for one in (up, bad)]
    return [
        f"A  good 10 h, bad 0 h: {percent(means[0])}",
        f"B  good  1 h, bad 1 h: {percent(means[1])}",
        f"together 11 / (11 + 1) = {percent(both)},"
        f" not ({percent(means[0], 0)} + {percent(means[1], 0)}) / 2 = {percent(sum(means) / 2)}",
    ]


def a5() -> list[object]:
    facts = device("u" * 10 + "d" * 20)
    lines: list[object] = [ruler("10:00", 30), Row("seen", "u" * 10 + "d" * 20)]
    for until, now in (("10:25", "10:29"), ("10:40", "10:29")):
        one = tally(facts, at("10:00"), at(until), at(now), "service")
        shown = figures(one)
        lines.append(
            f"10:00-{until}, seen at {now}: bad {length(one.bad)}, unmonitored {length(shown.ms['unmonitored'])},"
            f" outages {one.outages}, MTTR {'–' if shown.mttr_ms is None else length(shown.mttr_ms)}"
        )
    return lines


def a6() -> list[object]:
    lines: list[object] = []
    border = at("00:00", 2)
    facts = device("u" * 30 + "d" * 10 + "u" * 20 + "d" * 2 + "u" * 10, start="12:00", step_s=3600)
    for outage in facts.outages:
        lines.append(f"outage {clock(outage.start, day=True)} to {clock(outage.until or 0, day=True)}")
    for start, until in ((at("12:00"), border), (border, at("12:00", 3))):
        one = tally(facts, start, until, until, "service")
        shown = figures(one)
        mttr = "–" if shown.mttr_ms is None else f"{length(one.ended_bad_ms)} / {one.ended} = {length(shown.mttr_ms)}"
        mtbf = "–" if shown.mtbf_ms is None else f"{length(one.good)} / {one.outages} = {length(shown.mtbf_ms)}"
        label = f"{clock(start, day=True)} to {clock(until, day=True)}"
        lines.append(f"{label}: bad {length(one.bad)}, outages {one.outages}, MTTR {mttr}, MTBF {mtbf}")
    return lines


def a7() -> list[object]:
    large, small = [Served(98 * HOUR, 2 * HOUR)] * 9, [Served(60 * HOUR, 40 * HOUR)]
    up: Class = "up"
    classes: list[Class] = [*[up] * 7, "degraded", "down", "unmonitored", "not_in_service"]
    found = inspected(classes)
    naive = Fraction(98 + 60, 2) / 100
    return [
        "time:  hall A, 9 devices, each good 98 h, bad 2 h; hall B, 1 device, good 60 h, bad 40 h",
        f"       (9 x 98 + 60) / (10 x 100) = {percent(by_time([*large, *small]))},"
        f" not (98 % + 60 %) / 2 = {percent(naive)}",
        "count: 7 up, 1 degraded, 1 down, 1 unmonitored, 1 not in service at the instant of the inspection",
        f"       (7 + 1) / 10 = {percent(by_count(classes))}; not seen: {found.unknown}",
    ]


EXAMPLES = {"A1": a1, "A2": a2, "A3": a3, "A4": a4, "A5": a5, "A6": a6, "A7": a7}
