"""A statement's life after it was counted: published, disputed, answered, sealed, out of what people did (S5, S6).

What people did are entries that are appended, never edited; all else here is derived from them.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from fractions import Fraction
from typing import Any, Final, Literal, NamedTuple

from sla.contract import Band
from sla.instant import Ms
from sla.payment import payment, percentage

State = Literal["draft", "published", "disputed", "answered", "sealed"]
Fate = Literal["open", "awaiting", "accepted", "rejected", "withdrawn", "lapsed"]
"""`awaiting` a second person's approval; `lapsed`: its line is in the newest publication no more."""
WAITING: Final[frozenset[Fate]] = frozenset({"open", "awaiting"})
_SETTLED: Final[frozenset[Fate]] = frozenset({"accepted", "rejected", "lapsed"})
FULL: Final = Fraction(100)
_NOTHING: Final = Fraction(0)


class Entry(NamedTuple):
    """What somebody did: `published`, `disputed`, `answered`, `approved` or `withdrawn`, at `at` (ms).

    `detail` of published: `until` (ms), before which one may dispute, and `deductions` by line. Of disputed: `line`,
    `reason`. Of the others: `dispute`, its number; of answered: `accepted`, `points`, `reason`; of approved: `answer`,
    its number. Numbers are of entries, points and deductions decimal strings.
    """

    entry: int
    event: str
    at: Ms
    by: str
    detail: Mapping[str, Any]


class Answer(NamedTuple):
    """What the operator said to a dispute; `points` to be given back where it is accepted."""

    entry: int
    at: Ms
    by: str
    accepted: bool
    points: Fraction
    reason: str


@dataclass(frozen=True, slots=True)
class Dispute:
    """One dispute with its newest answer, the entry that approved that one, the one that withdrew it."""

    n: int
    line: str
    at: Ms
    by: str
    reason: str
    fate: Fate
    answer: Answer | None = None
    approved: Entry | None = None
    withdrawn: Entry | None = None


class Counter(NamedTuple):
    """A counter-entry: points given back on a line, whose dispute `dispute` was accepted and approved (S5)."""

    dispute: int
    line: str
    points: Fraction
    reason: str
    by: str
    at: Ms
    approved_by: str
    approved_at: Ms


@dataclass(frozen=True, slots=True)
class Publication:
    """Where a statement stands. `deductions` by line, as published last; `newest` the number of the last entry."""

    state: State = "draft"
    published: Entry | None = None
    deductions: Mapping[str, Fraction] = field(default_factory=dict)
    disputes: tuple[Dispute, ...] = ()
    counters: tuple[Counter, ...] = ()
    newest: int = 0

    @property
    def until(self) -> Ms | None:
        """Before when one may dispute; None while it is a draft."""
        return None if self.published is None else int(self.published.detail["until"])

    @property
    def waiting(self) -> tuple[Dispute, ...]:
        """Disputes that have no answer yet, or one that nobody approved yet."""
        return tuple(one for one in self.disputes if one.fate in WAITING)

    def dispute(self, n: int) -> Dispute | None:
        """The dispute of this number."""
        return next((one for one in self.disputes if one.n == n), None)

    def left(self, line: str, but: int) -> Fraction:
        """What a line still deducts when all that was accepted is given back, approved or not, but for one dispute."""
        return self.deductions[line] - sum(_back(one) for one in self.disputes if one.line == line and one.n != but)


def derive(entries: Iterable[Entry], *, sealed: bool = False) -> Publication:
    """Where a statement stands after these entries, in any order.

    An acceptance holds for the figures that it was made on: where a later publication deducts otherwise on its line,
    the dispute is open again. A dispute of a line that is no more lapses.
    """
    every = sorted(entries)
    published = [one for one in every if one.event == "published"]
    deductions = _deductions(published[-1]) if published else {}
    disputes = tuple(_dispute(one, every, published) for one in every if one.event == "disputed")
    return Publication(
        state=_state(published, disputes, sealed),
        published=published[-1] if published else None,
        deductions=deductions,
        disputes=disputes,
        counters=tuple(_counters(disputes)),
        newest=every[-1].entry if every else 0,
    )


def score_after(deductions: Mapping[str, Fraction], counters: Sequence[Counter]) -> Fraction:
    """The score of lines' deductions less what is given back on them, on each at most what it deducts (S1, S5)."""
    rest = sum(max(_NOTHING, amount - given(line, counters)) for line, amount in deductions.items())
    return max(_NOTHING, FULL - rest)


def given(line: str, counters: Sequence[Counter]) -> Fraction:
    """The points given back on a line."""
    return Fraction(sum(one.points for one in counters if one.line == line))


def payment_after(fee: str | None, rule: Any, score: Fraction) -> Fraction | None:
    """What a score pays by a statement's own `fee` and `payment_rule` (JSON as in the contract); None: no fee (S7)."""
    return payment(_Paying(None if fee is None else Fraction(fee), _rule(rule)), score)


def percent_after(rule: Any, score: Fraction) -> Fraction:
    """How many percent of the fee a score pays, by a statement's own `payment_rule` (S7)."""
    return percentage(_Paying(None, _rule(rule)), score)


@dataclass(frozen=True, slots=True)
class _Paying:
    fee: Fraction | None
    payment: Literal["none", "linear"] | tuple[Band, ...]


def _rule(document: Any) -> Literal["none", "linear"] | tuple[Band, ...]:
    if isinstance(document, Mapping):
        return tuple(Band(Fraction(one["from"]), Fraction(one["percent"])) for one in document["bands"])
    return "linear" if document == "linear" else "none"


def _deductions(published: Entry) -> dict[str, Fraction]:
    return {line: Fraction(amount) for line, amount in published.detail["deductions"].items()}


def _state(published: Sequence[Entry], disputes: Sequence[Dispute], sealed: bool) -> State:
    if sealed or not published:
        return "sealed" if sealed else "draft"
    fates = {one.fate for one in disputes}
    if fates & WAITING:
        return "disputed"
    return "answered" if fates & _SETTLED else "published"


def _dispute(made: Entry, every: Sequence[Entry], published: Sequence[Entry]) -> Dispute:
    its = [one for one in every if one.detail.get("dispute") == made.entry]
    answers = [_answer(one) for one in its if one.event == "answered"]
    answer = answers[-1] if answers else None
    approved = next((one for one in its if answer is not None and one.detail.get("answer") == answer.entry), None)
    withdrawn = next((one for one in its if one.event == "withdrawn"), None)
    line = made.detail["line"]
    fate: Fate = "withdrawn" if withdrawn else _fate(line, answer, approved, published)
    return Dispute(made.entry, line, made.at, made.by, made.detail["reason"], fate, answer, approved, withdrawn)


def _fate(line: str, answer: Answer | None, approved: Entry | None, published: Sequence[Entry]) -> Fate:
    now = _deductions(published[-1])
    if line not in now:
        return "lapsed"
    if answer is None:
        return "open"
    if not answer.accepted:
        return "rejected"
    before = [one for one in published if one.entry < answer.entry]
    if _deductions(before[-1])[line] != now[line]:
        return "open"
    return "accepted" if approved else "awaiting"


def _answer(one: Entry) -> Answer:
    said = one.detail
    return Answer(one.entry, one.at, one.by, said["accepted"], Fraction(said["points"] or 0), said["reason"])


def _back(one: Dispute) -> Fraction:
    """What a dispute gives back, or would when it is approved."""
    return one.answer.points if one.answer and one.fate in {"awaiting", "accepted"} else _NOTHING


def _counters(disputes: Sequence[Dispute]) -> Iterable[Counter]:
    for one in disputes:
        if one.fate == "accepted" and one.answer and one.approved:
            said, seen = one.answer, one.approved
            yield Counter(one.n, one.line, said.points, said.reason, said.by, said.at, seen.by, seen.at)
