"""`hallwatch demo`: the main job in one process, over a simulated city whose devices really answer."""

from __future__ import annotations

import asyncio
import json
import shutil
import socket
import threading
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from hallwatch.centre import Centre, Refusal
from hallwatch.compose import now_ms, page_address
from hallwatch.demo_people import People
from hallwatch.ensemble import Ensemble
from hallwatch.part import Part, on_loop
from hallwatch.running import embedded_broker, everything, serve
from hallwatch.settings import is_loopback, split_listen
from hallwatch.settings_file import load
from simulator.city import City, build, with_besides
from simulator.inventory import inventory_of
from simulator.scenarios import SCENARIOS
from simulator.serve import serve as answer
from store.database import writing
from store.tokens import create

MARK: Final = ".hallwatch-demo"
READY_S: Final = 20.0


@dataclass(frozen=True, slots=True)
class Demo:
    """What may be chosen; `folder` is the only thing that it leaves behind."""

    folder: Path = Path("hallwatch-demo")
    listen: str = "127.0.0.1:8080"
    language: str = "zh"
    seed: int = 1
    halls: int = 12
    devices: int = 150


def run(demo: Demo, ready: Callable[[Mapping[str, str]], None]) -> int:
    """Run until Ctrl-C; the exit code. `ready` gets a token for each role. Raises `Refusal` for a folder not ours."""
    prepare(demo.folder)
    ports = free_ports()
    city = with_besides(
        build(
            demo.seed, demo.halls, demo.devices, port=ports["snmp"], interval_s=5, http_port=ports["http"],
            print_port=ports["print"],
        ),
        ports["http"],
    )  # fmt: skip
    settings = write_files(demo, city, ports["mqtt"])
    centre = Centre(load(settings))
    centre.take_inventory()
    broker = embedded_broker(centre.loaded)
    devices = _simulator(demo, city)
    ensemble = everything(centre)
    tokens = _tokens(centre, city)
    working = {role: token for role, token in tokens.items() if not role.startswith("hall:")}
    ensemble.add("people", People(page_address(centre.loaded), working, time.time).run)
    open_reading = is_loopback(split_listen(demo.listen)[0])
    try:
        return serve(centre, ensemble, open_reading=open_reading, ready=lambda: ready(tokens))
    finally:
        devices.stop()
        if broker is not None:
            broker.stop()


def prepare(folder: Path) -> None:
    """An empty folder of ours; one of an earlier demo is emptied, any other that is not empty refused."""
    if folder.exists() and (not folder.is_dir() or (any(folder.iterdir()) and not (folder / MARK).exists())):
        raise Refusal(f"{folder} exists and is not a demo's folder; give another with --folder")
    if folder.exists():
        shutil.rmtree(folder)
    folder.mkdir(parents=True)
    (folder / MARK).touch()


def free_ports() -> dict[str, int]:
    """Ports that nothing uses now, on any of the loopback addresses."""
    wanted = {
        "mqtt": socket.SOCK_STREAM,
        "snmp": socket.SOCK_DGRAM,
        "http": socket.SOCK_STREAM,
        "print": socket.SOCK_STREAM,
    }
    held = {name: socket.socket(socket.AF_INET, kind) for name, kind in wanted.items()}
    try:
        for sock in held.values():
            sock.bind(("", 0))
        return {name: int(sock.getsockname()[1]) for name, sock in held.items()}
    finally:
        for sock in held.values():
            sock.close()


def write_files(demo: Demo, city: City, mqtt_port: int) -> Path:
    """The inventory and the settings of the demo, as a user would write them; the settings file."""
    text = json.dumps(_in_minutes(inventory_of(city)), ensure_ascii=False, indent=1)
    (demo.folder / "halls.json").write_text(text, encoding="utf-8")
    settings = demo.folder / "hallwatch.toml"
    settings.write_text(
        f'[site]\nlanguage = "{demo.language}"\n[http]\nlisten = "{demo.listen}"\n'
        f'[mqtt]\nlisten = "127.0.0.1:{mqtt_port}"\n[inventory]\nfiles = ["halls.json"]\n'
        '[collector]\nrecheck = "1s"\n[tickets]\nticket_after = "30s"\n',
        encoding="utf-8",
    )
    return settings


def _in_minutes(inventory: dict[str, Any]) -> dict[str, Any]:
    """The contracts with minutes for hours, so that a clock runs out while somebody watches."""
    for contract in inventory["contracts"]:
        contract["repair"]["targets"] = dict.fromkeys(contract["repair"]["targets"], "4m")
        contract["travel"]["default"] = "1m"
    return inventory


def _tokens(centre: Centre, city: City) -> dict[str, str]:
    """A new token for an operator, for each vendor and for one hall."""
    roles = ["operator", *(f"vendor:{id}" for id, _ in city.vendors), f"hall:{city.halls[0].id}"]
    with writing(centre.engine) as conn:
        return {role: create(conn, f"demo-{role.replace(':', '-')}", role, now_ms()) for role in roles}


def _simulator(demo: Demo, city: City) -> Part:
    """The devices, answering when this returns."""
    port_open, failures = threading.Event(), Ensemble()
    scenario = SCENARIOS["demo"](city, demo.seed, now_ms())

    async def devices(stop: asyncio.Event) -> None:
        await answer(city, scenario, city.devices[0].port, 1.0, stop, port_open.set)

    part = Part("simulator", on_loop(devices), failures.fail)
    part.start()
    if not port_open.wait(READY_S):
        raise Refusal(failures.failed or "the simulated devices did not start")
    return part
