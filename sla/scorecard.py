"""The branch's scorecard: what it loses for an intact rate far below that of all halls, and what decides it (P5)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from fractions import Fraction
from typing import Final, Literal, NamedTuple

from sla.instant import HOUR
from sla.intact import MIN_COVERAGE, Served, together

Compare = Literal["relative", "points"]
Hour = Literal["blind_bad", "blind_good", "bad_blind"]

ITEMS: Final[Mapping[str, Fraction]] = {
    "hall network interruption": Fraction(3, 10),
    "terminal access": Fraction(2, 10),
}
"""What each item is worth by default, in points of the scorecard."""


@dataclass(frozen=True, slots=True)
class Rule:
    """An item scores nothing from `limit` below on: a share of the rate of all (`relative`), or of 1 (`points`)."""

    limit: Fraction = Fraction(1, 5)
    compare: Compare = "relative"
    min_coverage: Fraction = MIN_COVERAGE


_RULE: Final = Rule()


class Scored(NamedTuple):
    """One item of one branch. Rates are 0 to 1; None prints as a dash.

    `below` is how far the branch lies below all, in the terms of the rule (negative: above). `devices` are those
    without any one of which the item would be scored otherwise; `hours` says which single hour would change it: an hour
    unseen that had been bad (`blind_bad`) or good (`blind_good`), or a bad one that nobody had seen (`bad_blind`).
    """

    item: str
    full: Fraction
    score: Fraction | None
    branch: Fraction | None
    all: Fraction | None
    below: Fraction | None
    devices: tuple[str, ...]
    hours: tuple[Hour, ...]

    @property
    def warning(self) -> bool:
        """Whether one device or one hour decides."""
        return bool(self.devices or self.hours)


def scored(item: str, full: Fraction, branch: Mapping[str, Served], others: Served, rule: Rule = _RULE) -> Scored:
    """Score one item: `branch` by device, `others` all devices of the other branches together (P5).

    `full` is what the item is worth. All halls are the branch and the others (A7). Where a rate is null the item has no
    score, and nothing decides it.
    """
    own = together(branch.values())
    lost = _lost(own, others, rule)
    devices: tuple[str, ...] = ()
    hours: tuple[Hour, ...] = ()
    if lost is not None:
        devices = tuple(name for name, one in branch.items() if _lost(own - one, others, rule) is not lost)
        hours = tuple(hour for hour, other in _hours(own) if _lost(other, others, rule) is not lost)
    return Scored(
        item=item,
        full=full,
        score=None if lost is None else Fraction(0) if lost else full,
        branch=own.rate(rule.min_coverage),
        all=(own + others).rate(rule.min_coverage),
        below=_below(own, others, rule),
        devices=devices,
        hours=hours,
    )


def _below(own: Served, others: Served, rule: Rule) -> Fraction | None:
    """How far the branch lies below all halls; None where that cannot be said."""
    branch, all_ = own.rate(rule.min_coverage), (own + others).rate(rule.min_coverage)
    if branch is None or all_ is None:
        return None
    if rule.compare == "points" or not all_:  # where nothing served anywhere the branch is no worse
        return all_ - branch
    return (all_ - branch) / all_


def _lost(own: Served, others: Served, rule: Rule) -> bool | None:
    """Whether it lies `_below` by the limit or more, in whole numbers: it is asked for each device."""
    all_ = own + others
    if not (own.shows(rule.min_coverage) and all_.shows(rule.min_coverage)):
        return None
    mine, theirs = own.good * all_.counted, all_.good * own.counted  # the two rates over one denominator
    part, whole = rule.limit.as_integer_ratio()
    points = rule.compare == "points" or not all_.good
    return (theirs - mine) * whole >= part * (own.counted * all_.counted if points else theirs)


def _hours(own: Served) -> list[tuple[Hour, Served]]:
    """The branch with one hour other than it was, as far as it has such an hour."""
    blind, bad = min(HOUR, own.unmonitored), min(HOUR, own.bad)
    return [
        ("blind_bad", own + Served(0, blind, -blind)),
        ("blind_good", own + Served(blind, 0, -blind)),
        ("bad_blind", own + Served(0, -bad, bad)),
    ]
