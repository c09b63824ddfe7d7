"""What doctor says of collectors: by what they ask, whether traps can be heard, what was said that is none."""

from __future__ import annotations

import json
import socket
from pathlib import Path
from typing import Any

import pytest

from hallwatch.checkup_collectors import asking, collectors, traps
from hallwatch.compose import open_store
from hallwatch.finding import Finding
from hallwatch.settings import Collector, Settings
from hallwatch.settings_file import Loaded
from recorder.heartbeat import read_heartbeat
from store import heard
from store.database import writing

NOW = 1_790_000_000_000


def loaded(folder: Path, **collector: Any) -> Loaded:
    (folder / "var").mkdir(exist_ok=True)
    return Loaded(Settings(collector=Collector(**collector)), folder)


def told(findings: list[Finding]) -> list[tuple[str, str]]:
    return [(finding.grade, f"{finding.what}: {finding.told(str)}") for finding in findings]


@pytest.mark.parametrize(("engine", "by"), [("auto", "gufo-snmp"), ("gufo", "gufo-snmp"), ("pysnmp", "pysnmp")])
def test_it_says_by_what_devices_are_asked_here(tmp_path: Path, engine: str, by: str) -> None:
    (_, ping), (grade, snmp) = told(list(asking(loaded(tmp_path, snmp_engine=engine))))
    assert grade == "good"
    assert snmp.startswith(f"SNMP: versions 1 and 2c by own sockets, version 3 by {by} ")
    assert ping.startswith("ping: ")
    assert list(asking(loaded(tmp_path, enabled=False))) == []


def test_it_says_whether_traps_can_be_heard_here(tmp_path: Path) -> None:
    assert list(traps(loaded(tmp_path))) == []
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as taken:
        taken.bind(("127.0.0.1", 0))
        where = f"127.0.0.1:{taken.getsockname()[1]}"
        assert told(list(traps(loaded(tmp_path, traps=where)))) == [
            ("good", f"traps: {where} is taken, as it is while the collector runs")
        ]
    assert told(list(traps(loaded(tmp_path, traps=where)))) == [("good", f"traps: {where} is free for the collector")]
    ((grade, text),) = told(list(traps(loaded(tmp_path, traps="192.0.2.1:1162"))))
    assert grade == "bad"
    assert text.startswith("traps: nothing can listen at 192.0.2.1:1162: ")


def test_it_tells_what_a_collectors_heartbeat_said(tmp_path: Path) -> None:
    beat = {
        "v": 1,
        "online": True,
        "backlog": 3,
        "late": False,
        "shared_engines": 2,
        "unresolved": 1,
        "snmp3": "gufo",
        "traps": "0.0.0.0:162",
        "traps_heard": True,
        "traps_taken": 5,
        "traps_refused": 7,
        "sayings_refused": 4,
    }
    here = loaded(tmp_path)
    with writing(open_store(here)) as conn:
        for id, more in (
            ("c-01", {}),
            ("c-02", {"late": True, "isolated": True, "traps_heard": False, "traps": "Address in use"}),
        ):
            said = read_heartbeat(json.dumps(beat | more).encode(), id).as_document()
            heard.put(conn, heard.Collector(id, None, True, NOW, 0, said))
    found = told(list(collectors(here)))
    assert [text for text in found if "c-01" in text[1]] == [
        ("good", "collector: c-01: online, backlog 3"),
        ("good", "traps: c-01: hears them at 0.0.0.0:162; taken 5, refused 7 since its start"),
        ("look", "collector: c-01: engine ids that several devices bear: 2; give each its own (docs/traps.md)"),
        ("look", "collector: c-01: host names of devices that lead nowhere: 1"),
        ("look", "collector: c-01: messages of devices by MQTT that say nothing: 4 (docs/mqtt-devices.md)"),
    ]
    assert ("bad", "collector: c-02: cannot keep up; backlog 3") in found
    assert ("bad", "traps: c-02: cannot hear them: Address in use") in found
    assert ("bad", "collector: c-02: cut off from its own network, so it can judge no device") in found


@pytest.mark.parametrize("wrong", [[1], {"a": 1}, None, "x" * 301, "a\nb", 1e300, float("inf")])
def test_a_heartbeats_figures_that_are_none_are_left_out_and_the_rest_is_taken(wrong: object) -> None:
    document = {"v": 1, "online": True, "devices": 3, "traps_taken": wrong, "late": True, "stranger": 1}
    said = read_heartbeat(json.dumps(document).encode(), "c-01").as_document()
    assert said["devices"] == 3
    assert said["late"] is True
    assert "traps_taken" not in said
    assert "stranger" not in said
