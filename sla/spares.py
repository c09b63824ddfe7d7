"""Spares: how many there must be, who owes the missing ones, and the chance of running out (P4).

The model of the chance: faults that need a spare come one by one and independently (a Poisson stream) at the rate that
was observed, and each keeps one spare away for as long as a repair takes, the observed mean. Then the number N away at
an instant is Poisson with mean rate x time, whatever the times are distributed like (Palm; the queue M/G/infinity). The
chance of running out is that more are away than are kept, P(N > kept): with N = kept none is left, but none is lacking.
The interval comes from the uncertainty of the observed rate alone: the exact limits of a Poisson mean (Garwood); the
mean repair time is taken as it is.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from fractions import Fraction
from itertools import count
from math import ceil, exp, lgamma, log
from typing import Final, NamedTuple

from sla.instant import Ms

RATIOS: Final[Mapping[str, Fraction]] = {
    "pc": Fraction(15, 1000),
    "printer": Fraction(8, 100),
    "copier": Fraction(8, 100),
}
"""Spares for each device installed, by default; kinds that are not named need none."""

CONFIDENCE: Final = 0.9


class Stock(NamedTuple):
    """Of one kind: devices `installed`, spares `supplied` by the operator, and of these found `broken` or `missing`."""

    kind: str
    installed: int
    supplied: int
    broken: int = 0
    missing: int = 0


class Duty(NamedTuple):
    """What must be and what is, of one kind: `operator` lacks so many by supply, `vendor` so many in its keeping."""

    kind: str
    required: int
    supplied: int
    kept: int
    operator: int
    vendor: int


class Observed(NamedTuple):
    """`faults` that took a spare in `ms` of time; the `back` spares that came back were away for `away_ms` in all."""

    faults: int
    ms: Ms
    away_ms: Ms
    back: int


class Chance(NamedTuple):
    """The chance that more spares are away than are kept, 0 to 1, with its interval."""

    chance: float
    low: float
    high: float


def required(installed: int, ratio: Fraction) -> int:
    """ceil(ratio x installed), exact (P4)."""
    return ceil(ratio * installed)


def duties(stocks: Iterable[Stock], ratios: Mapping[str, Fraction] = RATIOS) -> list[Duty]:
    """Shortfalls by whose duty they are (P4): the operator supplies what is required, the vendor keeps it ready.

    A broken or missing spare is the vendor's, also where more were supplied than required.
    """
    return [_duty(one, required(one.installed, ratios.get(one.kind, Fraction(0)))) for one in stocks]


def running_out(observed: Observed, kept: int, confidence: float = CONFIDENCE) -> Chance | None:
    """P(N > `kept`): the chance that at an instant more spares are away than are kept, by the model above (P4).

    None without data: no time observed, or no spare that came back.
    """
    if observed.ms <= 0 or observed.back <= 0:
        return None
    away = Fraction(observed.away_ms, observed.back) / observed.ms
    low, high = limits(observed.faults, confidence)
    return Chance(
        more_than(kept, float(observed.faults * away)),
        more_than(kept, low * float(away)),
        more_than(kept, high * float(away)),
    )


def more_than(k: int, mean: float) -> float:
    """P(N > k) of a Poisson N; from the largest term outwards, so that nothing overflows or cancels."""
    if k < 0:
        return 1.0
    if mean <= 0:
        return 0.0
    if k + 1 > mean:
        return _sum(k + 1, mean, (mean / j for j in count(k + 2)))
    return 1.0 - _sum(k, mean, (j / mean for j in range(k, 0, -1)))


def limits(seen: int, confidence: float = CONFIDENCE) -> tuple[float, float]:
    """The exact limits of a Poisson mean of which `seen` were counted (Garwood): the central interval."""
    tail = (1 - confidence) / 2
    low = 0.0 if seen == 0 else _root(lambda mean: more_than(seen - 1, mean) - tail, seen)
    return low, _root(lambda mean: more_than(seen, mean) - (1 - tail), seen)


def _duty(stock: Stock, needed: int) -> Duty:
    lost = min(stock.supplied, stock.broken + stock.missing)
    return Duty(
        kind=stock.kind,
        required=needed,
        supplied=stock.supplied,
        kept=stock.supplied - lost,
        operator=max(0, needed - stock.supplied),
        vendor=lost,
    )


def _sum(k: int, mean: float, ratios: Iterable[float]) -> float:
    """The terms from P(N = k) on, each the one before times the next ratio, until they no longer matter."""
    term = total = exp(k * log(mean) - mean - lgamma(k + 1))
    for ratio in ratios:
        term *= ratio
        total += term
        if term <= total * 1e-17:
            break
    return total


def _root(rising: Callable[[float], float], near: int) -> float:
    """Where a rising function of a mean is 0, by halving."""
    low, high = 0.0, near + 1.0
    while rising(high) < 0:
        low, high = high, 2 * high
    while high - low > 1e-12 * high:
        middle = (low + high) / 2
        low, high = (middle, high) if rising(middle) < 0 else (low, middle)
    return high
