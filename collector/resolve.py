"""Host names as addresses: asked off the loop, kept, asked again, followed when they change (docs/settings.md)."""

from __future__ import annotations

import asyncio
import ipaddress
import socket
from collections.abc import AsyncIterator, Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from dataclasses import dataclass, replace
from typing import Any, Final, NamedTuple

import structlog

from collector.host_name import is_host_name
from collector.part import PartSource
from collector.target import Part, Target

log = structlog.get_logger(__name__)

_THREADS: Final = 4
_TIMEOUT_S: Final = 10.0
_FIRST_S: Final = 3.0  # so long a new part waits for its names


@dataclass(frozen=True, slots=True)
class Patience:
    """Seconds: a name that was found is asked for again after `every_s`, one that was not after `again_s`."""

    every_s: float = 300.0
    again_s: float = 30.0


class Found(NamedTuple):
    """What a name led to: an address, or why none."""

    address: str | None
    reason: str = ""


def look_up(name: str) -> Found:
    """Ask the system's resolver; blocks. IPv4 is preferred, of several the least, so that it does not change with the
    order of the answers."""
    try:
        infos = socket.getaddrinfo(name, None, type=socket.SOCK_DGRAM)
    except (OSError, UnicodeError) as error:
        return Found(None, getattr(error, "strerror", None) or "not a host name")
    addresses = {ipaddress.ip_address(str(info[4][0]).partition("%")[0]) for info in infos}
    if not addresses:
        return Found(None, "no address")
    return Found(str(min(addresses, key=lambda one: (one.version, int(one)))))


class Names:
    """Implements `PartSource`: the parts of `source` with addresses in the place of names, and again when a name leads
    elsewhere.

    A device whose name cannot be resolved has a `fault`, so it is `unknown` and never down; one that could be keeps
    its last address while the resolver is silent.
    """

    def __init__(self, source: PartSource, patience: Patience = Patience(), ask: Any = look_up) -> None:
        self._source, self._patience, self._ask = source, patience, ask
        self._found: dict[str, Found] = {}
        self._asked: dict[str, float] = {}
        self._part: Part | None = None
        self._changed, self._came = asyncio.Event(), asyncio.Event()
        self._since = 0.0  # when the part came

    async def parts(self) -> AsyncIterator[Part]:
        """The source's parts, resolved; a part without names at once."""
        self._changed, self._came = asyncio.Event(), asyncio.Event()
        pool = ThreadPoolExecutor(_THREADS, "resolve")
        tasks = [asyncio.create_task(self._follow()), asyncio.create_task(self._keep(pool))]
        sent: Part | None = None
        try:
            while True:
                await self._wait(tasks)
                part = self._ready()
                if part is not None and part != sent:
                    sent = part
                    yield part
        finally:
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)
            pool.shutdown(wait=False, cancel_futures=True)

    def _ready(self) -> Part | None:
        """The part, once its names have been asked for or have had their time."""
        loop = asyncio.get_running_loop()
        if self._part is None or (len(self._found) < len(self._asked) and loop.time() < self._since + _FIRST_S):
            return None
        return self._resolved(self._part)

    async def _wait(self, tasks: Iterable[asyncio.Task[None]]) -> None:
        """Until something changed, or for a while; raises what ended a task."""
        waiting = asyncio.create_task(self._changed.wait())
        try:
            late = _FIRST_S if len(self._found) < len(self._asked) else None
            done, _ = await asyncio.wait([waiting, *tasks], timeout=late, return_when=asyncio.FIRST_COMPLETED)
            self._changed.clear()
            for task in done - {waiting}:
                task.result()
        finally:
            waiting.cancel()
            with suppress(asyncio.CancelledError):
                await waiting

    async def _follow(self) -> None:
        async for part in self._source.parts():
            self._part, self._since = part, asyncio.get_running_loop().time()
            names = {target.address for target in part.targets if is_host_name(target.address)}
            self._found = {name: found for name, found in self._found.items() if name in names}
            self._asked = {name: at for name, at in self._asked.items() if name in names}
            self._asked.update({name: float("-inf") for name in names - self._asked.keys()})
            self._came.set()
            self._changed.set()

    async def _keep(self, pool: ThreadPoolExecutor) -> None:
        """Ask for every name in its turn, some at a time."""
        while True:
            due = self._due()
            if due:
                await asyncio.gather(*(self._once(name, pool) for name in due[: _THREADS * 4]))
                continue
            self._came.clear()
            with suppress(TimeoutError):
                async with asyncio.timeout(min(1.0, self._patience.again_s)):
                    await self._came.wait()

    def _due(self) -> Sequence[str]:
        now = asyncio.get_running_loop().time()
        return [name for name, at in self._asked.items() if now >= at + self._pause_s(name)]

    def _pause_s(self, name: str) -> float:
        found = self._found.get(name)
        return self._patience.every_s if found is not None and not found.reason else self._patience.again_s

    async def _once(self, name: str, pool: ThreadPoolExecutor) -> None:
        loop = asyncio.get_running_loop()
        try:
            async with asyncio.timeout(_TIMEOUT_S):  # (wait_for may lose a cancellation in Python 3.11)
                found = await loop.run_in_executor(pool, self._ask, name)
        except TimeoutError:
            found = Found(None, "the resolver does not answer")
        before = self._found.get(name)
        if found.address is None and before is not None and before.address is not None:
            found = Found(before.address, found.reason)
        if name in self._asked:
            self._asked[name], self._found[name] = loop.time(), found
            if found != before:
                self._changed.set()
        if found != (before or Found(found.address)):
            was = None if before is None else before.address
            log.warning("name_leads_elsewhere", name=name, before=was, now=found.address, reason=found.reason)

    def _resolved(self, part: Part) -> Part:
        if not self._asked:
            return part
        return replace(part, targets=tuple(self._addressed(target) for target in part.targets))

    def _addressed(self, target: Target) -> Target:
        return addressed(target, self._found.get(target.address)) if target.address in self._asked else target

    @property
    def unresolved(self) -> int:
        """How many names the resolver could not be asked for, or knows nothing of."""
        return sum(bool(found.reason) for found in self._found.values())

    def stats(self) -> dict[str, Any]:
        """How many names there are, and which lead nowhere."""
        lost = sorted(name for name, found in self._found.items() if found.reason)
        return {"names": len(self._asked), "unresolved": lost[:20]}


def addressed(target: Target, found: Found | None) -> Target:
    """The target under the address that its name led to; with a fault where it led nowhere or was not asked for yet."""
    if target.fault is not None:
        return target
    if found is not None and found.address is not None:
        return replace(target, address=found.address)
    return replace(target, fault=f"address {target.address}: {'not resolved yet' if found is None else found.reason}")


def resolved_now(target: Target) -> Target:
    """The target with its name asked for now; blocks. For one that is asked once."""
    if not is_host_name(target.address):
        return target
    return addressed(target, look_up(target.address))
