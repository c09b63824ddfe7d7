"""How many devices a collector asks a second on one core, beside others that ask the same, in one run.

`python -m benchmarks.collector [--devices 10000] [--rounds 3] [--seconds 2] [--json FILE]`: a GET of 14 values (the
collector pings as well) of agents that answer from another core; each subject in a process of its own, on one core, in
turn; medians of the rounds. The scenes: all answer; 5 % and 30 % dead; 20 ms away with 1 % of the requests lost. With
dead devices also how late the living are asked. Then our pings beside fping's. Dead devices need root.
"""

from __future__ import annotations

import argparse
import json
import platform
import statistics
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final

from benchmarks import collector_others as others
from benchmarks import collector_ping
from benchmarks.collector_scene import SCENES, Scene, Speed, Stage, own_network, stage

OURS: Final = "collector"
_ONCE: Final = ("pysnmp",)
_IN_PYTHON: Final = (OURS, "own socket", "gufo-snmp", "pysnmp")
_LATE_DEVICES, _LATE_INTERVAL_S, _LATE_S = 5000, 10.0, 10.0
_PATIENCE_S: Final = 240.0


def subjects() -> Iterator[str]:
    """Whoever is here."""
    yield from _IN_PYTHON
    for name, program in (("collectd", "collectd"), ("snmp_exporter", "prometheus-snmp-exporter")):
        if others.lacking(program):
            sys.stderr.write(f"{program} is not installed, and left out\n")
        else:
            yield name


def inside(place: Stage, **asked: Any) -> Speed | None:
    """What benchmarks.collector_subject finds in a process of its own; None if it does not end."""
    given = json.dumps({**asked, "scene": place.scene, "responder": place.responder})
    command = [sys.executable, "-m", "benchmarks.collector_subject", given]
    try:
        done = subprocess.run(command, stdout=subprocess.PIPE, timeout=_PATIENCE_S, check=False)
    except subprocess.TimeoutExpired:
        return None
    return Speed(**json.loads(done.stdout)) if done.returncode == 0 else None


def one(subject: str, place: Stage, devices: int, seconds: float) -> Speed | None:
    """One subject once; None if it could not do it in bounded time."""
    if subject == "collectd":
        speed: Speed | None = others.collectd(place, seconds)
    elif subject == "snmp_exporter":
        speed = others.exporter(place, seconds)
    else:
        speed = inside(place, subject=subject, devices=devices, seconds=seconds)
    return speed if speed is not None and speed.cpu == speed.cpu and speed.rate else None


def scene_figures(scene: Scene, devices: int, rounds: int, seconds: float) -> dict[str, dict[str, float] | None]:
    """By subject the medians of the rounds, None for one that could not do the scene in bounded time."""
    found: dict[str, list[Speed]] = {name: [] for name in subjects()}
    for number in range(rounds):
        for name, speeds in found.items():
            if number and (name in _ONCE or not speeds):
                continue
            with stage(scene, devices) as place:
                speed = one(name, place, devices, seconds)
            if speed is not None:
                speeds.append(speed)
    return {name: _medians(speeds) if speeds else None for name, speeds in found.items()}


def _medians(speeds: list[Speed]) -> dict[str, float]:
    names = ("rate", "cpu", "memory_mb", "busy")
    return {name: statistics.median(getattr(speed, name) for speed in speeds) for name in names}


def lateness(scene: Scene) -> dict[str, float] | None:
    """How late the living are asked by a collector that has time enough, the dead beside them."""
    with stage(scene, _LATE_DEVICES) as place:
        asked = {"subject": "late", "devices": _LATE_DEVICES}
        speed = inside(place, **asked, interval_s=_LATE_INTERVAL_S, seconds=_LATE_S)
    if speed is None or speed.late is None:
        return None
    return {"devices": _LATE_DEVICES, "interval_s": _LATE_INTERVAL_S, "late": speed.late}


def measure(devices: int, rounds: int, seconds: float) -> dict[str, Any]:
    """Everything; the pings first, for they need the machine's own network."""
    ping = collector_ping.measure(2000, rounds)
    apart = own_network()
    scenes = [scene for scene in SCENES if apart or not scene.dead]
    figures: dict[str, Any] = {"devices": devices, "rounds": rounds, "seconds": seconds}
    figures["python"] = platform.python_version()
    figures["scenes"] = {scene.name: scene_figures(scene, devices, rounds, seconds) for scene in scenes}
    figures["lateness"] = {scene.name: lateness(scene) for scene in scenes if scene.dead or scene.name == "all"}
    with stage(SCENES[0], 2000) as place:
        own = one("own ping", place, 2000, seconds)
    figures["ping"] = {**ping, "own_at_full_speed": None if own is None else own._asdict()}
    return figures


def render(figures: dict[str, Any]) -> str:
    """For people."""
    lines = []
    for scene, found in figures["scenes"].items():
        for name, medians in found.items():
            if medians is None:
                lines.append(f"{scene:8} {name:14} not in bounded time")
                continue
            ratio = medians["cpu"] / found[OURS]["cpu"]
            lines.append(
                f"{scene:8} {name:14} {medians['rate']:8.0f} devices/s  {medians['cpu']:8.3f} CPU s per 1,000"
                f" ({ratio:6.2f} of the collector's)  {medians['memory_mb']:5.0f} MB  agents busy {medians['busy']:.0%}"
            )
    lines += [f"{scene:8} living late: {one['late']:.2%} of the interval" for scene, one in figures["lateness"].items()]
    return "\n".join([*lines, collector_ping.render(figures["ping"])])


def main() -> None:
    """Print one line a subject and scene."""
    parser = argparse.ArgumentParser(description="Speed and memory of the whole collector beside others.")
    parser.add_argument("--devices", type=int, default=10_000)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--seconds", type=float, default=2.0)
    parser.add_argument("--json", type=Path, help="write the figures there as well")
    given = parser.parse_args()
    figures = measure(given.devices, given.rounds, given.seconds)
    print(render(figures))
    if given.json:
        given.json.write_text(json.dumps(figures, indent=2) + "\n")


if __name__ == "__main__":
    main()
