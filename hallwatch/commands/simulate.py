"""`hallwatch simulate`: the simulated devices alone, for load and for trying things out."""

from __future__ import annotations

import asyncio
import json
import signal
from collections.abc import Callable
from pathlib import Path
from typing import Annotated, Any, Final

import typer

from hallwatch.compose import now_ms
from hallwatch.console import Config, _, out
from simulator.city import BadCity, City, build
from simulator.inventory import inventory_of
from simulator.scenario import Scenario
from simulator.scenarios import SCENARIOS
from simulator.serve import BadModel, PortTaken, SimulatedClock, serve

FAULTS: Final = (BadCity, BadModel, PortTaken)
TRUTH_S: Final = 1.0

Halls = Annotated[int, typer.Option("--halls", min=1, max=2500)]
Devices = Annotated[int, typer.Option("--devices", min=1, max=100_000)]
Seed = Annotated[int, typer.Option("--seed")]
Port = Annotated[int, typer.Option("--port", help=_("UDP port of all SNMP agents"), min=1, max=65535)]
HttpPort = Annotated[int, typer.Option("--http-port", help=_("TCP port of the kiosks"), min=1, max=65535)]
PrintPort = Annotated[int, typer.Option("--print-port", help=_("TCP port of the printers"), min=1, max=65535)]
ScenarioName = Annotated[str, typer.Option("--scenario", help=" | ".join(SCENARIOS))]
Speed = Annotated[float, typer.Option("--speed", help=_("Simulated seconds in a real one"), min=0.01, max=100_000)]
Interval = Annotated[int, typer.Option("--interval", help=_("Polling interval in the inventory, seconds"), min=1)]
Collectors = Annotated[int, typer.Option("--collectors", help=_("Share the halls among so many collectors"), min=1)]
InventoryFile = Annotated[Path | None, typer.Option("--inventory", help=_("Write the inventory there"))]
TruthFile = Annotated[Path | None, typer.Option("--truth", help=_("Write what really was wrong there, as JSON lines"))]


def simulate(  # noqa: PLR0913, PLR0917 - each is an option of the command line
    halls: Halls = 12,
    devices: Devices = 150,
    seed: Seed = 1,
    port: Port = 1161,
    http_port: HttpPort = 8080,
    print_port: PrintPort = 9100,
    scenario: ScenarioName = "demo",
    speed: Speed = 1.0,
    interval: Interval = 60,
    collectors: Collectors = 1,
    inventory: InventoryFile = None,
    truth: TruthFile = None,
    config: Config = None,  # noqa: ARG001 - every command takes it; nothing here is configured by it
) -> None:
    """Answer SNMP for a whole city on loopback until Ctrl-C."""
    if scenario not in SCENARIOS:
        raise typer.BadParameter(_("one of: {known}").format(known=", ".join(SCENARIOS)), param_hint="--scenario")
    city = build(seed, halls, devices, port=port, interval_s=interval, http_port=http_port, print_port=print_port)
    clock = SimulatedClock(now_ms(), speed)
    story = SCENARIOS[scenario](city, seed, clock.start)

    def ready() -> None:
        if inventory is not None:
            inventory.write_text(json.dumps(shared(city, collectors), ensure_ascii=False, indent=1), encoding="utf-8")
        out.print(_("{devices} devices answer on UDP port {port}. Ctrl-C ends it.").format(devices=devices, port=port))

    asyncio.run(_answer(city, story, clock, truth, ready))


def shared(city: City, collectors: int) -> dict[str, Any]:
    """The inventory with its halls dealt to collectors c-01, c-02 …; with one, none is named."""
    document: dict[str, Any] = inventory_of(city)
    if collectors > 1:
        for number, hall in enumerate(document["halls"]):
            hall["collector"] = f"c-{number % collectors + 1:02}"
    return document


async def _answer(
    city: City, story: Scenario, clock: SimulatedClock, truth: Path | None, ready: Callable[[], None]
) -> None:
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(number, stop.set)
    telling = asyncio.create_task(_tell_truth(story, clock, truth, stop)) if truth else None
    await serve(city, story, city.devices[0].port, clock.speed, stop, ready, clock)
    if telling is not None:
        await telling


async def _tell_truth(story: Scenario, clock: SimulatedClock, file: Path, stop: asyncio.Event) -> None:
    """Write each fault when it has begun, in real time, so that a simulator that is killed has told all so far."""
    told = clock.start
    with file.open("w", encoding="utf-8") as lines:
        while True:
            ended = stop.is_set()
            until = clock()
            for fault in story.truth(told, until):
                if fault.start >= told:
                    real = fault._replace(start=clock.real(fault.start), until=clock.real(fault.until))
                    lines.write(json.dumps(real.as_document(), ensure_ascii=False) + "\n")
            lines.flush()
            told = until
            if ended:
                return
            await asyncio.sleep(TRUTH_S)
