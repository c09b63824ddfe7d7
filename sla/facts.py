"""What is known of one vendor's month: all that a statement counts (S2)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import NamedTuple

from sla.case import Case
from sla.instant import Ms
from sla.interval import Interval


@dataclass(frozen=True, slots=True)
class Survey:
    """The answers of a month's survey, on the scale of the contract's term: their sum and how many."""

    total: Fraction
    count: int


class Counted(NamedTuple):
    """The time that counts under the profile `contract` (A2), in ms, and whether its coverage suffices (A3)."""

    good_ms: Ms
    bad_ms: Ms
    covered: bool = True


@dataclass(frozen=True, slots=True)
class MonthFacts:
    """The facts of [month.start, month.until), which is a month in the contract's zone (`sla.month.month`).

    `cases`: tickets of faults, also of neighbouring months and other contracts: what does not belong is left out.
    Preventive tickets (K1) are none of faults. `devices_in_service` at the month's start, of those that the contract
    covers. `missed_patrols` and `spares_not_ready` name each thing missed. Repeated names and cases count once.
    """

    month: Interval
    cases: Sequence[Case] = ()
    devices_in_service: int = 0
    missed_patrols: Sequence[str] = ()
    spares_not_ready: Sequence[str] = ()
    satisfaction: Survey | None = None
    availability: Counted | None = None
