"""A real influxd (Debian's 1.6.7) for tests: plain, with users, or with TLS; on a free loopback port."""

from __future__ import annotations

import shutil
import signal
import ssl
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx2

from store.influx.address import Address
from tests.mosquitto import _certify, free_port

PROGRAM = shutil.which("influxd") or "/usr/bin/influxd"
_CONFIG = """
reporting-disabled = true
bind-address = "127.0.0.1:0"
[meta]
dir = "{directory}/meta"
[data]
dir = "{directory}/data"
wal-dir = "{directory}/wal"
query-log-enabled = false
[http]
bind-address = "127.0.0.1:{port}"
log-enabled = false
auth-enabled = {users}
https-enabled = {tls}
https-certificate = "{directory}/influxd.pem"
{http}
[monitor]
store-enabled = false
[continuous_queries]
enabled = false
[retention]
check-interval = "1s"
"""


@dataclass
class Influxd:
    """One server; `username` and `password` are its administrator's where it has users, `ca` is set with TLS."""

    directory: Path
    port: int
    username: str | None = None
    password: str | None = None
    ca: Path | None = None
    process: subprocess.Popen[bytes] | None = field(default=None, repr=False)

    @property
    def url(self) -> str:
        """As `metrics.url`, with the default database."""
        return f"influxdb{'s' if self.ca else ''}://127.0.0.1:{self.port}"

    def address(self, bucket: str = "hallwatch") -> Address:
        """As its administrator, if it has one."""
        return Address.of(f"{self.url}?bucket={bucket}", username=self.username, password=self.password, ca=self.ca)

    def start(self) -> None:
        """Start and wait until it answers. Raises RuntimeError with its log."""
        with (self.directory / "log").open("ab") as log:
            command = [PROGRAM, "-config", str(self.directory / "influxd.conf")]
            self.process = subprocess.Popen(command, stdout=log, stderr=log)
        base, verify = self.address().base, self._verify()
        for _ in range(400):
            try:
                if httpx2.get(f"{base}/ping", verify=verify, trust_env=False).status_code == 204:
                    return
            except httpx2.HTTPError:
                time.sleep(0.025)
            if self.process.poll() is not None:
                break
        self.kill()
        raise RuntimeError((self.directory / "log").read_text())

    def _verify(self) -> ssl.SSLContext | bool:
        return ssl.create_default_context(cafile=str(self.ca)) if self.ca else True

    def kill(self) -> None:
        """kill -9: what it had not synced to its log is gone."""
        self._end(signal.SIGKILL)

    def stop(self) -> None:
        """SIGTERM."""
        self._end(signal.SIGTERM)

    def _end(self, how: signal.Signals) -> None:
        if self.process is not None:
            self.process.send_signal(how)
            self.process.wait(10)
            self.process = None

    def ask(self, query: str, **parameters: str) -> Any:
        """An InfluxQL statement as the administrator; what it answers, JSON. Raises on refusals."""
        pair = (self.username, self.password) if self.username and self.password else None
        said = httpx2.post(
            f"{self.address().base}/query",
            data={"q": query, "epoch": "ms", **parameters},
            auth=pair,
            verify=self._verify(),
            trust_env=False,
        )
        document = said.raise_for_status().json()
        for result in document.get("results", []):
            if "error" in result:
                raise RuntimeError(result["error"])
        return document


@contextmanager
def influxd(directory: Path, *, users: bool = False, tls: bool = False, http: str = "") -> Iterator[Influxd]:
    """A running server with its files in `directory`; with `users` it has one administrator. `http`: more settings."""
    directory.mkdir(parents=True, exist_ok=True)
    server = Influxd(directory, free_port())
    if tls:
        server.ca = _certify(directory)
        parts = [(directory / name).read_text() for name in ("broker.pem", "broker.key")]
        (directory / "influxd.pem").write_text("".join(parts))
    switches = {"users": str(users).lower(), "tls": str(tls).lower()}
    (directory / "influxd.conf").write_text(
        _CONFIG.format(directory=directory, port=server.port, http=http, **switches)
    )
    try:
        server.start()
        if users:
            server.ask("CREATE USER root WITH PASSWORD 's3cret-of-the-root' WITH ALL PRIVILEGES")
            server.username, server.password = "root", "s3cret-of-the-root"
        yield server
    finally:
        server.kill()
