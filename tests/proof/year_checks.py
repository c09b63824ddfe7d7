"""What is recomputed beside the living year, in a process of its own: availability, clocks, statements, packs."""

from __future__ import annotations

import json
import subprocess
import sys
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import Future, ProcessPoolExecutor
from dataclasses import dataclass, field
from multiprocessing import get_context
from pathlib import Path
from random import Random
from typing import Any, Final, NamedTuple

from reports.availability import Row
from reports.evidence import verify as verifier
from sla.contract import Contract
from sla.interval import Interval
from sla.profile import ProfileName
from tests.proof import year_availability as availability
from tests.proof import year_clocks as clocks
from tests.proof import year_statements as statements
from tests.proof.year_availability import Asking
from tests.proof.year_people import Deed
from tests.proof.year_world import World

VERIFIER: Final = str(verifier.__file__)


class Checked(NamedTuple):
    """What one check looked at, and where it differed."""

    counted: dict[str, int]
    wrong: list[str]


class Published(NamedTuple):
    """A statement as it was counted at `now` (ms), and what the database told of tickets then.

    `sealed`: of an amendment as of when its month was sealed, whose contract and places it goes by (S6).
    """

    document: Mapping[str, Any]
    contract: Contract
    month: Interval
    now: int
    told: Sequence[clocks.Told]
    wall: Mapping[str, int]
    found: Sequence[Deed]
    sealed: int | None = None


@dataclass
class _Beside:
    """What the process that checks keeps."""

    world: World | None = None
    walks: statements.Walks = field(default_factory=statements.Walks)

    def of(self) -> World:
        """The world as it was when the process began: all that is to come stands in it."""
        assert self.world is not None
        self.world.sealed = None
        return self.world


_BESIDE = _Beside()


def _remember(world: World) -> None:
    _BESIDE.world = world


def devices(asking: Asking, rows: Mapping[ProfileName, Mapping[str, Row]]) -> Checked:
    """The availability of every device."""
    world = _BESIDE.of()
    counted = availability.seconds(world, asking, availability.known(world, asking.now))
    wrong = list(availability.differences(rows, counted))
    painted = len(counted) * ((asking.until - asking.start) // 1000)
    return Checked({"device_months": len(counted), "seconds_painted": painted}, wrong)


def statement(one: Published) -> Checked:
    """Every figure of a statement, every clock of its tickets."""
    world = _BESIDE.of()
    world.found, world.sealed = list(one.found), one.sealed
    before = _BESIDE.walks.seconds
    cases = clocks.cases(world, one.told, one.wall, one.now)
    mine = statements.recompute(world, _BESIDE.walks, one.contract, cases, one.month, one.now)
    wrong = list(statements.differences(one.document, mine, one.contract, one.now))
    told = [ticket for ticket in one.document["tickets"] if ticket["clock"]]
    counted = {
        "statements_recomputed": 1,
        "lines": len(one.document["lines"]),
        "deductions": sum(line["deduction"] != "0.00" for line in one.document["lines"]),
        "clocks": len(told),
        "breaches": sum(bool(ticket["clock"]["breached"]) for ticket in told),
        "seconds_walked": _BESIDE.walks.seconds - before,
    }
    return Checked(counted, wrong)


def piece(seed: int) -> Checked:
    """A piece of the year walked second by second, class by class."""
    walked, wrong = availability.walked(_BESIDE.of(), Random(seed))
    return Checked({"pieces": 1, "seconds_walked": walked}, wrong)


def pack(file: Path) -> Checked:
    """An evidence pack before the stand-alone verifier, run as its own program."""
    said = verified(file)
    wrong = [] if said["differing"] == 0 else [f"{file.name}: {said}"[:2000]]
    return Checked({"packs": 1, "figures_verified": said["compared"]}, wrong)


def verified(file: Path) -> dict[str, Any]:
    """What the verifier says of a pack: `compared`, `differing`; of one that it cannot read -1 differing."""
    run = subprocess.run(
        [sys.executable, "-I", "-S", VERIFIER, str(file), "--json"], capture_output=True, text=True, check=False
    )
    said: dict[str, Any] = json.loads(run.stdout)
    if "error" in said:
        return {"compared": 0, "differing": -1, "error": said["error"]}
    assert (run.returncode == 0) == (said["differing"] == 0), run
    figures = [one["what"] for one in said["figures"] if not one["same"]]
    return {"compared": said["compared"], "differing": said["differing"], "figures": figures}


class Checks:
    """Gives work to the processes beside, and gathers what they found."""

    def __init__(self, world: World, processes: int = 1) -> None:
        context = get_context("fork")
        self._pool = ProcessPoolExecutor(processes, context, initializer=_remember, initargs=(world,))
        self._given: list[Future[Checked]] = []
        self.counted: Counter[str] = Counter()
        self.wrong: list[str] = []

    def give(self, check: Callable[..., Checked], *given: Any) -> None:
        """Ask for a check."""
        self._given.append(self._pool.submit(check, *given))

    def gather(self) -> None:
        """Wait for all of them."""
        for one in self._given:
            found = one.result()
            self.counted.update(found.counted)
            self.wrong += found.wrong
        self._given.clear()

    def close(self) -> None:
        """End the processes."""
        self._pool.shutdown()
