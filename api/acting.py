"""What somebody does to a ticket, from a form or as JSON: who may do what, and what is told where it cannot be (K2)."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from difflib import get_close_matches
from typing import Any, Final, NamedTuple

from sqlalchemy import Connection

from alerts.tickets import AHEAD_MS, change
from api.auth import Asker
from api.bodies import REFUSED, fault
from api.context import Context
from api.problems import Problem, not_found
from api.reporting import NewComplaint, Report, complain, flag, report
from api.words import N_
from sla.instant import render
from sla.owners import OWNERS
from sla.ticket import EVENTS, HOW, Happening, ImpossibleOrder
from store import tickets as rows
from store.pages import ticket_row
from store.tickets import Event, Ticket

__all__ = ["MAY", "Act", "Conflict", "NewComplaint", "Report", "act", "complain", "may", "report"]

_ALL: Final = EVENTS - {"opened"}
MAY: Final[Mapping[str, frozenset[str]]] = {
    "admin": _ALL,
    "operator": _ALL,
    "vendor": frozenset({"acknowledged", "dispatched", "arrived", "restored", "note"}),
    "hall": frozenset({"verified", "rejected", "note"}),
}
"""The events by role; a vendor's on its own tickets, a hall's in its hall."""
_NEEDED: Final = {"paused": ("reason",), "cancelled": ("reason",), "owner_changed": ("owner", "reason")}
_REMARK: Final = "note"
_TOLD: Final = N_("{reason} ({event}, {by}, {at})")


class Act(NamedTuple):
    """An event that somebody makes: `at` when it happened (ms), `detail` such as reason, how, cause, note, parts."""

    event: str
    at: int
    detail: Mapping[str, Any] = {}


class Conflict(Problem):
    """409: an order that cannot be, or somebody was quicker; `reason` is a msgid, `newest` what happened last."""

    def __init__(self, reason: str, newest: Event | None) -> None:
        self.reason = reason
        self.newest = newest
        super().__init__(409, self.words(str, render), [self._fault()])

    def words(self, translate: Callable[[str], str], clock: Callable[[int], str]) -> str:
        """Why not, and what happened, by whom and when, in a language; `clock` renders ms."""
        if self.newest is None:
            return translate(self.reason)
        named = {"event": translate(self.newest.event), "by": self.newest.by, "at": clock(self.newest.at)}
        return translate(_TOLD).format(reason=translate(self.reason), **named)

    def _fault(self) -> dict[str, Any]:
        told = fault("event", self.reason)
        if self.newest is None:
            return told
        instants = {name: render(getattr(self.newest, name)) for name in ("at", "recorded_at")}
        return told | {"event": self.newest.event, "by": self.newest.by, "entry": self.newest.entry} | instants


def may(person: Asker | None, event: str) -> bool:
    """Whether a role has this event at all."""
    return person is not None and event in MAY.get(person.kind, ())


def act(
    conn: Connection,
    room: Context,  # noqa: ARG001 - every deed has the same shape
    person: Asker,
    ticket_id: str,
    said: Act,
    now: int,
    *,
    seen_entry: int | None = None,
) -> Ticket:
    """Append an event to a ticket, in the caller's writing transaction; `by` is the person's name, always.

    `room` is where it happens; `seen_entry` the newest entry that the person saw: what somebody else has done since is
    not overrun. Raises `Problem` 404 (not within the person's scope), 403 (not for the role), 422 (a member is missing
    or wrong, the future), `Conflict` 409. Nothing is written then.
    """
    ticket = _mine(conn, person, ticket_id)
    _check(person, said, now)
    _lock(conn, ticket)
    newest = _newest(conn, ticket)
    if seen_entry is not None and (quicker := _quicker(conn, ticket, said, seen_entry)) is not None:
        raise Conflict(N_("somebody was quicker"), quicker)
    detail = dict(said.detail) | flag(conn, ticket.device, said.at)
    try:
        return change(conn, ticket.id, Happening(said.event, said.at, person.name, detail), now)
    except ImpossibleOrder as refused:
        raise Conflict(refused.reason, newest) from refused


def _mine(conn: Connection, person: Asker, ticket_id: str) -> Ticket:
    if person.scope is None:
        raise Problem(403, "This token does not act here.")
    if ticket_row(conn, person.scope, ticket_id) is None:
        raise not_found()
    return rows.known(conn, ticket_id)


def _check(person: Asker, act: Act, now: int) -> None:
    if act.event not in EVENTS:
        near = get_close_matches(act.event[:32].lower(), sorted(_ALL), 1)
        meant = f"; did you mean `{near[0]}`?" if near else f"; known: {', '.join(sorted(_ALL))}"
        raise Problem(422, REFUSED, [fault("event", f"there is no such event{meant}")])
    if not may(person, act.event):
        raise Problem(403, f"`{act.event}` is not for the role {person.kind}.")
    if faults := [*_missing(act), *_wrong(act, now)]:
        raise Problem(422, REFUSED, faults)


def _missing(act: Act) -> list[dict[str, Any]]:
    names = (name for name in _NEEDED.get(act.event, ()) if not str(act.detail.get(name) or "").strip())
    return [fault(name, f"`{act.event}` needs it") for name in names]


def _wrong(act: Act, now: int) -> list[dict[str, Any]]:
    found = []
    if act.at > now + AHEAD_MS:
        found.append(fault("at", "lies in the future"))
    for name, known in (("how", sorted(HOW)), ("owner", OWNERS)):
        if act.detail.get(name) not in (None, *known):
            found.append(fault(name, f"not known here; known: {', '.join(known)}"))
    if act.event == _REMARK and not act.detail:
        found.append(fault(_REMARK, "it says nothing"))
    return found


def _lock(conn: Connection, ticket: Ticket) -> None:
    """Of two people at once the second sees what the first did."""
    rows.lock(conn, ticket.id)


def _newest(conn: Connection, ticket: Ticket) -> Event | None:
    """What was entered last, remarks apart."""
    said = [one for one in rows.events(conn, ticket.n) if one.event != _REMARK]
    return max(said, key=lambda one: one.entry, default=None)


def _quicker(conn: Connection, ticket: Ticket, act: Act, seen: int) -> Event | None:
    """The newest event, entered after what the person saw, that changed the ticket's state, or did the same."""
    if act.event == _REMARK:
        return None
    later = (one for one in rows.events(conn, ticket.n) if one.entry > seen and one.event != _REMARK)
    decisive = [
        one for one in later if one.event == act.event or one.event not in ("paused", "resumed", "owner_changed")
    ]
    return max(decisive, key=lambda one: one.entry, default=None)
