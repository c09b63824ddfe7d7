"""A year of a simulated city with every report, statement and seal, and everything about it found again by other means.

12 halls in 3 branches, 150 devices, 3 vendors, 4 contracts; seeded. Facts are fed by a clock that is told. In full:
`python -m tests.proof.year --json docs/proof/year.json`; CI lives a month of two halls.
"""

from __future__ import annotations

import argparse
import logging
import tempfile
import time
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from pathlib import Path
from subprocess import run as run_program
from sys import executable
from typing import Any, Final
from zoneinfo import ZoneInfo

import structlog
from sqlalchemy import func, select

from reports.dossier import dossier_document
from reports.whatif import Change, what_if_document
from sla.month import month as month_in
from store import seals
from store.database import reading
from store.schema import outages, ticket_events, tickets
from tests.proof import year_changed, year_checks, year_tamper
from tests.proof.figures import tell
from tests.proof.year_checks import Checks
from tests.proof.year_city import DAY, ZONE, place
from tests.proof.year_office import Office, months
from tests.proof.year_world import World

FIRST: Final = "2025-11"
_ZONE: Final = ZoneInfo(ZONE)


@dataclass(frozen=True)
class Size:
    """How much of it; for so many days `after` the last month's end facts still come, at least 28.

    Without `pdf` files are written in the other forms only.
    """

    halls: int = 12
    devices: int = 150
    months: int = 12
    pieces: int = 150
    changes: int = 240
    edits: int = 120
    after: int = 45
    pdf: int = 1
    processes: int = 1


@dataclass
class Figures:
    """What came out; `differences`, `verifier_differences` must be 0, of changed facts and tampering all found."""

    months: int
    halls: int
    devices: int
    observations: int
    outages: int
    tickets: int
    ticket_events: int
    statements: int
    entered: dict[str, int]
    office: dict[str, int]
    obstacles: dict[str, int]
    checked: dict[str, int]
    differences: int
    verifier_differences: int
    facts_changed: int
    facts_found: int
    forged_with_the_seal: int
    found_by_figures_alone: int
    tampered: int
    tampering_found: int
    head: str
    unsealed: int
    minutes: float
    seconds: dict[str, float] = field(default_factory=dict)
    wrong: list[str] = field(default_factory=list)

    @property
    def clean(self) -> bool:
        """Whether all agreed, and nothing that was changed went unnoticed."""
        found = self.facts_found == self.facts_changed and self.tampering_found == self.tampered
        return found and not (self.differences or self.verifier_differences or self.unsealed or self.wrong)


class Year:
    """One run of it."""

    def __init__(self, size: Size, seed: int, folder: Path) -> None:
        self._size, self._seed, self._folder = size, seed, folder
        self._names = list(months(FIRST, size.months))
        began = month_in(FIRST, _ZONE).start
        until = month_in(self._names[-1], _ZONE).until + size.after * DAY
        where = place(seed, size.halls, size.devices, began)
        self._world = World(folder, where, seed, began, until)
        self._checks = Checks(self._world, size.processes)
        self._office = Office(self._world, self._checks, folder, seed, pdf=bool(size.pdf))
        self._times: dict[str, float] = {}
        self._at = self._began = time.monotonic()

    def live(self) -> Figures:
        """All of it; the figures."""
        for n in range(self._size.pieces):
            self._checks.give(year_checks.piece, self._seed * 1000 + n)
        for name in self._names:
            self._office.month(name)
            self._lap(name)
        self._world.live(self._world.until)
        self._office.amend()
        self._lap("amendments")
        self._look_back()
        self._lap("dossiers")
        head = self._office.heads[-1] if not self._office.counted["amendments"] else self._head()
        self._checks.give(year_tamper.trials, self._world.url, head, self._seed, self._size.edits)
        packs = self._office.packs
        for n in range(self._size.changes):
            self._checks.give(year_changed.trial, packs[n % len(packs)], self._seed * 1000 + n, self._folder)
        self._command(head)
        self._checks.gather()
        self._checks.close()
        self._lap("checks")
        return self._figures(head)

    def _lap(self, name: str) -> None:
        now = time.monotonic()
        self._times[name], self._at = round(now - self._at, 1), now
        print(f"{name}: {self._times[name]} s", flush=True)

    def _head(self) -> str:
        with reading(self._world.engine) as conn:
            return str(seals.head(conn))

    def _look_back(self) -> None:
        """Dossiers and what-ifs: without any change nothing differs, and both say what was sealed."""
        world, city = self._world, self._world.city()
        with reading(world.engine) as conn:
            for vendor in ("v-1", "v-2", "v-3"):
                found = dossier_document(conn, city, vendor, self._names[-1], world.policies, world.now)
                self._office.counted["dossier_months"] += len(found["months"])
            for contract in ("c-2", "c-3"):
                same = Change(city.contracts[contract].document)
                told = what_if_document(conn, city, contract, self._names, same, world.policies, world.now)
                self._office.counted["what_if_months"] += len(told["months"])
                self._office.problems += _changed_by_nothing(told)

    def _command(self, head: str) -> None:
        """`hallwatch verify` with the head that was printed last, and with one that never was."""
        (self._folder / "hallwatch.toml").write_text(f'[database]\nurl = "{self._world.url}"\n')
        for given, code in ((head, 0), (f"{head.split(':', maxsplit=1)[0]}:{'0' * 64}", 1)):
            command = [executable, "-m", "hallwatch", "verify", "--head", given]
            done = run_program(
                [*command, "-c", str(self._folder / "hallwatch.toml")], capture_output=True, text=True, check=False
            )
            if done.returncode != code:
                self._office.problems.append(f"hallwatch verify --head {given}: {done.stdout} {done.stderr}")

    def _figures(self, head: str) -> Figures:
        counted, office, world = self._checks.counted, self._office, self._world
        about = [one for one in self._checks.wrong if ".zip: {" not in one and "not found" not in one]
        verifier = [one for one in self._checks.wrong if ".zip: {" in one]
        with reading(world.engine) as conn:
            numbers = [
                conn.execute(select(func.count()).select_from(t)).scalar_one()
                for t in (outages, tickets, ticket_events)
            ]
        trials = {name: counted.pop(name, 0) for name in _TRIALS}
        return Figures(
            months=len(office.months),
            halls=self._size.halls,
            devices=self._size.devices,
            observations=world.observations,
            outages=numbers[0],
            tickets=numbers[1],
            ticket_events=numbers[2],
            statements=office.counted["sealed"],
            entered=dict(sorted(world.counted.items())),
            office=dict(sorted(office.counted.items())),
            obstacles=dict(sorted(office.hindered.items())),
            checked=dict(sorted(counted.items())),
            differences=len(about) + len(office.problems),
            verifier_differences=len(verifier),
            **trials,
            head=head,
            unsealed=len(office.left),
            minutes=round((time.monotonic() - self._began) / 60, 1),
            seconds=self._times,
            wrong=[*office.problems, *self._checks.wrong][:40],
        )


_TRIALS: Final = (
    "facts_changed",
    "facts_found",
    "forged_with_the_seal",
    "found_by_figures_alone",
    "tampered",
    "tampering_found",
)


def _changed_by_nothing(told: Mapping[str, Any]) -> list[str]:
    return [
        f"{told['contract']} {one['month']}: another score without another contract"
        for one in told["months"]
        if one["before"]["score"] != one["after"]["score"]
    ]


def run(size: Size, seed: int, folder: Path) -> Figures:
    """Live it in `folder`."""
    return Year(size, seed, folder).live()


def main() -> None:
    """The command."""
    parser = argparse.ArgumentParser(description=__doc__)
    for name, value in asdict(Size()).items():
        parser.add_argument(f"--{name}", type=int, default=value)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--json", type=Path)
    given = vars(parser.parse_args())
    seed, file = given.pop("seed"), given.pop("json")
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.CRITICAL))  # the clock steps
    memory = Path("/dev/shm")
    with tempfile.TemporaryDirectory(dir=memory if memory.is_dir() else None) as folder:
        figures = run(Size(**given), seed, Path(folder))
    tell(asdict(figures), figures.clean, file)


if __name__ == "__main__":
    main()
