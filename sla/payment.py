"""What a month's score pays (S7)."""

from __future__ import annotations

from fractions import Fraction
from typing import Literal, Protocol

from sla.contract import Band
from sla.rounding import to_cents


class Paying(Protocol):
    """What a contract says of its payment."""

    @property
    def fee(self) -> Fraction | None:
        """For a month, in the contract's currency."""

    @property
    def payment(self) -> Literal["none", "linear"] | tuple[Band, ...]:
        """By which rule."""


def payment(contract: Paying, score: Fraction) -> Fraction | None:
    """What is paid for a score of 0 to 100, in the fee's currency to the cent, half up; None without a fee.

    `none`: the score changes nothing, the fee is paid (renewal is decided on it). `linear`: fee x score / 100. Bands:
    the percentage of the highest band that the score reaches; below all of them nothing.
    """
    if contract.fee is None:
        return None
    return of_fee(contract.fee, percentage(contract, score))


def of_fee(fee: Fraction, percent: Fraction) -> Fraction:
    """A percentage of a fee, to the cent, half up (S7)."""
    return to_cents(fee * percent / 100)


def percentage(contract: Paying, score: Fraction) -> Fraction:
    """How many percent of the fee a score pays (S7)."""
    if contract.payment == "none":
        return Fraction(100)
    if contract.payment == "linear":
        return score
    reached = [band for band in contract.payment if band.start <= score]
    return max(reached).percent if reached else Fraction(0)
