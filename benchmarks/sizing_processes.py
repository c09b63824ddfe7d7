"""CPU, memory and network of collector, recorder, alerts and api as processes of their own over a simulated city.

As root, in a network of its own, so that the loopback interface counts nothing else:
`unshare --net bash -c "ip link set lo up; python -m benchmarks.sizing_processes [--devices 1000] [--seconds 240]"`.
Each device is polled every 60 s by SNMP and ping.
"""

from __future__ import annotations

import argparse
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Mapping
from pathlib import Path

from tests.recorder.brokers import free_port, mosquitto

PARTS = ("collector", "recorder", "alerts", "api")
HALLS = 50
WARM_S = 75
SETTINGS = """
[http]
listen = "127.0.0.1:{page}"
[mqtt]
url = "mqtt://127.0.0.1:{broker}"
[inventory]
files = ["halls.json"]
"""


class Process(subprocess.Popen[bytes]):
    """What Linux says of a process."""

    def cpu(self) -> float:
        """CPU seconds so far."""
        fields = Path(f"/proc/{self.pid}/stat").read_text().rpartition(")")[2].split()
        return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")

    def memory(self) -> float:
        """Resident MB."""
        return int(Path(f"/proc/{self.pid}/statm").read_text().split()[1]) * os.sysconf("SC_PAGE_SIZE") / 1e6


def started(folder: Path, *words: str) -> Process:
    """`hallwatch WORDS`, logging into a file."""
    log = (folder / f"{words[0]}.log").open("ab")
    command = [sys.executable, "-m", "hallwatch", *words]
    return Process(command, cwd=folder, stdout=log, stderr=log, env={**os.environ, "PYTHONPATH": str(Path.cwd())})


def wire() -> int:
    """Bytes that went over loopback so far, each counted once."""
    line = next(one for one in Path("/proc/net/dev").read_text().splitlines() if one.strip().startswith("lo:"))
    return int(line.partition(":")[2].split()[8])


def cpu(processes: Mapping[str, Process]) -> dict[str, float]:
    """CPU seconds of each so far."""
    return {name: one.cpu() for name, one in processes.items()}


def watched(processes: Mapping[str, Process], seconds: float) -> tuple[dict[str, float], int]:
    """CPU seconds of each, and bytes on the wire, in so many seconds."""
    before, bytes_before = cpu(processes), wire()
    time.sleep(seconds)
    after = cpu(processes)
    return {name: after[name] - before[name] for name in processes}, wire() - bytes_before


def measure(folder: Path, devices: int, seconds: float) -> None:
    """Print the figures."""
    page, broker = free_port(), free_port()
    (folder / "hallwatch.toml").write_text(SETTINGS.format(page=page, broker=broker))
    options = ("--devices", str(devices), "--halls", str(HALLS), "--scenario", "quiet", "--inventory", "halls.json")
    city = started(folder, "simulate", *options)
    while not (folder / "halls.json").exists():
        time.sleep(0.5)
    subprocess.run(
        [sys.executable, "-m", "hallwatch", "import", "halls.json"], cwd=folder, check=True, capture_output=True
    )
    processes: dict[str, Process] = {}
    try:
        processes["collector"] = started(folder, "collector")
        time.sleep(WARM_S)
        _, polled = watched(processes, 60)  # no broker yet: SNMP and ping only
        with mosquitto(folder / "broker", broker, "max_inflight_messages 1000", "max_queued_messages 100000"):
            for name in PARTS[1:]:
                processes[name] = started(folder, name)
            time.sleep(WARM_S)
            used, whole = watched(processes, seconds)
        polls = devices * seconds / 60
        for name in PARTS:
            memory = processes[name].memory()
            print(f"{name}: {used[name] / polls * 1000:.3f} CPU s a 1,000 polls, "
                  f"{used[name] / seconds * 100:.1f} % of a core, {memory:.0f} MB")  # fmt: skip
        print(f"devices: {polled / devices:.0f} B a poll; broker, in and out: {whole / polls - polled / devices:.0f} B")
    finally:
        for one in [*processes.values(), city]:
            one.terminate()
        for one in [*processes.values(), city]:
            one.wait(20)


def main() -> None:
    """Print all figures."""
    said = argparse.ArgumentParser()
    said.add_argument("--devices", type=int, default=1000)
    said.add_argument("--seconds", type=float, default=240)
    given = said.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        measure(Path(folder), given.devices, given.seconds)


if __name__ == "__main__":
    main()
