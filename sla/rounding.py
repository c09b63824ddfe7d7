"""Where exact figures are rounded, and how (S1, S7): units as the term says, points and money half up to 0.01."""

from __future__ import annotations

from fractions import Fraction
from math import ceil, floor
from typing import Final

from sla.contract import Rounding

CENT: Final = Fraction(1, 100)
_HALF: Final = Fraction(1, 2)


def to_cents(amount: Fraction) -> Fraction:
    """Points or money to 0.01, half up."""
    return floor(amount / CENT + _HALF) * CENT


def in_units(overrun: Fraction, unit: Fraction, rounding: Rounding) -> Fraction:
    """How many units an overrun is: `up` each unit begun, `down` each full one, `exact` as it is; none below 0 (S1)."""
    units = max(Fraction(0), overrun) / unit
    if rounding == "exact":
        return units
    return Fraction(ceil(units) if rounding == "up" else floor(units))
