"""What is derived from the facts, and the facts that wait or were refused: the recorder's queries."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Final, NamedTuple

from sqlalchemy import JSON, Connection, Text, bindparam, cast, delete, func, select, type_coerce, update

from sla.seen import Seen
from store import facts
from store.schema import (
    ahead,
    asides,
    counters,
    device_states,
    devices,
    notices,
    observations,
    outages,
    readings,
    refusals,
    segments,
    tickets,
)
from store.upsert import insert, insert_or_ignore

CHUNK: Final = 500


class StateRow(NamedTuple):
    """The judged state of one device; instants in ms, `fold` the judge's document after `last_ts`."""

    device: int
    last_ts: int | None
    fold: Mapping[str, Any] | None
    state: str
    since: int
    cause: str | None
    owner: str | None
    check_at: int | None


class OutageRow(NamedTuple):
    """One row of `outages`."""

    id: int
    device: int
    start: int
    until: int | None
    last_ok: int | None
    confirmed_at: int
    cause: str
    owner: str
    ticket: str | None


class Aside(NamedTuple):
    """An observation kept aside, as it came."""

    id: int
    payload: bytes
    at: int


_STATE: Final = [device_states.c[name] for name in StateRow._fields]
_OUTAGE: Final = [outages.c[name] for name in OutageRow._fields]


def states_of(conn: Connection, numbers: Iterable[int]) -> dict[int, StateRow]:
    """The states of these devices; none for one that was never judged."""
    found: dict[int, StateRow] = {}
    for part in _chunks(numbers):
        query = select(*_STATE).where(device_states.c.device.in_(part))
        found.update((row[0], StateRow(*row)) for row in conn.execute(query))
    return found


def judged_otherwise(conn: Connection, rule: Sequence[int]) -> list[int]:
    """The devices whose outages were judged by another rule than (confirm, recover), as `fold` remembers it."""
    rows = conn.execute(select(device_states.c.device, device_states.c.fold).order_by(device_states.c.device))
    return [row.device for row in rows if row.fold and row.fold.get("rule") != list(rule)]


def put_states(conn: Connection, rows: Sequence[StateRow]) -> None:
    """Write these states, new or known; what was last said of a device is not touched."""
    if rows:
        statement = insert(conn, device_states)
        values = {name: statement.excluded[name] for name in StateRow._fields[1:]}
        conn.execute(
            statement.on_conflict_do_update(index_elements=["device"], set_=values), [row._asdict() for row in rows]
        )


def put_heard(conn: Connection, rows: Sequence[StateRow], documents: Mapping[int, str]) -> None:
    """Of states that go on, only what the newest observation changes, and that observation as its message's text."""
    if rows:
        values: dict[str, Any] = {name: bindparam(name) for name in ("last_ts", "fold", "check_at")}
        statement = update(device_states).where(device_states.c.device == bindparam("n"))
        conn.execute(
            statement.values(last=_as_json(conn, bindparam("text", type_=Text)), **values),
            [
                {"n": row.device, "last_ts": row.last_ts, "fold": row.fold, "check_at": row.check_at}
                | {"text": documents[row.device]}
                for row in rows
            ],
        )


def _as_json(conn: Connection, text: Any) -> Any:
    """A text that is JSON already, so that it is not checked and written a second time."""
    return cast(text, JSON) if conn.dialect.name == "postgresql" else type_coerce(text, Text)


def put_last(conn: Connection, documents: Mapping[int, str]) -> None:
    """Write the newest observation of each device, given as the text of its message: it was checked, so not again."""
    if documents:
        value = _as_json(conn, bindparam("text", type_=Text))
        conn.execute(
            update(device_states).where(device_states.c.device == bindparam("n")).values(last=value),
            [{"n": n, "text": document} for n, document in documents.items()],
        )


def due(conn: Connection, now: int, limit: int) -> list[int]:
    """Devices whose state time alone may have changed by `now` (ms), the longest due first."""
    query = select(device_states.c.device).where(device_states.c.check_at <= now)
    return list(conn.scalars(query.order_by(device_states.c.check_at).limit(limit)))


def check_soon(conn: Connection, numbers: Iterable[int], now: int) -> None:
    """Ask for the states of these devices to be judged again at `now` (ms)."""
    for part in _chunks(numbers):
        conn.execute(update(device_states).where(device_states.c.device.in_(part)).values(check_at=now))


def check_all(conn: Connection, now: int) -> None:
    """Every device's state is to be judged again, also of those that never were (after an import)."""
    known = select(device_states.c.device)
    fresh = [
        {"device": n, "state": "unmonitored", "since": now, "check_at": now}
        for n in conn.scalars(select(devices.c.n).where(devices.c.gone_at.is_(None), devices.c.n.not_in(known)))
    ]
    conn.execute(update(device_states).values(check_at=now))
    if fresh:
        conn.execute(insert_or_ignore(conn, device_states), fresh)


def outages_since(conn: Connection, device: int, since: int | None) -> list[OutageRow]:
    """A device's outages that last, or end after `since` (ms; all if none), in order."""
    query = select(*_OUTAGE).where(outages.c.device == device).order_by(outages.c.start)
    if since is not None:
        query = query.where(outages.c.until.is_(None) | (outages.c.until > since))
    return [OutageRow(*row) for row in conn.execute(query)]


def outages_of(conn: Connection, starts: Mapping[int, int]) -> dict[int, list[OutageRow]]:
    """The same for many devices at once, each with its own `since`."""
    found: dict[int, list[OutageRow]] = {n: [] for n in starts}
    for part in _chunks(starts):
        late = outages.c.until.is_(None) | (outages.c.until > min(starts[n] for n in part))
        query = select(*_OUTAGE).where(outages.c.device.in_(part), late).order_by(outages.c.device, outages.c.start)
        for row in conn.execute(query):
            if row.until is None or row.until > starts[row.device]:
                found[row.device].append(OutageRow(*row))
    return found


def seen_of(conn: Connection, starts: Mapping[int, int]) -> dict[int, list[Seen]]:
    """The observations of many devices, each from its own start (ms), as `facts.seen` gives them."""
    found: dict[int, list[Seen]] = {n: [] for n in starts}
    for part in _chunks(starts):
        first = min(starts[n] for n in part)
        folded = segments.c.device.in_(part) & (segments.c.day >= first // facts.DAY_MS)
        packed = set(conn.scalars(select(segments.c.device).where(folded).distinct()))
        columns = [
            observations.c.device,
            observations.c.ts,
            readings.c.state,
            readings.c.interval_ms,
            readings.c.conditions,
        ]
        query = select(*columns).join(readings, readings.c.n == observations.c.reading)
        raw = query.where(observations.c.device.in_([n for n in part if n not in packed]), observations.c.ts >= first)
        for n, ts, state, interval_ms, conditions in conn.execute(raw):
            if ts >= starts[n]:
                found[n].append(Seen(ts, state, interval_ms, tuple(conditions.split("\n")) if conditions else ()))
        found.update((n, facts.seen(conn, n, start=starts[n])) for n in packed)
    return found


def add_outage(conn: Connection, row: Mapping[str, Any]) -> None:
    """A new outage, without a ticket; one that is there already is brought up to date."""
    statement = insert(conn, outages).values(**row)
    values = {name: statement.excluded[name] for name in row if name not in ("device", "start")}
    conn.execute(statement.on_conflict_do_update(index_elements=["device", "start"], set_=values))


def change_outage(conn: Connection, number: int, row: Mapping[str, Any]) -> None:
    """Overwrite what is judged of an outage; its number and its ticket stay."""
    conn.execute(update(outages).where(outages.c.id == number).values(**row))


def prolong_outage(conn: Connection, device: int, row: Mapping[str, Any]) -> None:
    """As `change_outage`, for a device's outage that begins at `row["start"]`."""
    where = (outages.c.device == device) & (outages.c.start == row["start"])
    conn.execute(update(outages).where(where).values(**row))


def remove_outage(conn: Connection, number: int) -> None:
    """Late facts have shown that it never was (O7)."""
    conn.execute(delete(outages).where(outages.c.id == number))


def open_tickets(conn: Connection, numbers: Iterable[int]) -> dict[int, str]:
    """The newest ticket that is not closed, a fault's rather than preventive work, of those devices that have one."""
    found: dict[int, str] = {}
    for part in _chunks(numbers):
        query = select(tickets.c.device, tickets.c.id).where(tickets.c.device.in_(part), tickets.c.closed_at.is_(None))
        rows = conn.execute(query.order_by(tickets.c.purpose.desc(), tickets.c.n))
        found.update((row.device, row.id) for row in rows)
    return found


def last_told(conn: Connection, topics: Sequence[str]) -> dict[str, str]:
    """The body of the newest notice for each of these topics, whether sent yet or not."""
    found: dict[str, str] = {}
    for i in range(0, len(topics), CHUNK):
        of_topic = notices.c.target.in_(topics[i : i + CHUNK]) & (notices.c.channel == "mqtt")
        newest = select(func.max(notices.c.id)).where(of_topic).group_by(notices.c.target)
        query = select(notices.c.target, notices.c.body).where(notices.c.id.in_(newest.scalar_subquery()))
        found.update((row.target, row.body) for row in conn.execute(query))
    return found


def tell_all(conn: Connection, bodies: Mapping[str, str], now: int) -> None:
    """Queue retained messages by topic, as `notices.enqueue` does one; what waits for the same topic is replaced."""
    topics = list(bodies)
    for i in range(0, len(topics), CHUNK):
        waiting = (notices.c.state == "waiting") & (notices.c.retain == 1) & (notices.c.channel == "mqtt")
        older = notices.c.target.in_(topics[i : i + CHUNK])
        conn.execute(update(notices).where(waiting, older).values(state="replaced"))
    common = {"channel": "mqtt", "retain": 1, "subject": "", "created_at": now, "due_at": now, "state": "waiting"}
    rows = [{"key": _key(topic, body, now), "target": topic, "body": body, **common} for topic, body in bodies.items()]
    if rows:
        conn.execute(insert_or_ignore(conn, notices), rows)


def _key(topic: str, body: str, now: int) -> str:
    return f"status/{now}/{hashlib.sha256(f'{topic} {body}'.encode()).hexdigest()[:32]}"


def keep_aside(conn: Connection, rows: Sequence[Mapping[str, Any]], kept: int) -> int:
    """Keep messages (reason, device, collector, ts, at, payload) aside, each once; answers how many old ones went.

    Of more than `kept` of unknown devices the oldest go; those of known ones (`future`) all stay.
    """
    digests = [{**row, "digest": hashlib.sha256(row["payload"]).hexdigest()} for row in rows]
    conn.execute(insert_or_ignore(conn, asides), digests)
    return _trim(conn, asides.c.id, asides.c.reason == "unknown_device", kept)


def room_aside(conn: Connection, kept: int) -> int:
    """How many more may be kept aside of at most `kept`; their numbers alone say, where these are few enough."""
    first, last = conn.execute(select(func.min(asides.c.id), func.max(asides.c.id))).one()
    if first is None or last - first < kept // 2:
        return kept - (0 if first is None else last - first + 1)
    return kept - int(conn.scalar(select(func.count()).select_from(asides)) or 0)


def adopt_asides(conn: Connection) -> None:
    """After an import: those whose device is known by now are no stranger's any more, so that none of them goes."""
    known = select(devices.c.id)
    stranger = (asides.c.reason == "unknown_device") & asides.c.device.in_(known)
    conn.execute(update(asides).where(stranger).values(reason="future"))


def unseen(conn: Connection, payloads: Iterable[bytes]) -> set[bytes]:
    """Of these messages those that are neither kept aside nor kept as refused."""
    left = {hashlib.sha256(payload).hexdigest(): payload for payload in payloads}
    digests = list(left)
    for i in range(0, len(digests), CHUNK):
        part = digests[i : i + CHUNK]
        aside = conn.scalars(select(asides.c.digest).where(asides.c.digest.in_(part))).all()
        left = {digest: payload for digest, payload in left.items() if digest not in aside}
    refused = set(conn.scalars(select(refusals.c.payload))) if left else set()
    return set(left.values()) - refused


def asides_due(conn: Connection, until: int, limit: int) -> list[Aside]:
    """Those whose device is known by now and whose instant is at most `until` (ms)."""
    query = select(asides.c.id, asides.c.payload, asides.c.at).join(devices, devices.c.id == asides.c.device)
    return [Aside(*row) for row in conn.execute(query.where(asides.c.ts <= until).order_by(asides.c.id).limit(limit))]


def forget_asides(conn: Connection, numbers: Iterable[int]) -> None:
    """Remove those that were taken up."""
    for part in _chunks(numbers):
        conn.execute(delete(asides).where(asides.c.id.in_(part)))


def refuse(conn: Connection, rows: Sequence[Mapping[str, Any]], kept: int) -> None:
    """Keep refused messages (at, reason, topic, detail, payload) for a look, the newest `kept` of each reason."""
    conn.execute(refusals.insert(), list(rows))
    for reason in sorted({row["reason"] for row in rows}):
        _trim(conn, refusals.c.id, refusals.c.reason == reason, kept)


def count(conn: Connection, numbers: Mapping[str, int]) -> None:
    """Add to the counters."""
    rows = [{"name": name, "n": n} for name, n in sorted(numbers.items()) if n]
    if rows:
        statement = insert(conn, counters)
        more = {"n": counters.c.n + statement.excluded.n}
        conn.execute(statement.on_conflict_do_update(index_elements=["name"], set_=more), rows)


def gauge(conn: Connection, name: str, n: int) -> None:
    """Set a counter."""
    statement = insert(conn, counters)
    conn.execute(statement.on_conflict_do_update(index_elements=["name"], set_={"n": n}), {"name": name, "n": n})


def counted(conn: Connection) -> dict[str, int]:
    """All counters by name."""
    return {row.name: row.n for row in conn.execute(select(counters).order_by(counters.c.name))}


def kept_aside(conn: Connection) -> dict[str, int]:
    """How many messages wait, by reason."""
    query = select(asides.c.reason, func.count()).group_by(asides.c.reason)
    return {row[0]: row[1] for row in conn.execute(query)}


def crowded(conn: Connection, limit: int) -> dict[int, int]:
    """Streams with more than `limit` numbers beyond their receipt, and the lowest of these."""
    query = select(ahead.c.stream, func.min(ahead.c.seq)).group_by(ahead.c.stream).having(func.count() > limit)
    return {row[0]: row[1] for row in conn.execute(query)}


def _chunks(numbers: Iterable[int]) -> Iterable[list[int]]:
    every = list(numbers)
    return (every[i : i + CHUNK] for i in range(0, len(every), CHUNK))


def _trim(conn: Connection, key: Any, where: Any, kept: int) -> int:
    """Remove all rows but the newest `kept`."""
    query = select(key).order_by(key.desc()).offset(kept).limit(1)
    condition = [] if where is None else [where]
    newest = conn.scalar(query.where(*condition))
    return 0 if newest is None else conn.execute(delete(key.table).where(key <= newest, *condition)).rowcount
