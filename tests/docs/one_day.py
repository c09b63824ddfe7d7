"""One day of a switch and of a printer behind it: the same list of observations for every way of counting."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Final, NamedTuple

from sla.instant import MINUTE, Ms
from sla.interval import Interval
from sla.owners import Policy
from sla.seen import Seen
from sla.spans import DeviceFacts, Planned
from tests.docs.device import as_ancestor, device
from tests.docs.notation import HALL, at
from tests.sla.histories import WORDS


class Moment(NamedTuple):
    """What each poll saw from `start` on, the letters again and again; an empty text: there was no poll."""

    start: str
    until: str
    switch: str
    printer: str
    note: str
    conditions: tuple[str, ...] = ()


MOMENTS: Final = (
    Moment("00:00", "09:10", "u", "u", "the hall opens at 08:30"),
    Moment("09:10", "09:22", "u", "ddu", "the printer flaps: twice silent, once up, four times"),
    Moment("09:22", "10:00", "u", "u", ""),
    Moment("10:00", "10:40", "d", "d", "the switch dies, the printer behind it is silent"),
    Moment("10:40", "11:31", "u", "u", ""),
    Moment("11:31", "11:51", "", "", "the collector is blind"),
    Moment("11:51", "13:05", "u", "u", "planned maintenance of the printer begins at 13:00"),
    Moment("13:05", "13:25", "u", "d", "the printer is taken apart"),
    Moment("13:25", "15:00", "u", "u", "the maintenance ends at 13:30"),
    Moment("15:00", "15:45", "u", "d", "no paper, which is the hall's", ("noPaper",)),
    Moment("15:45", "16:00", "u", "u", ""),
    Moment("16:00", "16:30", "u", "g", "toner low, it prints", ("lowToner",)),
    Moment("16:30", "18:00", "u", "u", ""),
    Moment("18:00", "24:00", "u", "d", "the hall closes, the printer is switched off"),
)

EVENTS: Final = {
    "flapping": Interval(at("09:10"), at("09:22")),
    "dead switch": Interval(at("10:00"), at("10:40")),
    "collector blind": Interval(at("11:31"), at("11:51")),
    "maintenance": Interval(at("13:00"), at("13:30")),
    "no paper": Interval(at("15:00"), at("15:45")),
    "low toner": Interval(at("16:00"), at("16:30")),
    "after closing": Interval(at("18:00"), at("24:00")),
}

HOURS: Final = Interval(at("08:30"), at("18:00"))
DAY: Final = Interval(at("00:00"), at("24:00"))
BLIND: Final = (EVENTS["collector blind"],)
MAINTENANCE: Final = (EVENTS["maintenance"],)


def polls(name: str) -> list[Seen]:
    """Every observation of `switch` or `printer`, one at each full minute."""
    return [one for moment in MOMENTS for one in _polls(moment, name)]


def _polls(moment: Moment, name: str) -> Iterator[Seen]:
    letters: str = getattr(moment, name)
    conditions: Sequence[str] = moment.conditions if name == "printer" else ()
    if letters:
        for i, instant in enumerate(range(at(moment.start), at(moment.until), MINUTE)):
            yield Seen(instant, WORDS[letters[i % len(letters)]], MINUTE, tuple(conditions))


def facts(name: str) -> DeviceFacts:
    """The device as hallwatch knows it: the hall's hours, the maintenance approved the day before, the parent."""
    switch = device(polls("switch"), clock=HALL.clock(), policy=Policy(kind="switch"))
    if name == "switch":
        return switch
    planned = [Planned(*MAINTENANCE[0], approved_at=at("15:00", -1))]
    return device(polls("printer"), clock=HALL.clock(), maintenance=planned, ancestors=[as_ancestor(switch)])


def minutes(parts: Sequence[Interval]) -> Ms:
    """The length of a merged list in whole minutes."""
    return sum(until - start for start, until in parts) // MINUTE
