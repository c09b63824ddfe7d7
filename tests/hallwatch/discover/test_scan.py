"""A scan of simulated devices that really answer, by the command line."""

from __future__ import annotations

import json
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import jsonschema
import pytest
from typer.testing import CliRunner, Result

from hallwatch import cli
from simulator.city import City
from simulator.inventory import inventory_of
from tests.simulator.conftest import serving, small_city, told
from tests.test_schemas import schema

HALL = "127.20.1.0/28"


@pytest.fixture(scope="module")
def city() -> Iterator[City]:
    built = small_city()
    with serving(built, told()):
        yield built


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    return tmp_path


def say(*words: str) -> Result:
    return CliRunner().invoke(cli.app_of(cli.COMMANDS), list(words), catch_exceptions=False)


def discover(city: City, *words: str) -> Result:
    quick = ("--port", str(city.devices[0].port), "--rate", "2000", "--timeout", "0.4", "--tcp", "never")
    return say("discover", *words, *quick)


def test_a_newcomer_finds_what_is_in_a_network_and_gets_an_inventory_that_check_takes(city: City) -> None:
    found = discover(city, HALL, "--inventory", "halls.yaml")
    assert found.exit_code == 0, "nothing was known, so nothing differs"
    rows = [line.split("\t") for line in found.stdout.splitlines()]
    kinds = {row[0]: row[2] for row in rows}
    for device in city.devices:
        if device.hall == "h-01" and device.community == "public" and device.kind in ("pc", "queue", "copier"):
            assert kinds[device.address] == {"pc": "PC", "queue": "queue machine", "copier": "copier"}[device.kind]
    assert say("check", "halls.yaml").exit_code == 0
    assert not Path("var").exists(), "a question makes no database"
    again = discover(city, HALL, "--inventory", "halls.yaml")
    assert again.exit_code == 2
    assert "is there already" in again.stderr


def test_O9_what_differs_from_the_inventory_is_told_and_the_exit_code_says_so(city: City, folder: Path) -> None:
    document = json.loads(json.dumps(inventory_of(city)))
    devices = {one["id"]: one for one in document["devices"]}
    moved, exchanged = (one for one in devices.values() if one["kind"] == "printer" and one["hall"] == "h-01")
    was, moved["address"] = moved["address"], "127.20.9.9"
    exchanged["serial"] = "ANOTHER-1"
    (folder / "halls.json").write_text(json.dumps(document))
    (folder / "hallwatch.toml").write_text('[inventory]\nfiles = ["halls.json"]\n')
    found = discover(city, HALL, "--json")
    assert found.exit_code == 1
    scan = json.loads(found.stdout)
    jsonschema.validate(scan, schema("discover"))
    changes = {(one["what"], one["device"], one["address"]) for one in scan["changes"]}
    new = {one for one in changes if one[0] == "new"}  # all of loopback answers ping
    assert {one[2] for one in new}.isdisjoint(device.address for device in city.devices)
    assert changes - new == {("moved", moved["id"], was), ("other_serial", exchanged["id"], exchanged["address"])}
    assert scan["complete"]
    switch = next(one for one in scan["found"] if one["device"] == "SW-0001")
    assert switch["kind"] == "switch", "asked with its own community"
    assert "hall-net" not in found.output

    (folder / "before.json").write_text(found.stdout)
    same = discover(city, HALL, "--since", "before.json", "--json")
    assert (same.exit_code, json.loads(same.stdout)["changes"]) == (0, [])


def test_wrong_use_is_told(city: City) -> None:
    for words in (("10.0.0.0/8",), ("10.1.1.0/24", "--community", "plain"), ("10.1.1.0/24", "--tcp", "often")):
        assert say("discover", *words).exit_code == 2


@pytest.mark.slow
def test_ctrl_c_gives_what_was_found_so_far(city: City, folder: Path) -> None:
    command = [
        sys.executable,
        "-m",
        "hallwatch",
        "discover",
        "127.20.1.0/24",
        "--json",
        "--rate",
        "20",
        "--timeout",
        "0.2",
    ]
    words = ["--port", str(city.devices[0].port), "--tcp", "never"]
    process = subprocess.Popen([*command, *words], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    deadline = time.monotonic() + 30
    while time.monotonic() < deadline and not _pings(process.pid):
        time.sleep(0.1)
    time.sleep(1.0)
    process.send_signal(signal.SIGINT)
    out, err = process.communicate(timeout=60)
    assert process.returncode == 130
    scan = json.loads(out)
    assert 0 < scan["asked"] < scan["addresses"] == 254
    assert not scan["complete"]
    assert "Stopped" in err


def _pings(pid: int) -> bool:
    """Has it opened sockets, so that its handlers stand?"""
    links = Path(f"/proc/{pid}/fd")
    found = [str(link.readlink()) for link in links.iterdir() if link.is_symlink()]
    return sum(name.startswith("socket:") for name in found) >= 3
