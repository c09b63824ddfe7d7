"""A ticket's clock in words: what the head, the list, a card and the table say of it (R5, R7)."""

from __future__ import annotations

from typing import Final, NamedTuple

from api.context import Translate
from api.durations import spoken
from api.repairs import Running
from api.words import N_
from sla.repair import Repair

BEGINS: Final = {
    "phone": N_("the clock starts with the phone call"),
    "notified": N_("the clock starts when the vendor is told"),
    "detected": N_("the clock starts with the first second that is the vendor's"),
}
CLASSES: Final = (N_("counted"), N_("travel"), N_("paused"), N_("closed hours"), N_("restored"), N_("over target"))
WORDS: Final = {"closed": "closed hours", "over": "over target"}
"""The words of a slice's class, where they are not the class itself."""


class Said(NamedTuple):
    """`tone` is none, calm, due, soon, late, paused, done or breach; `words`, `more` beside; `due` where it ticks."""

    tone: str
    words: str
    more: str = ""
    due: int | None = None


def minutes(ms: int, _: Translate) -> str:
    """Whole minutes, and the seconds where there are any: what a column of them adds up to can be checked."""
    whole, rest = ms // 60_000, ms // 1000 % 60
    return f"{whole} {_(N_('min'))}" + (f" {rest} {_(N_('s'))}" if rest else "")


def said(known: Running, now: int, _: Translate) -> Said:
    """One line about a clock."""
    repair = known.repair
    if repair is None:
        return Said("none", _(N_("no clock")), _(known.why))
    if repair.state in ("restored", "cancelled"):
        return _over(repair, _)
    if repair.state == "paused":
        return Said("breach" if repair.breached else "paused", _(N_("paused")), _progress(repair, _))
    if repair.due is None:
        return Said("calm", _(N_("nothing is due")), _progress(repair, _))
    if repair.due < now or repair.breached:
        return Said("late", _(N_("overdue")), _progress(repair, _), repair.due)
    half = repair.target is not None and 2 * repair.counted >= repair.target
    return Said("soon" if half else "due", _(N_("due")), _progress(repair, _), repair.due)


def _over(repair: Repair, _: Translate) -> Said:
    if repair.state == "cancelled":
        return Said("none", _(N_("cancelled")), _progress(repair, _))
    if repair.breached and repair.target is not None:
        late = _(N_("late by {time}")).replace("{time}", spoken(repair.counted - repair.target, _))
        return Said("breach", late, _progress(repair, _))
    return Said("done", _(N_("in time")) if repair.target is not None else _(N_("restored")), _progress(repair, _))


def _progress(repair: Repair, _: Translate) -> str:
    """How much was counted, of how much."""
    counted = spoken(repair.counted, _)
    if repair.target is None:
        return _(N_("{time} counted")).replace("{time}", counted)
    words = _(N_("{time} of {target} counted")).replace("{target}", spoken(repair.target, _))
    return words.replace("{time}", counted)
