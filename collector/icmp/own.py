"""Pinging over one shared socket a family, with the kernel's time stamps (Linux)."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping
from dataclasses import asdict
from typing import Final

import structlog

from collector.clock import clock_of
from collector.icmp.asked import Asked, Ping, Told
from collector.icmp.pinger import GRANT, MORE
from collector.icmp.requests import Strays
from collector.icmp.socket import EchoSocket

_LOOK_S: Final = 0.05
_log: Final = structlog.get_logger()


class _Family:
    """The socket of IPv4 or IPv6 in a loop. Raises OSError without the right to it."""

    def __init__(self, six: bool, loop: asyncio.AbstractEventLoop, clock: Callable[[], float]) -> None:
        self.socket, self.clock, self._loop = EchoSocket(six), clock, loop
        self.send, self._read, self.forget = self.socket.send, self.socket.read, self.socket.requests.forget
        self.timer: asyncio.TimerHandle | None = None
        loop.add_reader(self.socket.fileno(), self._read)

    @property
    def barred(self) -> bool:
        return self.socket.barred

    def look_soon(self) -> None:
        """Something is asked: see whether it is answered in time."""
        self.timer = self._loop.call_later(_LOOK_S, self._look)

    def _look(self) -> None:
        """Ring where it is time. Almost all are answered at once: to look at the rest costs less than a timer each."""
        self.timer = None
        self._read()  # an answer may have come that nobody has looked at
        now = self.clock()
        for asked in self.socket.requests.askers():
            if isinstance(asked, Asked) and asked.rings_at <= now and not asked.over:
                try:
                    asked.ring()
                except Exception:  # noqa: BLE001 - the others must hear
                    _log.exception("ping_not_ended")
        if self.timer is None and len(self.socket.requests):
            self.look_soon()

    def close(self) -> None:
        if self.timer is not None:
            self.timer.cancel()
        self._loop.remove_reader(self.socket.fileno())
        self.socket.close()


class OwnPinger:
    """Linux: our own sockets, with the kernel's time stamps."""

    def __init__(self) -> None:
        self._loop = asyncio.get_running_loop()
        self._clock = clock_of(self._loop)
        self.lacking: str | None = None
        self._families: dict[bool, _Family | None] = {}

    @property
    def way(self) -> str:
        """Raw or ping socket, as rights allow."""
        raw = {family.socket.raw for family in self._families.values() if family is not None}
        return "raw socket" if True in raw else "ping socket"

    @property
    def strays(self) -> dict[str, Strays]:
        """Datagrams that were nobody's, by family (`ipv4`, `ipv6`)."""
        return {
            ("ipv6" if six else "ipv4"): family.socket.requests.strays
            for six, family in self._families.items()
            if family
        }

    def counts(self) -> Mapping[str, int]:
        """As `Strays`, of both families."""
        every = [asdict(strays) for strays in self.strays.values()]
        return {reason: sum(one[reason] for one in every) for reason in (every[0] if every else ())}

    def ident(self, six: bool) -> int:
        """The echo id of a family's requests."""
        family = self._family(six)
        assert family is not None
        return family.socket.requests.ident

    @property
    def waiting(self) -> int:
        """Requests that are neither answered nor given up."""
        return sum(len(family.socket.requests) for family in self._families.values() if family is not None)

    def close(self) -> None:
        """Give the sockets back."""
        for family in self._families.values():
            if family is not None:
                family.close()
        self._families.clear()

    def can(self, address: str) -> bool:
        """Opens the socket when first asked; without the right says once what to grant (then False)."""
        return self._family(":" in address) is not None

    def _family(self, six: bool) -> _Family | None:
        if six not in self._families:
            try:
                self._families[six] = _Family(six, self._loop, self._clock)
            except OSError as error:
                self._families[six] = None
                self.lacking = f"no right to ICMP{'v6' if six else ''} ({error}): {GRANT}"
                _log.warning("ping is left out", reason=self.lacking)
        return self._families[six]

    def ask(self, asked: Asked, address: str, now: float, until: float, more: int = MORE) -> None:
        """See `Pinger`."""
        family = self._families[":" in address]
        assert family is not None
        if family.timer is None:
            family.look_soon()
        asked.begin(family, address, now, until, more)
        if asked.first is None:
            self._loop.call_soon(asked.repeat)

    async def ping(self, address: str, until: float, more: int = MORE) -> Ping:
        """See `Pinger`."""
        if not self.can(address):
            return Ping(0, 0, None)
        future: asyncio.Future[Ping] = self._loop.create_future()

        def done(ping: Ping) -> None:
            if not future.done():
                future.set_result(ping)

        self.ask(Told(done), address, self._clock(), until, more)
        return await future
