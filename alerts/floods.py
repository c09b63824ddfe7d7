"""Many messages at once become few: one for a hall that went dark, one for what is too much for a minute.

A row that is not sent at once is `held` (it may belong to a dark hall) or `crowded` (its recipient has had enough this
minute). When its time comes it is sent alone, or told within a joint message: then it is `joined` to that and shares
its fate, so that each ticket still knows whether and when its vendor was told (R2).
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from itertools import groupby
from operator import attrgetter
from typing import Any, Final, NamedTuple

from sqlalchemy import Connection, func, select, update

from alerts.outbox import ask, short_key
from alerts.recipient import Recipient
from alerts.settings import N_
from alerts.template import Message
from alerts.values import Room, symptom
from sla.instant import MINUTE
from store import tickets as rows
from store.schema import device_states, notices
from store.schema import tickets as ticket_rows
from store.tickets import Ticket

GATEWAY_DOWN: Final = N_("the gateway {device} is down")
AND_MORE: Final = N_("and {n} more")
LISTED: Final = 40
_LONGEST: Final = 3
"""The window of a hall goes on while more of its devices fail, at most so many times its length."""
_BACK: Final = 1000
WARNING: Final = "warning/"


class Row(NamedTuple):
    """A notice that waits for its time, with the device (row number) of its ticket."""

    id: int
    channel: str
    target: str
    subject: str
    body: str
    ticket: str | None
    created_at: int
    device: int | None


class Flood(NamedTuple):
    """What one recipient is told at once."""

    conn: Connection
    room: Room
    recipient: Recipient
    now: int


def put(
    flood: Flood, key: str, message: Message, document: Mapping[str, Any], ticket: str | None, hall: str | None = None
) -> bool:
    """Ask for a message, sent now, or with the others of this minute; one with a `hall` waits for its neighbours first.

    False where the `key` has one already.
    """
    conn, _room, recipient, now = flood
    if not ask(conn, key, recipient, message, document, now, ticket=ticket):
        return False
    n: int = conn.execute(select(notices.c.id).where(notices.c.key == short_key(key))).scalar_one()
    if hall is None or flood.room.settings.floods.window_ms == 0:
        _admit(flood, [n], "waiting")
    else:
        _hold(flood, n, hall)
    return True


def waiting(conn: Connection, now: int) -> bool:
    """Whether the time of any row has come, asked without writing."""
    return conn.scalar(select(notices.c.id).where(_due(now)).limit(1)) is not None


def release(conn: Connection, room: Room, now: int) -> int:
    """Send what waited long enough, alone or joined; answers how many joint messages were made."""
    made = 0
    for recipient, some in _by_recipient(conn, "held", now):
        flood = Flood(conn, room, recipient, now)
        made += sum(_hall(flood, hall, its) for hall, its in _by_hall(room, some))
    for recipient, some in _by_recipient(conn, "crowded", now):
        made += _digest(Flood(conn, room, recipient, now), some)
    return made


def let_go(conn: Connection, ticket: str, now: int) -> None:
    """More is to be said of a ticket: what of it is held goes before."""
    held = (notices.c.ticket == ticket) & (notices.c.state == "held")
    conn.execute(update(notices).where(held).values(state="waiting", created_at=now, due_at=now))


def take_back(conn: Connection, ticket: str) -> None:
    """A ticket is over: its warnings that are not under way are not told (R6)."""
    mine = (notices.c.ticket == ticket) & notices.c.key.startswith(WARNING) & (notices.c.claimed_until == 0)
    live = notices.c.state.in_(("waiting", "held", "crowded"))
    conn.execute(update(notices).where(mine, live).values(state="replaced"))


def give_back(conn: Connection, ticket: str, now: int) -> None:
    """A ticket goes on: what was taken back is told after all (R6, K6)."""
    mine = (notices.c.ticket == ticket) & notices.c.key.startswith(WARNING) & (notices.c.state == "replaced")
    conn.execute(update(notices).where(mine).values(state="waiting", due_at=now))


def _due(now: int) -> Any:
    """Due, or written before the clock stepped back."""
    at = notices.c.due_at
    return notices.c.state.in_(("held", "crowded")) & ((at <= now) | (at > now + 10 * MINUTE))


def _by_recipient(conn: Connection, state: str, now: int) -> list[tuple[Recipient, list[Row]]]:
    columns = [notices.c[name] for name in Row._fields[:-1]]
    joined = notices.outerjoin(ticket_rows, ticket_rows.c.id == notices.c.ticket)
    query = select(*columns, ticket_rows.c.device).select_from(joined).where(_due(now), notices.c.state == state)
    found = [Row._make(row) for row in conn.execute(query.order_by(notices.c.channel, notices.c.target, notices.c.id))]
    return [(Recipient(*who), list(some)) for who, some in groupby(found, attrgetter("channel", "target"))]


def _by_hall(room: Room, some: Iterable[Row]) -> list[tuple[str, list[Row]]]:
    found: dict[str, list[Row]] = {}
    for one in some:
        place = room.places.by_number.get(one.device or 0)
        found.setdefault(place.device.hall if place else "", []).append(one)
    return list(found.items())


def _hold(flood: Flood, n: int, hall: str) -> None:
    """Until the hall's window ends, which every newcomer prolongs up to a bound."""
    conn, room, recipient, now = flood
    window = room.settings.floods.window_ms
    mates = [one.n for one in (place.device for place in room.places.by_number.values()) if one.hall == hall]
    its = select(ticket_rows.c.id).where(ticket_rows.c.device.in_(mates))
    held = (notices.c.state == "held") & (notices.c.channel == recipient.channel)
    held &= (notices.c.target == recipient.target) & notices.c.ticket.in_(its)
    first = conn.scalar(select(func.min(notices.c.created_at)).where(held)) or now
    due_at = max(now, min(now + window, first + _LONGEST * window))
    conn.execute(update(notices).where(held | (notices.c.id == n)).values(state="held", due_at=due_at))


def _hall(flood: Flood, hall: str, some: Sequence[Row]) -> int:
    """One message if the hall went dark, else each its own."""
    gateway = _gateway_down(flood, hall, some)
    devices = {one.device for one in some}
    dark = len(devices) >= flood.room.settings.floods.devices or (gateway is not None and len(devices) > 1)
    if not dark or hall == "" or _crowded(flood):
        _admit(flood, [one.id for one in some], "held")
        return 0
    _join(flood, some, f"dark/{some[0].id}", *_dark(flood, hall, some, gateway))
    return 1


def _gateway_down(flood: Flood, hall: str, some: Sequence[Row]) -> str | None:
    city = flood.room.places.city
    row = city.halls.get(hall)
    gateway = city.devices.get(row.gateway) if row and row.gateway else None
    if gateway is None:
        return None
    state = flood.conn.scalar(select(device_states.c.state).where(device_states.c.device == gateway.n))
    return gateway.id if state == "down" or gateway.n in {one.device for one in some} else None


def _dark(flood: Flood, hall: str, some: Sequence[Row], gateway: str | None) -> tuple[Message, dict[str, Any]]:
    conn, room = flood.conn, flood.room
    row = room.places.city.halls.get(hall)
    found = [rows.known(conn, one.ticket) for one in some if one.ticket]
    lines = [_line(room, one) for one in sorted(found, key=_opened)]
    values = {
        "hall": hall,
        "hall_name": row.name if row else hall,
        "count": str(len({one.device for one in found})),
        "time": room.local(min(one.opened_at for one in found)),
        "list": _listed(room, lines),
        "reason": room.translate(GATEWAY_DOWN).format(device=gateway) if gateway else "",
        "url": room.page(f"/halls/{hall}"),
    }
    document = {
        "v": 1,
        "id": f"dark-{some[0].id}",
        "event": "hall_dark",
        "hall": hall,
        "tickets": [t.id for t in found],
    }
    return room.write("hall_dark", values), document | {"url": values["url"] or None}


def _opened(ticket: Ticket) -> int:
    return ticket.opened_at


def _line(room: Room, ticket: Ticket) -> str:
    device = room.places.by_number[ticket.device].device
    return f"{ticket.id} {device.id} {room.translate(device.kind)} {device.model or ''}: {symptom(room, ticket)}"


def _listed(room: Room, lines: Sequence[str]) -> str:
    more = [room.translate(AND_MORE).format(n=len(lines) - LISTED)] if len(lines) > LISTED else []
    return "\n".join([*lines[:LISTED], *more])


def _admit(flood: Flood, ids: Sequence[int], was: str) -> None:
    """Send each now while the recipient has not had enough this minute, the rest together at its end."""
    conn, _, _, now = flood
    for n in ids:
        end = now - now % MINUTE + MINUTE
        values = {"state": "crowded", "due_at": end} if _crowded(flood, n) else {"state": "waiting", "due_at": now}
        conn.execute(update(notices).where(notices.c.id == n, notices.c.state == was).values(created_at=now, **values))


def _crowded(flood: Flood, but: int = 0) -> bool:
    """Whether the recipient has had as many messages this minute as it is sent in one."""
    conn, room, recipient, now = flood
    mine = (notices.c.channel == recipient.channel) & (notices.c.target == recipient.target)
    start = now - now % MINUTE
    newest = select(notices.c.id, notices.c.created_at, notices.c.state).where(mine).order_by(notices.c.id.desc())
    recent = newest.limit(_BACK).subquery()
    here = (recent.c.created_at >= start) & (recent.c.created_at < start + MINUTE) & (recent.c.id != but)
    crowd = select(func.count()).where(here, recent.c.state == "crowded")
    if conn.scalar(crowd):
        return True
    out = select(func.count()).where(here, recent.c.state.in_(("waiting", "sent", "given_up")))
    return (conn.scalar(out) or 0) >= room.settings.floods.per_minute


def _digest(flood: Flood, some: Sequence[Row]) -> int:
    if len(some) == 1:
        mine = (notices.c.id == some[0].id) & (notices.c.state == "crowded")
        now = flood.now
        flood.conn.execute(update(notices).where(mine).values(state="waiting", due_at=now, created_at=now))
        return 0
    room = flood.room
    values = {
        "count": str(len(some)),
        "time": room.local(flood.now),
        "list": _listed(room, [one.subject for one in some]),
        "url": room.page("/tickets"),
    }
    told = [json.loads(one.body).get("document") for one in some[:LISTED]]
    document = {"v": 1, "id": f"digest-{some[0].id}", "event": "digest", "count": len(some), "messages": told}
    _join(flood, some, f"digest/{some[0].id}", room.write("digest", values), document)
    return 1


def _join(flood: Flood, some: Sequence[Row], key: str, message: Message, document: Mapping[str, Any]) -> None:
    conn, _, recipient, now = flood
    ask(conn, key, recipient, message, document, now)
    joint = conn.execute(select(notices.c.id).where(notices.c.key == key)).scalar_one()
    mine = notices.c.id.in_([one.id for one in some]) & notices.c.state.in_(("held", "crowded"))
    conn.execute(update(notices).where(mine).values(state="joined", joint=joint))
