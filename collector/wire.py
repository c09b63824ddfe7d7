"""The open sockets of a collector: for pings, for SNMP, and the session of each agent, kept from poll to poll."""

from __future__ import annotations

import asyncio
import errno
import resource
import time
from collections import OrderedDict
from collections.abc import Container
from itertools import islice
from typing import Any, Final
from weakref import WeakKeyDictionary

from collector.alarm import Alarms
from collector.icmp.probe import open_pinger
from collector.kind import Kind
from collector.said import Sayings
from collector.sleep import Sleepers
from collector.snmp.agent import Agent
from collector.snmp.engine import Engine, Third
from collector.snmp.session import Session
from collector.target import Target

_SPARE_FILES: Final = 256  # for the outbox, the broker, connections


class Wire:
    """Belongs to one event loop; keeps at most `most` sessions that cost a file (None: as many as there may be files).

    `close` gives everything back.
    """

    def __init__(self, most: int | None = None, third: Third = "auto") -> None:
        self.alarms = Alarms()
        self.pinger = open_pinger()
        self.engine = Engine(self.alarms, third)
        self.deaf: dict[str, int] = {}  # devices that answer SNMP but not ping, and for how many polls
        self.sleep = Sleepers()
        self.said = Sayings(lambda: time.time_ns() // 1_000_000)
        self.most = most or max(64, _raise_file_limit() - _SPARE_FILES)
        self._agents: dict[str, Agent] = {}
        self._open: OrderedDict[str, Agent] = OrderedDict()  # the one asked longest ago first

    def agent(self, target: Target, kind: Kind) -> Agent:
        """The target's agent; a new one if its address, credentials or kind have changed."""
        name = target.device
        agent = self._agents.get(name)
        if agent is None or agent.target is not target or agent.kind is not kind:
            agent = self._other(target, kind, agent)
        if self.engine.costs_file(target):
            self._open[name] = agent
            self._open.move_to_end(name)
            if len(self._open) > self.most:
                self.evict(1)
        return agent

    def _other(self, target: Target, kind: Kind, agent: Agent | None) -> Agent:
        if agent is not None:
            old = agent.target
            if agent.kind is kind and old.address == target.address and old.snmp == target.snmp:
                agent.target = target
                return agent
            agent.retired = True
            agent.close()
        agent = self._agents[target.device] = Agent(target, kind, self._session)
        return agent

    def _session(self, target: Target) -> Session:
        try:
            return self.engine.open(target)
        except OSError as error:
            if error.errno not in (errno.EMFILE, errno.ENFILE) or not self.evict():
                raise
        return self.engine.open(target)

    def evict(self, count: int = 64) -> int:
        """Close so many idle sessions, those asked longest ago first, for want of files; how many there were."""
        idle = [name for name, agent in islice(self._open.items(), 4 * count) if not agent.busy][:count]
        for name in idle:
            self._open.pop(name).close()
        return len(idle)

    def keep(self, devices: Container[str]) -> None:
        """Forget the agents of all other devices."""
        for name in [name for name in self._agents if name not in devices]:
            self._open.pop(name, None)
            agent = self._agents.pop(name)
            agent.retired = True
            agent.close()
        self.sleep.keep(devices)
        self.engine.ids.keep(devices)
        self.deaf = {name: polls for name, polls in self.deaf.items() if name in devices}

    def close(self) -> None:
        self.keep(())
        self.pinger.close()
        self.engine.close()
        self.alarms.close()

    def stats(self) -> dict[str, Any]:
        """Figures of its engine (`Engine.stats`)."""
        return {"snmp": self.engine.stats()}


_wires: WeakKeyDictionary[asyncio.AbstractEventLoop, Wire] = WeakKeyDictionary()


def wire_of_loop() -> Wire:
    """The running loop's wire, made when first asked for."""
    loop = asyncio.get_running_loop()
    wire = _wires.get(loop)
    if wire is None:
        wire = _wires[loop] = Wire()
    return wire


def _raise_file_limit() -> int:
    """A session is an open file: take all that the system allows. The number allowed."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    most = 1 << 20 if hard == resource.RLIM_INFINITY else min(hard, 1 << 20)
    if soft == resource.RLIM_INFINITY or soft >= most:
        return most
    try:
        resource.setrlimit(resource.RLIMIT_NOFILE, (most, hard))
    except (ValueError, OSError):
        return soft
    return most
