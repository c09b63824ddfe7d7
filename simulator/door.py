"""The TCP ports of simulated devices: a socket each that is shut while its device is dead, so that it refuses."""

from __future__ import annotations

import asyncio
import contextlib
import heapq
import resource
from collections.abc import Callable, Iterable
from typing import Final

from simulator.agent import PortTaken
from simulator.city import Device
from simulator.scenario import FOREVER, Scenario

MAX_ASKED: Final = 8192
PATIENCE_S: Final = 5.0
MAX_CALLERS: Final = 64
SPARE_FILES: Final = 512
_HEALTHY: Final = b'{"status":"ok"}\n'
_ANSWER: Final = (
    b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: %d\r\nConnection: close\r\n\r\n%b"
    % (len(_HEALTHY), _HEALTHY)
)


class Door:
    """One device's port; `set` opens or shuts it. Kiosks answer HTTP, printers swallow what they are sent."""

    def __init__(self, device: Device) -> None:
        self.device = device
        self._server: asyncio.Server | None = None
        self._callers: set[asyncio.StreamWriter] = set()

    async def set(self, is_open: bool) -> None:
        """Open or shut, whatever it was. Raises `PortTaken`."""
        if is_open and self._server is None:
            await self._open()
        elif not is_open and self._server is not None:
            self._server.close()
            self._server = None
            for writer in self._callers:
                writer.transport.abort()

    async def _open(self) -> None:
        address, port = self.device.address, self.device.tcp or 0
        try:
            self._server = await asyncio.start_server(self._called, address, port, limit=MAX_ASKED, reuse_address=True)
        except OSError as error:
            raise PortTaken(address, port, error.strerror or str(error)) from error

    async def _called(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        if self._server is None or len(self._callers) >= MAX_CALLERS:
            writer.transport.abort()
            return
        self._callers.add(writer)
        try:
            with contextlib.suppress(OSError, TimeoutError, EOFError, asyncio.LimitOverrunError):
                async with asyncio.timeout(PATIENCE_S):
                    await self._talk(reader, writer)
        finally:
            self._callers.discard(writer)
            writer.close()

    async def _talk(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        if self.device.kind == "kiosk":
            await reader.readuntil(b"\r\n\r\n")
            writer.write(_ANSWER)
            await writer.drain()
        else:
            while await reader.read(4096):
                pass


class Doors:
    """All doors of a city; `open` first, then `turn` whenever `next_turn` has come, `close` at last."""

    def __init__(self, devices: Iterable[Device], scenario: Scenario) -> None:
        self._doors = [Door(device) for device in devices if device.tcp is not None]
        self._scenario = scenario
        self._turns: list[tuple[int, int]] = []

    async def open(self, t: int) -> None:
        """Open those that are open at the simulated instant `t`. Raises `PortTaken`."""
        _allow_files(len(self._doors) + SPARE_FILES)
        self._turns = [(t, number) for number in range(len(self._doors))]
        await self.turn(lambda: t)

    @property
    def next_turn(self) -> int:
        """The simulated instant at which a door may change."""
        return self._turns[0][0] if self._turns else FOREVER

    async def turn(self, clock: Callable[[], int]) -> None:
        """Set every door whose instant has come."""
        while self.next_turn <= (t := clock()):
            _, number = heapq.heappop(self._turns)
            door = self._doors[number]
            situation = self._scenario.state_at(door.device.id, t)
            heapq.heappush(self._turns, (max(situation.until, t + 1), number))
            await door.set(not situation.closed)

    async def close(self) -> None:
        """Shut them all."""
        for door in self._doors:
            await door.set(False)
        for _ in range(3):  # who came in at the last moment is only now heard, and shown out
            await asyncio.sleep(0)


def _allow_files(wanted: int) -> None:
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    if soft < wanted:
        with contextlib.suppress(ValueError, OSError):
            resource.setrlimit(resource.RLIMIT_NOFILE, (min(wanted, hard) if hard >= 0 else wanted, hard))
