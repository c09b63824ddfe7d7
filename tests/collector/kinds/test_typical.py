"""An agent that has nothing of its kind looks like another; every recorded one looks like its own."""

from __future__ import annotations

import asyncio
import re
from pathlib import Path

import pytest

from collector.kind import BadKind, Kind, load_kinds
from tests.collector.kinds import hosts, recordings
from tests.collector.kinds.hosts import EATON, KINDS, LINUX, WINDOWS, Objects, poll

PRINTERS = [name for name in vars(recordings) if name.isupper() and isinstance(getattr(recordings, name), dict)]


def unlike(kind: Kind, objects: Objects) -> bool:
    return kind.unlike(asyncio.run(poll(kind, objects)).values)


@pytest.mark.parametrize("name", [name for name in PRINTERS if not name.startswith("_")])
def test_every_recorded_printer_looks_like_one(name: str) -> None:
    assert not unlike(KINDS["printer"], dict(getattr(recordings, name)))


def test_computers_and_switches_entered_as_printers_or_ups_look_like_none() -> None:
    for objects in (WINDOWS, LINUX, hosts.HUAWEI):
        assert unlike(KINDS["printer"], objects)
        assert unlike(KINDS["copier"], objects)
        assert unlike(KINDS["ups"], objects)
        assert not unlike(KINDS["pc"], objects), "its kind names nothing typical"
    assert not unlike(KINDS["ups"], EATON)
    assert unlike(KINDS["printer"], EATON)


def test_what_did_not_answer_looks_like_nothing_else() -> None:
    assert not KINDS["printer"].unlike({})
    assert not KINDS["printer"].unlike({"identity.descr": "x"})
    assert KINDS["printer"].unlike({"uptime": 1, "supply.1.capacity": 1})
    assert not KINDS["printer"].unlike({"uptime": 1, "supply.1.level": 1})


def test_what_a_file_takes_away_is_not_typical_of_its_kind(tmp_path: Path) -> None:
    (tmp_path / "x.yaml").write_text("kind: x\nlike: printer\nget: {pages: null}\ntables: {supply: null}\nrules: []\n")
    (tmp_path / "y.yaml").write_text("kind: y\nlike: x\ntypical: errors\n")
    (tmp_path / "z.yaml").write_text("kind: z\nlike: x\ntypical: []\n")
    kinds = load_kinds(tmp_path)
    assert [kinds[name].typical for name in "xyz"] == [("printer_status", "errors"), ("errors",), ()]
    (tmp_path / "y.yaml").write_text("kind: y\nlike: x\ntypical: pages\n")
    with pytest.raises(BadKind, match=re.escape("y.yaml:3: typical: there is no value 'pages'")):
        load_kinds(tmp_path)
