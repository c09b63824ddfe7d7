"""`hallwatch demo`: the main job in one process, over a simulated city whose devices really answer."""

from __future__ import annotations

import asyncio
import json
import shutil
import socket
import threading
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from hallwatch.centre import Centre, Refusal
from hallwatch.compose import now_ms
from hallwatch.ensemble import Ensemble
from hallwatch.part import Part, on_loop
from hallwatch.running import embedded_broker, everything, serve
from hallwatch.settings import is_loopback, split_listen
from hallwatch.settings_file import load
from simulator.city import City, build
from simulator.inventory import inventory_of
from simulator.scenarios import SCENARIOS
from simulator.serve import serve as answer

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


def run(demo: Demo, ready: Callable[[], None]) -> int:
    """Run until Ctrl-C; the exit code. Raises `Refusal` for a folder that is not ours."""
    prepare(demo.folder)
    ports = free_ports()
    city = build(
        demo.seed, demo.halls, demo.devices, port=ports["snmp"], interval_s=5, http_port=ports["http"],
        print_port=ports["print"],
    )  # fmt: skip
    settings = write_files(demo, city, ports["mqtt"])
    centre = Centre(load(settings))
    centre.take_inventory()
    broker = embedded_broker(centre.loaded)
    devices = _simulator(demo, city)
    ensemble = everything(centre)
    try:
        return serve(centre, ensemble, open_reading=is_loopback(split_listen(demo.listen)[0]), ready=ready)
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
    text = json.dumps(inventory_of(city), ensure_ascii=False, indent=1)
    (demo.folder / "halls.json").write_text(text, encoding="utf-8")
    settings = demo.folder / "hallwatch.toml"
    settings.write_text(
        f'[site]\nlanguage = "{demo.language}"\n[http]\nlisten = "{demo.listen}"\n'
        f'[mqtt]\nlisten = "127.0.0.1:{mqtt_port}"\n[inventory]\nfiles = ["halls.json"]\n'
        '[collector]\nrecheck = "1s"\n[tickets]\nticket_after = "30s"\n',
        encoding="utf-8",
    )
    return settings


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
