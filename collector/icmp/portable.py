"""Pinging where our own sockets cannot be had (not Linux): icmplib, a socket a request, times measured by the loop."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping
from typing import Final

import structlog
from icmplib import ICMPLibError, async_ping  # type: ignore[import-untyped]
from icmplib.sockets import ICMPv4Socket, ICMPv6Socket  # type: ignore[import-untyped]

from collector.icmp.asked import FIRST_S, Asked, Ping
from collector.icmp.pinger import GRANT, MORE

_AT_ONCE: Final = 200  # each is an open file


class PortablePinger:
    """As `OwnPinger`, but slower, and a busy loop lengthens its round trips."""

    way = "icmplib"

    def __init__(self) -> None:
        self._loop = asyncio.get_running_loop()
        self.lacking: str | None = None
        self._privileged: dict[bool, bool | None] = {}
        self._places = asyncio.Semaphore(_AT_ONCE)
        self._tasks: set[asyncio.Task[None]] = set()

    def close(self) -> None:
        """What is asked now ends without an answer."""
        for task in self._tasks:
            task.cancel()

    def counts(self) -> Mapping[str, int]:
        """icmplib does not say."""
        return {}

    def can(self, address: str) -> bool:
        """Tries a socket when first asked; without the right says once what to grant (then False)."""
        six = ":" in address
        if six not in self._privileged:
            self._privileged[six] = self._tried(ICMPv6Socket if six else ICMPv4Socket)
        return self._privileged[six] is not None

    def _tried(self, socket: Callable[..., ICMPv4Socket | ICMPv6Socket]) -> bool | None:
        """False: without privileges; True: with; None: not at all."""
        error: ICMPLibError | None = None
        for privileged in (False, True):
            try:
                socket(privileged=privileged).close()
            except ICMPLibError as failed:
                error = failed
            else:
                return privileged
        self.lacking = f"no right to ICMP ({type(error).__name__}): {GRANT}"
        structlog.get_logger().warning("ping is left out", reason=self.lacking)
        return None

    def ask(self, asked: Asked, address: str, now: float, until: float, more: int = MORE) -> None:  # noqa: ARG002
        """See `Pinger`."""

        async def told() -> None:
            asked.pinged(await self.ping(address, until, more))

        task = self._loop.create_task(told())
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def ping(self, address: str, until: float, more: int = MORE) -> Ping:
        """See `Pinger`; a late answer to the first is lost."""
        if not self.can(address):
            return Ping(0, 0, None)
        left = until - self._loop.time()
        rtt_ms = await self._once(address, min(left / 2, FIRST_S))
        if rtt_ms is not None:
            return Ping(1, 1, rtt_ms)
        left = min(until - self._loop.time(), FIRST_S)
        rtts = await asyncio.gather(*(self._once(address, left) for _ in range(more)))
        answered = [rtt_ms for rtt_ms in rtts if rtt_ms is not None]
        return Ping(1 + more, len(answered), answered[0] if answered else None)

    async def _once(self, address: str, timeout_s: float) -> float | None:
        privileged = self._privileged[":" in address]
        try:
            async with self._places:
                host = await async_ping(address, 1, timeout=max(0.001, timeout_s), privileged=bool(privileged))
        except (ICMPLibError, OSError):
            return None
        return float(host.rtts[0]) if host.rtts else None
