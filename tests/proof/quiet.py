"""A quiet month with all defaults: how many tickets nobody needed. `python -m tests.proof.quiet`; CI lives a week."""

from __future__ import annotations

import argparse
import tempfile
import time
from dataclasses import asdict, dataclass
from pathlib import Path

from tests.alerts.quiet_city import DAYS, live
from tests.alerts.test_quiet import missed, useless
from tests.proof.figures import tell


@dataclass(frozen=True)
class Figures:
    """What came out; `useless` a hall and 30 days must stay below one, `missed` must be 0."""

    days: int
    halls: int
    devices: int
    tickets: int
    useless: int
    missed: int
    seconds: float

    @property
    def clean(self) -> bool:
        """Whether the city stayed quiet and no lasting fault of a vendor was overlooked."""
        return self.useless * 30 < self.halls * self.days and not self.missed


def run(days: int, folder: Path, seed: int = 1) -> Figures:
    """Live the days in `folder`."""
    began = time.monotonic()
    month = live(folder, seed, days=days)
    return Figures(
        days=days,
        halls=len(month.city.halls),
        devices=len(month.city.devices),
        tickets=len(month.tickets),
        useless=len(useless(month)),
        missed=len(missed(month)),
        seconds=round(time.monotonic() - began, 1),
    )


def main() -> None:
    """The command."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--days", type=int, default=DAYS)
    parser.add_argument("--json", type=Path)
    given = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        figures = run(given.days, Path(folder))
    tell(asdict(figures), figures.clean, given.json)


if __name__ == "__main__":
    main()
