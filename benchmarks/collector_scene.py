"""Where the subjects of the collector's benchmark stand: so many agents, a share of them dead, far or lossy.

Living agents are addresses of 127.0.0.0/8 that one process answers for, on the last core. Dead ones are addresses of
10.99.0.0/16 behind a wire on which nobody is: what is sent to them vanishes. That wire lies in a network namespace that
this process makes for itself, so dead agents need root.
"""

from __future__ import annotations

import ctypes
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final, NamedTuple

OIDS: Final = tuple(f"1.3.6.1.2.1.43.10.2.1.4.1.{n}" for n in range(1, 15))
PORT: Final = 16161
SUBJECT_CPU: Final = 0
_NEWNET: Final = 0x40000000
_TICKS: Final = os.sysconf("SC_CLK_TCK")


class Scene(NamedTuple):
    """So large a share of the agents is dead, each answers after so many ms, but for so large a share of requests."""

    name: str
    dead: float = 0.0
    delay_ms: float = 0.0
    loss: float = 0.0


SCENES: Final = (
    Scene("all"),
    Scene("dead_5", dead=0.05),
    Scene("dead_30", dead=0.30),
    Scene("far", delay_ms=20.0, loss=0.01),
)


def living(number: int) -> str:
    """The address of a living agent."""
    return f"127.{1 + number // 62_500}.{number // 250 % 250}.{1 + number % 250}"


def addresses(count: int, dead: float = 0.0) -> list[str]:
    """So many agents, that share of them dead, evenly spread."""
    of_twenty = round(dead * 20)
    return [
        f"10.99.{number // 250}.{1 + number % 250}" if number % 20 < of_twenty else living(number)
        for number in range(count)
    ]


def own_network() -> bool:
    """Move this process and all that it starts into a network of its own, with the dead wire; False: not root."""
    if os.geteuid() != 0 or ctypes.CDLL(None, use_errno=True).unshare(_NEWNET) != 0:
        return False
    for line in (
        *("link set lo up", "link add name dead type veth peer name void", "addr add 10.98.0.1/32 dev dead"),
        *("link set dead arp off", "link set dead up", "link set void up", "route add 10.99.0.0/16 dev dead"),
    ):
        subprocess.run(["ip", *line.split()], check=True)
    return True


class Stage(NamedTuple):
    """A scene that is set: who answers there and where it counts what it answered."""

    scene: Scene
    hosts: list[str]
    counter: Path
    responder: int

    def answered(self) -> int:
        """Requests answered so far."""
        return int.from_bytes(self.counter.read_bytes(), sys.byteorder)

    def busy(self) -> float:
        """CPU seconds of the answering process so far: at one a second it is what limits the subjects."""
        return cpu_of(self.responder)


@contextmanager
def stage(scene: Scene, devices: int) -> Iterator[Stage]:
    """The scene with its answering process."""
    with tempfile.NamedTemporaryFile(prefix="hallwatch-bench-") as file:
        file.write(bytes(8))
        file.flush()
        command = [sys.executable, "-m", "benchmarks.responder", str(PORT), str((os.cpu_count() or 1) - 1)]
        options = ["--delay", str(scene.delay_ms), "--loss", str(scene.loss), "--count", file.name]
        with subprocess.Popen([*command, *options], stdout=subprocess.PIPE) as process:
            assert process.stdout is not None
            process.stdout.readline()
            try:
                yield Stage(scene, addresses(devices, scene.dead), Path(file.name), process.pid)
            finally:
                process.terminate()


def cpu_of(pid: int) -> float:
    """CPU seconds of a process and its ended children."""
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return sum(int(field) for field in fields[11:15]) / _TICKS


def memory_of(pid: int) -> float:
    """The most memory a process has had, MB."""
    for line in Path(f"/proc/{pid}/status").read_text().splitlines():
        if line.startswith("VmHWM:"):
            return int(line.split()[1]) / 1024
    return 0.0


class Speed(NamedTuple):
    """Devices asked a second (answered or given up), CPU seconds of 1,000, the most memory in MB, the share of the time
    that the answering process was busy; `late`: of the living, the worst lag as a share of
    the interval; `full_rate`, `full_cpu`: before it slowed down."""

    rate: float
    cpu: float
    memory_mb: float
    busy: float = 0.0
    late: float | None = None
    full_rate: float | None = None
    full_cpu: float | None = None


def watched(pid: int, stage: Stage, seconds: float) -> Speed:
    """The speed of another process, by what the agents have answered for it."""
    began, count, cpu, busy = time.perf_counter(), stage.answered(), cpu_of(pid), stage.busy()
    time.sleep(seconds)
    took = time.perf_counter() - began
    asked = stage.answered() - count
    each = (cpu_of(pid) - cpu) / asked * 1000 if asked else float("nan")
    return Speed(asked / took, each, memory_of(pid), (stage.busy() - busy) / took)
