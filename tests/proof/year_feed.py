"""The year fed into the store as it would have come: polls as they arrive, judged by the recorder's own judge."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence

import numpy as np
from sqlalchemy import Connection, Engine

from collector.observation import render_instant
from recorder.judging import Memory, judge_device
from recorder.roster import KindPolicy, Place, Roster, load_roster
from sla.judge import Confirmation
from sla.seen import Seen, State
from store import facts, judged
from store.database import writing
from store.judged import StateRow
from store.packing import Packed, pack
from store.readings import Reading, Readings
from store.schema import segments
from tests.proof.year_city import DAY
from tests.proof.year_polls import NEVER, Polls, Words, busy_days

RULE = Confirmation()
_STATES: dict[str, State] = {"up": "up", "degraded": "degraded", "down": "down", "unknown": "unknown"}


class _Stream:
    """A device's polls by their arrival, and how far they have been written."""

    def __init__(self, polls: Polls, deeds: Sequence[int]) -> None:
        order = np.argsort(polls.arrives, kind="stable")
        self.polls = polls.part(order[polls.arrives[order] < NEVER])
        self.busy = busy_days(polls, deeds)
        self.done = 0

    def take(self, now: int) -> Polls:
        """What has arrived since the last time."""
        until = int(np.searchsorted(self.polls.arrives, now))
        part, self.done = self.polls.part(slice(self.done, until)), until
        return part


class Feed:
    """Writes what has arrived; calm devices a day at a time, as folding would have left it."""

    def __init__(
        self,
        engine: Engine,
        words: Words,
        streams: Mapping[str, tuple[Polls, Sequence[int]]],
        collectors: Mapping[str, str],
        policies: Mapping[str, KindPolicy],
    ) -> None:
        self._engine, self._words, self._policies = engine, words, policies
        self._streams = {id: _Stream(*one) for id, one in streams.items()}
        self._collectors = collectors
        self._readings, self._roster = Readings(), Roster()
        self._memory: dict[int, Memory] = {}
        self._numbers: dict[tuple[str, int], int] = {}
        self.observations = 0

    def inventory_changed(self, conn: Connection, version: int) -> None:
        """Read it anew."""
        self._roster = load_roster(conn, version, self._policies)

    def until(self, now: int, *, everything: bool = False) -> None:
        """All that has arrived before `now`: of busy devices always, of calm ones when their day is over."""
        day = (now - 1) // DAY
        whole = now % DAY == 0
        some = [id for id, one in self._streams.items() if whole or everything or day in one.busy]
        with writing(self._engine) as conn:
            taken = {id: part for id in some if len((part := self._streams[id].take(now)).ts)}
            self._write(conn, taken, day if whole else None)

    def _write(self, conn: Connection, taken: Mapping[str, Polls], day: int | None) -> None:
        known = {id: part for id, part in taken.items() if id in self._roster.by_id}
        rows: list[facts.Fact] = []
        packed = []
        for id, part in known.items():
            n, numbers = self._roster.by_id[id].n, self._numbered(conn, id, part)
            calm = day is not None and day not in self._streams[id].busy and int(part.ts[0]) // DAY == day
            if calm:
                line = [Packed(ts, number, None, None) for ts, number in zip(part.ts.tolist(), numbers, strict=True)]
                packed.append({"device": n, "day": day, "count": len(line), "packed": pack(line)})
            else:
                arrived = (part.arrives // 1000).tolist()
                lines = zip(part.ts.tolist(), numbers, arrived, strict=True)
                rows += [facts.Fact(n, ts, number, at, None, None) for ts, number, at in lines]
        if packed:
            conn.execute(segments.insert(), packed)
        facts.store(conn, rows)
        self.observations += sum(len(part.ts) for part in known.values())
        self._judge(conn, known)

    def _judge(self, conn: Connection, known: Mapping[str, Polls]) -> None:
        states, last = [], {}
        for id, part in known.items():
            place = self._roster.by_id[id]
            before = self._memory.get(place.n, Memory())
            after = judge_device(conn, place, list(self._seen(part)), before, RULE)
            self._memory[place.n] = after.memory
            newest = after.memory.newest
            assert newest is not None
            states.append(_row(place, after.memory, newest))
            if newest.state != "up" or before.newest is None or before.newest.state != "up":
                last[place.n] = json.dumps(_document(id, self._collectors[id], newest))
        judged.put_states(conn, states)
        judged.put_last(conn, last)

    def _seen(self, part: Polls) -> Iterable[Seen]:
        known = [(_STATES[word.state], word.interval, word.conditions) for word in self._words.known]
        for ts, word in zip(part.ts.tolist(), part.word.tolist(), strict=True):
            yield Seen(ts, *known[word])

    def _numbered(self, conn: Connection, id: str, part: Polls) -> list[int]:
        """The row numbers of what the polls say."""
        collector, said = self._collectors[id], part.word.tolist()
        for word in set(said):
            if (collector, word) not in self._numbers:
                one = self._words.known[word]
                reading = Reading(collector, one.state, "\n".join(one.conditions), "", one.interval)
                self._numbers[collector, word] = self._readings.intern(conn, [reading])[reading]
        return [self._numbers[collector, word] for word in said]


def _row(place: Place, memory: Memory, newest: Seen) -> StateRow:
    return StateRow(place.n, newest.ts, memory.as_document(), newest.state, newest.ts, None, None, None)


def _document(id: str, collector: str, newest: Seen) -> dict[str, object]:
    said = {"v": 1, "device": id, "collector": collector, "ts": render_instant(newest.ts), "state": newest.state}
    return {**said, "conditions": list(newest.conditions), "interval_s": newest.interval_ms / 1000, "values": {}}
