"""O1-O10 on the page."""

from __future__ import annotations

from itertools import permutations

from collector.schedule import Pace, Rhythm
from sla.flapping import episodes
from sla.instant import HOUR, MINUTE, SECOND, render
from sla.judge import Confirmation
from sla.opening import ticket_due
from sla.owners import owned
from sla.seen import Seen
from sla.spans import DeviceFacts, spans
from tests.docs.device import PRINTER, as_ancestor, device, letters
from tests.docs.notation import HALL, Row, at, clock, length, ruler


def o1() -> list[object]:
    asked = at("10:00") + 123
    facts = device([Seen(at("09:59"), "up", MINUTE), *(Seen(asked + i * MINUTE, "down", MINUTE) for i in range(2))])
    return [
        f"first request sent   {render(asked)}",
        f"stored               {render(asked + 250 * SECOND)}",
        f"the outage begins    {render(facts.outages[0].start)}",
    ]


def _shown(title: str, seen: str, rule: Confirmation | None = None) -> list[object]:
    facts = device(seen, rule=rule)
    ended = [f"{clock(one.start)}-{clock(one.until)}" for one in facts.outages if one.until is not None]
    return [
        title,
        Row("  seen", seen),
        Row("  class", letters(facts, len(seen))),
        Row("  outage", ", ".join(ended) or "none"),
    ]


def o2() -> list[object]:
    facts = device("uugguuddduu")
    return [ruler("10:00", 11), Row("seen", "uugguuddduu"), Row("class", letters(facts, 11)), "G serves, D does not"]


def o3() -> list[object]:
    return [
        ruler("10:00", 10),
        *_shown("one down alone is none:", "uuuduuuuuu"),
        *_shown("two are an outage from the first of them:", "uuudduuuuu"),
        *_shown("unknown neither continues nor breaks the run:", "uuud?duuuu"),
        *_shown("with recover 2 a single up does not end it:", "uuddudduuu", Confirmation(2, 2)),
    ]


def o4() -> list[object]:
    pace, rhythm = Pace(), Rhythm()
    now, asked = 0.0, []
    while now < 480:
        asked.append(f"{now:g}")
        now += pace.after("down", now, 60.0, rhythm).seconds
    after_a_day = pace.after("down", 90_000.0, 60.0, rhythm).seconds
    return [
        "a device of 60 s that is down is asked, in seconds after the first down:",
        "  " + " ".join(asked),
        f"and after a day every {length(int(after_a_day) * SECOND)}",
    ]


def _behind(title: str, parent: str, child: str, parents_s: int = 60) -> list[object]:
    switch = device(parent, interval_s=parents_s)
    printer = device(child, ancestors=[as_ancestor(switch)])
    return [
        title,
        Row("  switch seen", parent),
        Row("  printer seen", child),
        Row("  its class", letters(printer, len(child))),
    ]


def o5() -> list[object]:
    return [
        ruler("10:00", 14),
        *_behind("the child goes with its switch:", "uuudddddduuuuu", "uuudddddduuuuu"),
        *_behind(
            "(a) the switch is asked every 2 min, so it is seen down later:", "u.u.d.d.d.u.u", "uuudddddduuuu", 120
        ),
        *_behind("(b) it is still down when the switch is back:", "uuudddddduuuuu", "uuuddddddddduu"),
        *_behind("it was down long before:", "uuuuuuudddduuu", "uudddddddddduu"),
    ]


def o6() -> list[object]:
    lines: list[object] = [ruler("10:00", 12)]
    for title, seen in (
        ("three intervals without: held", "uuuu..uuuuuu"),
        ("more: one interval, then blind", "uuuu...uuuuu"),
        ("unknown is blind, too", "uuuu???uuuuu"),
        ("blind time within an outage is blind", "uudd....duuu"),
    ):
        lines += [title, Row("  seen", seen), Row("  class", letters(device(seen), len(seen)))]
    return lines


def o7() -> list[object]:
    facts = device("udduu").seen
    found = {tuple(device(list(order)).outages) for order in permutations([*facts, facts[1]])}
    (outages,) = found
    return [
        "five observations, one of them twice, in all 720 orders of arrival:",
        f"  {len(found)} result, an outage {clock(outages[0].start)}-{clock(outages[0].until or 0)}",
    ]


def o8() -> list[object]:
    seen = "u" + "ddu" * 4 + "uuu"
    facts = device(seen)
    (episode,) = episodes(facts.outages, at("12:00"))
    down = sum((one.until or 0) - one.start for one in facts.outages)
    return [
        ruler("10:00", 16),
        Row("seen", seen),
        Row("edges", "".join("^" if _edge(facts, i) else " " for i in range(16))),
        f"{2 * len(facts.outages)} edges in less than 60 min: flapping from {clock(episode.start)}, by the seventh at"
        f" {clock(episode.known_at)}",
        f"the last edge is at {clock((episode.until or 0) - HOUR)}: it ends at {clock(episode.until or 0)}",
        f"down: {len(facts.outages)} x 2 min = {length(down)}",
    ]


def _edge(facts: DeviceFacts, minute: int) -> bool:
    instant = at("10:00") + minute * MINUTE
    return any(instant in (one.start, one.until) for one in facts.outages)


def o10() -> list[object]:
    hours = HALL.clock()
    seen = "uu" + "d" * 7 + "u"  # every quarter from 07:30 on
    facts = device(seen, start="07:30", step_s=900, clock=hours)
    (outage,) = facts.outages
    parts = owned(outage, facts.seen, PRINTER, at("12:00"))
    due = ticket_due(parts, [], hours, facts.grace_ms, 5 * MINUTE, PRINTER, at("12:00"))
    assert due is not None
    charged = [one for one in spans(facts, at("07:30"), at("10:00"), at("12:00")) if one.class_ == "down"]
    return [
        ruler("07:30", 10, 2),
        Row("seen", seen + "   every quarter of an hour; the hall opens at 08:30"),
        Row("class", letters(facts, 10, start="07:30", step=15 * MINUTE)),
        *(
            f"down {clock(one.start)}-{clock(one.until)} ({length(one.until - one.start)}): {one.owner}"
            for one in charged
        ),
        f"ticket at {clock(due)}: 15 min of grace, then 5 min",
    ]


EXAMPLES = {
    "O1": o1,
    "O2": o2,
    "O3": o3,
    "O4": o4,
    "O5": o5,
    "O6": o6,
    "O7": o7,
    "O8": o8,
    "O10": o10,
}
