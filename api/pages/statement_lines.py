"""A statement's lines as people read them, from its paper alone: no figure is made here (S1-S4)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from decimal import Decimal, InvalidOperation
from typing import Any, Final, NamedTuple

from api.context import Translate
from api.words import N_

TERMS: Final[Mapping[str, tuple[str, str]]] = {
    "fault_count": (N_("Faults"), N_("faults")),
    "fault_hours": (N_("Hours of faults"), N_("h")),
    "late_repairs": (N_("Late repairs"), N_("late repairs")),
    "late_minutes": (N_("Minutes beyond the target"), N_("min")),
    "repeat_repairs": (N_("Repeated repairs"), N_("repeats")),
    "missed_patrols": (N_("Missed patrols"), N_("patrols")),
    "spare_not_ready": (N_("Spares not ready"), N_("spares")),
    "self_repair_rate": (N_("Repaired without the maker"), "%"),
    "satisfaction": (N_("Satisfaction"), ""),
    "availability": (N_("Availability"), "%"),
}
"""What a term measures, and the unit of its value."""
LOW: Final = frozenset({"self_repair_rate", "satisfaction", "availability"})
"""Where less is bad: what is allowed is the least."""
HUES: Final = 6
ALLOWED: Final = N_("{n} allowed")
LEAST: Final = N_("at least {n}")
NOTHING: Final = N_("nothing to measure")


class Share(NamedTuple):
    """A part of the hundred points as drawn, in percent: what a line took, `hue` its colour; without id, the rest."""

    id: str
    x: float
    width: float
    hue: int


class Read(NamedTuple):
    """A line: `said` is value against allowance, `steps` its arithmetic in sentences, `hue` its colour, 0 for none.

    `given` are the points that counter-entries give back.
    """

    line: Mapping[str, Any]
    title: str
    said: str
    steps: Sequence[str]
    hue: int
    tickets: Sequence[Mapping[str, Any]]
    things: Sequence[Mapping[str, Any]]
    given: Decimal = Decimal(0)

    @property
    def deducts(self) -> Decimal:
        """What is left of its deduction after counter-entries, in points."""
        return max(Decimal(0), Decimal(self.line["deduction"]) - self.given)


def number(text: str | None) -> str:
    """A decimal without needless noughts, at most six places; a dash for None."""
    if text is None:
        return "–"
    try:
        value = Decimal(text)
    except InvalidOperation:
        return text
    return f"{value.quantize(Decimal('0.000001')).normalize():f}" if value.is_finite() and abs(value) < 10**15 else text


def money(text: str | None) -> str:
    """Money with its thousands apart; a dash for None."""
    try:
        return "–" if text is None else f"{Decimal(text):,.2f}"
    except InvalidOperation:
        return str(text)


def steps(some: Sequence[Mapping[str, Any]], translate: Translate) -> list[str]:
    """Arithmetic in sentences; the numbers are the paper's own."""
    return [_step(one, translate) for one in some]


def _step(step: Mapping[str, Any], translate: Translate) -> str:
    words = translate(str(step["text"])).replace(" x ", " × ")
    for name, value in step["numbers"].items():
        told = translate(TERMS[value][0]) if name == "term" and value in TERMS else str(value)
        words = words.replace("{" + name + "}", told)
    return words


def read(document: Mapping[str, Any], translate: Translate) -> list[Read]:
    """The lines in the contract's order; those that deduct have a colour."""
    found, hue = [], 0
    for line in document["lines"]:
        hue += bool(Decimal(line["deduction"]))
        coloured = (hue - 1) % HUES + 1 if Decimal(line["deduction"]) else 0
        found.append(_read(line, coloured, translate)._replace(given=_given(document, line["id"])))
    return found


def _given(document: Mapping[str, Any], line: str) -> Decimal:
    some = (Decimal(one["points"]) for one in document.get("counter_entries", ()) if one["line"] == line)
    return sum(some, Decimal(0))


def _read(line: Mapping[str, Any], hue: int, translate: Translate) -> Read:
    title = translate(TERMS.get(line["term"], (line["term"], ""))[0])
    evidence = line["evidence"]
    return Read(
        line,
        title,
        _said(line, translate),
        steps(line["arithmetic"], translate),
        hue,
        [one for one in evidence if one["ticket"]],
        [one for one in evidence if not one["ticket"]],
    )


def _said(line: Mapping[str, Any], translate: Translate) -> str:
    if line["value"] is None:
        return translate(NOTHING)
    unit = translate(TERMS.get(line["term"], ("", ""))[1])
    value = " ".join(part for part in (number(line["value"]), unit) if part)
    allowed = translate(LEAST if line["term"] in LOW else ALLOWED).replace("{n}", number(line["allowance"]))
    return f"{value} · {allowed}"


def shares(document: Mapping[str, Any], lines: Sequence[Read]) -> list[Share]:
    """Where the hundred points went: first what is left, then each deduction, cut off where nothing is left."""
    left = float(Decimal(document["score"]))
    found, x = [Share("", 0.0, left, 0)], left
    for one in lines:
        width = min(float(one.deducts), 100.0 - x)
        if width > 0:
            found.append(Share(one.line["id"], x, width, one.hue))
            x += width
    return found
