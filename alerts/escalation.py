"""What a contract says of telling people how far a repair clock has run: at which percents, whom, when (R6)."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, Final, NamedTuple

import structlog

from alerts.rota import Rota
from sla.calendar import BadCalendar, Calendar
from sla.clock import ALWAYS, Clock
from sla.contract import Contract
from sla.instant import Ms
from store.city import City, ContractRow

_TURNS: Final = 1000
_log = structlog.get_logger(__name__)


class Step(NamedTuple):
    """One mark of a clock: `name` is its own for ever, `warning` whether it is one of R6 or of the contract's chain."""

    name: str
    percent: int
    to: tuple[str, ...]
    hours: Clock = ALWAYS
    warning: bool = False


@dataclass(frozen=True, slots=True)
class Plan:
    """The steps of one contract in order of their percents; in `quiet` hours none below `loud` percent is told.

    `contract` warns at the percents of all steps, so that `sla.marks` finds each; `people` are told where a rota has
    nobody.
    """

    contract: Contract
    steps: Sequence[Step]
    people: Sequence[str] = ()
    rotas: Mapping[str, Rota] = field(default_factory=dict)
    quiet: Clock | None = None
    loud: int | None = None

    def opens(self, step: Step, at: Ms) -> Ms | None:
        """The first instant from `at` on at which the step may be told; None for never."""
        quiet = None if self.loud is not None and step.percent >= self.loud else self.quiet
        for _ in range(_TURNS):
            after = step.hours.deadline(at, 1)
            if after is None or quiet is None or not quiet.is_open(after - 1):
                return None if after is None else after - 1
            end = quiet.next_change(after - 1)
            if end is None:
                return None
            at = end
        return None


def plan_of(city: City, contract: Contract) -> Plan:
    """The plan of a contract of the inventory."""
    row = city.contracts[contract.id]
    vendor = city.vendors.get(row.vendor)
    people = tuple(row.document.get("notify") or (vendor.notify if vendor else ()))
    steps = sorted([*_warnings(contract, people), *_chain(city, row)], key=_percent)
    quiet = row.document.get("quiet") or {}
    return Plan(
        replace(contract, warn=tuple(sorted({step.percent for step in steps}))),
        steps,
        people,
        {name: Rota.parse(document) for name, document in (row.document.get("rotas") or {}).items()},
        _quiet(city, quiet),
        quiet.get("except"),
    )


def _warnings(contract: Contract, people: tuple[str, ...]) -> Iterator[Step]:
    return (Step(f"warn/{percent}", percent, people, warning=True) for percent in sorted(set(contract.warn)))


def _chain(city: City, row: ContractRow) -> Iterator[Step]:
    """Steps of one percent are told apart by their order: an amended contract never tells again what was told."""
    seen: dict[int, int] = {}
    for one in row.document.get("escalation") or ():
        n = seen[one["at"]] = seen.get(one["at"], 0) + 1
        hours = ALWAYS if one["hours"] == "always" else _hours(city, one["hours"])
        yield Step(f"chain/{one['at']}/{n}", one["at"], tuple(one["to"]), hours)


def _quiet(city: City, quiet: Mapping[str, Any]) -> Clock | None:
    if quiet.get("calendar"):
        return _hours(city, quiet["calendar"])
    return _clock({"zone": quiet["zone"], "week": quiet["week"]}, None) if quiet.get("week") else None


def _hours(city: City, name: str) -> Clock:
    row = city.calendars.get(name)
    return _clock(row.document, name) if row else ALWAYS


def _clock(document: Mapping[str, Any], name: str | None) -> Clock:
    try:
        return Calendar.parse(json.loads(json.dumps(document))).clock()
    except BadCalendar:
        _log.exception("alerts.bad_calendar", calendar=name)
        return ALWAYS


def _percent(step: Step) -> int:
    return step.percent
