"""A collector away from the centre: its inventory over HTTP with a token, cached; it works on without the centre."""

from __future__ import annotations

import json
import sqlite3
import subprocess
from pathlib import Path

import pytest

from tests.mosquitto import mosquitto
from tests.proof.process import HALLWATCH, Process, free_port, listening, wait_until

pytestmark = [pytest.mark.server, pytest.mark.timeout(120)]

INVENTORY = {
    "calendars": {"always": {"zone": "UTC", "week": {"mon-sun": ["00:00-24:00"]}}},
    "branches": [{"id": "b", "name": "b"}],
    "halls": [
        {"id": "h-1", "name": "one", "branch": "b", "kind": "own", "calendar": "always", "collector": "c-01"},
        {"id": "h-2", "name": "two", "branch": "b", "kind": "own", "calendar": "always", "collector": "c-02"},
    ],
}


def device(name: str, hall: str, port: int) -> dict[str, object]:
    return {
        "id": name,
        "kind": "kiosk",
        "hall": hall,
        "address": "127.0.0.1",
        "interval": "1s",
        "checks": [f"tcp:{port}"],
    }


def facts(folder: Path) -> dict[str, int]:
    """Facts by device in the centre's database."""
    query = "select devices.id, count(*) from observations join devices on n = device group by 1"
    try:
        with sqlite3.connect(f"file:{folder}/centre.db?mode=ro", uri=True, timeout=30) as database:
            return dict(database.execute(query).fetchall())
    except sqlite3.OperationalError:
        return {}


def test_a_distant_collector_polls_its_part_and_works_on_without_the_centre(tmp_path: Path) -> None:
    http = free_port()
    with mosquitto(tmp_path) as broker:
        devices = [device("K-1", "h-1", broker.port), device("K-2", "h-2", broker.port)]
        (tmp_path / "halls.json").write_text(json.dumps({**INVENTORY, "devices": devices}))
        (tmp_path / "centre.toml").write_text(
            f'[http]\nlisten = "127.0.0.1:{http}"\n[mqtt]\nurl = "{broker.url}"\n[inventory]\nfiles = ["halls.json"]\n'
            '[database]\nurl = "sqlite:///centre.db"\n[metrics]\npath = "metrics.db"\n[collector]\nenabled = false\n'
        )
        made = [*HALLWATCH, "token", "create", "gateway", "--role", "collector:c-02", "-c", "centre.toml"]
        token = subprocess.run(made, cwd=tmp_path, capture_output=True, check=True, text=True).stdout.split()[-1]
        (tmp_path / "distant.toml").write_text(
            f'[mqtt]\nurl = "{broker.url}"\n[collector]\nid = "c-02"\noutbox = "outbox"\ncache = "cache.json"\n'
            f'centre = "http://127.0.0.1:{http}"\ntoken = "env:GATEWAY_TOKEN"\n'
        )
        centre = Process("centre", [*HALLWATCH, "up", "-c", "centre.toml"], tmp_path)
        distant = Process(
            "distant", [*HALLWATCH, "collector", "-c", "distant.toml"], tmp_path, {"GATEWAY_TOKEN": token}
        )
        try:
            centre.start()
            wait_until("the centre", lambda: listening(http))
            distant.start()
            wait_until("facts of its own device", lambda: facts(tmp_path).get("K-2", 0) > 0)
            assert "K-1" not in facts(tmp_path)

            centre.kill()
            distant.kill()
            before, held = facts(tmp_path)["K-2"], _octets(tmp_path / "outbox")
            distant.start()  # nobody tells it its inventory now
            wait_until("more in its outbox", lambda: _octets(tmp_path / "outbox") > held + 800, 60)
            centre.start()
            wait_until("what it saw meanwhile", lambda: facts(tmp_path).get("K-2", 0) > before + 5)
        finally:
            distant.stop()
            centre.stop()
    assert token not in (tmp_path / "cache.json").read_text() + (tmp_path / "distant.log").read_text()


def _octets(folder: Path) -> int:
    return sum(path.stat().st_size for path in folder.glob("*.seg"))
