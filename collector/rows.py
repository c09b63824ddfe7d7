"""Learning what one agent has: tables walked, rows chosen and named, and the plan of what to ask at each poll."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from types import MappingProxyType
from typing import Final, Protocol
from weakref import WeakValueDictionary

from collector.kind import Kind, Table
from collector.observation import Value
from collector.reading import MAX_BYTES, MAX_TEXT, READERS, Raw, weight

_SYS_UPTIME: Final = "1.3.6.1.2.1.1.3.0"
_CHUNK: Final = 40  # variables a request
_INTEGER: Final = READERS["integer"]
_TEXT: Final = READERS["text"]
_NOTHING: Final[Mapping[str, Value]] = MappingProxyType({})


class Asker(Protocol):
    """Asks one agent within the time of a poll. Both raise `NoAnswer` and OSError."""

    async def some(self, oids: Sequence[str]) -> dict[str, Raw]:
        """The values of those OIDs (at most 40) that the agent has."""
        ...

    async def walk(self, name: str, oid: str, limit: int) -> list[tuple[str, Raw]]:
        """At most `limit` instances beneath `oid`; `name` is for people."""
        ...


Found = Mapping[str, Mapping[str, str]]
"""Table -> label -> index of the rows that are watched."""


class Plan:
    """What to ask of an agent at every poll and how to read it. Immutable; agents whose rows are alike share one."""

    __slots__ = ("__weakref__", "kind", "means", "most", "named", "oids", "whole")

    def __init__(self, kind: Kind, found: Found) -> None:
        self.kind = kind
        self.whole = all(found.get(table) for table in kind.tables)
        named = {entry.oid: (entry.name, READERS[entry.form]) for entry in kind.get.values()}
        if not named:
            named[_SYS_UPTIME] = ("uptime", _INTEGER)
        self.means: dict[str, list[str]] = {}
        for table in kind.tables.values():
            rows = found.get(table.name, {})
            for column in (table.columns[name] for name in table.poll):
                read = READERS[column.form]
                more = {f"{column.oid}.{at}": (f"{table.name}.{n}.{column.name}", read) for n, at in rows.items()}
                named.update(more)
                if column.name in table.mean:
                    self.means[table.mean[column.name]] = [name for name, _ in more.values()]
        self.named, self.oids = named, tuple(named)
        self.most = sum(_most(name, read) for name, read in named.values())

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
        """Put the mean of some rows' values in the place of those values."""
        for name, rows in self.means.items():
            numbers = [value for row in rows if isinstance(value := values.pop(row, None), int | float)]
            if numbers:
                values[name] = round(sum(numbers) / len(numbers), 3)

    def name(self, oid: str) -> str:
        """The value's name, or the OID itself."""
        return self.named[oid][0] if oid in self.named else oid

    def is_row(self, oid: str) -> bool:
        """Is it asked for a row of a table?"""
        return "." in self.named.get(oid, ("",))[0]


class Rows:
    """What is known of one agent: the plan, and what its rows hold that does not change from poll to poll.

    `bulky`: its values may be too many for one observation.
    """

    __slots__ = ("bulky", "fixed", "plan")

    def __init__(self, plan: Plan, fixed: Mapping[str, Value] = _NOTHING) -> None:
        self.plan, self.fixed = plan, fixed
        self.bulky = plan.most + weight(fixed) > MAX_BYTES


_plans: WeakValueDictionary[tuple[object, ...], Plan] = WeakValueDictionary()


def plan_of(kind: Kind, found: Found = MappingProxyType({})) -> Plan:
    """The one plan of this kind and these rows."""
    key = (id(kind), *((table, *rows.items()) for table, rows in found.items() if rows))
    plan = _plans.get(key)
    if plan is None:
        plan = _plans[key] = Plan(kind, found)
    return plan


def unlearned(kind: Kind) -> Rows:
    """What is known of an agent that was not asked yet: the kind's single values."""
    return Rows(plan_of(kind))


async def learn(kind: Kind, asker: Asker) -> Rows:
    """Look for the rows of the kind's tables. Raises `NoAnswer`, OSError."""
    found: dict[str, dict[str, str]] = {}
    fixed: dict[str, Value] = {}
    for table in kind.tables.values():
        kept, more = await _columns(table, labels(await _indexes(table, asker)), asker)
        found[table.name] = kept
        fixed.update(more)
    return Rows(plan_of(kind, found), fixed or _NOTHING)


async def _indexes(table: Table, asker: Asker) -> list[str]:
    """The rows' indexes, from the first polled column that has any."""
    for column in (table.columns[name] for name in table.poll):
        # more than the limit may be walked: rows may be left out for what they hold
        found = await asker.walk(f"{table.name}.*.{column.name}", column.oid, 2 * table.limit)
        beneath = column.oid + "."
        if found:
            return [oid[len(beneath) :] for oid, _ in found if oid.startswith(beneath)]
    return []


async def _columns(table: Table, rows: Mapping[str, str], asker: Asker) -> tuple[dict[str, str], dict[str, Value]]:
    """The rows that are watched, and what their unchanging columns hold."""
    told = {*table.only, *table.without}
    names = [name for name in table.columns if name not in table.poll or name in told]
    values: dict[tuple[str, str], Value] = {}
    asked = {f"{table.columns[name].oid}.{at}": (label, name) for label, at in rows.items() for name in names}
    oids = list(asked)
    for start in range(0, len(oids), _CHUNK):
        for oid, raw in (await asker.some(oids[start : start + _CHUNK])).items():
            if oid not in asked:
                continue
            label, name = asked[oid]
            if (value := READERS[table.columns[name].form](raw)) is not None:
                values[label, name] = value
    kept = dict(list({n: at for n, at in rows.items() if _wanted(table, n, values)}.items())[: table.limit])
    fixed = {
        f"{table.name}.{n}.{name}": v
        for (n, name), v in values.items()
        if n in kept and name not in (*table.poll, *table.only)
    }
    return kept, fixed


def _most(name: str, read: object) -> int:
    return len(name) + (6 * MAX_TEXT if read is _TEXT else 40)


def _wanted(table: Table, label: str, values: Mapping[tuple[str, str], Value]) -> bool:
    """Only rows that hold what is wanted; a column that the agent lacks leaves no row out."""
    for name, choices in table.only.items():
        if values.get((label, name), choices[0]) not in choices:
            return False
    return all(values.get((label, name)) not in choices for name, choices in table.without.items())


def labels(indexes: Iterable[str]) -> dict[str, str]:
    """A short name for each index: its last number, the whole with underscores where that is taken."""
    named: dict[str, str] = {}
    for index in indexes:
        last = index.rpartition(".")[2]
        named[last if last not in named else index.replace(".", "_")] = index
    return named
