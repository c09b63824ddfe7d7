"""Thousands of random calendars, cities, tickets and months walked second by second, and what `sla` says of them.

In full: `python -m tests.proof.walking --rounds 2000 --json docs/proof/walking.json`; a round is a calendar,
a city, a ticket and a month. The same seeds are the same rounds.
"""

from __future__ import annotations

import argparse
import time
from collections import Counter
from dataclasses import asdict, dataclass
from itertools import islice
from pathlib import Path
from random import Random

from sla.availability import tally
from sla.repair import repair
from sla.spans import CLASSES
from sla.statement import statement
from tests.proof.figures import tell
from tests.sla.walking import agree_on_availability, agree_on_hours, agree_on_repair, agree_on_statement
from tests.sla.walking.agree_on_hours import some_hours
from tests.sla.walking.cities import city, facts
from tests.sla.walking.city import City
from tests.sla.walking.months import Month, month
from tests.sla.walking.tickets import Ticket, ticket

SHOWN = 5
"""So many disagreements of one round are printed."""


@dataclass(frozen=True)
class Figures:
    """What was walked, how much of it was of interest, and how often `sla` disagreed, which must be 0."""

    calendars: int
    cities: int
    devices: int
    tickets: int
    clocks: int
    months: int
    lines: int
    seconds_walked: int
    seconds_by_class: dict[str, int]
    outages: int
    breaches: int
    deductions: int
    disagreements: int
    seconds: float

    @property
    def clean(self) -> bool:
        """Whether all of it agreed."""
        return not self.disagreements


def run(rounds: int, seed: int) -> Figures:
    """Walk so many calendars, cities, tickets and months."""
    began, found = time.monotonic(), Counter[str]()
    by_class = Counter[str]()
    for n in range(seed, seed + rounds):
        where, one, of = city(Random(n)), ticket(Random(n)), month(Random(n))
        said = [
            *islice(agree_on_hours.differences(some_hours(Random(n))), SHOWN),
            *islice(agree_on_availability.differences(where), SHOWN),
            *islice(agree_on_repair.differences(one), SHOWN),
            *islice(agree_on_statement.differences(of), SHOWN),
        ]
        for sentence in said:
            print(f"seed {n}: {sentence}", flush=True)
        found["disagreements"] += len(said)
        found += _of_city(where, by_class) + _of_ticket(one) + _of_month(of)
    return Figures(
        **{name: found[name] for name in ("calendars", "cities", "devices", "tickets", "clocks", "months", "lines")},
        **{name: found[name] for name in ("seconds_walked", "outages", "breaches", "deductions", "disagreements")},
        seconds_by_class={class_: by_class[class_] for class_ in CLASSES},
        seconds=round(time.monotonic() - began, 1),
    )


def _of_city(where: City, by_class: Counter[str]) -> Counter[str]:
    """The seconds of each device's walk, the classes and outages of its period."""
    found = Counter(calendars=1, cities=1, devices=len(where.devices))
    for device in where.devices:
        counted = tally(facts(where, device), where.start, where.until, where.now, "service")
        found["outages"] += counted.outages
        found["seconds_walked"] += (where.end - where.begin) // 1000
        by_class.update({class_: ms // 1000 for class_, ms in zip(CLASSES, counted.ms, strict=True)})
    return found


def _of_ticket(one: Ticket) -> Counter[str]:
    clock = repair(one.case, one.contract, one.now)
    if clock is None:
        return Counter(tickets=1)
    return Counter(
        tickets=1,
        clocks=1,
        breaches=int(clock.breached),
        seconds_walked=((one.now if clock.until is None else clock.until) - clock.start) // 1000,
    )


def _of_month(of: Month) -> Counter[str]:
    lines = statement(of.contract, of.facts, of.now).lines
    return Counter(months=1, lines=len(lines), deductions=sum(line.deduction > 0 for line in lines))


def main() -> None:
    """Command line."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=2000)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--json", type=Path)
    arguments = parser.parse_args()
    figures = run(arguments.rounds, arguments.seed)
    tell(asdict(figures), figures.clean, arguments.json)


if __name__ == "__main__":
    main()
