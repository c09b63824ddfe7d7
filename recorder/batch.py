"""One batch, one transaction: facts, judgement, states, notices, changes (contracts, MQTT)."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from operator import itemgetter
from typing import Final

import structlog
from msgspec.structs import replace
from sqlalchemy import Connection

from collector.observation import Observation
from recorder import heartbeats
from recorder.incoming import Beat, Fact, Identity, Refusal, collector_of, device_of, identity_of, sort
from recorder.intake import Message
from recorder.judging import Judged, Memory, judge_anew, judge_device
from recorder.roster import Place, Roster
from recorder.status import Statuses, goes_on, is_stale, later
from sla.judge import Confirmation
from sla.seen import Seen
from store import facts, heard, judged, planned, streams
from store.judged import StateRow
from store.metrics import Sample, sample_of
from store.postgresql import share
from store.readings import Reading, Readings

FUTURE_MS: Final = 5 * 60_000
REFUSALS_KEPT: Final = 20
ASIDES_KEPT: Final = 20_000  # of devices that the inventory does not know
FUTURE_KEPT: Final = 500_000  # of known ones; what goes beyond is not received, so that the collectors keep it
CLAIMED_MS: Final = 90_000  # a collector sends again what was not received within 30 s
_BY_OTHERS: Final = ("unmonitored", "unreachable")  # the next observation may end these, whatever it says (O5 b, O6)

_log = structlog.get_logger(__name__)


@dataclass(slots=True)
class Outcome:
    """What became of a batch: receipts to tell after the commit, to whom `again` (by collector), the facts stored.

    One receipt each (collector, epoch); of a collector's several the one of its newest heartbeat's epoch comes last.
    """

    receipts: dict[tuple[str, str], streams.Stream] = field(default_factory=dict)
    again: set[str] = field(default_factory=set)
    stored: list[Fact] = field(default_factory=list)
    told: int = 0
    counted: Counter[str] = field(default_factory=Counter)


class Batch:
    """The work on one batch within the caller's transaction, at `now` (ms, the centre's clock)."""

    def __init__(self, conn: Connection, roster: Roster, readings: Readings, rule: Confirmation, now: int) -> None:
        self.conn = conn
        self._roster = roster
        self._readings = readings
        self._rule = rule
        self.now = now
        self._streams: dict[tuple[str, str], streams.Stream] = {}
        self._ahead: planned.Standing | None = None
        self._claimed: list[tuple[Identity, int, Fact]] = []
        self.outcome = Outcome()

    def take(self, messages: Iterable[Message]) -> Outcome:
        """Store, judge and tell everything of these messages, in the order in which they came."""
        came = [self._unnumbered(sort(message)) for message in messages]
        self._share(came)
        self.take_facts(
            [one for one in came if isinstance(one, Fact)], [one for one in came if isinstance(one, Refusal)]
        )
        self._pass_claimed()
        for one in came:
            if isinstance(one, Beat):
                self._hear(one)
        self._put_present_last()
        judged.count(self.conn, self.outcome.counted)
        return self.outcome

    def _unnumbered(self, one: Fact | Beat | Refusal) -> Fact | Beat | Refusal:
        """A device that publishes its own observations has no outbox. Whatever numbers it bears are not its own, and
        are not received: else it could have the centre take what its collector sends for repeats.
        """
        if isinstance(one, Beat) or one.identity is None:
            return one
        device = one.seen.device if isinstance(one, Fact) else device_of(one.message.topic)
        place = self._roster.by_id.get(device)
        if place is None or not place.speaks_itself:
            return one
        self.outcome.counted["unnumbered"] += 1
        if isinstance(one, Fact):
            if one.identity.collector == place.device.collector:
                self._claimed.append((one.identity, place.n, one))
            return one._replace(seen=replace(one.seen, epoch=None, seq=None), plain=False)
        return one._replace(identity=None)

    def _pass_claimed(self) -> None:
        """Such a number may be its collector's all the same, of the days when that polled the device: then nothing
        else will ever bear it, and the receipt must not wait for that. It becomes a gap where it still is the next
        though the message was sent again a while later and the collector, online, has given the number.
        """
        following = {key: self._given(*key) for key in {identity[:2] for identity, _, _ in self._claimed}}
        for (collector, epoch, seq), device, one in sorted(self._claimed, key=itemgetter(0)):
            if seq >= following[collector, epoch] or self._stream((collector, epoch)).receipt + 1 != seq:
                continue
            came = facts.first_arrival(self.conn, device, one.seen.ts)
            if came is not None and came * 1000 <= one.at - CLAIMED_MS:
                streams.pass_over(self.conn, self._stream((collector, epoch)).n, seq + 1, self.now)
                stream = self._streams[collector, epoch] = streams.open_stream(self.conn, collector, epoch, self.now)
                self.outcome.receipts[collector, epoch] = stream

    def _given(self, collector: str, epoch: str) -> int:
        """The first number that the collector, if it is online, has not given yet."""
        row = heard.collector(self.conn, collector)
        following = row.said.get("next") if row is not None and row.online and row.epoch == epoch else None
        return following if isinstance(following, int) else 0

    def set_apart(self, message: Message) -> Outcome:
        """Refuse a message that broke a batch by a fault of ours; its number counts as received, where it shows."""
        try:
            came = self._unnumbered(sort(message))
            identity = None if isinstance(came, Beat) else came.identity
        except Exception:  # noqa: BLE001  # the fault may lie in the reading itself; it is logged already
            identity = identity_of(collector_of(message.topic), message.payload)
        refusal = Refusal(message, "fault", "see the log", identity)
        self._share([refusal])
        self.take_facts([], [refusal])
        judged.count(self.conn, self.outcome.counted)
        return self.outcome

    def take_facts(self, came: Sequence[Fact], refused: Sequence[Refusal] = (), *, origin: bool = True) -> Outcome:
        """The same for observations and refused messages alone; does not write the counters.

        `origin`: straight from a collector. What was kept aside has had its number received before.
        """
        if not origin:
            self._share(came)
        taken: list[Fact | Refusal] = [*self._bearable(came), *refused] if origin else [*came, *refused]
        fresh = self._fresh(taken) if origin else taken
        self._refuse([one for one in fresh if isinstance(one, Refusal)])
        new = [one for one in fresh if isinstance(one, Fact)]
        reasons = [self._reason_to_wait(one.seen) for one in new]
        self._keep_aside([(reason, one) for reason, one in zip(reasons, new, strict=True) if reason])
        known = [one for reason, one in zip(reasons, new, strict=True) if not reason]
        if known:
            self._store(known)
            self._judge(known)
        if len(fresh) < len(taken):
            self._compare(came, fresh)
        return self.outcome

    def samples(self) -> list[Sample]:
        """The measured values of what was stored, with what the inventory says of each device now."""
        return [sample_of(one.seen, self._roster.by_id[one.seen.device].tags) for one in self.outcome.stored]

    def check(self, numbers: Sequence[int]) -> int:
        """Judge the states of devices whose time has come; answers how many were told anew."""
        self._share((), numbers)
        rows = judged.states_of(self.conn, numbers)
        return Statuses(self.conn, self._roster, self.now).refresh(rows, numbers)

    def judge_anew(self, n: int) -> int:
        """Judge a device's whole history by the present rule (T5), and soon the states that hang on it; its length."""
        place = self._roster.by_number.get(n)
        if place is None:
            return 0
        self._share((), [n])
        after, size = judge_anew(self.conn, place, self._rule)
        row = judged.states_of(self.conn, [n]).get(n)
        judged.put_states(self.conn, [_remembering(row, n, after.memory)])
        judged.check_soon(self.conn, {n} | self._roster.descendants([n]), self.now)
        return size

    def _share(self, came: Iterable[Fact | Beat | Refusal], numbers: Iterable[int] = ()) -> None:
        """Have for this batch alone whose numbers, devices, or devices behind these it may touch (see `postgresql`)."""
        names: set[str] = set()
        concerned = set(numbers)
        for one in came:
            if isinstance(one, Beat):
                names.add(one.heartbeat.collector)
            elif one.identity is not None:
                names.add(one.identity.collector)
            if isinstance(one, Fact) and (place := self._roster.by_id.get(one.seen.device)) is not None:
                concerned.add(place.n)
        concerned |= self._roster.descendants(concerned)
        places = (self._roster.by_number.get(n) for n in concerned)
        share(self.conn, names.union(place.device.collector for place in places if place is not None))

    def _fresh(self, came: Sequence[Fact | Refusal]) -> list[Fact | Refusal]:
        """Those whose number was not received before; repeats are counted and change nothing."""
        numbered: dict[tuple[str, str], list[Fact | Refusal]] = defaultdict(list)
        for one in came:
            if (identity := one.identity) is not None:
                numbered[identity[:2]].append(one)
        repeats: set[int] = set()
        for key, ones in numbered.items():
            repeats |= self._receive(key, ones)
        self.outcome.counted["repeated"] += len(repeats)
        return [one for one in came if id(one) not in repeats]

    def _compare(self, came: Sequence[Fact], fresh: Sequence[Fact | Refusal]) -> None:
        """A repeat says what was said before; one that does not is another's: a gateway cloned with its outbox."""
        new = set(map(id, fresh))
        again = [one for one in came if id(one) not in new and one.identity and not self._reason_to_wait(one.seen)]
        said = [_reading(one.seen) for one in again]
        numbers = self._readings.intern(self.conn, said)
        rows = [self._row(one, numbers[reading]) for one, reading in zip(again, said, strict=True)]
        present = facts.present(self.conn, rows)
        strange = [one for one, there in zip(again, present, strict=True) if not there]
        unknown = judged.unseen(self.conn, [one.payload for one in strange])
        liars = {one.seen.collector for one in strange if one.payload in unknown}
        self.outcome.counted["conflict"] += sum(one.payload in unknown for one in strange)
        for collector in sorted(liars):
            _log.error("collector.cloned", collector=collector, reason="one number, two contents")
            heard.note_clone(self.conn, collector, self.now)

    def _receive(self, key: tuple[str, str], ones: Sequence[Fact | Refusal]) -> set[int]:
        stream = self._stream(key)
        seqs = [one.identity.seq for one in ones if one.identity is not None]
        received = streams.receive(self.conn, stream.n, seqs, self.now)
        self._streams[key] = stream._replace(receipt=received.receipt)
        self.outcome.receipts[key] = self._streams[key]
        if not all(received.fresh):
            self.outcome.again.add(key[0])
        return {id(one) for one, new in zip(ones, received.fresh, strict=True) if not new}

    def _stream(self, key: tuple[str, str]) -> streams.Stream:
        if key not in self._streams:
            self._streams[key] = streams.open_stream(self.conn, *key, self.now)
        return self._streams[key]

    def _refuse(self, refused: Sequence[Refusal]) -> None:
        rows = [
            {"at": one.message.at, "reason": one.reason, "topic": _storable(one.message.topic, 512)}
            | {"detail": _storable(one.detail, 512), "payload": one.message.payload}
            for one in refused
        ]
        if rows:
            judged.refuse(self.conn, rows, REFUSALS_KEPT)
        self.outcome.counted.update(f"refused.{one.reason}" for one in refused)

    def _bearable(self, came: Sequence[Fact]) -> Sequence[Fact]:
        """All but the facts of the future for which there is no room: their numbers stay open, so they come again."""
        ahead = [one for one in came if self._reason_to_wait(one.seen) == "future"]
        if not ahead or judged.room_aside(self.conn, FUTURE_KEPT) >= len(ahead):
            return came
        self.outcome.counted["aside.full"] += len(ahead)
        _log.error("recorder.no_room_aside", kept=FUTURE_KEPT, left=len(ahead))
        for key in {one.identity[:2] for one in ahead if one.identity is not None}:
            self.outcome.receipts[key] = self._stream(key)
            self.outcome.again.add(key[0])
        turned_away = set(map(id, ahead))
        return [one for one in came if id(one) not in turned_away]

    def _reason_to_wait(self, seen: Observation) -> str | None:
        if seen.device not in self._roster.by_id:
            return "unknown_device"
        return "future" if seen.ts > self.now + FUTURE_MS else None

    def _keep_aside(self, waiting: Sequence[tuple[str, Fact]]) -> None:
        if not waiting:
            return
        rows = [
            {"reason": reason, "device": fact.seen.device, "collector": fact.seen.collector}
            | {"ts": fact.seen.ts, "at": fact.at, "payload": fact.payload}
            for reason, fact in waiting
        ]
        if dropped := judged.keep_aside(self.conn, rows, ASIDES_KEPT):
            self.outcome.counted["aside.dropped"] += dropped
            _log.error("recorder.asides_dropped", reason="unknown_device", dropped=dropped, kept=ASIDES_KEPT)
        self.outcome.counted.update(f"aside.{reason}" for reason, _ in waiting)

    def _store(self, known: Sequence[Fact]) -> None:
        said = [_reading(one.seen) for one in known]
        numbers = self._readings.intern(self.conn, said)
        rows = [self._row(one, numbers[reading]) for one, reading in zip(known, said, strict=True)]
        new = facts.store(self.conn, rows)
        self.outcome.counted["stored"] += new
        self.outcome.counted["repeated"] += len(rows) - new
        self.outcome.stored.extend(known)

    def _row(self, fact: Fact, reading: int) -> facts.Fact:
        seen = fact.seen
        n, second = self._roster.by_id[seen.device].n, fact.at // 1000
        if seen.epoch is None:
            return facts.Fact(n, seen.ts, reading, second, None, None)
        return facts.Fact(n, seen.ts, reading, second, self._stream((seen.collector, seen.epoch)).n, seen.seq)

    def _judge(self, known: Sequence[Fact]) -> None:
        """Outages of the devices concerned, then the states that may have changed by it."""
        of_device: dict[int, list[tuple[Seen, Fact]]] = defaultdict(list)
        for fact in known:
            of_device[self._roster.by_id[fact.seen.device].n].append((_seen(fact.seen), fact))
        rows = judged.states_of(self.conn, of_device)
        cheap: list[StateRow] = []
        unclear: set[int] = set()
        moved: set[int] = set()
        last: dict[int, str] = {}
        for n, pairs in sorted(of_device.items()):
            place, before = self._roster.by_number[n], Memory.of(rows.get(n))
            fresh = [seen for seen, _ in pairs]
            after = judge_device(self.conn, place, fresh, before, self._rule)
            last.update((n, fact.text) for seen, fact in pairs if seen == after.memory.newest)
            if after.moved:
                moved.add(n)
            row = self._cheaply(rows.get(n), place, fresh, before, after)
            rows[n] = row or _remembering(rows.get(n), n, after.memory)
            if row is None:
                unclear.add(n)
            else:
                cheap.append(row)
        self._put(rows, cheap, last, unclear, moved)

    def _cheaply(
        self, row: StateRow | None, place: Place, fresh: Sequence[Seen], before: Memory, after: Judged
    ) -> StateRow | None:
        """The row of a device whose state cannot have changed; None: it must be judged."""
        if row is None:
            return None
        newest = after.memory.newest
        remembered = row._replace(last_ts=newest and newest.ts, fold=after.memory.as_document())
        if is_stale(after.memory, place, self.now):  # more is on its way: judge when it has come, soon
            return remembered._replace(check_at=self.now)
        in_order = before.newest is not None and all(one.ts > before.newest.ts for one in fresh)
        if after.moved or row.state in _BY_OTHERS or not in_order or not goes_on(before, sorted(fresh), place):
            return None
        check_at = later(row, before, after.memory, place, self._planned_at(place), self.now)
        return remembered._replace(check_at=check_at)

    def _planned_at(self, place: Place) -> int | None:
        """The next edge of the device's planned maintenance."""
        if self._ahead is None:
            self._ahead = planned.standing(self.conn, self.now, kind="maintenance")
        return self._ahead.next_edge(place.device.id, place.device.hall, self.now)

    def _put(
        self,
        rows: dict[int, StateRow],
        cheap: list[StateRow],
        last: dict[int, str],
        unclear: set[int],
        moved: set[int],
    ) -> None:
        behind = self._roster.descendants(moved) - unclear
        missing = behind - rows.keys()
        rows.update(judged.states_of(self.conn, missing))
        alone = [row for row in cheap if row.device not in behind and row.device in last]
        judged.put_heard(self.conn, alone, last)
        lone = {row.device for row in alone}
        judged.put_states(self.conn, [row for row in cheap if row.device not in behind and row.device not in lone])
        self.outcome.told += Statuses(self.conn, self._roster, self.now).refresh(rows, unclear | behind)
        judged.put_last(self.conn, {n: text for n, text in last.items() if n not in lone})

    def _hear(self, beat: Beat) -> None:
        came = heartbeats.hear(self.conn, beat, self._roster.collectors)
        if came.stream is not None:
            self.outcome.receipts[came.stream.collector, came.stream.epoch] = came.stream
            if came.came_online:
                self.outcome.again.add(came.stream.collector)

    def _put_present_last(self) -> None:
        """A receipt is retained: what stays is to be that of the epoch which the collector now writes."""
        several = Counter(collector for collector, _ in self.outcome.receipts)
        for name in [name for name, n in several.items() if n > 1]:
            row = heard.collector(self.conn, name)
            if row is not None and row.epoch is not None and (name, row.epoch) in self.outcome.receipts:
                self.outcome.receipts[name, row.epoch] = self.outcome.receipts.pop((name, row.epoch))


def _remembering(row: StateRow | None, n: int, memory: Memory) -> StateRow:
    """A row with the new memory and the old state; one that was never judged is unmonitored so far."""
    newest = None if memory.newest is None else memory.newest.ts
    before = row or StateRow(n, None, None, "", 0, None, None, None)
    return before._replace(last_ts=newest, fold=memory.as_document())


def _reading(seen: Observation) -> Reading:
    interval_ms = round((seen.interval_s or 0) * 1000)
    return Reading(seen.collector, seen.state, "\n".join(seen.conditions), seen.cause or "", interval_ms)


def _seen(one: Observation) -> Seen:
    return Seen(one.ts, one.state, round((one.interval_s or 0) * 1000), one.conditions)


def _storable(text: str, length: int) -> str:
    """Text that every database takes: no zero bytes, no lone surrogates."""
    return text.encode("utf-8", "replace").decode().replace("\0", "")[:length]
