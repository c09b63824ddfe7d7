"""What a collector needs as its devices grow: CPU, memory and lag at an interval of 60 s, and its full speed.

`python -m benchmarks.collector_growth [--json FILE] [--plot FILE]` runs one collector with 1,000, 10,000 and 50,000
devices, each on one core in a process of its own, against agents that answer from another core.
"""

from __future__ import annotations

import argparse
import json
import platform
from pathlib import Path
from typing import Any, Final

from benchmarks.collector import inside
from benchmarks.collector_plot import Panel, plot
from benchmarks.collector_scene import SCENES, own_network, stage

SIZES: Final = (1_000, 10_000, 50_000)
INTERVAL_S: Final = 60.0
_SECONDS: Final = 20.0


def size(devices: int) -> dict[str, float]:
    """One collector with so many devices. RuntimeError where it did not come to an end."""
    with stage(SCENES[0], devices) as place:
        steady = inside(place, subject="slow", devices=devices, interval_s=INTERVAL_S, seconds=_SECONDS)
    if steady is None or steady.late is None or steady.full_rate is None or steady.full_cpu is None:
        raise RuntimeError(f"no figures with {devices} devices")
    return {
        "devices": devices,
        "polls_per_s": steady.rate,
        "cpu_share": steady.rate * steady.cpu / 1000,
        "cpu": steady.cpu,
        "memory_mb": steady.memory_mb,
        "lag_s": steady.late * INTERVAL_S,
        "full_rate": steady.full_rate,
        "full_cpu": steady.full_cpu,
    }


def measure() -> dict[str, Any]:
    """All sizes in turn."""
    own_network()
    sizes = [size(devices) for devices in SIZES]
    return {"interval_s": INTERVAL_S, "python": platform.python_version(), "sizes": sizes}


def picture(figures: dict[str, Any]) -> str:
    """The figures as SVG."""
    sizes = figures["sizes"]
    devices = [one["devices"] for one in sizes]
    return plot(
        f"One collector on one core, each device every {figures['interval_s']:.0f} s",
        "devices",
        devices,
        (
            Panel("CPU, % of a core", [100 * one["cpu_share"] for one in sizes]),
            Panel("memory, MB", [one["memory_mb"] for one in sizes]),
            Panel("longest lag, ms", [1000 * one["lag_s"] for one in sizes]),
        ),
    )


def render(figures: dict[str, Any]) -> str:
    """For people."""
    return "\n".join(
        f"{one['devices']:6} devices: {one['polls_per_s']:6.0f} polls/s take {one['cpu_share']:6.1%} of a core"
        f" ({one['cpu']:.3f} CPU s per 1,000), {one['memory_mb']:4.0f} MB, longest lag {1000 * one['lag_s']:.0f} ms;"
        f" at full speed {one['full_rate']:.0f} devices/s at {one['full_cpu']:.3f}"
        for one in figures["sizes"]
    )


def main() -> None:
    """Print a line a size."""
    parser = argparse.ArgumentParser(description="What a collector needs as its devices grow.")
    parser.add_argument("--json", type=Path, help="write the figures there as well")
    parser.add_argument("--plot", type=Path, help="draw them there, as SVG")
    given = parser.parse_args()
    figures = measure()
    print(render(figures))
    if given.json:
        given.json.write_text(json.dumps(figures, indent=2) + "\n")
    if given.plot:
        given.plot.write_text(picture(figures))


if __name__ == "__main__":
    main()
