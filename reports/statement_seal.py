"""What a seal and its amendments say, as facts and tables of a statement: links, what was passed over, differences."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, Final

from reports.availability import N_
from reports.book import Cells, Fact, Head, Table, Translate, columns

Document = Mapping[str, Any]

_OVERRIDES: Final[Head] = (
    ("obstacle", N_("What was in the way"), "text"),
    ("by", N_("Passed over by"), "text"),
    ("reason", N_("Reason"), "text"),
)
_DIFFERENCES: Final[Head] = (
    ("where", N_("Where"), "text"),
    ("what", N_("What"), "text"),
    ("before", N_("Before"), "text"),
    ("after", N_("After"), "text"),
    ("tickets", N_("Tickets and findings behind it"), "text"),
)
_NAMES: Final[Mapping[str, str]] = {
    "score": N_("Score"),
    "payment": N_("Payment"),
    "score_before": N_("Score before counter-entries"),
    "fee": N_("Fee for a month"),
    "payment_rule": N_("Paid"),
    "devices_in_service": N_("Devices in service"),
    "provisional": N_("Provisional"),
    "rules_version": N_("Version of the rules"),
    "value": N_("Value"),
    "value_exact": N_("Value, exact"),
    "allowance": N_("Allowance"),
    "overrun": N_("Overrun"),
    "units": N_("Units"),
    "deduction": N_("Deduction"),
}


def seal_facts(document: Document, translate: Translate) -> Iterator[Fact]:
    """The seal's number, instant, person and hash; nothing of a statement that is not sealed."""
    seal = document.get("seal")
    if not seal:
        return
    yield Fact("seal", translate(N_("Seal")), seal["n"], "count")
    yield Fact("sealed_at", translate(N_("Sealed at")), seal["at"], "instant")
    yield Fact("sealed_by", translate(N_("Sealed by")), seal["by"])
    yield Fact("hash", translate(N_("Its hash")), seal["hash"])


def seal_tables(document: Document, translate: Translate) -> Iterator[Table]:
    """What was passed over by name, and what differs between publications and amendments; none where there is none."""
    if passed := (document.get("seal") or {}).get("overrides"):
        rows = tuple((_obstacle(one, translate), one["by"], one["override"]) for one in passed)
        yield _table("overrides", N_("Sealed in spite of"), _OVERRIDES, rows, translate)
    if found := tuple(_differences(document, translate)):
        yield _table("differences", N_("What changed"), _DIFFERENCES, found, translate)


def _obstacle(one: Document, translate: Translate) -> str:
    return translate(one["text"]).format(**one["values"])


def _differences(document: Document, translate: Translate) -> Iterator[Cells]:
    for number, one in enumerate(document.get("publications", ()), 1):
        where = translate(N_("Publication {n}")).format(n=number)
        yield from _rows(where, one["difference"] or {}, translate)
    for one in document.get("amendments", ()):
        where = translate(N_("Amendment {n}")).format(n=one["number"])
        yield from _rows(where, one["difference"], translate)


def _rows(where: str, difference: Document, translate: Translate) -> Iterator[Cells]:
    for name, changed in difference.get("figures", {}).items():
        yield where, translate(_NAMES[name]), _shown(changed["before"]), _shown(changed["after"]), None
    for line in difference.get("lines", ()):
        behind = _behind(line.get("tickets", {}))
        fields = [name for name in line if name in _NAMES and name != "value_exact"]
        for name in fields:
            told = f"{line['id']} {translate(_NAMES[name])}"
            yield where, told, _shown(line[name]["before"]), _shown(line[name]["after"]), behind
        if not fields:
            yield where, line["id"], None, None, behind


def _behind(things: Mapping[str, list[str]]) -> str | None:
    signs = {"added": "+", "gone": "-", "changed": "±"}
    return ", ".join(f"{signs[kind]}{thing}" for kind, ids in things.items() for thing in ids) or None


def _shown(value: Any) -> str | None:
    return None if value is None else str(value)


def _table(name: str, title: str, head: Head, rows: tuple[Cells, ...], translate: Translate) -> Table:
    return Table(name, translate(title), columns(head, translate), rows)
