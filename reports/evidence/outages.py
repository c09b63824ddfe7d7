"""Which outages a month of a contract hangs on: its tickets', those that explain or contradict, those that count."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any, Final, NamedTuple

from sqlalchemy import ColumnElement, Connection, select

from sla.case import Case
from sla.instant import Ms
from sla.interval import Interval
from store.city import Device, ancestors
from store.judged import OutageRow
from store.month_facts import Gathered
from store.schema import outages

_CHUNK: Final = 500
_COLUMNS: Final = [outages.c[name] for name in OutageRow._fields]
_SEEN: Final = 3
"""So many contradictions of a claim are given."""


class Claims(NamedTuple):
    """The claims of a ticket that an outage of its outlasts (K6), and what contradicts them."""

    made: tuple[Ms, ...]
    seen: tuple[Ms, ...]

    @classmethod
    def of(cls, case: Case) -> Claims | None:
        """None where no claim can be contradicted."""
        made = [one.at for one in case.events if one.event == "restored"]
        made = [at for at in made if any(o.start < at and (o.until is None or o.until > at) for o in case.outages)]
        if not made:
            return None
        seen = {at for claim in made for at in [one for one in case.down_seen if one >= claim][:_SEEN]}
        return cls(tuple(made), tuple(sorted(seen)))


def needed(conn: Connection, found: Gathered, tickets: Sequence[str], timed: Sequence[Device]) -> list[OutageRow]:
    """The outages of these tickets; those about a claim that was contradicted (K6); those of the `timed` devices in the
    time that counts; and those of ancestors that overlap with any of them (O5). Each once, by device and start.
    """
    own = {one.id: one for one in _of_tickets(conn, tickets)}
    for n, span in _about_claims(found):
        own |= {one.id: one for one in _within(conn, [n], span)}
    if timed:
        own |= {one.id: one for one in _within(conn, [one.n for one in timed], found.time)}
    own |= {one.id: one for one in _above(conn, found, list(own.values()))}
    return sorted(own.values(), key=lambda one: (one.device, one.start))


def document(row: OutageRow, device: str) -> dict[str, Any]:
    """One outage as JSON."""
    names = ("start", "until", "last_ok", "confirmed_at", "cause", "owner", "ticket")
    return {"device": device} | {name: getattr(row, name) for name in names}


def _about_claims(found: Gathered) -> Iterator[tuple[int, Interval]]:
    for row in found.tickets:
        about = Claims.of(found.cases.by_number[row.n])
        if about is not None and about.seen:
            yield row.device, Interval(min(about.made), about.seen[-1] + 1)


def _above(conn: Connection, found: Gathered, own: Sequence[OutageRow]) -> list[OutageRow]:
    """The ancestors' outages that overlap with one of these."""
    ids = {one.n: one.id for one in found.city.devices.values()}
    wanted: dict[int, list[Interval]] = {}
    for one in own:
        span = Interval(one.start, found.now if one.until is None else one.until)
        for id in ancestors(found.city, ids[one.device]):
            wanted.setdefault(found.city.devices[id].n, []).append(span)
    if not wanted:
        return []
    every = [span for spans in wanted.values() for span in spans]
    whole = Interval(min(one.start for one in every), max(one.until for one in every))
    return [one for one in _within(conn, sorted(wanted), whole) if _overlaps(one, wanted[one.device])]


def _overlaps(one: OutageRow, spans: Iterable[Interval]) -> bool:
    return any(one.start < span.until and (one.until is None or one.until > span.start) for span in spans)


def _of_tickets(conn: Connection, ids: Sequence[str]) -> Iterator[OutageRow]:
    for i in range(0, len(ids), _CHUNK):
        yield from _rows(conn, outages.c.ticket.in_(ids[i : i + _CHUNK]))


def _within(conn: Connection, numbers: Sequence[int], span: Interval) -> Iterator[OutageRow]:
    touching = (outages.c.start < span.until) & (outages.c.until.is_(None) | (outages.c.until > span.start))
    for i in range(0, len(numbers), _CHUNK):
        yield from _rows(conn, outages.c.device.in_(numbers[i : i + _CHUNK]), touching)


def _rows(conn: Connection, *where: ColumnElement[bool]) -> list[OutageRow]:
    return [OutageRow(*row) for row in conn.execute(select(*_COLUMNS).where(*where))]


def recoveries(found: Gathered, row: OutageRow, by_device: Mapping[int, Sequence[OutageRow]], id: str) -> list[Ms]:
    """When ancestors recovered within an outage: the device's next word after that counts (O5 b)."""
    numbers = [found.city.devices[name].n for name in ancestors(found.city, id)]
    ends = [one.until for n in numbers for one in by_device.get(n, ()) if one.until is not None]
    return sorted({at for at in ends if at > row.start and (row.until is None or at < row.until)})
