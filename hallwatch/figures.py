"""The live figures: what each is made of, how often, and what is written again because later facts changed it (K7)."""

from __future__ import annotations

import hashlib
import json
import threading
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial
from typing import Any, Final, NamedTuple
from zoneinfo import ZoneInfo

import structlog
from sqlalchemy import Connection, Engine

from reports.live.availability import availability
from reports.live.collectors import collectors
from reports.live.fleet import fleet
from reports.live.maintenance import maintenance
from reports.live.outages import outages, outages_now
from reports.live.point import LivePoint
from reports.live.scores import contracts_now, score
from reports.live.service import queues, service
from reports.live.status import EVERY_MS, changed, snapshot
from reports.live.supplies import Hours, Known, described, supplies
from reports.live.tickets import tickets_now
from reports.monthly_levels import Targets
from sla.instant import DAY, HOUR, MINUTE, Ms
from store.city import City
from store.database import reading
from store.device_facts import KindPolicy
from store.influx.fault import Rejected
from store.inventory import imported, load
from store.told import Key, Told, key_of

LATELY_MS: Final = 2 * DAY
"""What began lately is looked at every minute, all that the metrics store keeps every hour."""
VOID: Final[Mapping[str, Mapping[str, float]]] = {"outage": {"valid": 0.0, "open": 0.0}, "maintenance": {"valid": 0.0}}
"""What is written over a point that is no more."""
_CHANGES: Final = "changes/"
_SUPPLIES: Final = "supplies/"
log = structlog.get_logger(__name__)


class Stopping(Exception):
    """Whoever computes is told to stop; it is computed again after the next start."""


class Batch(NamedTuple):
    """Points to be written, and what is to be remembered once they are."""

    points: Sequence[LivePoint]
    done: Callable[[], None] = lambda: None


@dataclass(slots=True)
class Figures:
    """What the figures stand on: the database, the metrics store (for supplies), and what was told.

    `raw_ms` is how long the metrics store keeps points; `queued` gives the state of the queues by component; `lacks`
    says whether the store surely has no point of a measurement.
    """

    engine: Engine
    metrics: Hours
    told: Told
    policies: Mapping[str, KindPolicy]
    zone: ZoneInfo
    raw_ms: Ms
    targets: Targets = Targets()  # noqa: RUF009 - frozen
    queued: Callable[[], Mapping[str, Mapping[str, Any]]] = dict
    lacks: Callable[[str], bool] = lambda _: False
    stop: threading.Event = field(default_factory=threading.Event)
    _known: tuple[str | None, City] = (None, City())

    def city(self, conn: Connection) -> City:
        """The inventory, read anew where something was imported since."""
        digest = imported(conn)
        if digest is None or self._known[0] != digest:
            self._known = digest, load(conn)
        return self._known[1]

    def floor(self, now: Ms) -> Ms:
        """Before this instant the metrics store takes nothing; an hour less, for what waits in the queue."""
        return now - self.raw_ms + HOUR

    def going_on(self, *_: int) -> None:
        """Raises `Stopping` where somebody said so."""
        if self.stop.is_set():
            raise Stopping


def _read(figures: Figures, make: Callable[[Connection, City], Sequence[LivePoint]]) -> Iterator[Batch]:
    """What is read in one transaction, which is over when it is written."""
    with reading(figures.engine) as conn:
        found = make(conn, figures.city(conn))
    yield Batch(found)


def _fleet(figures: Figures, now: Ms) -> Iterator[Batch]:
    return _read(figures, lambda conn, city: fleet(conn, city, now))


def _snapshot(figures: Figures, now: Ms) -> Iterator[Batch]:
    return _read(figures, lambda conn, city: snapshot(conn, city, now))


def _outages_now(figures: Figures, now: Ms) -> Iterator[Batch]:
    return _read(figures, lambda conn, city: outages_now(conn, city, now))


def _tickets(figures: Figures, now: Ms) -> Iterator[Batch]:
    return _read(figures, lambda conn, city: tickets_now(conn, city, figures.policies, now))


def _collectors(figures: Figures, now: Ms) -> Iterator[Batch]:
    return _read(figures, lambda conn, _: collectors(conn, now))


def _service(figures: Figures, now: Ms) -> Iterator[Batch]:
    return _read(figures, lambda conn, _: [*service(conn, now), *queues(figures.queued(), now)])


def _changed(figures: Figures, now: Ms) -> Iterator[Batch]:
    last = int(figures.told.marks(_CHANGES).get("last", 0))
    while True:
        figures.going_on()
        with reading(figures.engine) as conn:
            found = changed(conn, figures.city(conn), last, figures.floor(now))
        if found.last == last:
            return
        last = found.last
        yield Batch(found.points, partial(figures.told.mark, _CHANGES, {"last": str(last)}))


def _outages_lately(figures: Figures, now: Ms) -> Iterator[Batch]:
    yield _outages(figures, max(now - LATELY_MS, figures.floor(now)), now)


def _outages_all(figures: Figures, now: Ms) -> Iterator[Batch]:
    """All is told once more to a server that has none of it: another one than before, or made anew."""
    if figures.told.since("outage", figures.floor(now)) and figures.lacks("outage"):
        log.info("figures.told_anew", reason="the metrics server has no outages")
        figures.told.forget()
    yield _outages(figures, figures.floor(now), now)


def _outages(figures: Figures, since: Ms, now: Ms) -> Batch:
    before = figures.told.since("outage", since)
    with reading(figures.engine) as conn:
        found = outages(conn, figures.city(conn), since, figures.floor(now), now)
    return again("outage", figures, found, before, now)


def _maintenance(figures: Figures, now: Ms) -> Iterator[Batch]:
    floor = figures.floor(now)
    before = figures.told.since("maintenance", floor)
    with reading(figures.engine) as conn:
        found = maintenance(conn, floor)
    yield again("maintenance", figures, found, before, now)


def again(measurement: str, figures: Figures, found: Sequence[LivePoint], before: Mapping[Key, str], now: Ms) -> Batch:
    """Of all that is known now what was not written as it is; what is no more is written as void.

    `before` is what had been told before anybody looked: another thread tells what began since. What begins after `now`
    (ms) is not looked for, and not missed.
    """
    known = {key_of(one.ts, one.tags): one for one in found}
    told = {**before, **figures.told.since(measurement, now, (key.ts for key in known if key not in before))}
    digests = {key: _digest(one, now) for key, one in known.items()}
    news = {key: digest for key, digest in digests.items() if told.get(key) != digest}
    gone = [key for key in before if key.ts <= now and key not in known]
    void = [LivePoint(measurement, json.loads(key.tags), VOID[measurement], key.ts) for key in gone]
    points = [*(known[key] for key in news), *void]
    return Batch(points, lambda: figures.told.note(measurement, news, gone, figures.floor(now)))


def _digest(one: LivePoint, now: Ms) -> str:
    """Of what a point says; what lasts says something else every ten minutes."""
    said: dict[str, float | str] = dict(one.fields)
    if said.get("open"):
        said |= {"until": now // EVERY_MS, "duration_s": 0.0}
    return hashlib.blake2b(json.dumps(said, sort_keys=True).encode(), digest_size=12).hexdigest()


def _availability(figures: Figures, now: Ms) -> Iterator[Batch]:
    given = figures.policies, now, figures.zone, figures.targets
    yield Batch(availability(figures.engine, *given, figures.going_on))


def _scores(figures: Figures, now: Ms) -> Iterator[Batch]:
    with reading(figures.engine) as conn:
        city = figures.city(conn)
    for contract, month in contracts_now(city, now):
        figures.going_on()
        with reading(figures.engine) as conn:
            found = score(conn, city, contract.id, month, figures.policies, now)
        yield Batch(found)


def _supplies(figures: Figures, now: Ms) -> Iterator[Batch]:
    """A printer that sleeps or is silent says nothing of its supplies: their names are those that it said last."""
    with reading(figures.engine) as conn:
        city, lately = figures.city(conn), described(conn)
    before = figures.told.marks(_SUPPLIES)
    said = {id: json.dumps([one.remembered() for one in some]) for id, some in lately.items()}
    figures.told.mark(_SUPPLIES, {id: text for id, text in said.items() if before.get(id) != text})
    refused: dict[str, str] = {}
    for id in sorted({*before, *lately}):
        figures.going_on()
        device = city.devices.get(id)
        if device is not None and device.gone_at is None:
            some = lately.get(id) or [Known(*one) for one in json.loads(before[id])]
            try:
                yield Batch(supplies(figures.metrics, city, device, some, now))
            except Rejected as error:  # what the server cannot tell of one device holds up no other
                refused[id] = str(error)
    for id, reason in [*refused.items()][:1]:
        log.error("figures.supplies_refused", devices=len(refused), first=id, reason=reason)


class Figure(NamedTuple):
    """One of them: its name in logs, how often (ms), and what makes it at an instant, in parts.

    After each part of a `gentle` one its thread rests for three times as long as that took. One that takes more than
    its `share` of the time is made less often.
    """

    name: str
    every_ms: Ms
    make: Callable[[Figures, Ms], Iterator[Batch]]
    gentle: bool = False
    share: float = 1.0


QUICK: Final = (
    Figure("fleet", MINUTE, _fleet),
    Figure("changes", MINUTE, _changed),
    Figure("outages", MINUTE, _outages_lately),
    Figure("outages now", MINUTE, _outages_now),
    Figure("tickets", MINUTE, _tickets),
    Figure("collectors", MINUTE, _collectors),
    Figure("service", MINUTE, _service),
    Figure("maintenance", MINUTE, _maintenance),
    Figure("status", EVERY_MS, _snapshot),
)
SLOW: Final = (
    Figure("availability", 15 * MINUTE, _availability, share=0.03),
    Figure("scores", HOUR, _scores),
    Figure("all outages", HOUR, _outages_all),
)
GENTLE: Final = (Figure("supplies", 6 * HOUR, _supplies, gentle=True),)
"""What takes long has a thread of its own, so that nothing else waits for it; so has what asks for much."""
