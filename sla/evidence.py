"""What stands behind a figure, and how it was computed from that (S4)."""

from __future__ import annotations

from collections.abc import Mapping
from fractions import Fraction
from typing import NamedTuple

from sla.instant import Ms


class Evidence(NamedTuple):
    """A ticket, or another thing, with the `amount` that it adds to its line: ms for terms of time, else a count.

    `note` says more: a source, how it was restored, the earlier ticket. Of tickets: `start` of the clock (else the
    opening), `until` restored, `counted` the repair time and `target`, in ms.
    """

    thing: str
    amount: Fraction
    note: str = ""
    ticket: bool = False
    start: Ms | None = None
    until: Ms | None = None
    counted: Ms | None = None
    target: Ms | None = None


class Step(NamedTuple):
    """One step of arithmetic: a sentence (a msgid) and what stands in its holes, exact."""

    text: str
    numbers: Mapping[str, Fraction | str]


class Removed(NamedTuple):
    """A ticket that a line does not charge, since the line `charged_in` of its group did (S3)."""

    ticket: str
    charged_in: str
