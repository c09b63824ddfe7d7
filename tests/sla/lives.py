"""Small random lives of tickets for hypothesis, and short hand for those made by hand."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace
from typing import Any, Final
from zoneinfo import ZoneInfo

from hypothesis import strategies as st

from sla.calendar import ALWAYS, Calendar
from sla.case import Case, Fault
from sla.clock import Clock
from sla.contract import Contract, Granted, Mode, Start, Travel
from sla.instant import HOUR, MINUTE, SECOND, parse
from sla.repair import Repair, repair
from sla.ticket import Happening, ImpossibleOrder, TicketState, after, derive

ZONE: Final = "Asia/Shanghai"
STEP: Final = 10 * SECOND
SPAN: Final = 360
"""Random tickets live within so many steps."""

BASE: Final = parse("2026-11-02T07:50:00+08:00")
PAUSED: Final = {"reason": "hall_closed", "approver": "Li"}


def hours(*spans: str, zone: str = ZONE) -> Clock:
    """A clock with the same spans every day."""
    return Calendar.parse({"zone": zone, "week": {"mon-sun": list(spans)} if spans else {}}).clock()


DAYTIME: Final = hours("08:00-20:00")
BROKEN: Final = hours("08:00-08:10", "08:14-08:30", "08:31-08:40")
CLOSED: Final = hours()


def at(text: str, day: str = "2026-11-02") -> int:
    """`09:30`, or with seconds, on the Monday that the examples take, in Shanghai."""
    return parse(f"{day}T{text}+08:00")


def contract(
    clock: Clock = DAYTIME,
    target: int | None = 2 * HOUR,
    travel: int = 30 * MINUTE,
    mode: Mode = "allowance",
    begin: Start = "phone",
    **others: Any,
) -> Contract:
    """A printer's contract; target and travel in ms."""
    return Contract(
        id="c",
        vendor="v",
        start=BASE - 1000 * HOUR,
        until=BASE + 100_000 * HOUR,
        zone=ZoneInfo(ZONE),
        clock=clock,
        begin=begin,
        targets={} if target is None else {"printer": target},
        travel=Travel(mode, (Granted(travel),)),
        pauses=frozenset({"hall_closed", "awaiting_customer"}),
        **others,
    )


def case(*events: Happening, **facts: Any) -> Case:
    """A printer's ticket."""
    return Case("T-1", "P-1", "printer", "h-1", events, **facts)


def phoned(when: str, **detail: Any) -> Happening:
    """The call that opens a ticket."""
    return Happening("opened", at(when), "hall", {"source": "phone", **detail})


def did(event: str, when: str, **detail: Any) -> Happening:
    """Any other event."""
    return Happening(event, at(when), "vendor", detail)


def legal(events: Iterable[Happening]) -> list[Happening]:
    """Those of the events that the ticket's rules accept, by time (K2)."""
    state, kept = TicketState(), []
    for event in sorted(events, key=lambda one: one.at):
        try:
            state = after(state, event)
        except ImpossibleOrder:
            continue
        kept.append(event)
    return kept


_DETAILS: Final[dict[str, list[dict[str, Any]]]] = {
    "paused": [
        PAUSED,
        {"reason": "awaiting_customer", "approver": "Wang"},
        {"reason": "hall_closed"},
        {"reason": "lunch", "approver": "Li"},
        {"reason": "awaiting_customer", "approver": " "},
    ],
    "resumed": [{}, {"reason": "hall_closed"}, {"reason": "awaiting_customer"}],
    "reopened": [{}, {"source": "phone"}, {"source": "detected"}],
    "note": [{"source": "phone", "reported": True}, {"source": "detected", "reported": True}, {}],
    "cancelled": [{"reason": "double"}],
    "owner_changed": [{"owner": "hall"}],
}
_OFTEN: Final = ["paused", "resumed", "restored", "rejected", "reopened", "dispatched", "arrived"]
_SELDOM: Final = ["note", "verified", "acknowledged", "cancelled", "owner_changed"]

instants: Final = st.integers(0, SPAN).map(lambda step: BASE + step * STEP)


@st.composite
def happenings(draw: st.DrawFn, max_size: int = 12) -> list[Happening]:
    """A legal life of a ticket, in order; some reports are said to have been made before they were entered."""
    source = draw(st.sampled_from(["phone", "phone", "patrol", "detected"]))
    drawn = [Happening("opened", draw(instants), "hall", {"source": source})]
    for name, when in draw(st.lists(st.tuples(st.sampled_from(2 * _OFTEN + _SELDOM), instants), max_size=max_size)):
        detail = draw(st.sampled_from(_DETAILS.get(name, [{}])))
        if "source" in detail and draw(st.booleans()):
            detail = {**detail, "reported_at": min(when, draw(instants))}
        drawn.append(Happening(name, when, "somebody", detail))
    return legal(drawn)


@st.composite
def faults(draw: st.DrawFn) -> list[Fault]:
    """Outages in order, the last one without end now and then."""
    edges = sorted(draw(st.sets(instants, max_size=6)))
    return [Fault(edge, edges[i + 1] if i + 1 < len(edges) else None) for i, edge in enumerate(edges) if i % 2 == 0]


@st.composite
def cases(draw: st.DrawFn, *, quiet: bool = False) -> Case:
    """A ticket with its outages; `quiet`: nothing was seen down after a claim."""
    plain = case(*draw(happenings()))
    seen = [] if quiet else sorted(draw(st.lists(instants, max_size=5)))
    return replace(
        plain,
        outages=draw(faults()),
        down_seen=seen,
        notified_at=draw(st.none() | instants),
        detected_at=draw(st.none() | instants),
    )


@st.composite
def running(draw: st.DrawFn) -> Case:
    """A ticket that was phoned in, open and not paused in the end."""
    ticket = draw(cases())
    first, *others = [event for event in ticket.events if event.event != "cancelled"]
    events = [first._replace(detail={"source": "phone"}), *others]
    last = max(events[-1].at, events[0].at)
    ends = [Happening(name, last, "somebody") for name in ("rejected", "reopened", "resumed")]
    return replace(ticket, events=legal([*events, *ends]))


def places(events: Sequence[Happening]) -> list[int]:
    """After which of a legal life's events the ticket is open and not paused."""
    states = [derive(events[: i + 1]) for i in range(len(events))]
    return [i for i, state in enumerate(states) if state.open and not state.paused]


@st.composite
def contracts(draw: st.DrawFn, *, modes: tuple[Mode, ...] = ("allowance", "actual")) -> Contract:
    """Contracts over broken hours, hours that never end, and none at all."""
    return contract(
        clock=draw(st.sampled_from([BROKEN, BROKEN, BROKEN, ALWAYS, CLOSED])),
        target=draw(st.sampled_from([None, 30 * SECOND, 5 * MINUTE, 12 * MINUTE, 40 * MINUTE])),
        travel=draw(st.sampled_from([0, 10 * SECOND, 4 * MINUTE, 20 * MINUTE])),
        mode=draw(st.sampled_from(modes)),
        begin=draw(st.sampled_from(["phone", "phone", "notified", "detected"])),
    )


afterwards: Final = st.integers(SPAN, 2 * SPAN).map(lambda step: BASE + step * STEP)
"""When all has happened."""


LATER: Final = at("19:00")


def clocked(ticket: Case, agreed: Contract | None = None, now: int = LATER) -> Repair:
    """The clock of a ticket that has one."""
    found = repair(ticket, agreed or contract(), now)
    assert found is not None
    return found
