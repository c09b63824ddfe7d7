"""`hallwatch poll` where gufo-snmp has no wheel and our own ICMP sockets cannot be had, as on Windows."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

from tests.snmpd import snmpd

ELSEWHERE = """
import importlib.abc, json, sys
import asyncio, icmplib  # these see which system it really is

class NoGufo(importlib.abc.MetaPathFinder):
    def find_spec(self, name, path=None, target=None):
        if name.partition(".")[0] == "gufo":
            raise ModuleNotFoundError(f"No module named {name!r}", name=name)

sys.meta_path.insert(0, NoGufo())
really, sys.platform = sys.platform, "win32"
import collector.icmp.probe  # chooses by the system
sys.platform = really

from typer.testing import CliRunner
from collector.wire import Wire
from hallwatch import cli

async def ways():
    wire = Wire()
    try:
        return [wire.engine.said["3"].split()[0], wire.pinger.way]
    finally:
        wire.close()

app = cli.app_of(["poll"])
polls = [
    CliRunner().invoke(app, ["poll", device, "--within", "2", "--json"], catch_exceptions=False)
    for device in ("V2", "V3", "BAD")
]
told = [json.loads(poll.stdout) for poll in polls]
print(json.dumps({"ways": asyncio.run(ways()), "polls": told, "gufo": "gufo" in sys.modules}))
"""
INVENTORY = """
halls: [{{id: h-01, name: 飞鹅路, kind: own}}]
devices:
  - {{id: V2, kind: pc, hall: h-01, address: 127.0.0.1, snmp: {{version: 2c, community: "env:WORD", port: {port}}}}}
  - {{id: V3, kind: pc, hall: h-01, address: 127.0.0.1, snmp: &sealer {{version: "3", port: {port}, user: sealer,
      auth: sha256, auth_key: "env:SIGN", priv: aes, priv_key: "env:SEAL"}}}}
  - {{id: BAD, kind: pc, hall: h-01, address: 127.0.0.1, snmp: {{version: "3", port: {port}, user: sealer,
      auth: sha256, auth_key: "env:SEAL", priv: aes, priv_key: "env:SEAL"}}}}
"""
SECRETS = {"WORD": "hall-7", "SIGN": "sealer-pass-1", "SEAL": "sealer-pass-2"}


@pytest.mark.slow
def test_without_gufo_and_without_linux_sockets_a_device_is_polled_all_the_same(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name, secret in SECRETS.items():
        monkeypatch.setenv(name, secret)
    (tmp_path / "hallwatch.toml").write_text('[inventory]\nfiles = ["halls.yaml"]\n')
    with snmpd(tmp_path) as agent:
        (tmp_path / "halls.yaml").write_text(INVENTORY.format(port=agent.port))
        run = subprocess.run(
            [sys.executable, "-c", ELSEWHERE], cwd=tmp_path, capture_output=True, text=True, timeout=60, check=False
        )
    assert run.returncode == 0, run.stderr
    said = json.loads(run.stdout)
    assert (said["ways"], said["gufo"]) == (["pysnmp", "icmplib"], False)
    plain, sealed, wrong = said["polls"]
    for one in (plain, sealed):
        assert (one["state"], one["identity"]["name"]) == ("up", "hall")
        assert one["rtt_ms"] is not None
        assert one["values"]["uptime"] > 0
    assert (wrong["state"], wrong["cause"]) == ("unknown", "auth")
    assert not any(secret in run.stdout + run.stderr for secret in SECRETS.values())
