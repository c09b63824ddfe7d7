"""Simulated printers that really answer on loopback, in the loop that asks them: what one poll of one gives."""

from __future__ import annotations

import asyncio
import socket
from collections.abc import Awaitable, Callable, Sequence
from contextlib import closing
from dataclasses import replace
from typing import TypeVar

from collector.kind import Kind, kind_of, load_kinds
from collector.poll import Polled, poll_once
from collector.target import Snmp, Target
from collector.wire import Wire
from simulator.agent import Agent
from simulator.city import Device
from simulator.fault import Fault, fault
from simulator.model import Models
from simulator.scenario import Scenario
from simulator.unit import Unit


def _always(kind: Kind) -> Kind:
    """Its volatile tables are looked at whenever that may be: simulated time is not the loop's."""
    tables = {name: replace(table, every_s=0.0) for name, table in kind.tables.items()}
    return replace(kind, tables=tables, models=tuple(map(_always, kind.models)))


KINDS = {name: _always(kind) for name, kind in load_kinds().items() if name in ("printer", "copier")}
MODELS = Models(KINDS)
START = 1_793_800_000_000
MINUTE = 60_000
T = TypeVar("T")


class Printer:
    """One simulated printer; `now` is the simulated instant (ms), `poll` asks it as the collector does."""

    def __init__(self, wire: Wire, device: Device) -> None:
        self.now = START
        self._wire = wire
        self.snmp = Snmp(version=device.version, community=device.community, port=device.port)
        self.target = Target(device.id, device.kind, device.address, snmp=self.snmp, checks=("snmp",))

    async def poll(self, after: int = 0, within: float = 3.0) -> Polled:
        self.now += after
        kind = kind_of(KINDS, self.target.kind)
        assert kind is not None
        return await poll_once(self.target, kind, self.now, within, wire=self._wire)


def asked(
    model: str,
    play: Callable[[Printer], Awaitable[T]],
    faults: Sequence[tuple[str, int, int]] = (),
    kind: str = "printer",
    version: str = "2c",
) -> T:
    """What `play` does with a printer of this model that has `faults`: kind, from and until in minutes."""

    async def main() -> T:
        device = Device("P-1", kind, model, "h-1", "127.0.0.9", "SN1", 60, version=version, port=_free())
        story = [fault("P-1", name, START + a * MINUTE, START + b * MINUTE) for name, a, b in faults]
        with closing(Wire()) as wire:
            printer = Printer(wire, device)
            with closing(_serve(device, story, lambda: printer.now)):
                return await play(printer)

    return asyncio.run(main())


def _serve(device: Device, story: Sequence[Fault], clock: Callable[[], int]) -> Agent:
    scenario = Scenario(START, iter(sorted(story)))
    agent = Agent([Unit(device, MODELS.layout(device.kind, device.model), scenario)], clock)
    agent.open(device.port)
    return agent


def _free() -> int:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sock:
        sock.bind(("0.0.0.0", 0))
        return int(sock.getsockname()[1])
