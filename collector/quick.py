"""The usual poll, ping and one GET, by callbacks: no task, no future. What is not usual is left to `poll_once`."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Container, Coroutine, Mapping
from typing import Final, cast

import structlog

from collector.clock import clock_of
from collector.icmp.asked import Asked, Ping
from collector.icmp.pinger import MORE
from collector.icmp.probe import answer_of, short
from collector.kind import Kind, kind_of
from collector.observation import Value
from collector.outcome import FAULT, Outcome
from collector.poll import Polled, judged, note_deaf, shares
from collector.probe import Answer
from collector.reading import Raw
from collector.snmp.probe import answer_of as told_of
from collector.snmp.session import NoAnswer
from collector.snmp.session_udp import UdpSession
from collector.snmp.udp_asker import Answered
from collector.snmp.usual import Usual
from collector.target import Target
from collector.wire import Wire

log = structlog.get_logger(__name__)

_USUAL: Final = (("icmp", "snmp"), ("snmp",), ("icmp",))
Done = Callable[[Outcome], None]


class Quick:
    """Belongs to one event loop, as `wire` does. Of each kind `kinds` says what to ask."""

    def __init__(self, kinds: Mapping[str, Kind], wire: Wire) -> None:
        self.wire, self.loop = wire, asyncio.get_running_loop()
        self.clock = clock_of(self.loop)
        self._kinds = kinds
        self._ways: dict[str, _Way | None] = {}
        self._rests: set[asyncio.Task[None]] = set()

    def __call__(self, target: Target, now: float, deadline_s: float, done: Done) -> bool:
        """Poll the target, `now` by the loop's clock, within so many seconds and call `done` with what `poll_once`
        would say, later and once. False where this must be left to `poll_once`: nothing was asked then.
        """
        way, wire = self._ways.get(target.device), self.wire
        if way is None or way.target is not target or way.done is not None:
            way = self._anew(target, way)
            if way is None:
                return False
        usual = way.usual
        if (usual is not None and not usual.ready(now)) or target.device in wire.sleep:
            if usual is not None:
                usual.forget()
            return False
        if way.pings and (way.can_ping or way.tried(wire)):
            way.start(now, now + deadline_s, done)
            until, more = now + min(deadline_s * way.share, way.longest), MORE
            if wire.deaf:
                until, more = short(wire.deaf.get(target.device, 0), now, until)
            wire.pinger.ask(way, target.address, now, until, more)
        elif usual is not None:
            way.start(now, now + deadline_s, done)
            way.ask(usual, now)
        else:
            return False
        return True

    def _anew(self, target: Target, last: _Way | None) -> _Way | None:
        """The target is another one, or its last poll was given up: nobody wants to know what comes of that."""
        if last is not None and last.done is not None:
            last.done = _nobody
        way = self._ways[target.device] = self._way(target)
        return way

    def _way(self, target: Target) -> _Way | None:
        """None where only `poll_once` knows how; asked again each time, for what it learns may change that."""
        kind = kind_of(self._kinds, target.kind, target.model)
        if kind is None or target.fault is not None:
            return None
        checks = tuple(check for check, *_ in shares(target.checks or kind.checks))
        if checks not in _USUAL:
            return None
        if checks[-1] != "snmp" or target.snmp is None:
            return _Way(self, target, kind, None)
        agent = self.wire.agent(target, kind)
        return _Way(self, target, kind, Usual(agent)) if isinstance(agent.session, UdpSession) else None

    def keep(self, devices: Container[str]) -> None:
        """Forget all other devices."""
        self._ways = {name: way for name, way in self._ways.items() if name in devices}

    def hand_over(self, rest_of: Coroutine[None, None, None]) -> None:
        """Go on with a task: something is to be learned or watched, or the answer was none to the whole question."""
        rest = self.loop.create_task(rest_of)
        self._rests.add(rest)
        rest.add_done_callback(self._rests.discard)

    async def close(self) -> None:
        """Give up what goes on in tasks."""
        for rest in list(self._rests):
            rest.cancel()
        await asyncio.gather(*self._rests, return_exceptions=True)
        self._ways.clear()


class _Way(Asked):
    """How one target is polled, and the poll under way (`done` is None if there is none).

    `usual`: None where its SNMP is not asked; `share`, `longest` of the time for ping.
    """

    __slots__ = (
        *("asked", "began", "can_ping", "done", "kind", "longest", "ping", "pings", "quick"),
        *("share", "target", "until", "usual"),
    )

    def __init__(self, quick: Quick, target: Target, kind: Kind, usual: Usual | None) -> None:
        self.quick, self.target, self.kind, self.usual = quick, target, kind, usual
        check, _, self.share, self.longest = shares(target.checks or kind.checks)[0]
        self.pings, self.can_ping = check == "icmp", False
        self.began = self.until = self.asked = 0.0
        self.done: Done | None = None
        self.ping: Ping | None = None

    def tried(self, wire: Wire) -> bool:
        """Has this process the right to ping it? Once it has it keeps it."""
        self.can_ping = wire.pinger.can(self.target.address)
        return self.can_ping

    def start(self, began: float, until: float, done: Done) -> None:
        """A poll begins."""
        self.began = self.asked = began
        self.until, self.done, self.ping = until, done, None

    def _say(self, outcome: Outcome) -> None:
        """It is over."""
        done, self.done = self.done, None
        if done is not None:
            done(outcome)

    def pinged(self, ping: Ping) -> None:
        """The first step is done."""
        self.ping = ping
        try:
            if self.usual is None:
                self._judge(None)
            else:
                self.ask(self.usual, self.quick.clock())
        except Exception:  # noqa: BLE001 - the edge: the poll must end
            self._fail()

    def ask(self, usual: Usual, now: float) -> None:
        """The second step."""
        session: UdpSession | None = usual.agent.session  # type: ignore[assignment]
        self.asked = now
        if session is not None and not session.number:
            session.ask(usual.ask(session), now, self.until, self.heard)
        else:  # closed meanwhile
            self.quick.hand_over(self._ask_all(usual))

    def heard(self, answer: Answered) -> None:
        """The last step, but for what only a task can do."""
        usual, ping = self.usual, self.ping
        try:
            assert usual is not None
            if answer.__class__ is tuple and self._is_well(ping):
                values = usual.again(answer, self.asked)  # type: ignore[arg-type] # a tuple is of raw values
                if values is not None:
                    state, conditions, cause = usual.known  # type: ignore[misc] # or there were no values
                    rtt_ms = round(ping.rtt_ms, 3)  # type: ignore[union-attr, arg-type] # it is well
                    self._say(Polled(self.target.device, 0, state, conditions, cause, rtt_ms, 0.0, values))
                    return
            self._take(usual, answer)
        except Exception:  # noqa: BLE001 - the edge: the poll must end
            self._fail()

    def _is_well(self, ping: Ping | None) -> bool:
        """Was every request answered, of a device that answers as a rule?"""
        if ping is None or ping.answered != ping.sent or ping.rtt_ms is None:
            return False
        deaf = self.quick.wire.deaf
        return not deaf or self.target.device not in deaf

    def _take(self, usual: Usual, answer: Answered) -> None:
        agent = usual.agent
        if answer.__class__ is tuple and not usual.is_empty(raws := cast("tuple[Raw, ...]", answer)):
            values = usual.read(raws)
            if agent.is_due(values, self.asked):
                usual.forget()
                self.quick.hand_over(self._learn(usual, values))
            else:
                self._conclude(usual, values)
        elif isinstance(answer, NoAnswer):
            usual.forget()
            self._judge(Answer(False, answer.cause))
        else:
            usual.unusual = usual.oids
            self.quick.hand_over(self._ask_all(usual))
        if agent.retired and not agent.busy:
            agent.close()

    def _conclude(self, usual: Usual, values: dict[str, Value]) -> None:
        """Judge, and remember what the answer means."""
        told = self._told(usual, usual.whole(values))
        known = told.ok and self._is_well(self.ping)
        polled = self._judge(told)
        usual.known = (polled.state, polled.conditions, polled.cause) if known else None

    def _told(self, usual: Usual, values: Mapping[str, Value]) -> Answer:
        rtt_ms = round((self.quick.clock() - self.asked) * 1000, 3)
        return told_of(values, rtt_ms, usual.agent.rows.plan.kind)

    def _judge(self, snmp: Answer | None) -> Polled:
        icmp, wire = None if self.ping is None else answer_of(self.ping), self.quick.wire
        answers = {"icmp": icmp, "snmp": snmp}
        given = {check: answer for check, answer in answers.items() if answer is not None}
        if icmp is not None and (wire.deaf or not icmp.ok):
            note_deaf(self.target.device, wire, given)
        polled = judged(self.target, self.kind, 0, wire, given, self.began)
        self._say(polled)
        return polled

    async def _learn(self, usual: Usual, values: dict[str, Value]) -> None:
        """Learn, or look at what comes and goes."""
        await self._end(usual, usual.agent.rest(dict(values), self.asked, self.until))

    async def _ask_all(self, usual: Usual) -> None:
        """Ask again as `poll_once` does, which finds out what the agent has and how much it can say at once."""
        await self._end(usual, usual.agent.ask(self.until))

    async def _end(self, usual: Usual, asking: Coroutine[None, None, dict[str, Value]]) -> None:
        try:
            self._judge(self._told(usual, await asking))
        except NoAnswer as error:
            self._judge(Answer(False, error.cause))
        except OSError:
            self._judge(Answer(False, "config"))
        except Exception:  # noqa: BLE001 - the edge: the poll must end
            self._fail()
        finally:
            if usual.agent.retired:
                usual.agent.close()

    def _fail(self) -> None:
        log.exception("poll_failed", device=self.target.device)
        self._say(FAULT)


def _nobody(_: Outcome) -> None:
    """Wants to know."""
