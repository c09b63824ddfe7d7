"""The echo requests of one poll: one, and more where that is lost, to tell a loss from silence."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final, NamedTuple, Protocol

FIRST_S: Final = 1.0  # until the first is taken for lost (an answer that is later still counts)


class Ping(NamedTuple):
    """What a poll's requests gave; `rtt_ms` of the first answered; `error`: what a router or our own system said of
    one. None was `sent` where we may not: without the right to ICMP, or past a filter of our own."""

    sent: int
    answered: int
    rtt_ms: float | None
    error: str | None = None


_ping: Final = tuple.__new__  # without the detour by names: this is done at every poll


class Family(Protocol):
    """What sends requests to addresses of IPv4 or of IPv6."""

    @property
    def barred(self) -> bool:
        """Was the last request kept back by our own system?"""

    def clock(self) -> float:
        """The loop's."""

    def send(self, address: str, asked: Asked) -> int | None:
        """The request's number, None where there is no way to the address."""

    def forget(self, number: int) -> None:
        """An answer to it will be late."""


class _Rest:
    """All requests and what was answered, once the first was given up."""

    __slots__ = ("numbers", "rtts")

    def __init__(self, first: int | None) -> None:
        self.numbers: list[int | None] = [first]
        self.rtts: dict[int, float] = {}


class Asked:
    """Whoever asks is one; `pinged` is what is to be done then. At `rings_at` (the loop's clock) the first request is
    taken for lost, then all are."""

    __slots__ = ("_error", "_family", "_more", "_rest", "_until", "address", "first", "over", "rings_at")

    def begin(self, family: Family, address: str, now: float, until: float, more: int) -> None:
        """Ask, now, and `more` times without an answer after a second or half the time until `until`."""
        self._family, self.address, self._until, self._more = family, address, until, more
        self._rest: _Rest | None = None
        self._error: str | None = None
        self.over = False
        half = (now + until) / 2
        self.rings_at = half if half < now + FIRST_S else now + FIRST_S
        self.first = family.send(address, self)

    def pinged(self, ping: Ping) -> None:
        """Called once: this is what came of it."""
        raise NotImplementedError

    def answered(self, number: int, rtt_ms: float) -> None:
        """One was, after so many ms."""
        rest = self._rest
        if self.over:
            return
        if rest is None:
            self.over = True
            self.pinged(_ping(Ping, (1, 1, rtt_ms, self._error)))
            return
        rest.rtts[number] = rtt_ms
        if all(one is None or one in rest.rtts for one in rest.numbers[1:]):
            self.end()

    def complained(self, error: str) -> None:
        """A router or the host says that one cannot be delivered; an answer may still come."""
        self._error = error

    def ring(self) -> None:
        """The time is up."""
        if self._rest is None:
            self.repeat()
        else:
            self.end()

    def repeat(self) -> None:
        """The first is not answered: ask again."""
        if self.over:
            return
        family = self._family
        self._rest = rest = _Rest(self.first)
        self.rings_at = min(self._until, family.clock() + FIRST_S)
        rest.numbers += [family.send(self.address, self) for _ in range(self._more)]
        if all(number is None for number in rest.numbers[1:]):
            if family.barred and self.first is None:
                rest.numbers = []
            self.end()

    def end(self) -> None:
        """Say what came of it."""
        rest = self._rest
        if self.over or rest is None:
            return
        self.over = True
        for number in rest.numbers:
            if number is not None:
                self._family.forget(number)
        answered = [rest.rtts[number] for number in rest.numbers if number in rest.rtts]
        self.pinged(Ping(len(rest.numbers), len(answered), answered[0] if answered else None, self._error))


class Told(Asked):
    """Asks, and has a function called."""

    __slots__ = ("pinged",)

    def __init__(self, done: Callable[[Ping], None]) -> None:
        self.pinged = done  # type: ignore[assignment]
