"""The kinds of devices: what to ask of them and what it means (C1, C2); read from data files, one a kind."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final, Literal, get_args

Form = Literal["integer", "gauge", "counter32", "counter64", "timeticks", "text", "bits", "oid", "mac", "date", "hex"]
Owner = Literal["vendor", "hall", "network", "operator", "undetermined"]

FORMS: Final[tuple[Form, ...]] = get_args(Form)
OWNERS: Final[tuple[Owner, ...]] = get_args(Owner)
KINDS: Final = Path(__file__).parent / "kinds"
MODELS: Final = KINDS / "models"

Value = int | float | str


@dataclass(frozen=True, slots=True)
class Fault:
    """One fault of a kind file: where it is, what is wrong, and the known word that was perhaps meant; its line is None
    where the fault is the whole file's."""

    file: str
    place: str
    reason: str
    near: str | None = None
    line: int | None = None

    def __str__(self) -> str:
        meant = f" (did you mean {self.near!r}?)" if self.near else ""
        where = (self.file if self.line is None else f"{self.file}:{self.line}", self.place)
        return f"{': '.join(filter(None, where))}: {self.reason}{meant}"


class BadKind(Exception):
    """Kind files that cannot be used; `faults` holds every fault of all of them."""

    def __init__(self, faults: tuple[Fault, ...]) -> None:
        super().__init__("\n".join(str(fault) for fault in faults))
        self.faults = faults


@dataclass(frozen=True, slots=True)
class Object:
    """One value that is asked: its instance's OID and how the answer is read.

    Where there are `at` (sub-identifiers and names of indexes, `device.1`) they follow the OID. `read` gives other
    values for some answers (None: no value), `scale` is what other numbers are multiplied by.
    """

    name: str
    oid: str
    form: Form = "integer"
    at: str | None = None
    read: Mapping[int | str, Value | None] = field(default_factory=dict)
    scale: float = 1


@dataclass(frozen=True, slots=True)
class Index:
    """An instance that is found by walking: the row of `column` that holds one of `one_of`, else `otherwise`."""

    name: str
    column: str
    one_of: tuple[int | str, ...]
    otherwise: str | None = None


@dataclass(frozen=True, slots=True)
class Column:
    """A column of a table: its OID without the row (a file may give its number beneath the entry's OID instead).

    `unless`: not asked where the agent has that other column (32 bit counters where there are none of 64).
    """

    name: str
    oid: str
    form: Form = "integer"
    read: Mapping[int | str, Value | None] = field(default_factory=dict)
    scale: float = 1
    unless: str | None = None


@dataclass(frozen=True, slots=True)
class Table:
    """Rows found by walking, asked one by one afterwards; a value is named `TABLE.ROW.COLUMN`.

    `oid` is the entry's OID. Columns in `poll` are asked at every poll, the others when the rows are looked for.
    At most `limit` rows are watched; of too many values the last columns go first. A row is left out whose column holds
    one of `without`, or, where `only` names the column, none of those; a text of them may have `*` for anything. `mean`
    gives the mean over the rows of a column as one value of that name, instead of the rows' own; `most` the greatest. A
    row's label is its last sub-identifier or, where `by` names a column, what that holds.

    The rows of a `volatile` table come and go: all of it is walked when the value `when` changes, and while that is
    neither all zero nor one of `calm` (no `when`: always) every `every_s` seconds; `join` gives the texts of a column,
    in order, as one value of that name. A table that goes `into` another one names its rows as that one's, counted on
    from `first`, and each row holds the `given` values too.
    """

    name: str
    oid: str
    columns: Mapping[str, Column]
    poll: tuple[str, ...]
    limit: int = 32
    only: Mapping[str, tuple[int | str, ...]] = field(default_factory=dict)
    without: Mapping[str, tuple[int | str, ...]] = field(default_factory=dict)
    mean: Mapping[str, str] = field(default_factory=dict)
    most: Mapping[str, str] = field(default_factory=dict)
    by: str | None = None
    volatile: bool = False
    when: str | None = None
    every_s: float = 60.0
    calm: tuple[int | str, ...] = ()
    join: Mapping[str, str] = field(default_factory=dict)
    into: str | None = None
    first: int = 0
    given: Mapping[str, Value] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Match:
    """Which agents a model file is for: `object_id` any prefix of sysObjectID, `descr` any text within sysDescr,
    `answers` an object (or a column) that must be there. All that are given must fit; the longest prefix wins.
    """

    object_id: tuple[str, ...] = ()
    descr: tuple[str, ...] = ()
    answers: str | None = None


@dataclass(frozen=True, slots=True)
class Said:
    """Values in JSON by name, each with its path (`queue.waiting`, `desks[0].open`); `check` is what fetches it."""

    check: str
    values: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Clause:
    """A test of one value (`*` in its name: any row), of a quotient (`value` / `of`), or of a table's `rows`.

    `like`: texts with `*` for anything, capitals do not matter. The clauses of `also` must hold too, of the same row.
    """

    value: str | None = None
    of: str | None = None
    rows: str | None = None
    one_of: tuple[int | str, ...] = ()
    at_least: float | None = None
    below: float | None = None
    like: tuple[str, ...] = ()
    also: tuple[Clause, ...] = ()


@dataclass(frozen=True, slots=True)
class Rule:
    """`condition` holds while the clause does."""

    condition: str
    clause: Clause


@dataclass(frozen=True, slots=True)
class Condition:
    """What a condition means: does it stop the device (only `when` a clause holds, if there is one), whose it is."""

    name: str
    stops: bool
    owner: Owner
    when: Clause | None = None


COMMON: Final[Mapping[str, Condition]] = {
    condition.name: condition
    for condition in (
        Condition("asleep", False, "undetermined"),  # ping without SNMP where the kind sleeps: up (O2)
        Condition("noSnmp", False, "undetermined"),  # ping without SNMP
        Condition("noApplication", False, "vendor"),  # a tcp or http check fails while the device answers otherwise
        Condition("highLoss", False, "network"),
        Condition("otherSerial", False, "operator"),  # O9
        Condition("processMissing", False, "vendor"),  # a process that the kind or the inventory names does not run
    )
}
"""Conditions of every kind; a kind's file may give one another meaning."""


@dataclass(frozen=True)
class Kind:
    """One kind of device. Durations are seconds; `high_loss` is the share of lost pings from which it is degraded;
    one that `sleeps` is asked by SNMP at most `wakes` times an hour while it does; one that has slept for longer than
    `longest_sleep_s` in all without an answer to SNMP is told of (docs/silence.md).

    `notes` (by language): what is not known of such devices. `words`: how its conditions and values (`*` for a row) are
    called, and it itself, by name and language. `typical`: values of which every such device has one. `models`: the
    model files among which an agent's answers choose, unless the inventory has chosen (`model`).
    """

    name: str
    interval_s: float = 60.0
    sleeps: bool = False
    wakes: int = 4
    longest_sleep_s: float = 86400.0
    checks: tuple[str, ...] = ("icmp", "snmp")
    ticket_after_s: float = 300.0
    opening_grace_s: float = 900.0
    high_loss: float = 0.5
    get: Mapping[str, Object] = field(default_factory=dict)
    tables: Mapping[str, Table] = field(default_factory=dict)
    bits: Mapping[str, Mapping[int, str]] = field(default_factory=dict)
    rules: tuple[Rule, ...] = ()
    conditions: Mapping[str, Condition] = field(default_factory=lambda: dict(COMMON))
    model: str | None = None
    match: Match = Match()
    models: tuple[Kind, ...] = field(default=(), repr=False, compare=False)
    indexes: Mapping[str, Index] = field(default_factory=dict)
    http: Said | None = None
    mqtt: Said | None = None
    processes: tuple[str, ...] = ()
    notes: Mapping[str, str] = field(default_factory=dict)
    words: Mapping[str, Mapping[str, str]] = field(default_factory=dict)
    typical: tuple[str, ...] = ()

    def unlike(self, values: Mapping[str, Value]) -> bool:
        """Whether an agent answered that has no typical value, as one of another kind; no verdict hangs on it."""
        if not self.typical or "uptime" not in values:
            return False
        columns = [(head, tail) for head, star, tail in (one.partition(".*.") for one in self.typical) if star]
        return not any(
            name in self.typical
            or any(name.startswith(f"{head}.") and name.endswith(f".{tail}") for head, tail in columns)
            for name in values
        )

    @property
    def stopping(self) -> frozenset[str]:
        """Conditions that stop the device, always or sometimes; those of its models too."""
        return frozenset(one.name for kind in (*self.models, self) for one in kind.conditions.values() if one.stops)

    @property
    def owners(self) -> dict[str, Owner]:
        """Whose each condition is (C1); those that only its models have too."""
        return {one.name: one.owner for kind in (*self.models, self) for one in kind.conditions.values()}


def load_kinds(extra: Path | None = None) -> dict[str, Kind]:
    """All kinds by name: those that come with the program, then those of `extra` (a file, or a folder of *.yaml).

    A kind or model of the same name in `extra` takes the place of ours, and its models win over ours where both fit an
    agent as well. A model's kind stands under `KIND/MODEL`; see `kind_of`. Raises `BadKind` with every fault of every
    file.
    """
    from collector.kindfile.file import read_kinds

    files = sorted(KINDS.glob("*.yaml")) + sorted(MODELS.glob("*.yaml"))
    if extra is not None:
        files += sorted(extra.glob("*.yaml")) if extra.is_dir() else [extra]
    return read_kinds(files)


def kind_of(kinds: Mapping[str, Kind], kind: str, model: str | None = None) -> Kind | None:
    """The kind of a device: its model's if there is a file for that model, else its kind's; None if unknown."""
    return kinds.get(f"{kind}/{model}") or kinds.get(kind)
