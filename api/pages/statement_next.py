"""Where a statement stands in words, and what is to be done next, by whom, and by when (S5, S6)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final, NamedTuple

from api.auth import Asker
from api.words import N_
from sla.instant import Ms
from sla.publication import Publication

STATES: Final[Mapping[str, str]] = {
    "draft": N_("draft"),
    "published": N_("published"),
    "disputed": N_("disputed"),
    "answered": N_("answered"),
    "sealed": N_("sealed"),
}
RUNNING: Final = N_("The month is not over: figures so far")
PUBLISH: Final = N_("Check it and publish it")
NOT_YET: Final = N_("Waits for the operator to publish it")
DISPUTE: Final = N_("Check it; a line may be disputed")
DISPUTABLE: Final = N_("The vendor may dispute a line")
ANSWER: Final = N_("Answer the vendor's disputes")
APPROVE: Final = N_("A second person approves what was accepted")
ANSWERED_SOON: Final = N_("Waits for the operator's answer")
SEAL: Final = N_("Seal it")
SEALED_SOON: Final = N_("Waits for the operator to seal it")


class Next(NamedTuple):
    """What is next: a msgid, the instant by which (None: none), where on the page; `mine`: it is for who looks."""

    words: str
    until: Ms | None = None
    anchor: str = ""
    mine: bool = False


def next_of(found: Publication, month_end: Ms, now: Ms, person: Asker | None) -> Next | None:
    """What is next for a statement whose month ends at `month_end`; None where all is done."""
    kind = person.kind if person else ""
    operates, vends = kind in ("admin", "operator"), kind == "vendor"
    if found.state == "sealed":
        return None
    if found.published is None:
        return _draft(now < month_end, month_end, operates)
    until = found.until
    if found.waiting:
        return _waiting(found, operates)
    if until is not None and now < until:
        return Next(DISPUTE if vends else DISPUTABLE, until, "lines", vends)
    return Next(SEAL, None, "seal", True) if operates else Next(SEALED_SOON)


def _draft(running: bool, month_end: Ms, operates: bool) -> Next:
    if running:
        return Next(RUNNING, month_end)
    return Next(PUBLISH, None, "publish", True) if operates else Next(NOT_YET)


def _waiting(found: Publication, operates: bool) -> Next:
    open_ = any(one.fate == "open" for one in found.waiting)
    if not operates:
        return Next(ANSWERED_SOON, None, "disputes")
    return Next(ANSWER if open_ else APPROVE, None, "disputes", True)
