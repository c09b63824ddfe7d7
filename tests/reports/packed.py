"""Random months of a vendor in a database: the walked months of `tests/sla`, with devices, observations, people."""

from __future__ import annotations

import shutil
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from fractions import Fraction
from pathlib import Path
from random import Random
from typing import Any, Final, NamedTuple

from sqlalchemy import Connection, Engine, insert, select, update

from reports.evidence import Papers, facts_document
from reports.statement import statement_document
from sla.calendar import ALWAYS, Calendar
from sla.case import Case, Fault
from sla.contract import Contract, Term
from sla.instant import HOUR, MINUTE, SECOND, Ms
from sla.judge import Confirmation, judge
from sla.owners import Owner, Policy, blame
from sla.seen import Seen, State, distinct
from sla.ticket import Happening
from store import facts, findings, inventory, planned
from store.database import migrate, open_database, reading, writing
from store.facts import Fact
from store.inventory import load
from store.readings import Reading, Readings
from store.schema import contracts, device_states, notices, outages, ticket_events, tickets
from tests.sla.walking.cities import hours
from tests.sla.walking.months import Month, month

SWITCH: Final = "SW-1"
KINDS: Final = ("printer", "copier", "pc", "kiosk", "queue")
_SAID: Final = ((), (), ("jammed",), ("noPaper",), ("doorOpen", "odd"), ("lowToner", "noPaper"))
_FEW: Final = 5


class Kind:
    """What a kind says of its conditions."""

    owners: Final[dict[str, Owner]] = {"jammed": "vendor", "noPaper": "hall", "doorOpen": "hall", "lowToner": "vendor"}
    stopping: Final = frozenset({"jammed", "noPaper", "doorOpen"})
    grace_ms: Final = 15 * MINUTE


POLICIES: Final = dict.fromkeys((*KINDS, "switch"), Kind())


class Told(NamedTuple):
    """A month in a database, and as of when one asks."""

    engine: Engine
    contract: str
    month: str
    now: Ms

    def papers(self) -> Papers:
        """The draft and its facts, as the program makes them."""
        with reading(self.engine) as conn:
            asked = (conn, load(conn), self.contract, self.month, POLICIES, self.now)
            drawn = statement_document(*asked)
            return Papers(drawn, drawn, facts_document(*asked))


@contextmanager
def databases(place: Path) -> Iterator[Path]:
    """An empty database, to be copied."""
    engine = open_database(f"sqlite:///{place / 'empty.db'}")
    migrate(engine)
    engine.dispose()
    yield place / "empty.db"


@contextmanager
def told(empty: Path, seed: int, times: int = 1) -> Iterator[Told]:
    """The month of a seed in a copy of an empty database, each ticket so many times."""
    copy = empty.with_name(f"month-{seed}.db")
    shutil.copy(empty, copy)
    engine = open_database(f"sqlite:///{copy}")
    chance = Random(seed)
    of = month(chance)
    if times > 1:
        once = {case.id: case for case in of.facts.cases}.values()
        cases = [replace(case, id=f"{case.id}-{n}") for case in once for n in range(times)]
        of = of._replace(facts=replace(of.facts, cases=cases))
    with writing(engine) as conn:
        _Writer(conn, chance, of._replace(facts=replace(of.facts, cases=_on_border(chance, of)))).write()
        _on_target(conn, chance, of)
    yield Told(engine, of.contract.id, of.name, of.now)
    engine.dispose()
    copy.unlink()


class _Writer:
    """Writes a month; each ticket has a device of its own."""

    def __init__(self, conn: Connection, chance: Random, of: Month) -> None:
        self.conn, self.chance, self.of = conn, chance, of
        self.cases = {case.id: case for case in of.facts.cases}
        self.rule = Confirmation(chance.choice((1, 2, 2, 2, 3)), chance.choice((1, 1, 1, 2)))
        self.timed = any(term.term == "availability" for term in of.contract.terms)

    def write(self) -> None:
        """All of it."""
        self.city = inventory.apply(self.conn, self._inventory(), self.of.facts.month.start - 1, "test")
        silent = self._switch()
        for n, case in enumerate(self.cases.values()):
            self._ticket(n, case)
            self._observed(case, silent)
        self._unseen()
        self._people()

    def _inventory(self) -> dict[str, Any]:
        of, chance, calendars = self.of, self.chance, {}
        if of.document is not None:
            calendars["repairs"] = dict(of.document)
        about = of.facts.month.start + chance.randrange(-60, 60) * MINUTE
        self.opened = opened = hours(chance, of.contract.zone.key, about)
        if opened is not None:
            calendars["hall"] = dict(opened)
        halls = [{"id": "h-1", "name": "一号厅", "branch": "b-1", "kind": "own", "gateway": SWITCH}]
        halls[0] |= {"calendar": "hall"} if opened is not None else {}
        devices = [self._device(SWITCH, "switch", None)]
        devices += [self._device(f"D-{case.id}", case.kind, "v-1") for case in self.cases.values()]
        devices += [self._device(f"X-{n}", chance.choice(KINDS), "v-1") for n in range(chance.randrange(4))]
        devices.append({"id": "D-N", "kind": "printer", "hall": "h-1", "interval": 60, "vendor": "v-1"})
        return {
            "calendars": calendars,
            "branches": [{"id": "b-1", "name": "柳南"}],
            "halls": halls,
            "vendors": [{"id": "v-1", "name": "代维一公司"}],
            "contracts": [contract(of.contract, "repairs" if of.document is not None else None)],
            "devices": devices,
        }

    def _device(self, id: str, kind: str, vendor: str | None) -> dict[str, Any]:
        start, chance = self.of.facts.month.start, self.chance
        interval = 6 * 3600 if self.timed and chance.randrange(3) else 60
        since = chance.choice((None, None, start, start + 1, start - HOUR, start + 300 * HOUR))
        until = chance.choice((None, None, None, start + 600 * HOUR))
        vendor = vendor if chance.randrange(6) else None
        said = {"id": id, "kind": kind, "hall": "h-1", "interval": interval, "vendor": vendor}
        return said | {"commissioned": since, "retired": until}

    def _switch(self) -> list[Fault]:
        """The switch was away at times; these are its outages."""
        chance, edges = self.chance, []
        for case in self.cases.values():
            for one in case.outages:
                if chance.randrange(3) == 0:
                    start = one.start + chance.choice((-400, -90, -20, 0, 30, 500)) * SECOND
                    edges.append(Fault(start, start + chance.choice((60, 300, 900, 5000)) * SECOND))
        some = _apart(edges)
        return self._seen(SWITCH, some, None)

    def _observed(self, case: Case, silent: Sequence[Fault]) -> None:
        extra = [one for one in silent if self.chance.randrange(2)] if self.chance.randrange(3) == 0 else []
        self._seen(f"D-{case.id}", _apart([*case.outages, *extra]), case)

    def _seen(self, id: str, some: Sequence[Fault], case: Case | None) -> list[Fault]:
        """Polls around outages, and what is judged of them; gives the outages."""
        interval = round(self.city.devices[id].interval_s * 1000)
        rows = distinct(list(self._polls(some, case, interval)))
        twins = [one._replace(state="unknown") for one in rows if self.chance.randrange(20) == 0]
        return self._judged(id, rows, twins, case)

    def _judged(self, id: str, rows: Sequence[Seen], twins: Sequence[Seen], case: Case | None) -> list[Fault]:
        device = self.city.devices[id]
        self._store(device.n, [*rows, *twins])
        found = judge([one for one in rows if one.ts <= self.of.now], self.rule).outages
        policy = Policy(Kind.owners, Kind.stopping, device.vendor, device.kind)
        for one in found:
            last = [row for row in rows if row.state == "down" and one.start <= row.ts < (one.until or self.of.now + 1)]
            why = blame(last[-1].conditions, policy, down=True)
            mine = case is not None and any(o.start <= one.start <= (o.until or self.of.now) for o in case.outages)
            values = {"device": device.n, **one._asdict(), "cause": why.cause, "owner": why.owner}
            self.conn.execute(insert(outages).values(values | {"ticket": case.id if case and mine else None}))
        fold: dict[str, Any] = {"rule": [self.rule.confirm, self.rule.recover], "newest": None, "fold": {}}
        state = {"device": device.n, "state": "up", "since": 0, "fold": fold}
        self.conn.execute(insert(device_states).values(state))
        return [Fault(one.start, one.until) for one in found]

    def _unseen(self) -> None:
        """A printer falls silent, is said to be repaired, and stays silent while its hall is closed (K6)."""
        clock = ALWAYS if self.opened is None else Calendar.parse(self.opened).clock()
        at = clock.next_change(self.of.facts.month.start + 9 * 24 * HOUR)
        while at is not None and clock.is_open(at):
            at = clock.next_change(at)
        end = None if at is None else min(clock.next_change(at) or at + HOUR, at + HOUR)
        if at is None or end is None or end - at < 5 * MINUTE or end + HOUR > self.of.now:
            return
        told = Happening("opened", at - 9 * MINUTE, "hall", {"source": "phone"})
        events = (told, Happening("restored", at - 30 * SECOND, "vendor", {}))
        case = Case("N", "D-N", "printer", "h-1", events, outages=[Fault(at - 10 * MINUTE, end)])
        downs = [at - 600_000, at - 595_000, at - 590_000, at + MINUTE, at + 2 * MINUTE]
        rows = [Seen(at - 11 * MINUTE, "up", 0), *(Seen(ts, "down", 0) for ts in downs)]
        self._ticket(99, case)
        self._judged("D-N", [*rows, Seen(end, "up", 0), Seen(end + MINUTE, "up", 0)], (), case)

    def _polls(self, some: Sequence[Fault], case: Case | None, interval: Ms) -> Iterator[Seen]:
        chance, now = self.chance, self.of.now
        if interval > HOUR:
            start, until = self.of.facts.month
            yield from (Seen(at, self._good(), 0) for at in range(start - 3 * HOUR, min(until, now), interval))
        for one in some:
            end = min(one.start + 3 * HOUR, now) if one.until is None else one.until
            for n in range(chance.randrange(_FEW)):
                yield Seen(one.start - (n + 1) * MINUTE, self._good(), 0)
            said = chance.choice(_SAID)
            for at in [one.start, one.start + 5 * SECOND, *range(one.start + MINUTE, end, 7 * MINUTE)]:
                said = said if chance.randrange(4) else chance.choice(_SAID)
                state: State = "down" if chance.randrange(12) else chance.choice(("unknown", "up", "down"))
                if at < end:
                    yield Seen(at, state, chance.choice((0, 60_000)), said if state == "down" else ())
            if one.until is not None:
                yield from (Seen(one.until + n * MINUTE, self._good(), 0) for n in range(1 + chance.randrange(_FEW)))
        for at in case.down_seen if case is not None else ():
            yield Seen(at, "down", 0, chance.choice(_SAID[:3]))

    def _good(self) -> State:
        return self.chance.choice(("up", "up", "degraded"))

    def _store(self, n: int, seen: Sequence[Seen]) -> None:
        said = {one: Reading("c-1", one.state, "\n".join(one.conditions), "", one.interval_ms) for one in seen}
        known = Readings().intern(self.conn, said.values())
        facts.store(self.conn, [Fact(n, one.ts, known[what], one.ts // 1000, None, None) for one, what in said.items()])

    def _ticket(self, n: int, case: Case) -> None:
        opened = next(event.at for event in case.events if event.event == "opened")
        row: dict[str, Any] = {
            "id": case.id,
            "device": self.city.devices[f"D-{case.id}"].n,
            "source": "phone",
            "symptom": "坏了",
        }
        row |= {"vendor": "v-1" if case.has_vendor else None, "opened_at": opened, "state": "opened"}
        found = self.conn.execute(insert(tickets).values(row | {"repeat_of": case.repeat_of}).returning(tickets.c.n))
        ticket = found.scalar_one()
        for event in case.events:
            said = event._asdict() | {"ticket": ticket, "recorded_at": event.at, "detail": dict(event.detail)}
            self.conn.execute(insert(ticket_events).values(said))
        if case.notified_at is not None:
            sent: dict[str, Any] = {
                "key": f"ticket/{n}",
                "channel": "mail",
                "target": "x",
                "body": "",
                "ticket": case.id,
            }
            sent |= {"created_at": 0, "due_at": 0, "state": "sent", "sent_at": case.notified_at}
            self.conn.execute(insert(notices).values(sent))

    def _people(self) -> None:
        of, chance = self.of, self.chance
        for thing in of.facts.missed_patrols:
            self._found("missed_patrol", thing)
        for thing in of.facts.spares_not_ready:
            self._found("spare_not_ready", thing)
        if (survey := of.facts.satisfaction) is not None:
            new = findings.New(of.contract.id, of.name, "survey", "October", "asked", "me")
            findings.record(self.conn, new._replace(total=survey.total.numerator, answers=survey.count), 0)  # type: ignore[arg-type]  # whole
        for _ in range(chance.randrange(3)):
            start = of.facts.month.start + chance.randrange(700) * HOUR
            kind: planned.Kind = chance.choice(("maintenance", "correction"))
            approved = start - chance.randrange(2)
            said = planned.New(kind, "hall", "h-1", start, start + 90 * HOUR, "why", "boss", approved, "me")
            one = planned.record(self.conn, said, start)
            if chance.randrange(3) == 0:
                planned.withdraw(self.conn, one, start, "me")

    def _found(self, kind: findings.Kind, thing: str) -> None:
        of = self.of
        one = findings.record(self.conn, findings.New(of.contract.id, of.name, kind, thing, "seen", "me"), 0)
        if self.chance.randrange(4) == 0:
            findings.withdraw(self.conn, one.n, "me", "wrong", 1)


def _on_border(chance: Random, of: Month) -> list[Case]:
    """Some tickets are restored at the very end of the month."""
    found, until = [], of.facts.month.until
    for case in of.facts.cases:
        *events, last = case.events
        late = last.event == "restored" and until <= of.now and events[-1].at <= until
        found.append(replace(case, events=(*events, last._replace(at=until))) if late else case)
    return found if chance.randrange(4) == 0 else list(of.facts.cases)


def _on_target(conn: Connection, chance: Random, of: Month) -> None:
    """Some targets are just what a repair took."""
    drawn = statement_document(conn, load(conn), of.contract.id, of.name, POLICIES, of.now)
    taken = {one["kind"]: one["clock"]["counted_s"] for one in drawn["tickets"] if one["clock"]}
    taken = {kind: seconds for kind, seconds in taken.items() if seconds}
    if taken and chance.randrange(4) == 0:
        row = conn.execute(select(contracts.c.document).where(contracts.c.id == of.contract.id)).one()
        repair = row.document["repair"] | {"targets": row.document["repair"]["targets"] | taken}
        said = {**row.document, "repair": repair}
        conn.execute(update(contracts).where(contracts.c.id == of.contract.id).values(document=said))


def _apart(some: Sequence[Fault]) -> list[Fault]:
    """Those that begin some minutes after the one before ended."""
    kept: list[Fault] = []
    for one in sorted(some, key=lambda one: one.start):
        if not kept or (kept[-1].until is not None and one.start > kept[-1].until + 5 * MINUTE):
            kept.append(one)
    return kept


def contract(of: Contract, calendar: str | None) -> dict[str, Any]:
    """A contract as an import normalises it."""

    def granted(entries: Sequence[Any]) -> list[dict[str, Any]]:
        far = 1 << 61
        spans = ((one.ms, *(None if abs(at) > far else at for at in (one.start, one.until))) for one in entries)
        return [{"seconds": ms / 1000, "from": start, "until": until} for ms, start, until in spans]

    return {
        "id": of.id,
        "vendor": of.vendor,
        "valid": {"from": of.start, "until": of.until},
        "calendar": calendar,
        "covers": {"kinds": "all" if of.kinds is None else sorted(of.kinds), "halls": "all"},
        "repair": {
            "start": of.begin,
            "warn": list(of.warn),
            "targets": {kind: ms / 1000 for kind, ms in of.targets.items()},
        },
        "travel": {
            "mode": of.travel.mode,
            "default": granted(of.travel.default),
            "halls": {hall: granted(entries) for hall, entries in of.travel.halls.items()},
        },
        "pauses": sorted(of.pauses),
        "silence": "free" if of.free_silence else "vendor",
        "fee": None if of.fee is None else str(of.fee),
        "payment": of.payment if isinstance(of.payment, str) else {"bands": [_band(one) for one in of.payment]},
        "terms": [_term(one) for one in of.terms],
    }


def _band(one: Any) -> dict[str, str]:
    return {"from": str(one.start), "percent": str(one.percent)}


def _term(one: Term) -> dict[str, Any]:
    allowance: Any = None if one.allowance is None else str(one.allowance)
    return {
        "id": one.id,
        "term": one.term,
        "points": str(one.points),
        "round": one.round,
        "allowance": {"per_100": allowance} if one.per_100 and allowance is not None else allowance,
        "unit": str(one.unit),
        "cap": _text(one.cap),
        "group": one.group,
        "sources": None if one.sources is None else sorted(one.sources),
        "scale": _text(one.scale),
        "count": one.count,
    }


def _text(value: Fraction | None) -> str | None:
    return None if value is None else str(value)
