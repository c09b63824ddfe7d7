"""What is different between two statements of one month: figures, lines, and the tickets behind them (S6)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Final

Document = Mapping[str, Any]
_FIGURES: Final = (
    "score", "payment", "score_before", "fee", "payment_rule", "devices_in_service", "provisional", "rules_version",
)  # fmt: skip
_OF_LINES: Final = ("value", "value_exact", "allowance", "overrun", "units", "deduction")
_OF_TICKETS: Final = ("begun_at", "restored_at", "how", "clock", "outages")
_COUNTED: Final = frozenset({"score", "payment"})


def difference(before: Document, after: Document) -> dict[str, Any] | None:
    """How they differ; None where nothing that counts does. Names of people and things, and when it was known, do not.

    `figures` by name with before and after, `lines` by id with theirs and their tickets, `tickets` and `findings` that
    came, went or changed.
    """
    found = {
        "figures": _changed(before, after, _FIGURES),
        "lines": _lines(before["lines"], after["lines"]),
        "tickets": _things(_tickets(before), _tickets(after)),
        "findings": _things(_findings(before), _findings(after)),
    }
    some = {name: one for name, one in found.items() if one}
    return some or None


def amends(found: Document | None) -> bool:
    """Whether a difference changes what was sealed: the score, the payment, or any figure of a line (S6)."""
    if found is None:
        return False
    lines = any(not {"tickets", "id"}.issuperset(line) for line in found.get("lines", ()))
    return lines or bool(_COUNTED & set(found.get("figures", ())))


def _changed(before: Document, after: Document, names: Sequence[str]) -> dict[str, Any]:
    pairs = {name: (before.get(name), after.get(name)) for name in names}
    return {name: {"before": one, "after": other} for name, (one, other) in pairs.items() if one != other}


def _lines(before: Sequence[Document], after: Sequence[Document]) -> list[dict[str, Any]]:
    one, other = ({line["id"]: line for line in lines} for lines in (before, after))
    found = ((id, _line(one.get(id, {}), other.get(id, {}))) for id in one | other)
    return [{"id": id, **changed} for id, changed in found if changed]


def _line(before: Document, after: Document) -> dict[str, Any]:
    changed = _changed(before, after, _OF_LINES)
    things = _things(_evidence(before), _evidence(after))
    return changed | ({"tickets": things} if things else {})


def _things(before: Mapping[str, Any], after: Mapping[str, Any]) -> dict[str, list[str]]:
    both = before.keys() & after.keys()
    found = {
        "added": sorted(after.keys() - before.keys()),
        "gone": sorted(before.keys() - after.keys()),
        "changed": sorted(id for id in both if before[id] != after[id]),
    }
    return {name: ids for name, ids in found.items() if ids}


def _evidence(line: Document) -> dict[str, Any]:
    charged = {one["thing"]: (one["amount"], one["start"], one["until"]) for one in line.get("evidence", ())}
    return charged | {one["ticket"]: one["charged_in"] for one in line.get("removed", ())}


def _tickets(document: Document) -> dict[str, Any]:
    return {one["id"]: [one.get(name) for name in _OF_TICKETS] for one in document["tickets"]}


def _findings(document: Document) -> dict[str, Any]:
    return {str(one["id"]): [one.get(name) for name in ("kind", "thing", "total")] for one in document["findings"]}
