"""Learning what one agent has: tables walked, rows chosen and named, and the plan of what to ask at each poll."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from fnmatch import fnmatchcase
from sys import intern
from types import MappingProxyType
from typing import Final
from weakref import WeakValueDictionary

from collector.kind import Index, Kind, Object, Table
from collector.kindfile.forms import reader
from collector.observation import MAX_VALUES, Value
from collector.reading import MAX_BYTES, MAX_TEXT, READERS, Raw, weight
from collector.snmp.asker import Asker
from collector.snmp.label import label, labels
from collector.snmp.model_choice import ask_who, model_of, who
from collector.snmp.watch import Watch, watch_of

_SYS_UPTIME: Final = "1.3.6.1.2.1.1.3.0"
_CHUNK: Final = 40  # variables a request
_INTEGER: Final = READERS["integer"]
_TEXT: Final = READERS["text"]
_NOTHING: Final[Mapping[str, Value]] = MappingProxyType({})
_NO_INDEXES: Final[Mapping[str, str]] = MappingProxyType({})
_NO_ROWS: Final[Mapping[str, Mapping[str, str]]] = MappingProxyType({})


_SAMPLE: Final = 4  # rows that are asked whether a column is there
_MAX_INDEXES: Final = 64  # rows that are walked for an index

Found = Mapping[str, Mapping[str, str]]
"""Table -> label -> index of the rows that are watched."""


class Plan:
    """What to ask of an agent at every poll and how to read it. Immutable; agents whose rows are alike share one."""

    __slots__ = ("__weakref__", "columns", "kind", "likely", "means", "most", "named", "oids", "whole")

    def __init__(self, kind: Kind, found: Found, indexes: Mapping[str, str], left: Collection[str]) -> None:
        self.kind = kind
        self.columns: dict[str, int] = {}  # of each polled column how many rows are asked
        self.whole = all(found.get(table.name) for table in kind.tables.values() if not table.volatile)
        placed = {entry.name: _placed(entry, kind, indexes) for entry in kind.get.values()}
        named = {oid: (name, reader(kind.get[name])) for name, oid in placed.items() if oid}
        if not named:
            named[_SYS_UPTIME] = ("uptime", _INTEGER)
        self.means: dict[str, tuple[list[str], Callable[[list[float]], float]]] = {}
        for table in kind.tables.values():
            rows = found.get(table.name, {})
            for column in (table.columns[name] for name in table.poll if f"{table.name}.{name}" not in left):
                read = reader(column)
                self.columns[f"{table.name}.{column.name}"] = len(rows)
                name = table.into or table.name
                more = {f"{column.oid}.{at}": (f"{name}.{n}.{column.name}", read) for n, at in rows.items()}
                named.update(more)
                for names, reckon in ((table.mean, _mean), (table.most, max)):
                    if more and column.name in names:
                        self.means[names[column.name]] = [name for name, _ in more.values()], reckon
        self.named, self.oids = named, tuple(named)
        self.most = sum(_most(name, read) for name, read in named.values())  # octets at the very most
        self.likely = sum(_likely(name, read) for name, read in named.values())

    def last_column(self) -> str | None:
        """The last polled column of the table with the most values; None where every table has but one."""
        tables: dict[str, list[str]] = {}
        for column in self.columns:
            tables.setdefault(column.partition(".")[0], []).append(column)
        several = [columns for columns in tables.values() if len(columns) > 1 and self.columns[columns[-1]]]
        return max(several, key=lambda columns: len(columns) * self.columns[columns[-1]])[-1] if several else None

    def read(self, got: Mapping[str, Raw]) -> dict[str, Value]:
        """The values in these answers; an answer that nobody asked for is none."""
        values: dict[str, Value] = {}
        named = self.named
        for oid, raw in got.items():
            if oid not in named:
                continue
            name, read = named[oid]
            value = raw if raw.__class__ is int and read is _INTEGER else read(raw)
            if value is not None:
                values[name] = value
        if self.means:
            self.take_means(values)
        return values

    def take_means(self, values: dict[str, Value]) -> None:
        """Put the mean (or the greatest) of some rows' values in the place of those values."""
        for name, (rows, reckon) in self.means.items():
            numbers = [value for row in rows if isinstance(value := values.pop(row, None), int | float)]
            if numbers:
                values[name] = reckon(numbers)

    def name(self, oid: str) -> str:
        """The value's name, or the OID itself."""
        return self.named[oid][0] if oid in self.named else oid

    def is_row(self, oid: str) -> bool:
        """Is it asked for a row of a table?"""
        return "." in self.named.get(oid, ("",))[0]


class Rows:
    """What is known of one agent: the plan, what its rows hold that does not change from poll to poll (`fixed`, who it
    is among that), and what is to be watched beside the plan (`watch`, None for most).

    `plan.kind` is the kind as its model's file has it. `bulky`: its values may be too many for one observation.
    """

    __slots__ = ("bulky", "fixed", "plan", "watch")

    def __init__(self, plan: Plan, fixed: Mapping[str, Value] = _NOTHING, watch: Watch | None = None) -> None:
        self.plan, self.fixed, self.watch = plan, fixed, watch
        self.bulky = watch is not None or plan.most + weight(fixed) > MAX_BYTES


_plans: WeakValueDictionary[tuple[object, ...], Plan] = WeakValueDictionary()


def plan_of(
    kind: Kind,
    found: Found = _NO_ROWS,
    indexes: Mapping[str, str] = _NO_INDEXES,
    left: frozenset[str] = frozenset(),
) -> Plan:
    """The one plan of this kind, these rows and these indexes, without the columns `left` out (`TABLE.COLUMN`)."""
    key = (id(kind), left, *indexes.items(), *((table, *rows.items()) for table, rows in found.items() if rows))
    plan = _plans.get(key)
    if plan is None:
        plan = _plans[key] = Plan(kind, found, indexes, left)
    return plan


def unlearned(kind: Kind) -> Rows:
    """What is known of an agent that was not asked yet: the kind's single values."""
    return Rows(plan_of(kind))


async def learn(kind: Kind, asker: Asker, processes: Sequence[str] = ()) -> Rows:
    """Ask the agent who it is, choose its model's file, look for the indexes and the rows of the tables.

    `kind` is as the inventory has it, `processes` those that the inventory wants watched. Raises `NoAnswer`, OSError.
    """
    told = await ask_who(asker)
    kind = await model_of(kind, told, asker)
    fixed = who(told, kind)
    indexes = {index.name: at for index in kind.indexes.values() if (at := await _index(index, asker)) is not None}
    found: dict[str, dict[str, str]] = {}
    for table in kind.tables.values():
        if not table.volatile:
            found[table.name], more = await _columns(table, _numbered(table, await _indexes(table, asker)), asker)
            fixed.update(more)
    left = await _needless(kind, found, asker)
    plan = plan_of(kind, found, indexes, left)
    while (last := plan.last_column()) and _is_much(plan, fixed):
        left |= {last}
        plan = plan_of(kind, found, indexes, left)
    # 50,000 agents say the same words over and over: one copy of each is enough
    shared = {intern(name): intern(said) if isinstance(said, str) else said for name, said in fixed.items()}
    return Rows(plan, shared or _NOTHING, watch_of(kind, processes))


def _is_much(plan: Plan, fixed: Mapping[str, Value]) -> bool:
    return plan.likely + weight(fixed) > MAX_BYTES or len(plan.oids) + len(fixed) > MAX_VALUES


async def _needless(kind: Kind, found: Found, asker: Asker) -> frozenset[str]:
    """The columns (`TABLE.COLUMN`) in whose place the agent has others."""
    needless: set[str] = set()
    for table in kind.tables.values():
        for column in table.columns.values():
            rows = list(found.get(table.name, {}).values())[:_SAMPLE]
            if column.unless and rows and await asker.some([f"{table.columns[column.unless].oid}.{at}" for at in rows]):
                needless.add(f"{table.name}.{column.name}")
    return frozenset(needless)


async def _index(index: Index, asker: Asker) -> str | None:
    """Where the index stands, None if nowhere."""
    beneath = index.column + "."
    for oid, raw in await asker.walk(f"indexes.{index.name}", index.column, _MAX_INDEXES):
        held = raw if isinstance(raw, int | str) else str(READERS["text"](raw)).removeprefix(".")  # an OID said as text
        if oid.startswith(beneath) and (not index.one_of or held in index.one_of):
            return oid[len(beneath) :]
    return index.otherwise


def _placed(entry: Object, kind: Kind, indexes: Mapping[str, str]) -> str | None:
    """The instance's OID, None where its index is not known."""
    if entry.at is None:
        return entry.oid
    parts = [entry.oid]
    for part in entry.at.split("."):
        index = kind.indexes.get(part)
        at = part if index is None else indexes.get(part, index.otherwise)
        if at is None:
            return None
        parts.append(at)
    return ".".join(parts)


async def _indexes(table: Table, asker: Asker) -> list[str]:
    """The rows' indexes, from the first polled column that has any; where none is polled from any column."""
    for column in (table.columns[name] for name in table.poll or table.columns):
        # more than the limit may be walked: rows may be left out for what they hold
        found = await asker.walk(f"{table.name}.*.{column.name}", column.oid, 2 * table.limit)
        beneath = column.oid + "."
        if found:
            return [oid[len(beneath) :] for oid, _ in found if oid.startswith(beneath)]
    return []


async def _columns(table: Table, rows: Mapping[str, str], asker: Asker) -> tuple[dict[str, str], dict[str, Value]]:
    """The rows that are watched, and what their unchanging columns hold."""
    asked_for = {*table.only, *table.without}
    names = [name for name in table.columns if name not in table.poll or name in asked_for or name == table.by]
    values: dict[tuple[str, str], Value] = {}
    asked = {f"{table.columns[name].oid}.{at}": (row, name) for row, at in rows.items() for name in names}
    oids = list(asked)
    for start in range(0, len(oids), _CHUNK):
        for oid, raw in (await asker.some(oids[start : start + _CHUNK])).items():
            if oid not in asked:
                continue
            row, name = asked[oid]
            if (value := reader(table.columns[name])(raw)) is not None:
                values[row, name] = value
    kept = dict(list({n: at for n, at in rows.items() if _wanted(table, n, values)}.items())[: table.limit])
    shown = _renamed(table, kept, values)
    known = [name for name, choices in table.only.items() if not any(map(_is_pattern, choices))]  # the same in all rows
    into = table.into or table.name
    fixed = {f"{into}.{shown[n]}.{name}": v for n in kept for name, v in table.given.items()}
    fixed |= {
        f"{into}.{shown[n]}.{name}": v
        for (n, name), v in values.items()
        if n in kept and name not in (*table.poll, *known)
    }
    return {shown[n]: at for n, at in kept.items()}, fixed


def _numbered(table: Table, indexes: Sequence[str]) -> dict[str, str]:
    """The rows by label; those that go into another table are counted on."""
    if table.into is None:
        return labels(indexes)
    return {str(table.first + number): index for number, index in enumerate(indexes, 1)}


def _renamed(table: Table, kept: Mapping[str, str], values: Mapping[tuple[str, str], Value]) -> dict[str, str]:
    """The rows' labels: what the column `by` holds, fit for a name; the label itself where that is nothing or taken."""
    shown: dict[str, str] = {}
    taken = set(kept) if table.by else set()
    for row in kept:
        name = label(str(values.get((row, table.by or ""), "")))
        shown[row] = row if not name or name in taken else name
        taken.add(shown[row])
    return shown


def _mean(numbers: list[float]) -> float:
    return round(sum(numbers) / len(numbers), 3)


def _most(name: str, read: object) -> int:
    return len(name) + (6 * MAX_TEXT if read is _TEXT else 40)


def _likely(name: str, read: object) -> int:
    return len(name) + 6 + (MAX_TEXT // 2 if read is _TEXT else 10)


def _wanted(table: Table, row: str, values: Mapping[tuple[str, str], Value]) -> bool:
    """Only rows that hold what is wanted; a column that the agent lacks leaves no row out."""
    for name, choices in table.only.items():
        if (row, name) in values and not _is_one(values[row, name], choices):
            return False
    told = ((values.get((row, name)), choices) for name, choices in table.without.items())
    return not any(value is not None and _is_one(value, choices) for value, choices in told)


def _is_one(value: Value, choices: Sequence[int | str]) -> bool:
    patterns = [str(choice) for choice in choices if _is_pattern(choice)]
    return value in choices or any(fnmatchcase(str(value).lower(), pattern.lower()) for pattern in patterns)


def _is_pattern(choice: int | str) -> bool:
    return isinstance(choice, str) and "*" in choice
