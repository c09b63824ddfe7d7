"""The probe `icmp`: echo requests over one shared socket a family; without the right to it, left out and said once."""

from __future__ import annotations

import asyncio
import sys
from typing import Final, NamedTuple, cast

import structlog
from gufo.ping._fast import PS_IPV4, PS_IPV6, PS_RAW_DGRAM, SocketWrapper
from gufo.ping.proto import SocketProto

from collector.alarm import Alarms
from collector.probe import Answer, Settings
from collector.target import Target

_SIZE: Final = 64
_FIRST_S: Final = 1.0  # until the first is taken for lost (an answer that is later still counts)
_DEAF: Final = 3  # polls with SNMP but without ping, after which ping is given little time
_SHORT_S: Final = 0.2
_MORE: Final = 2  # asked after a lost one, to tell a loss from silence
_BUFFER: Final = 4 << 20  # octets, as far as net.core.rmem_max allows
_BURST: Final = 64  # sent between two looks at the answers: the usual buffer holds some 270
_PURGE_S: Final = 10  # gufo forgets a request after so long
GRANT: Final = (
    f"grant it with `setcap cap_net_raw+ep $(readlink -f {sys.executable})`, with AmbientCapabilities=CAP_NET_RAW in "
    "the systemd unit, or with `sysctl net.ipv4.ping_group_range='0 2147483647'`"
)


class Echo:
    """One request; `rtt_ms` once answered, however late."""

    __slots__ = ("future", "rtt_ms", "sid")

    def __init__(self, sid: int, future: asyncio.Future[None]) -> None:
        self.sid, self.future = sid, future
        self.rtt_ms: float | None = None


class Ping(NamedTuple):
    """What a poll's requests gave; `rtt_ms` of the first answered."""

    sent: int
    answered: int
    rtt_ms: float | None


class _Family:
    """The socket of IPv4 or IPv6. Raises OSError without the right to it."""

    def __init__(self, family: int) -> None:
        self._loop = asyncio.get_running_loop()
        # gufo's stub of the compiled part is wrong about types, its Protocol is right
        self._socket = cast(SocketProto, SocketWrapper(family + PS_RAW_DGRAM, _PURGE_S * 1_000_000_000, False))
        self._socket.set_recv_buffer_size(_BUFFER)
        self._unread = 0
        self._waiting: dict[int, Echo] = {}
        self._loop.add_reader(self._socket.get_fd(), self.read)

    def close(self) -> None:
        self._loop.remove_reader(self._socket.get_fd())

    def send(self, address: str) -> Echo | None:
        """None where there is no way to the address, which counts as a loss."""
        self._unread += 1
        if self._unread > _BURST:
            self.read()
        try:
            sid = self._socket.send(address, _SIZE)
        except OSError:
            return None
        echo = self._waiting[sid] = Echo(sid, self._loop.create_future())
        return echo

    def forget(self, echo: Echo) -> None:
        self._waiting.pop(echo.sid, None)

    def read(self) -> None:
        self._unread = 0
        for sid, ns in (self._socket.recv() or {}).items():
            echo = self._waiting.pop(sid, None)
            if echo is not None and ns:
                echo.rtt_ms = ns / 1_000_000
                if not echo.future.done():
                    echo.future.set_result(None)


class Pinger:
    """Pings hosts from one loop; `lacking` says why it cannot, None while it can."""

    def __init__(self, alarms: Alarms) -> None:
        self._alarms, self._loop = alarms, asyncio.get_running_loop()
        self.lacking: str | None = None
        self._families: dict[bool, _Family | None] = {}

    def close(self) -> None:
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
                self._families[six] = _Family(PS_IPV6 if six else PS_IPV4)
            except OSError as error:
                self._families[six] = None
                self.lacking = f"no right to ICMP{'v6' if six else ''} ({error}): {GRANT}"
                structlog.get_logger().warning("ping is left out", reason=self.lacking)
        return self._families[six]

    def begin(self, address: str, until: float) -> Echo | None:
        """Send one request; its future ends with the answer, or without one after a second or half the time."""
        family = self._families[":" in address]
        echo = family.send(address) if family is not None else None
        if echo is not None:
            now = self._loop.time()
            self._alarms.at(min((now + until) / 2, now + _FIRST_S), _give_up, echo)
        return echo

    async def ping(self, address: str, until: float, more: int = _MORE) -> Ping:
        """One request; if it is not answered in time, `more`; any answer counts until `until` (the loop's clock)."""
        if not self.can(address):
            return Ping(0, 0, None)
        echo = self.begin(address, until)
        if echo is not None:
            await echo.future
            if echo.rtt_ms is not None:
                return Ping(1, 1, echo.rtt_ms)
        return await self.repeat(address, echo, until, more)

    async def repeat(self, address: str, first: Echo | None, until: float, more: int = _MORE) -> Ping:
        """What `begin` began and had no answer: ask again, `more` times, to tell a loss from silence."""
        family = self._families[":" in address]
        assert family is not None
        return await self._more(family, address, first, until, more)

    async def _more(self, family: _Family, address: str, first: Echo | None, until: float, more: int) -> Ping:
        sent = [first, *(family.send(address) for _ in range(more))]
        echoes = [echo for echo in sent if echo is not None]
        waiting = [echo.future for echo in echoes if not echo.future.done()]
        if waiting:
            await asyncio.wait(waiting, timeout=max(0.0, min(until - self._loop.time(), _FIRST_S)))
        family.read()
        for echo in echoes:
            family.forget(echo)
        answered = [echo.rtt_ms for echo in echoes if echo.rtt_ms is not None]
        return Ping(len(sent), len(answered), answered[0] if answered else None)


def _give_up(echo: Echo, _: float = 0.0) -> None:
    if not echo.future.done():
        echo.future.set_result(None)


async def probe(target: Target, settings: Settings, deadline: float) -> Answer | None:
    """Round trip and loss. Cause: timeout. Left out (None) where this process has no right to ICMP."""
    pinger, address = settings.wire.pinger, target.address
    if not pinger.can(address):
        if settings.steps is not None:
            settings.steps.note("icmp", "left out", pinger.lacking or "")
        return None
    began = asyncio.get_running_loop().time()
    deaf = settings.wire.deaf.get(target.device, 0) >= _DEAF
    if deaf:
        deadline = min(deadline, began + 2 * _SHORT_S)
    echo = pinger.begin(address, deadline)
    if echo is not None:
        await echo.future
    if echo is not None and echo.rtt_ms is not None:
        ping = Ping(1, 1, echo.rtt_ms)
    else:
        ping = await pinger.repeat(address, echo, deadline, 0 if deaf else _MORE)
    if settings.steps is not None:
        told = f"{ping.answered} of {ping.sent} answered"
        settings.steps.note("icmp", f"echo request to {address}", told, began)
    if ping.rtt_ms is None:
        return Answer(False, "timeout", None, 1.0)
    return Answer(True, None, round(ping.rtt_ms, 3), 1 - ping.answered / ping.sent)
