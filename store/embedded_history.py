"""What an embedded metrics store has, device by device: to be copied elsewhere."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final

from sqlalchemy import select

from store import rollup
from store.database import open_database, reading
from store.embedded_metrics import FORMAT, hours, names, samples, shapes
from store.fault import NewerDatabase, NotADatabase, Unwritable
from store.rollup import Rolled

DAY_MS: Final = 86_400_000
_PAGE: Final = 20_000


class EmbeddedHistory:
    """Reads a file of `EmbeddedMetrics` that nobody need have open. Raises `StoreError`."""

    def __init__(self, path: Path) -> None:
        if not path.is_file():
            raise Unwritable(str(path), "there is no such file")
        self._engine = open_database(f"sqlite:///{path}")
        with reading(self._engine) as conn:
            found = conn.exec_driver_sql("PRAGMA user_version").scalar_one()
            tables = set(conn.exec_driver_sql("SELECT name FROM sqlite_master").scalars())
        if not {"names", "shapes", "samples", "hours"} <= tables:
            raise NotADatabase(str(path), "holds no measured values of hallwatch")
        if found > FORMAT:
            raise NewerDatabase(str(path), str(found))

    def devices(self) -> dict[str, int]:
        """The numbers of all devices by their ids."""
        with reading(self._engine) as conn:
            return {row.id: row.n for row in conn.execute(select(names).order_by(names.c.n))}

    def raw(self, n: int, since: int) -> Iterator[tuple[int, dict[str, float]]]:
        """Single values of device `n` from `since` (ms) on, in order: ts and fields."""
        fields: dict[int, list[str]] = {}
        while True:
            query = select(samples.c.ts, samples.c.shape, samples.c.doc).where(samples.c.device == n)
            with reading(self._engine) as conn:
                rows = conn.execute(query.where(samples.c.ts >= since).order_by(samples.c.ts).limit(_PAGE)).all()
                for shape in {row.shape for row in rows} - set(fields):
                    text = conn.execute(select(shapes.c.fields).where(shapes.c.n == shape)).scalar_one()
                    fields[shape] = json.loads(text)
            for row in rows:
                yield row.ts, dict(zip(fields[row.shape], map(float, json.loads(row.doc)), strict=True))
            if len(rows) < _PAGE:
                return
            since = rows[-1].ts + 1

    def rolled(self, n: int, since: int) -> Iterator[Rolled]:
        """Hours of device `n` whose values are no longer there, from the day of `since` (ms) on: a day each."""
        query = select(hours.c.packed).where(hours.c.device == n, hours.c.day >= since // DAY_MS)
        with reading(self._engine) as conn:
            packed: list[Any] = list(conn.scalars(query.order_by(hours.c.day)))
        yield from map(rollup.unpack, packed)

    def close(self) -> None:
        """Let go of the file."""
        self._engine.dispose()
