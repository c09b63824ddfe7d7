"""One poll of one device: ask all its checks, one request at a time, and judge the answers."""

from __future__ import annotations

import asyncio
import math
from collections.abc import Mapping
from functools import lru_cache
from types import MappingProxyType
from typing import Final

import msgspec

from collector.kind import Kind
from collector.observation import Observation, State, Value
from collector.probe import Answer, Probe, Settings, Step, Steps, probe_of
from collector.target import Target
from collector.verdict import NOT_ASKED, verdict
from collector.wire import Wire, wire_of_loop

DEADLINE_S: Final = 5.0
_PING_S: Final = 2.0
_WEIGHTS: Final = {"icmp": 1.0, "snmp": 3.0, "tcp": 1.0, "http": 2.0, "https": 2.0, "mqtt": 0.1}


_NONE: Final[Mapping[str, Value]] = MappingProxyType({})
_SPARED: Final = Answer(False, NOT_ASKED)


class Polled(msgspec.Struct, frozen=True):
    """What one poll gave: the observation but for who observed and when the next is due; `steps` and `why` (how the
    verdict came about) only where asked for. `ts`: ms since 1970, UTC, when the first request was sent (O1).
    """

    device: str
    ts: int
    state: State
    conditions: tuple[str, ...] = ()
    cause: str | None = None
    rtt_ms: float | None = None
    loss: float | None = None
    values: Mapping[str, Value] = _NONE
    steps: tuple[Step, ...] = ()
    why: tuple[str, ...] = ()

    def observed(self, collector: str, interval_s: float | None) -> Observation:
        """The observation of this poll by `collector`; the next is due after `interval_s`."""
        return Observation(
            self.device,
            collector,
            self.ts,
            self.state,
            self.conditions,
            interval_s,
            self.rtt_ms,
            self.loss,
            self.cause,
            self.values,
        )


async def poll_once(
    target: Target,
    kind: Kind,
    ts: int,
    deadline_s: float = DEADLINE_S,
    *,
    wire: Wire | None = None,
    explain: bool = False,
) -> Polled:
    """Poll the target now (`ts`, ms since 1970), within `deadline_s` seconds in all.

    `wire` holds the sockets that stay open from poll to poll (the running loop's by default). What a device does or
    does not answer never raises.
    """
    wire = wire or wire_of_loop()
    answers: dict[str, Answer] = {}
    steps = Steps() if explain else None
    began = asyncio.get_running_loop().time()
    if target.fault is None:
        await _ask_all(target, kind, deadline_s, wire, answers, steps)
    return judged(target, kind, ts, wire, answers, began, steps)


def judged(
    target: Target,
    kind: Kind,
    ts: int,
    wire: Wire,
    answers: Mapping[str, Answer],
    began: float,
    steps: Steps | None = None,
) -> Polled:
    """What the answers to a poll that began at `began` (the loop's clock) mean; its `wire` remembers who sleeps."""
    icmp, snmp = answers.get("icmp"), answers.get("snmp")
    known = (snmp and snmp.kind) or kind
    found = verdict(known, target, answers, steps is not None, wire.sleep.stopped(target))
    wire.sleep.note(target, known, answers, found, began)
    return Polled(
        target.device,
        ts,
        found.state,
        found.conditions,
        found.cause,
        icmp.rtt_ms if icmp is not None else snmp.rtt_ms if snmp is not None else None,
        None if icmp is None else icmp.loss,
        found.values,
        () if steps is None else tuple(steps),
        found.why,
    )


async def _ask_all(
    target: Target, kind: Kind, deadline_s: float, wire: Wire, answers: dict[str, Answer], steps: Steps | None
) -> None:
    clock = asyncio.get_running_loop().time
    now = began = clock()
    end = now + deadline_s
    for check, probe, share, longest in shares(target.checks or kind.checks):
        if _spared(target, check, wire, answers, began):
            if check == "snmp":
                answers[check] = _SPARED
            continue
        until = now + min((end - now) * share, longest)
        answer = await probe(target, Settings(check, kind, wire, steps), until)
        if answer is not None:
            answers[check] = answer
        now = clock()
    if wire.deaf or ("icmp" in answers and not answers["icmp"].ok):
        note_deaf(target.device, wire, answers)


def _spared(target: Target, check: str, wire: Wire, answers: Mapping[str, Answer], began: float) -> bool:
    """Whether to leave a sleeper alone: it has just answered ping, and has been asked often enough."""
    if target.device not in wire.sleep or "icmp" not in answers or not answers["icmp"].ok:
        return False
    return not wire.sleep.may_ask(target, check, began)


def note_deaf(device: str, wire: Wire, answers: Mapping[str, Answer]) -> None:
    """Many devices drop pings: no poll of theirs shall wait seconds for one."""
    icmp, snmp = answers.get("icmp"), answers.get("snmp")
    if icmp is not None and snmp is not None and snmp.ok and not icmp.ok:
        wire.deaf[device] = wire.deaf.get(device, 0) + 1
    else:
        wire.deaf.pop(device, None)


@lru_cache(maxsize=1024)
def shares(checks: tuple[str, ...]) -> tuple[tuple[str, Probe, float, float], ...]:
    """Of each check, ping first, for it may tell that a sleeper is to be left alone: its probe, which share of the time
    that is left it may take, and how many seconds at most."""
    checks = tuple(sorted(checks, key=lambda check: check != "icmp"))
    words = [check.partition(":")[0] for check in checks]
    weights = [_WEIGHTS[word] for word in words]
    return tuple(
        (check, probe_of(check), weights[n] / sum(weights[n:]), _PING_S if words[n] == "icmp" else math.inf)
        for n, check in enumerate(checks)
    )
