"""What comes and goes at an agent: the rows of a volatile table (prtAlertTable), the processes that run."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from itertools import pairwise
from typing import Final

from collector.kind import Kind, Table
from collector.kindfile.forms import reader
from collector.observation import Value
from collector.reading import MAX_TEXT, Raw, clean
from collector.snmp.asker import Asker
from collector.snmp.label import label

NAMES: Final = "1.3.6.1.2.1.25.4.2.1.2"
"""hrSWRunName (RFC 2790)."""

_MOST: Final = 1024  # processes that are looked through
_EVERY_S: Final = 30.0
_WIDE: Final = 1 << 30
_PROCESSES: Final = "process"
_CUT: Final = (15, 64)


class Watch:
    """What was seen last of one agent's volatile tables and processes, and when to look again."""

    __slots__ = ("_at", "_pids", "_processes", "_seen", "_tables", "_told")

    def __init__(self, tables: Sequence[Table], processes: Sequence[str]) -> None:
        self._tables, self._processes = tuple(tables), tuple(processes)
        self._at: dict[str, float] = {}  # when each was looked at; absent: look as soon as may be
        self._told: dict[str, Value | None] = {}  # what a table's value said then
        self._seen: dict[str, dict[str, Value]] = {}
        self._pids: dict[str, str] = {}

    def due(self, values: Mapping[str, Value], now: float) -> bool:
        """Is anything to be looked at now (the loop's clock, seconds)?"""
        return self._processes_due(now) or any(self._table_due(table, values, now) for table in self._tables)

    def _processes_due(self, now: float) -> bool:
        return bool(self._processes) and now - self._at.get(_PROCESSES, -math.inf) >= _EVERY_S

    def _table_due(self, table: Table, values: Mapping[str, Value], now: float) -> bool:
        if table.name not in self._at:
            return True
        told = values.get(table.when) if table.when else 1
        if told != self._told[table.name]:
            return True
        calm = _is_zero(told) or told in table.calm
        return not calm and now - self._at[table.name] >= table.every_s

    async def look(self, values: Mapping[str, Value], asker: Asker, now: float) -> None:
        """Look at what is due. Raises `NoAnswer`, OSError; what is left is due again."""
        for table in self._tables:
            if self._table_due(table, values, now):
                self._seen[table.name] = await rows_now(table, asker)
                self._at[table.name] = now
                self._told[table.name] = values.get(table.when) if table.when else 1
        if self._processes_due(now):
            self._seen[_PROCESSES] = await self._running(asker)
            self._at[_PROCESSES] = now

    def add(self, values: dict[str, Value]) -> None:
        """Add what was seen last to a poll's values."""
        for seen in self._seen.values():
            values.update(seen)

    async def _running(self, asker: Asker) -> dict[str, Value]:
        """Of each process 1 if one of its name runs, else 0, and how many do not.

        Those seen last are asked for, all where one is gone. An agent that keeps no list of processes says nothing.
        """
        if not await self._still(asker):
            found = await asker.walk(f"{_PROCESSES}.*", NAMES, _MOST)
            if not found:
                return {}
            running = [(_key(raw), oid[len(NAMES) + 1 :]) for oid, raw in found if oid.startswith(NAMES + ".")]
            self._pids = {name: pid for name in self._processes for run, pid in running if _is_run(run, _key(name))}
        runs = {f"{_PROCESSES}.{label(name)}.running": int(name in self._pids) for name in self._processes}
        return {**runs, "processes_missing": sum(not run for run in runs.values())}

    async def _still(self, asker: Asker) -> bool:
        if len(self._pids) < len(self._processes):
            return False
        oids = {f"{NAMES}.{pid}": name for name, pid in self._pids.items()}
        got = await asker.some(list(oids))
        return all(oid in got and _is_run(_key(got[oid]), _key(name)) for oid, name in oids.items())


def watch_of(kind: Kind, processes: Sequence[str] = ()) -> Watch | None:
    """What to watch of a device of this kind that has these processes of its own; None if nothing."""
    tables = [table for table in kind.tables.values() if table.volatile]
    every = tuple(dict.fromkeys((*kind.processes, *processes)))
    return Watch(tables, every) if tables or every else None


def _key(name: Raw) -> str:
    """The program's name without its folder, in small letters; Windows says it in the letters of its country (GBK)."""
    text = clean(name) if isinstance(name, bytes) else str(name)
    return text.strip().lower().replace("\\", "/").rpartition("/")[2]


def _is_run(run: str, wanted: str) -> bool:
    """Is it the wanted program, with or without `.exe`? Linux cuts names after 15 characters, Windows after 64."""
    bare = wanted.removesuffix(".exe")
    return run in (bare, bare + ".exe") or (len(run) in _CUT and bare.startswith(run))


def _is_zero(told: Value | None) -> bool:
    return told is None or told == 0 or (isinstance(told, str) and not told.strip("0"))


async def rows_now(table: Table, asker: Asker) -> dict[str, Value]:
    """All that the table holds now, every column walked; of more than `limit` rows those added last.

    Rows are named 1, 2, 3 … from the oldest on: an index that grows for ever would make new names for ever.
    """
    found: dict[str, dict[str, Value]] = {}
    for column in table.columns.values():
        read, beneath = reader(column), column.oid + "."
        for oid, raw in await asker.walk(f"{table.name}.*.{column.name}", column.oid, 4 * table.limit):
            if oid.startswith(beneath) and (value := read(raw)) is not None:
                found.setdefault(oid[len(beneath) :], {})[column.name] = value
    rows = {str(number): at for number, at in enumerate(by_age(list(found))[-table.limit :], 1)}
    values = {f"{table.name}.{row}.{column}": value for row, at in rows.items() for column, value in found[at].items()}
    return values | _joined(table, values, list(rows))


def _joined(table: Table, values: dict[str, Value], rows: Sequence[str]) -> dict[str, Value]:
    """One text for each column that is to be joined, in the place of the rows'; nothing where no row holds any."""
    whole: dict[str, Value] = {}
    for column, name in table.join.items():
        texts = [str(values.pop(at)) for row in rows if (at := f"{table.name}.{row}.{column}") in values]
        if text := " ".join(text for text in texts if text)[:MAX_TEXT]:
            whole[name] = text
    return whole


def by_age(indexes: Sequence[str]) -> list[str]:
    """Rows, the oldest first: their last number grows and begins anew after 2147483647, which leaves a wide gap."""
    ordered = sorted(indexes, key=_last)
    gaps = (at for at, (before, after) in enumerate(pairwise(map(_last, ordered)), 1) if after - before > _WIDE)
    first = next(gaps, 0)
    return [*ordered[first:], *ordered[:first]]


def _last(index: str) -> int:
    return int(index.rpartition(".")[2])
