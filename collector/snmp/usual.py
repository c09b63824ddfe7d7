"""What an agent says at every poll: an answer that says the same as the last one is neither read nor judged again."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from functools import lru_cache
from itertools import compress
from operator import ne
from typing import Final

import msgspec

from collector.kind import Clause, Kind
from collector.observation import MAX_VALUES, State, Value
from collector.reading import MAX_BYTES, Raw, bounded
from collector.snmp.agent import Agent
from collector.snmp.message import Request
from collector.snmp.rows import Plan, Rows
from collector.snmp.session_udp import UdpSession

_ENCODE: Final = msgspec.json.Encoder().encode
Reader = Callable[[Raw], Value | None]


class Question:
    """What is asked of agents whose rows are alike, and how the answers are read; they share one.

    `matters`: places whose values a verdict may depend on. `plain`: each name stands for one value.
    """

    __slots__ = ("matters", "names", "places", "plain", "plan", "readers", "uptime")

    def __init__(self, plan: Plan, oids: tuple[str, ...]) -> None:
        self.plan = plan
        named = [plan.named[oid] for oid in oids]
        self.names = [name for name, _ in named]
        self.readers: list[Reader] = [read for _, read in named]
        self.places = range(len(oids))
        self.uptime = self.names.index("uptime") if "uptime" in self.names else -1
        self.plain = not plan.means and len(set(self.names)) == len(self.names)
        single, tables = _what_matters(plan.kind)
        self.matters = frozenset(
            place for place, name in enumerate(self.names) if name in single or name.startswith(tables)
        )


@lru_cache(maxsize=8192)
def question(plan: Plan, oids: tuple[str, ...]) -> Question:
    """The one question of this plan with these OIDs."""
    return Question(plan, oids)


def _named(rules: Iterable[Clause]) -> tuple[set[str], set[str]]:
    single: set[str] = {"serial"}
    tables: set[str] = set()
    for clause in rules:
        for name in (clause.value, clause.of):
            table, star, _ = (name or "").partition(".*.")
            (tables if star else single).add(table + "." if star else table)
        if clause.rows is not None:
            tables.add(clause.rows + ".")
    return single, tables


def _what_matters(kind: Kind) -> tuple[frozenset[str], tuple[str, ...]]:
    """The names, and the beginnings of names, of the values that a verdict on this kind looks at."""
    clauses = [rule.clause for rule in kind.rules]
    clauses += [condition.when for condition in kind.conditions.values() if condition.when is not None]
    single, tables = _named(every for clause in clauses for every in (clause, *clause.also))
    return frozenset(single | kind.bits.keys()), tuple(tables)


class Usual:
    """One agent's usual question and what it said last.

    `known`: state, conditions and cause that this meant where ping was well, None where it must be judged anew.
    """

    __slots__ = (
        *("_plain", "_question", "_raws", "_request", "_rows", "_simple", "_values"),
        *("agent", "known", "oids", "unusual"),
    )

    def __init__(self, agent: Agent) -> None:
        self.agent = agent
        self.oids: Sequence[str] = ()
        self.unusual: Sequence[str] | None = None  # what it was asked when it did not answer that as one
        self._question: Question | None = None
        self._request: Request | None = None
        self._rows: Rows | None = None
        self._raws: tuple[Raw, ...] | None = None
        self._values: dict[str, Value] = {}
        self._plain = False  # does each name stand for one value?
        self._simple = False  # and are the values all there is, and sure to be within bounds?
        self.known: tuple[State, tuple[str, ...], str | None] | None = None

    def forget(self) -> None:
        """It was asked otherwise meanwhile: what it said last is not known."""
        self._raws = self.known = None

    def ready(self, now: float) -> bool:
        """Would its poll be a single GET over the shared socket?"""
        agent = self.agent
        session = agent.session
        return (
            session is not None
            and not session.busy
            and not agent.retired
            and now < agent.due_at
            and agent.fits
            and self.unusual is not agent.oids
        )

    def ask(self, session: UdpSession) -> Request:
        """What to ask it now. Raises `BadEncoding`."""
        agent, request = self.agent, self._request
        if request is None or self._rows is not agent.rows or self.oids is not agent.oids:
            self._rows, self.oids = agent.rows, agent.oids
            self._question = asked = question(agent.rows.plan, tuple(agent.oids))
            self._plain = asked.plain
            self._simple = asked.plain and agent.rows.watch is None and not agent.rows.bulky
            self._request = request = session.request(self.oids)
            self.forget()
        return request

    def again(self, raws: tuple[Raw, ...], asked: float) -> Mapping[str, Value] | None:
        """The values of an answer to what was `asked` then, where they mean what the last ones meant (`known`) and
        nothing is to be learned or looked at; else None. Not to be changed."""
        agent, last = self.agent, self._raws
        if self.known is None or last is None or agent.retired:
            return None
        if raws != last and (not self._plain or None in raws or not self._note(raws, last)):
            return None
        if asked >= agent.due_at:
            return None
        if self._simple:
            return self._values
        watch = agent.rows.watch
        return None if watch is not None and watch.due(self._values, asked) else self.whole(self._values)

    def read(self, raws: tuple[Raw, ...]) -> dict[str, Value]:
        """The values of an answer, which may hold what an earlier one held: not to be changed."""
        asked, last = self._question, self._raws
        assert asked is not None
        if raws == last and asked.plain:
            return self._values
        if last is None or None in raws or not asked.plain:
            return self._anew(raws)
        self._note(raws, last)
        return self._values

    def _note(self, raws: tuple[Raw, ...], last: tuple[Raw, ...]) -> bool:
        """Some values are others than last; do they mean the same?"""
        asked = self._question
        assert asked is not None
        changed = list(compress(asked.places, map(ne, raws, last)))
        if not asked.matters.isdisjoint(changed):
            self.known = None
        before, self._raws = self._values, raws
        self._values = self._changed(asked, raws, changed)
        if len(self._values) != len(before):  # one is of no use any more, or again
            self.known = None
        return self.known is not None

    def is_empty(self, raws: tuple[Raw, ...]) -> bool:
        """Has it nothing of what it was asked?"""
        return bool(raws) and raws[0] is None and not any(raw is not None for raw in raws)

    def _anew(self, raws: tuple[Raw, ...]) -> dict[str, Value]:
        agent, plan = self.agent, self.agent.rows.plan
        self.known = None
        got = {oid: raw for oid, raw in zip(self.oids, raws, strict=True) if raw is not None}
        agent.missed(got)
        values = plan.read(got)
        agent.note_uptime(values)
        self._raws = raws if None not in raws else None
        self._values = {**values, **agent.rows.fixed}
        return self._values

    def _changed(self, asked: Question, raws: tuple[Raw, ...], changed: Sequence[int]) -> dict[str, Value]:
        values, fixed = self._values.copy(), self.agent.rows.fixed
        for place in changed:
            name, value = asked.names[place], asked.readers[place](raws[place])
            if place == asked.uptime:
                self.agent.note_uptime({} if value is None else {name: value})
            if fixed and name in fixed:
                continue
            if value is None:
                values.pop(name, None)
            else:
                values[name] = value
        return values

    def whole(self, values: dict[str, Value]) -> Mapping[str, Value]:
        """The values with what was watched, within the bounds of an observation."""
        rows = self.agent.rows
        if rows.watch is not None:
            values = values.copy()
            rows.watch.add(values)
        return values if not rows.bulky or _fits(values) else bounded(values)


def _fits(values: Mapping[str, Value]) -> bool:
    """Sure to be within bounds; twice the octets of the JSON are more than any value weighs."""
    return len(values) <= MAX_VALUES and 2 * len(_ENCODE(values)) <= MAX_BYTES
