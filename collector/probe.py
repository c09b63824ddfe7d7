"""A probe: one function that asks a device one thing, and the table of all probes."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from types import MappingProxyType
from typing import TYPE_CHECKING, Final, Literal, NamedTuple

import msgspec

from collector.kind import Kind
from collector.observation import Value
from collector.target import Target

if TYPE_CHECKING:
    from collector.wire import Wire

Cause = Literal["timeout", "refused", "auth", "no_such_object", "bad_answer", "config", "asleep", "unlearned"]


class Step(NamedTuple):
    """One request and what came of it, for people: sent `at_ms` after the poll began, answered after `took_ms`."""

    check: str
    request: str
    answer: str
    at_ms: float = 0.0
    took_ms: float | None = None


class Steps(list[Step]):
    """What was asked and answered since the poll began; only where somebody wants to see it."""

    def __init__(self) -> None:
        super().__init__()
        self._clock = asyncio.get_running_loop().time
        self._began = self._clock()

    def note(self, check: str, request: str, answer: str, since: float | None = None) -> None:
        """Note what was asked at `since` (the loop's clock) and is answered now."""
        now = self._clock()
        sent = now if since is None else since
        took_ms = None if since is None else round((now - since) * 1000, 3)
        self.append(Step(check, request, answer, round((sent - self._began) * 1000, 3), took_ms))


_NONE: Final[Mapping[str, Value]] = MappingProxyType({})


class Answer(msgspec.Struct, frozen=True):
    """What one check gave. Not `ok` has a `cause`; `rtt_ms` and `loss` (0..1) where they were measured."""

    ok: bool
    cause: Cause | None = None
    rtt_ms: float | None = None
    loss: float | None = None
    values: Mapping[str, Value] = _NONE
    kind: Kind | None = None  # the model's kind, where the answer told the model


class Settings(NamedTuple):
    """What a probe needs beside the target: the check as written (`tcp:9100`), the kind, the open sockets; `steps`
    takes every request and answer where somebody wants to see them (None: nobody does, and it costs nothing).
    """

    check: str
    kind: Kind
    wire: Wire
    steps: Steps | None = None


Probe = Callable[[Target, Settings, float], Awaitable[Answer | None]]
"""Asks until `deadline` (the loop's clock, seconds). None: this machine cannot make the check, so it is left out."""


def _probes() -> dict[str, Probe]:
    from collector import http, said, tcp
    from collector.icmp import probe as icmp
    from collector.snmp import probe as snmp

    return {
        "icmp": icmp.probe,
        "snmp": snmp.probe,
        "tcp": tcp.probe,
        "http": http.probe,
        "https": http.probe,
        "mqtt": said.probe,
    }


PROBES: Final[dict[str, Probe]] = {}
"""Every probe by the first word of its checks."""


def probe_of(check: str) -> Probe:
    """The probe of `snmp`, `tcp:9100` and so on. KeyError if there is none."""
    if not PROBES:
        PROBES.update(_probes())
    return PROBES[check.partition(":")[0]]
