"""The worst devices of a period by bad time, each with its outages and what each of them cost (A2, A6, C1)."""

from __future__ import annotations

from bisect import bisect_right
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from operator import itemgetter
from typing import Any, Final, NamedTuple

import numpy as np
from sqlalchemy import Connection, select

from reports.monthly_count import Half
from sla.instant import Ms, render
from sla.interval import Interval
from sla.profile import ProfileName, verdict
from sla.spans import DeviceFacts, spans
from store.city import City, Device
from store.device_facts import KindPolicy, Period, Selected
from store.schema import outages
from store.tickets import events_of, find

WORST: Final = 10
MOST_OUTAGES: Final = 200
"""A device's outages are listed up to so many, the costliest; the rest is counted."""
_PROFILE: Final[ProfileName] = "service"
UNREACHABLE: Final = "unreachable"


class Cost(NamedTuple):
    """One outage, `until` None while it lasts: `ms` are its bad ms in the period; the owner of most of them (C1).

    An outage that was unreachable for the most part has that for its cause, and no owner (O5).
    """

    start: Ms
    until: Ms | None
    ms: Ms
    cause: str
    owner: str | None
    ticket: str | None


class Bad(NamedTuple):
    """One of the worst devices: its bad ms, and its outages in order; `more` are those not listed, `more_ms` theirs."""

    device: Device
    ms: Ms
    outages: tuple[Cost, ...]
    more: int
    more_ms: Ms


def worst(
    conn: Connection, city: City, devices: Sequence[Device], half: Half, policies: Mapping[str, KindPolicy], now: Ms
) -> tuple[Bad, ...]:
    """The WORST devices of the period by bad time under `service`, the worst first; fewer where fewer were bad."""
    bad = np.where(half.mine, half.by_profile[_PROFILE].bad, 0).tolist()
    chosen = sorted((n for n, ms in enumerate(bad) if ms), key=lambda n: (-bad[n], devices[n].id))[:WORST]
    some = [devices[n] for n in chosen]
    selected = Selected.of(conn, city, some, policies, Period(*half.within, now))
    return tuple(_bad(conn, selected, one, bad[n]) for n, one in zip(chosen, some, strict=True))


def _bad(conn: Connection, selected: Selected, device: Device, ms: Ms) -> Bad:
    facts = selected.facts(conn, device)
    costs = list(_costs(facts, selected.period, _tickets(conn, device, selected.period)))
    listed = sorted(sorted(costs, key=lambda one: -one.ms)[:MOST_OUTAGES])
    return Bad(device, ms, tuple(_changed(conn, listed)), len(costs) - len(listed), ms - sum(one.ms for one in listed))


def _costs(facts: DeviceFacts, period: Period, tickets: Mapping[Ms, str | None]) -> Iterator[Cost]:
    """Every outage that cost anything: bad time lies within outages."""
    bad = [one for one in spans(facts, *period) if verdict(one, _PROFILE, facts.policy) == "bad"]
    shares: dict[int, Counter[tuple[str, str | None]]] = {}
    for one in bad:
        which = bisect_right(facts.outages, one.start, key=itemgetter(0)) - 1
        why = (UNREACHABLE, None) if one.class_ == UNREACHABLE else (one.cause or "", one.owner)
        shares.setdefault(which, Counter())[why] += one.until - one.start
    for which, share in shares.items():
        outage = facts.outages[which]
        cause, owner = max(share, key=lambda why: (share[why], why[0], why[1] or ""))
        yield Cost(outage.start, outage.until, share.total(), cause, owner, tickets.get(outage.start))


def _tickets(conn: Connection, device: Device, period: Period) -> dict[Ms, str | None]:
    """The ticket of each outage that touches the period, by its start."""
    touching = (outages.c.start < period.until) & (outages.c.until.is_(None) | (outages.c.until > period.start))
    rows = conn.execute(select(outages.c.start, outages.c.ticket).where(outages.c.device == device.n, touching))
    return {row.start: row.ticket for row in rows}


def _changed(conn: Connection, costs: Sequence[Cost]) -> Iterator[Cost]:
    """A person with the right may have changed the owner, in the ticket (C1)."""
    known = {id: found for id in {one.ticket for one in costs if one.ticket} if (found := find(conn, id))}
    events = events_of(conn, [ticket.n for ticket in known.values()])
    for one in costs:
        ticket = known.get(one.ticket or "")
        said = [event for event in events.get(ticket.n, ()) if event.event == "owner_changed"] if ticket else []
        owner = said[-1].detail.get("owner") if said else None
        yield one._replace(owner=str(owner)) if owner else one


def document(found: Sequence[Bad], within: Interval, names: Mapping[str, str]) -> list[dict[str, Any]]:
    """As JSON has it: instants RFC 3339, seconds that counted as bad under the profile, in the period."""
    return [
        {
            "rank": rank,
            "device": one.device.id,
            "kind": one.device.kind,
            "hall": one.device.hall,
            "hall_name": names.get(one.device.hall),
            "vendor": one.device.vendor,
            "profile": _PROFILE,
            "bad_s": one.ms / 1000,
            "outages": [_outage(cost, within) for cost in one.outages],
            "more": {"outages": one.more, "counted_s": one.more_ms / 1000},
        }
        for rank, one in enumerate(found, 1)
    ]


def _outage(one: Cost, within: Interval) -> dict[str, Any]:
    return {
        "from": render(one.start),
        "until": None if one.until is None else render(one.until),
        "counted_s": one.ms / 1000,
        "cause": one.cause,
        "owner": one.owner,
        "ticket": one.ticket,
        "crosses": one.start < within.start or one.until is None or one.until > within.until,
    }
