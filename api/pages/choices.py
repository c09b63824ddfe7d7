"""What a person may do to a ticket now, in the order in which it is mostly done (K2)."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Final, NamedTuple

from api.acting import may
from api.auth import Asker
from api.words import N_
from sla.ticket import Happening, ImpossibleOrder, TicketState, after, derive
from store.pages import AnyRow
from store.tickets import Event

WORDS: Final = {
    "acknowledged": N_("Acknowledge"),
    "dispatched": N_("On my way"),
    "arrived": N_("I have arrived"),
    "restored": N_("Done"),
    "verified": N_("It works: confirm"),
    "rejected": N_("It does not work"),
    "reopened": N_("Reopen"),
    "cancelled": N_("Cancel the ticket"),
    "note": N_("Note or photo"),
}
"""The buttons' words by event, in their order."""
ONE_TAP: Final = ("acknowledged", "dispatched", "arrived", "verified")
"""What needs no form."""
_STEPS: Final = {
    "opened": "acknowledged",
    "reopened": "acknowledged",
    "rejected": "acknowledged",
    "acknowledged": "dispatched",
    "dispatched": "arrived",
    "arrived": "restored",
}
_ANY: Final = {"reason": "-", "owner": "-"}


class Choices(NamedTuple):
    """`next` is the step that is due (an event, empty: none), `others` what is possible besides."""

    next: str
    others: Sequence[str]

    @property
    def taps(self) -> list[str]:
        """Of the others those that need no form."""
        return [one for one in self.others if one in ONE_TAP]

    @property
    def forms(self) -> list[str]:
        """All that need one."""
        return [one for one in (self.next, *self.others) if one and one not in ONE_TAP]


def choices(person: Asker | None, events: Iterable[AnyRow | Event], now: int) -> Choices:
    """What this person may do to the ticket with these events."""
    wanted = [event for event in WORDS if may(person, event)]
    try:
        state = derive(Happening(one.event, one.at, one.by, one.detail) for one in events)
    except ImpossibleOrder:
        return Choices("", ())
    found = [event for event in wanted if _possible(state, event, now)]
    step = _STEPS.get(state.state, "")
    first = step if step in found else "restored" if "restored" in found else ""
    return Choices(first, [event for event in found if event != first])


def _possible(state: TicketState, event: str, now: int) -> bool:
    try:
        after(state, Happening(event, now, "", _ANY))
    except ImpossibleOrder:
        return False
    return True
