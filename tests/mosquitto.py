"""A real Mosquitto for tests: plain or with TLS and password, on a free loopback port, killed and started at will."""

from __future__ import annotations

import os
import shutil
import signal
import socket
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

PROGRAM = shutil.which("mosquitto", path=f"{os.environ.get('PATH', '')}:/usr/sbin") or "/usr/sbin/mosquitto"


def free_port() -> int:
    """A TCP port of 127.0.0.1 that nobody has now."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


@dataclass
class Mosquitto:
    """One broker; `username`, `password` and `ca` are set where it wants them."""

    directory: Path
    port: int
    username: str | None = None
    password: str | None = None
    ca: Path | None = None
    process: subprocess.Popen[bytes] | None = field(default=None, repr=False)

    @property
    def url(self) -> str:
        """mqtt:// or mqtts:// of 127.0.0.1."""
        return f"{'mqtts' if self.ca else 'mqtt'}://127.0.0.1:{self.port}"

    def start(self) -> None:
        """Start and wait until it listens. Raises RuntimeError with its log."""
        log = (self.directory / "log").open("ab")
        with log:
            command = [PROGRAM, "-c", str(self.directory / "mosquitto.conf")]
            self.process = subprocess.Popen(command, stdout=log, stderr=log)
        for _ in range(200):
            with socket.socket() as probe:
                if probe.connect_ex(("127.0.0.1", self.port)) == 0:
                    return
            if self.process.poll() is not None:
                break
            time.sleep(0.025)
        self.kill()
        raise RuntimeError((self.directory / "log").read_text())

    def kill(self) -> None:
        """kill -9: whatever it held in memory is gone."""
        self._end(signal.SIGKILL)

    def stop(self) -> None:
        """SIGTERM: it saves what it keeps."""
        self._end(signal.SIGTERM)

    def _end(self, how: signal.Signals) -> None:
        if self.process is not None:
            self.process.send_signal(how)
            self.process.wait(30)
            self.process = None


@contextmanager
def mosquitto(directory: Path, *, secure: bool = False) -> Iterator[Mosquitto]:
    """A running broker with its files in `directory`; anonymous, or with TLS and the password of one user."""
    directory.mkdir(parents=True, exist_ok=True)
    directory.chmod(0o755)
    broker = Mosquitto(directory, free_port())
    lines = [f"listener {broker.port} 127.0.0.1", "persistence true", f"persistence_location {directory}/"]
    if os.geteuid() == 0:
        lines.append("user root")
    if secure:
        broker.username, broker.password, broker.ca = "gateway", "s3cret-of-the-gateway", _certify(directory)
        _passwords(directory / "passwords", broker.username, broker.password)
        lines += [f"cafile {directory}/ca.pem", f"certfile {directory}/broker.pem", f"keyfile {directory}/broker.key"]
        lines += ["allow_anonymous false", f"password_file {directory}/passwords"]
    else:
        lines.append("allow_anonymous true")
    (directory / "mosquitto.conf").write_text("\n".join(lines) + "\n")
    broker.start()
    try:
        yield broker
    finally:
        broker.kill()


def _passwords(path: Path, username: str, password: str) -> None:
    path.touch(mode=0o600)
    subprocess.run(["mosquitto_passwd", "-b", str(path), username, password], check=True, capture_output=True)


def _certify(directory: Path) -> Path:
    """A CA of our own and a certificate of it for 127.0.0.1."""
    ca, key = directory / "ca.pem", directory / "ca.key"
    curve = ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-days", "2"]
    _openssl("req", "-x509", *curve, "-subj", "/CN=hallwatch test CA", "-keyout", key, "-out", ca)
    request, names = directory / "broker.csr", directory / "names.cnf"
    _openssl("req", "-new", *curve[:-2], "-subj", "/CN=broker", "-keyout", directory / "broker.key", "-out", request)
    names.write_text("subjectAltName=IP:127.0.0.1,DNS:localhost\n")
    signed: list[str | Path] = [
        "-req",
        "-in",
        request,
        "-CA",
        ca,
        "-CAkey",
        key,
        "-CAcreateserial",
        "-days",
        "2",
        "-extfile",
        names,
    ]
    _openssl("x509", *signed, "-out", directory / "broker.pem")
    return ca


def _openssl(*arguments: str | Path) -> None:
    subprocess.run(["openssl", *map(str, arguments)], check=True, capture_output=True)
