"""The small city of `tests.live_city` with its live figures, for tests."""

from __future__ import annotations

import shutil
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from sqlalchemy import Engine

from hallwatch.figures import GENTLE, QUICK, SLOW, Figures
from reports.live.point import LivePoint
from reports.live.supplies import Hours
from store.database import open_database, writing
from store.embedded_metrics import EmbeddedMetrics
from tests import live_lines
from tests.live_city import NOW

MAKERS = {one.name: one for one in (*QUICK, *SLOW, *GENTLE)}


@dataclass
class Live:
    """The city in a file of its own; `again` is what a restart of the program makes of it."""

    folder: Path
    metrics: Hours
    engine: Engine = field(init=False)
    figures: Figures = field(init=False)

    def __post_init__(self) -> None:
        self.engine = open_database(f"sqlite:///{self.folder / 'live.db'}")
        self.figures = live_lines.figures(self.engine, self.metrics, self.folder)

    def points(self, figure: str, now: int = NOW) -> list[LivePoint]:
        """What one figure writes, remembered as written."""
        found: list[LivePoint] = []
        for batch in MAKERS[figure].make(self.figures, now):
            found += batch.points
            batch.done()
        return found

    def again(self) -> Live:
        """The same after a restart."""
        self.close()
        return Live(self.folder, self.metrics)

    def change(self, statement: Any) -> None:
        """Change the database."""
        with writing(self.engine) as conn:
            conn.execute(statement)

    def close(self) -> None:
        self.figures.told.close()
        self.engine.dispose()


def copied(file: Path, folder: Path) -> Live:
    """A copy of one's own."""
    shutil.copy(file, folder / "live.db")
    return Live(folder, EmbeddedMetrics(file.with_name("measured.db")))


def opened(file: Path, folder: Path) -> Iterator[Live]:
    """The same as a fixture has it."""
    live = copied(file, folder)
    yield live
    live.close()


def by(points: list[LivePoint], *tags: str) -> Mapping[Any, LivePoint]:
    """Points by some of their tags; each must be another."""
    found = {tuple(one.tags[name] for name in tags) if len(tags) > 1 else one.tags[tags[0]]: one for one in points}
    assert len(found) == len(points)
    return found
