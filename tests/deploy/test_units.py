"""The systemd units: accepted by systemd, closed to what they do not need, and each secret a credential."""

from __future__ import annotations

import configparser
import re
import subprocess
from pathlib import Path
from typing import Final

import pytest

from hallwatch.cli import COMMANDS
from hallwatch.settings import Settings
from tests.deploy.broker import DEPLOY

UNITS: Final = sorted((DEPLOY / "systemd").glob("*.service"))
EXPOSED: Final = 2.0  # of 10, by systemd's own count; most services of a distribution have 9
pytestmark = [pytest.mark.server, pytest.mark.slow]


def pairs(unit: Path) -> list[tuple[str, str]]:
    lines = [line for line in unit.read_text().splitlines() if line and line[0] not in "#["]
    return [(key, value) for key, _, value in (line.partition("=") for line in lines)]


def values(unit: Path, key: str) -> list[str]:
    return [value for name, value in pairs(unit) if name == key]


def analyze(*arguments: str) -> str:
    done = subprocess.run(["systemd-analyze", "--no-pager", *arguments], capture_output=True, text=True, check=False)
    return done.stdout + done.stderr


def test_systemd_takes_every_unit(tmp_path: Path) -> None:
    program = tmp_path / "hallwatch"
    program.write_text("#!/bin/sh\n")
    program.chmod(0o755)
    for unit in [*UNITS, DEPLOY / "systemd" / "hallwatch.target"]:
        (tmp_path / unit.name).write_text(unit.read_text().replace("/opt/hallwatch/bin/hallwatch", str(program)))
    units = [str(tmp_path / unit.name) for unit in UNITS]
    assert analyze("verify", "--recursive-errors=no", *units, str(tmp_path / "hallwatch.target")) == ""


@pytest.mark.parametrize("unit", UNITS, ids=lambda unit: unit.stem)
def test_a_unit_is_closed_to_what_it_does_not_need(unit: Path) -> None:
    said = analyze("security", "--offline=true", str(unit))
    found = re.search(r"exposure level for \S+: ([0-9.]+)", said)
    assert found is not None, said
    assert float(found[1]) <= EXPOSED, said


def test_only_the_collector_may_ping_and_hear_traps() -> None:
    assert {unit.stem: values(unit, "AmbientCapabilities") for unit in UNITS} == {
        "hallwatch-alerts": [""],
        "hallwatch-api": [""],
        "hallwatch-collector": ["CAP_NET_RAW CAP_NET_BIND_SERVICE"],
        "hallwatch-recorder": [""],
    }
    assert all(values(unit, "CapabilityBoundingSet") == values(unit, "AmbientCapabilities") for unit in UNITS)


@pytest.mark.parametrize("unit", UNITS, ids=lambda unit: unit.stem)
def test_a_unit_starts_a_command_that_there_is(unit: Path) -> None:
    (started,) = values(unit, "ExecStart")
    command = started.split()[1]
    assert command in COMMANDS
    assert unit.stem == f"hallwatch-{command}"


@pytest.mark.parametrize("unit", UNITS, ids=lambda unit: unit.stem)
def test_every_setting_of_a_unit_exists_and_every_secret_is_one_of_its_credentials(unit: Path) -> None:
    credentials = {one.split(":")[0] for one in values(unit, "LoadCredential")}
    used = set()
    for one in values(unit, "Environment"):
        name, _, value = one.partition("=")
        section, _, key = name.removeprefix("HALLWATCH_").lower().partition("__")
        model = Settings.model_fields[section].annotation
        assert model is not None
        assert key in model.model_fields, name
        if value.startswith("file:"):
            assert value.startswith("file:%d/")
            used.add(value.removeprefix("file:%d/"))
        else:
            assert key == "username"
    assert used == credentials


@pytest.mark.parametrize("unit", UNITS, ids=lambda unit: unit.stem)
def test_a_watchdog_watches_only_who_tells_it(unit: Path) -> None:
    tells = unit.stem != "hallwatch-api"  # uvicorn's loop has the main thread there
    assert values(unit, "WatchdogSec") == (["60"] if tells else [])
    assert values(unit, "Type") == ["notify"]


def test_units_differ_only_where_they_must() -> None:
    own = {"Description", "ExecStart", "After", "LoadCredential", "Environment", "EnvironmentFile", "WatchdogSec"}
    own |= {"MemoryMax", "CapabilityBoundingSet", "AmbientCapabilities"}
    shared = [[pair for pair in pairs(unit) if pair[0] not in own] for unit in UNITS]
    assert all(one == shared[0] for one in shared)


def test_no_unit_says_a_thing_twice() -> None:
    for unit in UNITS:
        parser = configparser.RawConfigParser(strict=False)
        parser.read_string(unit.read_text())
        once = [key for key, _ in pairs(unit) if key not in ("LoadCredential", "Environment", "SystemCallFilter")]
        assert len(once) == len(set(once)), unit.name
