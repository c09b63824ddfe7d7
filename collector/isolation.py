"""Is it the device that is silent, or is it us? Evidence that the collector's own network works (O2)."""

from __future__ import annotations

import asyncio
import ipaddress
from collections.abc import Awaitable, Callable, Iterable
from functools import lru_cache
from pathlib import Path
from typing import Final

import structlog

log = structlog.get_logger(__name__)

Reach = Callable[[str], Awaitable[bool | None]]
"""Asks one reference now: it answered, it did not, or None where we have no means to ask."""

_GATEWAY_FLAG: Final = 0x2
_MOST_GATEWAYS: Final = 5
_WITNESSES: Final = 5
_FEWEST: Final = 3
_LATELY_S: Final = 300.0
_NOTED_S: Final = 10.0


class Isolation:
    """Remembers who answered when, and asks the references when nobody did.

    `configured` references count always; those found by themselves (own gateway, the halls' gateways, the broker)
    once they have answered, for one that never answers pings would tell of an isolation that is none. While nothing
    at all was ever heard they count too. Where there is none at all the devices heard of late are asked, three at
    least. A loopback address cannot be cut off. Instants are monotonic seconds.
    """

    def __init__(
        self,
        reach: Reach,
        configured: Iterable[str] = (),
        found: Iterable[str] = (),
        *,
        clock: Callable[[], float],
        fresh_s: float = 1.5,
        patience_s: float = 2.0,
    ) -> None:
        self.patience_s = patience_s
        self._reach, self._fresh_s, self._clock = reach, fresh_s, clock
        self._configured, self._found = _outside(configured), _outside(found)
        self._gateways: frozenset[str] = frozenset()
        self._proven: set[str] = set()
        self._unaskable: set[str] = set()
        self._last, self._other = ("", float("-inf")), ("", float("-inf"))
        self._witnesses: dict[str, float] = {}
        self._noted_at = self._checked_at = self._asked_at = float("-inf")
        self._alive: frozenset[str] = frozenset()
        self._checking: asyncio.Task[None] | None = None
        self.since: float | None = None
        self._ended = float("-inf")

    def gateways(self, addresses: Iterable[str]) -> None:
        """The addresses of the halls' gateways, as the inventory has them now."""
        self._gateways = _outside(addresses)

    def heard(self, address: str, at: float) -> None:
        """A device answered: the network works as far as that."""
        if is_loopback(address):
            return
        if address == self._last[0]:
            self._last = (address, max(at, self._last[1]))
        elif at >= self._last[1]:
            self._last, self._other = (address, at), self._last
        elif at > self._other[1]:
            self._other = (address, at)
        if address in self._witnesses or at - self._noted_at >= _NOTED_S:
            self._witness(address, at)
        if address in self._gateways:
            self._proven.add(address)
        if self.since is None or at >= self.since:
            self._connected()

    def _witness(self, address: str, at: float) -> None:
        """Few, and the same for long: those who have answered a ping of ours (`prove`) count."""
        if address not in self._witnesses:
            self._noted_at = at if len(self._witnesses) >= _FEWEST else self._noted_at
            if len(self._witnesses) >= _WITNESSES:
                oldest = min(self._witnesses, key=self._witnesses.__getitem__)
                if at - self._witnesses[oldest] < _LATELY_S / 2 and oldest in self._proven:
                    return
                del self._witnesses[oldest]
        self._witnesses[address] = at

    async def cut_off(self, address: str, started: float) -> bool:
        """Judge a device that stayed silent since `started`: True where nobody else and no reference answers
        either, or did not for a part of that time."""
        seen = self.seen(address, started)
        if seen is not None:
            return seen
        await self._check((started + self._clock()) / 2)
        counting = self._references(address)
        if not counting or counting & self._alive:
            self._connected()
            return self._ended > started
        self._isolated(counting)
        return True

    def seen(self, address: str, started: float) -> bool | None:
        """As `cut_off`, where that can be said without asking anybody; else None."""
        if is_loopback(address):
            return False
        newest = self._other if self._last[0] == address else self._last
        now = self._clock()
        # Evidence from the second half of the poll: before it the device had time to answer, and did not.
        if newest[1] >= max((started + now) / 2, now - self._fresh_s):
            return self._ended > started
        return None if self._references(address) else False

    def _references(self, but: str) -> frozenset[str]:
        found = self._found | self._gateways
        if self._proven or self._last[0]:
            found &= self._proven
        return (self._configured | found or self._lately(but)) - self._unaskable - {but}

    def _lately(self, but: str) -> frozenset[str]:
        """Devices heard of late, where enough of them are."""
        since = self._clock() - _LATELY_S
        some = {address for address, at in self._witnesses.items() if at >= since and address != but} & self._proven
        return frozenset(some) if len(some) >= _FEWEST else frozenset()

    async def prove(self) -> None:
        """Ask the references while all is well, so that their silence will mean something."""
        await self._check()

    async def _check(self, since: float = float("-inf")) -> None:
        """One round of questions serves everybody who wants to know within `fresh_s` of its end, but none that began
        before `since`: where the cable is pulled polls fail at once, and what was heard before proves nothing."""
        while self._asked_at < since or self._checked_at < self._clock() - self._fresh_s:
            if self._checking is None or self._checking.done():
                self._checking = asyncio.get_running_loop().create_task(self._ask_all())
            await asyncio.shield(self._checking)

    async def _ask_all(self) -> None:
        began = self._clock()
        gateways = sorted(self._gateways, key=lambda address: (address not in self._proven, address))
        asked = sorted(self._configured | self._found) + gateways[:_MOST_GATEWAYS]
        asked += [address for address in self._witnesses if address not in asked]
        answers = await asyncio.gather(*(self._ask(reference) for reference in asked))
        self._alive = frozenset(reference for reference, answer in zip(asked, answers, strict=True) if answer)
        self._unaskable.update(reference for reference, answer in zip(asked, answers, strict=True) if answer is None)
        self._unaskable.difference_update(self._alive)
        self._proven.update(self._alive)
        self._proven &= self._configured | self._found | self._gateways | self._witnesses.keys()
        self._asked_at, self._checked_at = began, self._clock()

    async def _ask(self, reference: str) -> bool | None:
        try:
            async with asyncio.timeout(self.patience_s):
                return await self._reach(reference)
        except (TimeoutError, OSError):
            return False

    def _isolated(self, references: frozenset[str]) -> None:
        if self.since is None:
            self.since = self._clock()
            log.error("collector_isolated", silent=sorted(references))

    def _connected(self) -> None:
        if self.since is not None:
            log.warning("collector_connected", after_s=round(self._clock() - self.since, 1))
            self.since = None
            self._ended = self._clock()


def _outside(references: Iterable[str]) -> frozenset[str]:
    return frozenset(reference for reference in references if not is_loopback(reference))


@lru_cache(maxsize=65_536)
def is_loopback(address: str) -> bool:
    """Whether the way to an address never leaves this machine."""
    if address.startswith("127.") or address in {"::1", "localhost"}:
        return True
    try:
        return ipaddress.ip_address(address).is_loopback
    except ValueError:
        return False


def default_gateway(table: Path = Path("/proc/net/route")) -> str | None:
    """This machine's own IPv4 default gateway (Linux), None where there is none or nobody tells."""
    try:
        lines = table.read_text("ascii").splitlines()[1:]
        rows = [line.split() for line in lines]
        routes = [row for row in rows if row[1] == "00000000" and int(row[3], 16) & _GATEWAY_FLAG]
        routes.sort(key=lambda row: int(row[6]))
        return str(ipaddress.IPv4Address(bytes.fromhex(routes[0][2])[::-1])) if routes else None
    except (OSError, ValueError, IndexError):
        return None
