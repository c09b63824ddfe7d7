"""Traps and informs as a hint to ask a device at once: nothing that they say is believed (docs/traps.md)."""

from __future__ import annotations

import asyncio
import socket
import time
from collections import Counter, deque
from collections.abc import Callable, Iterable
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Any, Final

import structlog

from collector.hurries import Hurries
from collector.snmp.ber import BadEncoding
from collector.target import Snmp, Target
from collector.traps.notification import Notification, plain_head, plain_notification, version_of
from collector.traps.source import Bucket, Source, sources
from collector.traps.users import Refused, Users

log = structlog.get_logger(__name__)

MAX_OCTETS: Final = 8192
REASONS: Final = (
    *("unknown_source", "limited", "too_large", "malformed", "community"),
    *("user", "signature", "cipher", "replayed", "fault"),
)
"""For which of them a trap is refused; a `fault` is ours."""
_GOOD: Final = ("taken", "acknowledged", "engine_told")
_BATCH: Final = 64  # read in one turn of the loop; whoever sends more waits in the kernel, or is dropped there
_BREATH_S: Final = 0.005
_BUFFER: Final = 1 << 20
_SAID_EVERY_S: Final = 60.0
_LAST: Final = 20


@dataclass(frozen=True, slots=True)
class TrapConfig:
    """Where to listen, and `communities` and `users` that count for every device beside its own.

    Storm limits: one poll of a device in `pause_s`; read in full are `per_source` of an address and `per_all` of all
    addresses, (a second, at once).
    """

    host: str
    port: int = 162
    communities: tuple[str, ...] = field(default=(), repr=False)
    users: tuple[Snmp, ...] = ()
    pause_s: float = 10.0
    per_source: tuple[float, float] = (5.0, 20.0)
    per_all: tuple[float, float] = (200.0, 400.0)


class Traps:
    """Belongs to one event loop. `hurry` has a device asked now."""

    def __init__(self, config: TrapConfig, collector: str, hurry: Callable[[str], object]) -> None:
        self._config = config
        self._loop = asyncio.get_running_loop()
        self._communities = tuple(community.encode() for community in config.communities)
        self._users = Users(collector, time.time(), self._loop.time())
        self._sources: dict[str, Source] = {}
        self._share = Bucket(*config.per_all)
        self._hurries = Hurries(hurry, config.pause_s)
        self._wire: socket.socket | None = None
        self._buffer = bytearray(MAX_OCTETS + 1)
        self._last: deque[tuple[str, str]] = deque(maxlen=_LAST)
        self._said_at, self._said = float("-inf"), 0
        self._suspect: set[str] = set()  # addresses of devices of which something was refused since it was said
        self.counts: Counter[str] = Counter()
        self.error: str | None = None

    @property
    def address(self) -> tuple[str, int] | None:
        """Host and port that it hears, None where it hears nothing."""
        return None if self._wire is None else self._wire.getsockname()[:2]

    def open(self) -> None:
        """Listen; where that cannot be, `error` says why. Call it again as often as you like."""
        if self._wire is not None:
            return
        try:
            self._wire = listening(self._config.host, self._config.port)
        except OSError as error:
            reason = error.strerror or str(error)
            if reason != self.error:
                log.error("traps_not_heard", host=self._config.host, port=self._config.port, error=reason)
            self.error = reason
            return
        self.error = None
        self._loop.add_reader(self._wire, self._readable)

    def close(self) -> None:
        """Hear no more."""
        if self._wire is not None:
            self._loop.remove_reader(self._wire)
            self._wire.close()
            self._wire = None
        self._hurries.close()

    def follow(self, targets: Iterable[Target]) -> None:
        """Take hints about exactly these from now on."""
        targets = tuple(targets)
        before = self._sources
        self._sources = sources(targets, before, self._config.per_source)
        self._users.forget(before.keys() - self._sources.keys())
        self._hurries.keep({target.device for target in targets})

    def _readable(self) -> None:
        wire, counts = self._wire, self.counts
        if wire is None:
            return
        for _ in range(_BATCH):
            try:
                octets, where = wire.recvfrom_into(self._buffer)
            except BlockingIOError:
                return
            except OSError as error:  # what an earlier answer met on its way
                self.error = error.strerror
                return
            source = self._sources.get(where[0])
            if source is None:
                counts["unknown_source"] += 1
            else:
                self._weigh(source, octets, where)
        self._loop.remove_reader(wire)
        self._loop.call_later(_BREATH_S, self._resume, wire)

    def _resume(self, wire: socket.socket) -> None:
        if wire is self._wire:
            self._loop.add_reader(wire, self._readable)

    def _weigh(self, source: Source, octets: int, where: Any) -> None:
        """Refuse cheaply what is too large or too much, before anything of it is read."""
        now = self._loop.time()
        if octets > MAX_OCTETS:
            self.counts["too_large"] += 1
        elif not source.share.take(now) or not self._share.take(now):
            self.counts["limited"] += 1
        else:
            self._take(source, bytes(self._buffer[:octets]), where, now)

    def _take(self, source: Source, data: bytes, where: Any, now: float) -> None:
        try:
            devices, told = self._judge(source, data, where, now)
        except BadEncoding:
            self._refuse(source, "malformed")
        except Refused as refused:
            self._refuse(source, refused.reason)
        except Exception:  # the edge: whatever a datagram holds ends nothing
            self.counts["fault"] += 1
            log.exception("trap_failed", address=source.address)
        else:
            if told is not None:
                self._hint(devices, told)

    def _judge(self, source: Source, data: bytes, where: Any, now: float) -> tuple[list[str], Notification | None]:
        if version_of(data) == 3:
            users = source.users(self._config.users)
            verdict = self._users.judge(data, source.address, users, now)
            if verdict.answer is not None:
                self._answer(verdict.answer, where, "acknowledged" if verdict.told else "engine_told")
            return [device.id for device in source.devices], verdict.told
        head = plain_head(data)
        devices = source.knowing(head.community, self._communities)
        if not devices:
            self._refuse(source, "community")
            return [], None
        told = plain_notification(data, head)
        if told.answer is not None:
            self._answer(told.answer, where, "acknowledged")
        return devices, told

    def _refuse(self, source: Source, reason: str) -> None:
        self.counts[reason] += 1
        if len(self._suspect) < _LAST:
            self._suspect.add(source.address)

    def _answer(self, datagram: bytes, where: Any, what: str) -> None:
        assert self._wire is not None
        with suppress(OSError):
            self._wire.sendto(datagram, where)
            self.counts[what] += 1

    def _hint(self, devices: Iterable[str], told: Notification) -> None:
        self.counts["taken"] += 1
        for device in devices:
            if self._hurries.hint(device):
                self._last.append((device, told.name))
                log.info("trap_taken", device=device, notification=told.name)

    def tend(self) -> None:
        """Call now and then: listen again where it could not be, and say what was refused, at most once a minute."""
        self.open()
        refused = self.refused
        if refused > self._said and self._loop.time() - self._said_at >= _SAID_EVERY_S:
            self._said_at, self._said = self._loop.time(), refused
            log.warning("traps_refused", lately=sorted(self._suspect), **self.counts)
            self._suspect.clear()

    @property
    def refused(self) -> int:
        """How many changed nothing."""
        return self.counts.total() - sum(self.counts[name] for name in _GOOD)

    def stats(self) -> dict[str, Any]:
        """Figures for doctor and metrics; `refused_for` counts by reason, `last` is device and notification."""
        return {
            "listening": self.address is not None,
            "error": self.error,
            **{name: self.counts[name] for name in _GOOD},
            "hurried": self._hurries.made,
            "refused": self.refused,
            "refused_for": {name: n for name, n in sorted(self.counts.items()) if name not in _GOOD},
            "last": list(self._last),
        }


def listening(host: str, port: int) -> socket.socket:
    """A socket that hears UDP there; `::` hears version 4 too. Raises OSError."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    wire = socket.socket(family, socket.SOCK_DGRAM)
    try:
        if family == socket.AF_INET6:
            wire.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 0)
        wire.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, _BUFFER)
        wire.setblocking(False)
        wire.bind((host, port))
    except OSError:
        wire.close()
        raise
    return wire
