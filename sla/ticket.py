"""A ticket's state, derived from its events; orders that cannot be are refused (K2, K3)."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any, Final, Literal, NamedTuple

from sla.instant import Ms

State = Literal[
    "none",
    "opened",
    "acknowledged",
    "dispatched",
    "arrived",
    "restored",
    "verified",
    "rejected",
    "reopened",
    "cancelled",
]


def N_(message: str) -> str:  # noqa: N802 - the name by which translations are extracted
    return message


OPEN: Final = frozenset({"opened", "acknowledged", "dispatched", "arrived", "rejected", "reopened"})
HOW: Final = frozenset({"repaired", "replaced_by_spare", "by_maker"})

MONITORED: Final = "detected"
"""In an event's detail: what devices show, nobody's word."""
_WORDS: Final = frozenset({"verified", "rejected"})
_ACKNOWLEDGED: Final = frozenset({"opened", "reopened", "rejected"})
_MOVES: Final[Mapping[str, tuple[frozenset[str], State]]] = {
    "opened": (frozenset({"none"}), "opened"),
    "acknowledged": (_ACKNOWLEDGED, "acknowledged"),
    "dispatched": (OPEN - {"dispatched"}, "dispatched"),
    "arrived": (OPEN - {"arrived"}, "arrived"),
    "restored": (OPEN, "restored"),
    "verified": (frozenset({"restored"}), "verified"),
    "rejected": (frozenset({"restored"}), "rejected"),
    "reopened": (frozenset({"restored", "verified"}), "reopened"),
    "cancelled": (OPEN | {"restored", "verified"}, "cancelled"),
}
_NEEDED: Final = {"reason": N_("it needs a reason"), "owner": N_("it needs an owner")}
_REMARKS: Final = frozenset({"paused", "resumed", "owner_changed", "note"})

EVENTS: Final = frozenset(_MOVES) | _REMARKS


class ImpossibleOrder(Exception):
    """An event that cannot happen to a ticket in this state; `reason` is a sentence (a msgid) for a person."""

    def __init__(self, event: str, state: State, reason: str) -> None:
        super().__init__(f"{event} while {state}: {reason}")
        self.event = event
        self.state = state
        self.reason = reason


class Happening(NamedTuple):
    """One event: `at` when it happened (ms), `by` whom, `detail` such as reason, how, cause."""

    event: str
    at: Ms
    by: str
    detail: Mapping[str, Any] = {}


@dataclass(frozen=True, slots=True)
class TicketState:
    """What a ticket's events make of it; instants in ms.

    `closed_at` is the restoration or cancellation that stands, `paused` the reasons of the pauses that last, `unsaid`
    whether monitoring verified it and staff may still have a word (K6).
    """

    state: State = "none"
    opened_at: Ms | None = None
    closed_at: Ms | None = None
    paused: frozenset[str] = field(default_factory=frozenset)
    unsaid: bool = False

    @property
    def open(self) -> bool:
        """K3: open until restored or cancelled, and again after rejected or reopened."""
        return self.state in OPEN


def derive(events: Iterable[Happening]) -> TicketState:
    """The state after these events, which are in order of (`at`, entry) (T2); raises `ImpossibleOrder`."""
    state = TicketState()
    for event in events:
        state = after(state, event)
    return state


def after(ticket: TicketState, event: Happening) -> TicketState:
    """The state after one more event; raises `ImpossibleOrder` with the reason."""
    if event.event in _MOVES:
        return _moved(ticket, event)
    if event.event not in _REMARKS:
        raise ImpossibleOrder(event.event, ticket.state, N_("there is no such event"))
    if ticket.state == "none":
        raise ImpossibleOrder(event.event, ticket.state, N_("the ticket was not opened before this"))
    if event.event in ("paused", "resumed"):
        return _paused(ticket, event)
    if event.event == "owner_changed":
        _must(event, ticket, "owner")
        if ticket.state == "cancelled":
            raise ImpossibleOrder(event.event, ticket.state, N_("the ticket is cancelled"))
    return ticket


def _moved(ticket: TicketState, event: Happening) -> TicketState:
    allowed, new = _MOVES[event.event]
    if ticket.state not in allowed and not (ticket.unsaid and event.event in _WORDS):
        raise ImpossibleOrder(event.event, ticket.state, _why_not(ticket, event.event))
    if event.event == "cancelled":
        _must(event, ticket, "reason")
    if event.event == "restored" and event.detail.get("how") not in (None, *HOW):
        raise ImpossibleOrder(event.event, ticket.state, N_("how is repaired, replaced_by_spare or by_maker"))
    if new in ("restored", "cancelled"):
        return replace(ticket, state=new, closed_at=event.at, paused=frozenset(), unsaid=False)
    if new == "verified":
        return replace(ticket, state=new, unsaid=bool(event.detail.get(MONITORED)))
    opened_at = event.at if ticket.opened_at is None else ticket.opened_at
    return replace(ticket, state=new, opened_at=opened_at, closed_at=None, unsaid=False)


def _why_not(ticket: TicketState, event: str) -> str:
    if ticket.state == "none":
        return N_("the ticket was not opened before this")
    if event == "opened":
        return N_("the ticket is open already")
    if ticket.state == "cancelled":
        return N_("the ticket is cancelled")
    if ticket.open and event in ("verified", "rejected", "reopened"):
        return N_("the ticket was not restored before this")
    if ticket.open:
        return N_("this has happened already")
    return N_("the ticket is restored; reopen it first")


def _paused(ticket: TicketState, event: Happening) -> TicketState:
    """R4: `resumed` ends the pause of its reason, without a reason all."""
    if not ticket.open:
        raise ImpossibleOrder(event.event, ticket.state, N_("only an open ticket is paused or resumed"))
    reason = event.detail.get("reason")
    if event.event == "paused":
        _must(event, ticket, "reason")
        if reason in ticket.paused:
            raise ImpossibleOrder(event.event, ticket.state, N_("it is paused for this reason already"))
        return replace(ticket, paused=ticket.paused | {str(reason)})
    if not ticket.paused or (reason and reason not in ticket.paused):
        raise ImpossibleOrder(event.event, ticket.state, N_("there is no such pause"))
    return replace(ticket, paused=ticket.paused - {str(reason)} if reason else frozenset())


def _must(event: Happening, ticket: TicketState, key: str) -> None:
    value = event.detail.get(key)
    if not isinstance(value, str) or not value.strip():
        raise ImpossibleOrder(event.event, ticket.state, _NEEDED[key])
