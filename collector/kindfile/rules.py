"""What a kind file says that the answers mean: bits, rules and conditions (C1, C2)."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from collector.kind import OWNERS, Clause, Condition, Kind, Owner, Rule
from collector.kindfile.page import NAME, Page, near

_TESTS: Final = ("one_of", "at_least", "below", "like")
_CLAUSE: Final = ("value", "of", "rows", *_TESTS, "and")
_MISSING: Final = Rule("processMissing", Clause("processes_missing", at_least=1))


def optional_text(value: object) -> str | None:
    """The value as text, None where it is not there."""
    return None if value is None else str(value)


def read_bits(page: Page, value: object) -> dict[str, dict[int, str]]:
    """The document's `bits`."""
    every: dict[str, dict[int, str]] = {}
    for name, entry in page.mapping(value, "bits").items():
        every[name] = {}
        for key, condition in page.mapping(entry, f"bits.{name}").items():
            if not key.isdecimal() or int(key) > 255:
                page.fault(f"bits.{name}.{key}", "not the number of a bit, 0 the most significant of the first octet")
            else:
                every[name][int(key)] = str(condition)
    return every


def read_condition(page: Page, name: str, value: object) -> Condition:
    """One of the document's `conditions`."""
    place = f"conditions.{name}"
    document = page.mapping(value, place)
    page.known(document, ("stops", "owner", "when"), f"{place}.")
    if not NAME.fullmatch(name):
        page.fault(place, "not a name")
    owner: Owner = page.word(document.get("owner", "vendor"), OWNERS, f"{place}.owner") or "undetermined"
    when = _clause(page, document["when"], f"{place}.when") if "when" in document else None
    return Condition(name, page.truth(document.get("stops", False), f"{place}.stops"), owner, when)


def _clause(page: Page, value: object, place: str, more: tuple[str, ...] = ()) -> Clause:
    document = page.mapping(value, place)
    page.known(document, (*_CLAUSE, *more), f"{place}.")
    if ("value" in document) == ("rows" in document):
        page.fault(place, "needs one of value and rows")
    if not set(_TESTS) & document.keys():
        page.fault(place, "needs one_of, at_least, below or like")
    edges = {
        edge: page.number(document[edge], f"{place}.{edge}", -1e18, 1e18)
        for edge in ("at_least", "below")
        if edge in document
    }
    return Clause(
        optional_text(document.get("value")),
        optional_text(document.get("of")),
        optional_text(document.get("rows")),
        page.choices(document["one_of"], f"{place}.one_of") if "one_of" in document else (),
        edges.get("at_least"),
        edges.get("below"),
        page.texts(document["like"], f"{place}.like") if "like" in document else (),
        _also(page, document.get("and"), f"{place}.and"),
    )


def _also(page: Page, value: object, place: str) -> tuple[Clause, ...]:
    if value is None:
        return ()
    entries = value if isinstance(value, list) else [value]
    clauses = tuple(_clause(page, entry, f"{place}[{number}]") for number, entry in enumerate(entries))
    if any(clause.also for clause in clauses):
        page.fault(place, "an and within an and")
    return clauses


def read_rules(page: Page, value: object) -> tuple[Rule, ...]:
    """The document's `rules`, and the one about processes that every kind has."""
    if value is not None and not isinstance(value, list):
        page.fault("rules", "not a list")
        return ()
    rules = tuple(_rule(page, entry, f"rules[{number}]") for number, entry in enumerate(value or ()))
    return (*rules, _MISSING)


def _rule(page: Page, value: object, place: str) -> Rule:
    document = page.mapping(value, place)
    return Rule(str(document.get("condition")), _clause(page, document, place, ("condition",)))


def check_names(page: Page, kind: Kind) -> None:
    """Every name that a bit, rule, clause or table uses must be there."""
    values = known_values(kind)
    used = [(f"bits.{n}.{bit}", word) for n, bits in kind.bits.items() for bit, word in bits.items()]
    used += [(f"rules[{n}].condition", rule.condition) for n, rule in enumerate(kind.rules)]
    for place, condition in used:
        if condition not in kind.conditions:
            page.fault(place, f"there is no condition {condition!r}", near(condition, kind.conditions))
    named = [(f"bits.{name}", name) for name in kind.bits]
    named += [(f"tables.{table.name}.volatile.when", table.when) for table in kind.tables.values() if table.when]
    named += [("typical", name) for name in kind.typical]
    for place, clause in _clauses(kind):
        named += [(place, value) for value in (clause.value, clause.of) if value is not None]
        if clause.rows is not None and clause.rows not in kind.tables:
            page.fault(place, f"there is no table {clause.rows!r}", near(clause.rows, kind.tables))
    for place, value in named:
        if value not in values:
            page.fault(place, f"there is no value {value!r}", near(value, values))
    called = {*values, *kind.conditions, kind.name}
    for name in kind.words:
        if name not in called:
            page.fault(f"words.{name}", "neither a value nor a condition nor this kind", near(name, called))


def known_values(kind: Kind) -> frozenset[str]:
    """The names of all values that devices of this kind may have, `*` for any row."""
    values = {*kind.get, "process.*.running", "processes_missing"}
    values |= {f"{t.name}.*.{c}" for t in kind.tables.values() for c in t.columns if c not in {*t.mean, *t.most}}
    named = (told for table in kind.tables.values() for told in (table.mean, table.most, table.join))
    values |= {name for told in named for name in told.values()}
    return frozenset(values.union(*(said.values for said in (kind.http, kind.mqtt) if said)))


def _clauses(kind: Kind) -> Iterator[tuple[str, Clause]]:
    every = [(f"rules[{n}]", rule.clause) for n, rule in enumerate(kind.rules)]
    every += [(f"conditions.{c.name}.when", c.when) for c in kind.conditions.values() if c.when]
    for place, clause in every:
        yield place, clause
        yield from ((f"{place}.and[{n}]", more) for n, more in enumerate(clause.also))
