"""A program of ours or a broker as a process that may be killed and started again at any time."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Mapping
from pathlib import Path

HALLWATCH = [sys.executable, "-m", "hallwatch"]


def free_port(kind: socket.SocketKind = socket.SOCK_STREAM) -> int:
    """A port of 127.0.0.1 that nothing listens on now."""
    with socket.socket(socket.AF_INET, kind) as sock:
        sock.bind(("127.0.0.1", 0))
        return int(sock.getsockname()[1])


def wait_until(what: str, true: Callable[[], bool], patience_s: float = 30.0) -> None:
    """Wait for `true()`; AssertionError naming `what` where it does not come."""
    until = time.monotonic() + patience_s
    while not true():
        if time.monotonic() > until:
            raise AssertionError(f"{what}: not within {patience_s:g} s")
        time.sleep(0.05)


def listening(port: int) -> bool:
    """Whether something accepts on 127.0.0.1:port."""
    with socket.socket() as sock:
        sock.settimeout(0.2)
        return sock.connect_ex(("127.0.0.1", port)) == 0


class Process:
    """`command` with its output in `log`; started, killed (SIGKILL) and started again."""

    def __init__(self, name: str, command: list[str], folder: Path, env: Mapping[str, str] | None = None) -> None:
        self.name = name
        self._command = command
        self._folder = folder
        self._env = {**os.environ, **(env or {})}
        self._running: subprocess.Popen[bytes] | None = None
        self.kills = 0

    @property
    def log(self) -> Path:
        """Where its output goes."""
        return self._folder / f"{self.name}.log"

    def start(self) -> None:
        """Start it."""
        with self.log.open("ab") as log:
            self._running = subprocess.Popen(
                self._command, cwd=self._folder, env=self._env, stdout=log, stderr=log, stdin=subprocess.DEVNULL
            )

    def alive(self) -> bool:
        """Whether it runs."""
        return self._running is not None and self._running.poll() is None

    def kill(self) -> None:
        """SIGKILL, and wait until it is gone."""
        if self._running is not None:
            self._running.kill()
            self._running.wait()
            self.kills += 1

    def stop(self, patience_s: float = 15.0) -> int | None:
        """SIGTERM; SIGKILL where that does not help within `patience_s`. Its exit code."""
        if self._running is None:
            return None
        self._running.send_signal(signal.SIGTERM)
        try:
            return self._running.wait(patience_s)
        except subprocess.TimeoutExpired:
            self._running.kill()
            return self._running.wait()
