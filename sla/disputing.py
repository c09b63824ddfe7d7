"""Who may dispute, answer, approve and withdraw what, and when; what is refused says why (S5)."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from fractions import Fraction
from typing import Final

from sla.instant import Ms, render
from sla.publication import WAITING, Dispute, Publication
from sla.rounding import CENT
from sla.ticket import N_
from sla.words import points as in_points

MOST: Final = 50
"""Disputes of one statement, so that nobody can fill the store."""
Values = Mapping[str, str | Ms]
"""What stands in the holes of a sentence; a whole number is an instant (ms)."""
_SEALED: Final = N_("the month is sealed")


class Refused(Exception):
    """What cannot be done to a statement: `reason` is a msgid with holes, `place` what was wrong in what was sent."""

    def __init__(self, reason: str, place: str | None = None, **values: str | Ms) -> None:
        super().__init__(filled(reason, values, str, render))
        self.reason = reason
        self.place = place
        self.values = values

    def words(self, translate: Callable[[str], str], clock: Callable[[Ms], str]) -> str:
        """The reason in a language; `clock` renders instants (ms)."""
        return filled(self.reason, self.values, translate, clock)


class NoDispute(Exception):
    """The statement has no dispute of this number."""


def filled(text: str, values: Values, translate: Callable[[str], str], clock: Callable[[Ms], str]) -> str:
    """A sentence in a language, its holes filled."""
    shown = {name: clock(one) if isinstance(one, int) else one for name, one in values.items()}
    return translate(text).format(**shown)


def check_dispute(found: Publication, line: str, now: Ms) -> None:
    """Whether a line may be disputed at `now` (ms). Raises `Refused`."""
    _alive(found)
    until = found.until
    if until is None:
        raise Refused(N_("it is not published yet"))
    if now >= until:
        raise Refused(N_("the time to dispute it ended at {until}"), until=until)
    if line not in found.deductions:
        known = ", ".join(found.deductions)
        raise Refused(N_("the statement has no line {line}; its lines: {lines}"), "line", line=line[:40], lines=known)
    if any(one.line == line for one in found.waiting):
        raise Refused(N_("a dispute of line {line} is waiting already"), line=line)
    if len(found.disputes) >= MOST:
        raise Refused(N_("a statement has at most {n} disputes"), n=str(MOST))


def check_answer(found: Publication, n: int, points: Fraction | None) -> Dispute:
    """The dispute that may be answered: rejected (None), or accepted with points to be given back.

    An answer that nobody approved yet may be given anew. Raises `Refused`, `NoDispute`.
    """
    one = _waiting(found, n)
    if points is None:
        return one
    left = found.left(one.line, but=n)
    if not 0 < points <= left or points % CENT:
        told = N_("points to give back are above 0, in steps of 0.01, and at most the {left} that line {line} deducts")
        raise Refused(told, "points", left=in_points(left), line=one.line)
    return one


def check_approval(found: Publication, n: int, by: str) -> Dispute:
    """The dispute whose acceptance another person may approve. Raises `Refused`, `NoDispute`."""
    one = _waiting(found, n)
    if one.answer is None or one.fate != "awaiting":
        raise Refused(N_("there is no acceptance to approve"))
    if one.answer.by == by:
        raise Refused(N_("{by} accepted it: another person has to approve"), by=by)
    return one


def check_withdrawal(found: Publication, n: int) -> Dispute:
    """The dispute that its vendor may withdraw. Raises `Refused`, `NoDispute`."""
    return _waiting(found, n)


def _waiting(found: Publication, n: int) -> Dispute:
    one = found.dispute(n)
    if one is None:
        raise NoDispute
    _alive(found)
    if one.fate not in WAITING:
        raise Refused(_FATES[one.fate])
    return one


def _alive(found: Publication) -> None:
    if found.state == "sealed":
        raise Refused(_SEALED)


_FATES: Final[Mapping[str, str]] = {
    "accepted": N_("the dispute was accepted"),
    "rejected": N_("the dispute was rejected"),
    "withdrawn": N_("the dispute was withdrawn"),
    "lapsed": N_("the line that was disputed is in the statement no more"),
}
