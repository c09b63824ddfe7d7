"""net-snmp's own senders against the receiver: every version, signed and enciphered, what they do with an answer."""

from __future__ import annotations

import asyncio
import os
import shutil
from pathlib import Path

import pytest

from collector.target import Snmp, Target
from collector.traps.receiver import TrapConfig, Traps

pytestmark = pytest.mark.server
HALL = Snmp("2c", "hall-7")
SEALER = Snmp("3", "", 161, "sealer", "sha256", "sealer-pass-1", "aes", "sealer-pass-2")
ENGINE = ["-e", "0x80001f8880aabbccdd"]


def _user(snmp: Snmp) -> list[str]:
    auths = {"md5": "MD5", "sha": "SHA", "sha224": "SHA-224", "sha256": "SHA-256", "sha384": "SHA-384"}
    said = [
        "-v3",
        "-u",
        snmp.user or "",
        "-l",
        "authPriv" if snmp.priv else "authNoPriv" if snmp.auth else "noAuthNoPriv",
    ]
    if snmp.auth:
        said += ["-a", auths.get(snmp.auth, "SHA-512"), "-A", snmp.auth_key or ""]
    if snmp.priv:
        said += ["-x", {"des": "DES", "aes": "AES"}.get(snmp.priv, snmp.priv.upper()), "-X", snmp.priv_key or ""]
    return said


async def _send(program: str, home: Path, where: tuple[str, int], *arguments: str) -> int:
    """Run snmptrap or snmpinform to its end; 0 where an inform was acknowledged."""
    path = shutil.which(program)
    assert path is not None, f"{program} is not installed: apt-get install snmp"
    trap = ["", "1.3.6.1.6.3.1.1.5.3"]
    if "-v1" in arguments:
        trap = ["1.3.6.1.4.1.8072", "127.0.0.1", "2", "0", ""]
    options = ["-r", "0", "-t", "1", f"udp:{where[0]}:{where[1]}", *trap]
    environment = {**os.environ, "SNMP_PERSISTENT_DIR": str(home), "MIBS": "", "SNMPCONFPATH": str(home)}
    process = await asyncio.create_subprocess_exec(path, *arguments, *options, env=environment)
    return await process.wait()


def _tried(home: Path, user: Snmp, *sends: tuple[str, list[str], int]) -> tuple[list[str], dict[str, int]]:
    """Whom the messages had asked, and what was counted; each is sent by a program that ends with the number given."""

    async def main() -> tuple[list[str], dict[str, int]]:
        hurried: list[str] = []
        traps = Traps(TrapConfig("127.0.0.1", 0, pause_s=0.0), "c-01", hurried.append)
        traps.open()
        traps.follow([Target("D-0", "switch", "127.0.0.1", snmp=user)])
        assert traps.address is not None
        try:
            ended = [await _send(program, home, traps.address, *arguments) for program, arguments, _ in sends]
            await asyncio.sleep(0.05)
        finally:
            traps.close()
        assert ended == [code for _, _, code in sends]
        return hurried, dict(traps.counts)

    return asyncio.run(main())


def test_traps_and_informs_of_versions_1_and_2c(tmp_path: Path) -> None:
    hurried, counts = _tried(
        tmp_path,
        HALL,
        ("snmptrap", ["-v1", "-c", "hall-7"], 0),
        ("snmptrap", ["-v2c", "-c", "hall-7"], 0),
        ("snmpinform", ["-v2c", "-c", "hall-7"], 0),
        ("snmptrap", ["-v2c", "-c", "hall-8"], 0),
    )
    assert set(hurried) == {"D-0"}
    assert counts == {"taken": 3, "acknowledged": 1, "community": 1}


@pytest.mark.parametrize(
    ("auth", "priv"),
    [("sha256", "aes"), ("md5", "des"), ("sha512", "aes256"), ("sha224", "aes192"), ("sha384", None), (None, None)],
)
def test_traps_of_version_3_whatever_signs_and_enciphers_them(tmp_path: Path, auth: str, priv: str | None) -> None:
    user = Snmp("3", "", 161, "u", auth, auth and "pass-phrase-1", priv, priv and "pass-phrase-2")
    hurried, counts = _tried(tmp_path, user, ("snmptrap", [*ENGINE, *_user(user)], 0))
    assert hurried == ["D-0"]
    assert counts == {"taken": 1}


def test_informs_of_version_3_are_acknowledged_to_who_has_the_keys(tmp_path: Path) -> None:
    other = Snmp("3", "", 161, "sealer", "sha256", "another-pass-1", "aes", "sealer-pass-2")
    hurried, counts = _tried(tmp_path, SEALER, ("snmpinform", _user(SEALER), 0), ("snmpinform", _user(other), 1))
    assert hurried == ["D-0"]
    assert (counts["taken"], counts["acknowledged"]) == (1, 1)
    assert counts["signature"] >= 1
