"""A real VictoriaMetrics (Debian's) for tests: takes line protocol, and shows what it took."""

from __future__ import annotations

import json
import shutil
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx2

from tests.mosquitto import free_port

PROGRAM = shutil.which("victoria-metrics") or "/usr/bin/victoria-metrics"


@dataclass
class Victoria:
    """One server."""

    port: int

    @property
    def url(self) -> str:
        """As `metrics.url`."""
        return f"influxdb://127.0.0.1:{self.port}"

    def export(self, match: str) -> list[Any]:
        """Its series by a selector: `metric`, `values`, `timestamps` (ms)."""
        base = f"http://127.0.0.1:{self.port}"
        httpx2.get(f"{base}/internal/force_flush", trust_env=False).raise_for_status()
        told = httpx2.get(f"{base}/api/v1/export", params={"match[]": match}, trust_env=False)
        return [json.loads(line) for line in told.raise_for_status().text.splitlines()]


@contextmanager
def victoria(directory: Path) -> Iterator[Victoria]:
    """A running server with its files in `directory`."""
    directory.mkdir(parents=True, exist_ok=True)
    server = Victoria(free_port())
    command = [PROGRAM, f"-httpListenAddr=127.0.0.1:{server.port}", f"-storageDataPath={directory}/data"]
    with (directory / "log").open("wb") as log:
        process = subprocess.Popen([*command, "-retentionPeriod=10y"], stdout=log, stderr=log)
    try:
        _wait(server, process, directory / "log")
        yield server
    finally:
        process.kill()
        process.wait(10)


def _wait(server: Victoria, process: subprocess.Popen[bytes], log: Path) -> None:
    for _ in range(400):
        try:
            if httpx2.get(f"http://127.0.0.1:{server.port}/health", trust_env=False).is_success:
                return
        except httpx2.HTTPError:
            time.sleep(0.025)
        if process.poll() is not None:
            break
    raise RuntimeError(log.read_text())
