"""What a maintenance contract says, as far as clocks and figures hang on it (R1-R4, R6, S1-S3, S7)."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from fractions import Fraction
from typing import Any, Literal, NamedTuple
from zoneinfo import ZoneInfo

from sla.clock import ALWAYS, Clock
from sla.instant import Ms

Start = Literal["phone", "notified", "detected"]
Mode = Literal["allowance", "actual"]
Rounding = Literal["up", "down", "exact"]
Counting = Literal["linear", "rectification"]

_NEVER_BEFORE = -(1 << 62)
_NEVER_AFTER = 1 << 62


class Granted(NamedTuple):
    """A travel allowance in [start, until)."""

    ms: Ms
    start: Ms = _NEVER_BEFORE
    until: Ms = _NEVER_AFTER


@dataclass(frozen=True, slots=True)
class Travel:
    """Travel time that the contract grants: by hall, else the default, each with validity dates (R3)."""

    mode: Mode = "allowance"
    default: Sequence[Granted] = ()
    halls: Mapping[str, Sequence[Granted]] = field(default_factory=dict)

    def allowance(self, hall: str, at: Ms) -> Ms:
        """What is granted for a hall at an instant: its own entry valid then, else the default's, else nothing."""
        for entries in (self.halls.get(hall, ()), self.default):
            for one in entries:
                if one.start <= at < one.until:
                    return one.ms
        return 0


@dataclass(frozen=True, slots=True)
class Term:
    """One line of the vendor's score (S1, S2). Numbers are exact.

    `allowance` None: the term's usual one. `per_100`: the allowance is for a hundred devices in service. `count` says
    how the two time terms count: `linear`, or by `rectification` all of a late repair and nothing of a timely one.
    """

    id: str
    term: str
    points: Fraction
    round: Rounding = "up"
    allowance: Fraction | None = None
    per_100: bool = False
    unit: Fraction = Fraction(1)
    cap: Fraction | None = None
    group: str | None = None
    sources: frozenset[str] | None = None
    scale: Fraction | None = None
    count: Counting = "linear"


class Band(NamedTuple):
    """From this score on, this percentage of the fee is paid (S7)."""

    start: Fraction
    percent: Fraction


@dataclass(frozen=True, slots=True)
class Contract:
    """One contract, valid in [start, until). `clock` are its repair hours, `zone` theirs; `kinds`, `halls` None: all.

    `targets` by kind in ms (R1), `warn` in percent of the target (R6), `pauses` the reasons that count (R4), `fee` for
    a month, `payment` as S7 says.
    """

    id: str
    vendor: str
    start: Ms
    until: Ms
    zone: ZoneInfo
    clock: Clock = ALWAYS
    kinds: frozenset[str] | None = None
    halls: frozenset[str] | None = None
    begin: Start = "phone"
    targets: Mapping[str, Ms] = field(default_factory=dict)
    warn: tuple[int, ...] = (50, 75, 100)
    travel: Travel = field(default_factory=Travel)
    pauses: frozenset[str] = frozenset()
    free_silence: bool = False
    fee: Fraction | None = None
    payment: Literal["none", "linear"] | tuple[Band, ...] = "none"
    terms: tuple[Term, ...] = ()

    def covers(self, kind: str, hall: str, at: Ms) -> bool:
        """Whether it decides about a device of this kind in this hall at an instant (R1)."""
        of_kind = self.kinds is None or kind in self.kinds
        return of_kind and (self.halls is None or hall in self.halls) and self.start <= at < self.until

    @classmethod
    def parse(cls, document: Mapping[str, Any], clock: Clock, zone: ZoneInfo) -> Contract:
        """Read a contract of the normalised inventory document; `clock` and `zone` are its calendar's."""
        covers, repair, travel = document["covers"], document["repair"], document["travel"]
        fee = document["fee"]
        return cls(
            id=document["id"],
            vendor=document["vendor"],
            start=document["valid"]["from"],
            until=document["valid"]["until"],
            zone=zone,
            clock=clock,
            kinds=_some(covers["kinds"]),
            halls=_some(covers["halls"]),
            begin=repair["start"],
            targets={kind: round(seconds * 1000) for kind, seconds in repair["targets"].items()},
            warn=tuple(sorted(set(repair["warn"]))),
            travel=Travel(
                travel["mode"],
                _granted(travel["default"]),
                {hall: _granted(entries) for hall, entries in travel["halls"].items()},
            ),
            pauses=frozenset(document["pauses"]),
            free_silence=document["silence"] == "free",
            fee=None if fee is None else Fraction(fee),
            payment=_payment(document["payment"]),
            terms=tuple(_term(one) for one in document["terms"]),
        )


def contract_at(contracts: Iterable[Contract], kind: str, hall: str, at: Ms) -> Contract | None:
    """The contract that covers a device at an instant, None where none does; imports refuse overlapping ones (R1)."""
    return next((one for one in contracts if one.covers(kind, hall, at)), None)


def _some(words: Any) -> frozenset[str] | None:
    return None if words == "all" else frozenset(words)


def _granted(entries: Iterable[Mapping[str, Any]]) -> tuple[Granted, ...]:
    return tuple(
        Granted(
            round(one["seconds"] * 1000),
            _NEVER_BEFORE if one["from"] is None else one["from"],
            _NEVER_AFTER if one["until"] is None else one["until"],
        )
        for one in entries
    )


def _payment(document: Any) -> Literal["none", "linear"] | tuple[Band, ...]:
    if document == "linear":
        return "linear"
    if document == "none":
        return "none"
    return tuple(Band(Fraction(band["from"]), Fraction(band["percent"])) for band in document["bands"])


def _term(document: Mapping[str, Any]) -> Term:
    allowance, sources = document["allowance"], document["sources"]
    relative = isinstance(allowance, Mapping)
    amount = allowance["per_100"] if isinstance(allowance, Mapping) else allowance
    return Term(
        id=document["id"],
        term=document["term"],
        points=Fraction(document["points"]),
        round=document["round"],
        allowance=None if amount is None else Fraction(amount),
        per_100=relative,
        unit=Fraction(document["unit"]),
        cap=_exact(document["cap"]),
        group=document["group"],
        sources=None if sources is None else frozenset(sources),
        scale=_exact(document["scale"]),
        count=document.get("count", "linear"),
    )


def _exact(number: str | None) -> Fraction | None:
    return None if number is None else Fraction(number)
