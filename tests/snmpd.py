"""net-snmp's snmpd on a free loopback port, with versions 1, 2c and 3 and whatever objects a test gives it."""

from __future__ import annotations

import os
import shutil
import socket
import subprocess
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

PROGRAM = shutil.which("snmpd", path=f"{os.environ.get('PATH', '')}:/usr/sbin:/usr/local/sbin")
COMMUNITY = "hall-7"
USERS = """
createUser nobody
createUser signer SHA "signer-pass-1"
createUser sealer SHA-256 "sealer-pass-1" AES "sealer-pass-2"
rouser nobody noauth
rouser signer auth
rouser sealer priv
"""
Object = int | str
"""An integer, or the text of an octet string."""


def free_port() -> int:
    """A UDP port on loopback that nobody has now."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


@dataclass
class Snmpd:
    """A running agent; `restart` starts it anew with the same engine, as a device that was switched off and on."""

    folder: Path
    port: int
    objects: Mapping[str, Object] = field(default_factory=dict)
    users: str = USERS
    process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        override = "".join(_override(oid, value) for oid, value in self.objects.items())
        config = self.folder / "snmpd.conf"
        config.write_text(
            f"agentaddress udp:127.0.0.1:{self.port},udp:127.0.0.2:{self.port}\n"
            f"rocommunity {COMMUNITY}\nsysName hall\n{self.users}{override}"
        )
        environment = {**os.environ, "SNMP_PERSISTENT_DIR": str(self.folder / "state"), "MIBS": ""}
        assert PROGRAM is not None, "snmpd is not installed: apt-get install snmpd"
        command = [PROGRAM, "-f", "-C", "-c", str(config), "-Lf", str(self.folder / "log"), "-I", "-smux"]
        self.process = subprocess.Popen(command, env=environment, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        self._wait()

    def stop(self) -> None:
        if self.process is not None:
            self.process.terminate()
            self.process.wait(60)
            self.process = None

    def restart(self, objects: Mapping[str, Object] | None = None) -> None:
        self.stop()
        self.objects = self.objects if objects is None else objects
        self.start()

    def _wait(self) -> None:
        """Until it answers (a request of version 2c for sysUpTime, by hand)."""
        name = COMMUNITY.encode()
        pdu = bytes.fromhex("a01902040000002a020100020100300b300906052b060102010500")
        body = b"\x02\x01\x01\x04" + bytes([len(name)]) + name + pdu
        request = b"\x30" + bytes([len(body)]) + body
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
            probe.connect(("127.0.0.1", self.port))
            probe.settimeout(0.1)
            end = time.monotonic() + 60
            while time.monotonic() < end:
                assert self.process is not None
                assert self.process.poll() is None, (self.folder / "log").read_text()[-2000:]
                try:
                    probe.send(request)
                    probe.recv(2000)
                except (TimeoutError, ConnectionRefusedError):
                    time.sleep(0.05)
                else:
                    return
        raise AssertionError("snmpd does not answer")


def _override(oid: str, value: Object) -> str:
    if isinstance(value, int):
        return f"override {oid} integer {value}\n"
    return f'override {oid} octet_str "{value}"\n'


@contextmanager
def snmpd(folder: Path, objects: Mapping[str, Object] | None = None, users: str = USERS) -> Iterator[Snmpd]:
    """An agent that serves the machine's own objects and those given (OID -> value) in their stead."""
    agent = Snmpd(folder, free_port(), objects or {}, users)
    agent.start()
    try:
        yield agent
    finally:
        agent.stop()
