"""The probe `icmp`: echo requests over one shared socket a family; without the right to it, left out and said once."""

from __future__ import annotations

import asyncio
import sys
from collections.abc import Callable, Mapping
from dataclasses import asdict
from typing import Final, NamedTuple, Protocol

import structlog

from collector.clock import clock_of
from collector.icmp.requests import Strays
from collector.icmp.socket import EchoSocket
from collector.probe import Answer, Settings
from collector.target import Target

FIRST_S: Final = 1.0  # until the first is taken for lost (an answer that is later still counts)
MORE: Final = 2  # asked after a lost one, to tell a loss from silence
_DEAF: Final = 3  # polls with SNMP but without ping, after which ping is given little time
_SHORT_S: Final = 0.2
_LOOK_S: Final = 0.05
GRANT: Final = (
    f"grant it with `setcap cap_net_raw+ep $(readlink -f {sys.executable})`, with AmbientCapabilities=CAP_NET_RAW in "
    "the systemd unit, or with `sysctl net.ipv4.ping_group_range='0 2147483647'`"
)


_log: Final = structlog.get_logger()


class Ping(NamedTuple):
    """What a poll's requests gave; `rtt_ms` of the first answered; `error`: what a router or our own system said of
    one. None was `sent` where we may not: without the right to ICMP, or past a filter of our own."""

    sent: int
    answered: int
    rtt_ms: float | None
    error: str | None = None


_ping: Final = tuple.__new__  # without the detour by names: this is done at every poll
Done = Callable[[Ping], None]


class Pinger(Protocol):
    """Pings hosts from one loop; `lacking` says why it cannot, None while it can."""

    lacking: str | None

    @property
    def way(self) -> str:
        """By what it pings, for people."""

    def can(self, address: str) -> bool:
        """Opens the socket when first asked; without the right says once what to grant (then False)."""

    def ask(self, address: str, until: float, done: Done, more: int = MORE) -> None:
        """One request; without an answer after a second or half the time, `more`; any answer counts until `until` (the
        loop's clock). `done` is called once, and never before `ask` returns. Only where `can`."""

    async def ping(self, address: str, until: float, more: int = MORE) -> Ping:
        """As `ask`; nothing is sent where it cannot."""

    def counts(self) -> Mapping[str, int]:
        """Datagrams that were no answer to what was asked, by reason, as far as it knows them."""

    def close(self) -> None:
        """Give the sockets back; what is asked now ends without an answer."""


class _Asked:
    """The requests of one poll; at `rings_at` (the loop's clock) the first is taken for lost, then all are."""

    __slots__ = ("_numbers", "_rtts", "address", "done", "error", "family", "first", "more", "rings_at", "until")

    def __init__(self, family: _Family, address: str, until: float, done: Done, more: int) -> None:
        self.family, self.address, self.until, self.more = family, address, until, more
        self.done: Done | None = done
        self.error: str | None = None
        self.first: int | None = None
        self._numbers: list[int | None] | None = None  # of all requests, once the first is given up
        now = family.clock()
        half = (now + until) / 2
        self.rings_at = half if half < now + FIRST_S else now + FIRST_S

    def answered(self, number: int, rtt_ms: float) -> None:
        done = self.done
        if done is None:
            return
        if self._numbers is None:
            self.done = None
            done(_ping(Ping, (1, 1, rtt_ms, self.error)))
            return
        self._rtts[number] = rtt_ms
        if all(one is None or one in self._rtts for one in self._numbers[1:]):
            self.end()

    def complained(self, error: str) -> None:
        self.error = error

    def ring(self) -> None:
        """The time is up."""
        if self._numbers is None:
            self.repeat()
        else:
            self.end()

    def repeat(self) -> None:
        """The first is not answered: ask again, to tell a loss from silence."""
        family = self.family
        if self.done is None:
            return
        self._numbers, self._rtts = [self.first], dict[int, float]()
        self.rings_at = min(self.until, family.clock() + FIRST_S)
        self._numbers += [family.send(self.address, self) for _ in range(self.more)]
        if all(number is None for number in self._numbers[1:]):
            if family.socket.barred and self.first is None:
                self._numbers = []
            self.end()

    def end(self) -> None:
        """Say what came of it."""
        done, self.done = self.done, None
        if done is None:
            return
        numbers = self._numbers or []
        for number in numbers:
            if number is not None:
                self.family.socket.requests.forget(number)
        answered = [self._rtts[number] for number in numbers if number in self._rtts] if numbers else []
        done(Ping(len(numbers), len(answered), answered[0] if answered else None, self.error))


class _Family:
    """The socket of IPv4 or IPv6 in a loop. Raises OSError without the right to it."""

    def __init__(self, six: bool, loop: asyncio.AbstractEventLoop, clock: Callable[[], float]) -> None:
        self.socket, self.clock = EchoSocket(six), clock
        self._send, self._read, self._loop = self.socket.send, self.socket.read, loop
        self._timer: asyncio.TimerHandle | None = None
        loop.add_reader(self.socket.fileno(), self._read)

    def send(self, address: str, asked: _Asked) -> int | None:
        """Its number, None where there is no way to the address."""
        if self._timer is None:
            self._timer = self._loop.call_later(_LOOK_S, self._look)
        return self._send(address, asked)

    def _look(self) -> None:
        """Ring where it is time. Almost all are answered at once: to look at the rest costs less than a timer each."""
        self._read()  # an answer may have come that nobody has looked at
        now = self.clock()
        for asked in self.socket.requests.askers():
            if isinstance(asked, _Asked) and asked.rings_at <= now and asked.done is not None:
                try:
                    asked.ring()
                except Exception:  # noqa: BLE001 - the others must hear
                    _log.exception("ping_not_ended")
        self._timer = self._loop.call_later(_LOOK_S, self._look) if len(self.socket.requests) else None

    def close(self) -> None:
        if self._timer is not None:
            self._timer.cancel()
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

    def ask(self, address: str, until: float, done: Done, more: int = MORE) -> None:
        """See `Pinger`."""
        family = self._families[":" in address]
        assert family is not None
        asked = _Asked(family, address, until, done, more)
        asked.first = family.send(address, asked)
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

        self.ask(address, until, done, more)
        return await future


def open_pinger(platform: str = sys.platform) -> Pinger:
    """The pinger that this system can have."""
    if platform == "linux":
        return OwnPinger()
    from collector.icmp.portable import PortablePinger

    return PortablePinger()


def short(polls: int, began: float, deadline: float) -> tuple[float, int]:
    """Until when to ask a device that answered SNMP but no ping for so many polls, and how many more after a loss."""
    return (min(deadline, began + 2 * _SHORT_S), 0) if polls >= _DEAF else (deadline, MORE)


def answer_of(ping: Ping) -> Answer | None:
    """Round trip and loss. Cause: timeout. None where nothing could be sent: that says nothing of the device."""
    if ping.sent == 0:
        return None
    if ping.rtt_ms is None:
        return Answer(False, "timeout", None, 1.0)
    return Answer(True, None, round(ping.rtt_ms, 3), 1 - ping.answered / ping.sent)


async def probe(target: Target, settings: Settings, deadline: float) -> Answer | None:
    """As `answer_of`. Left out (None) where this process has no right to ICMP."""
    pinger, address = settings.wire.pinger, target.address
    if not pinger.can(address):
        if settings.steps is not None:
            settings.steps.note("icmp", "left out", pinger.lacking or "")
        return None
    began = asyncio.get_running_loop().time()
    until, more = short(settings.wire.deaf.get(target.device, 0), began, deadline)
    ping = await pinger.ping(address, until, more)
    if settings.steps is not None:
        told = f"{ping.answered} of {ping.sent} answered" + (f" ({ping.error})" if ping.error else "")
        settings.steps.note("icmp", f"echo request to {address}", told, began)
    return answer_of(ping)
