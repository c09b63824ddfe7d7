"""A backup made while facts come in, put onto another machine: nothing changed or doubled, what lacks is sent again."""

from __future__ import annotations

import json
import shutil
import sqlite3
import subprocess
import threading
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from hallwatch import cli
from recorder.mqtt import MqttConfig
from recorder.recorder import Recorder
from store import papers, seals, streams
from store.database import migrate, open_database, reading, writing
from store.embedded_metrics import EmbeddedMetrics
from store.fault import StoreError
from store.seals import New
from tests.recorder.brokers import BareCollector, free_port, mosquitto, recording, until
from tests.recorder.centre import POLICIES, Centre, city, heartbeat

SETTINGS = """
[database]
url = "sqlite:///hallwatch.db"
[metrics]
path = "metrics.db"
[inventory]
files = ["halls.yaml"]
[mail]
url = "file:/run/secrets/mail"
[channels.robot]
kind = "webhook"
url = "https://robot.example/said-outright"
"""
COUNT = 3000
STATEMENT = {"contract": "c-1", "vendor": "v-1", "month": "2026-09", "score": "95.00"}


def say(*words: object) -> Result:
    return CliRunner().invoke(cli.app_of(cli.COMMANDS), [str(word) for word in words], catch_exceptions=False)


@pytest.fixture
def centre(tmp_path: Path) -> Iterator[Centre]:
    """A machine's folder with settings, inventory, a database with a city and a sealed month."""
    folder = tmp_path / "first"
    folder.mkdir()
    (folder / "hallwatch.toml").write_text(SETTINGS)
    (folder / "halls.yaml").write_text("# the inventory\n")
    url = f"sqlite:///{folder}/hallwatch.db"
    engine = open_database(url)
    migrate(engine)
    made = Centre(url, engine)
    made.adopt(city())
    with writing(engine) as conn:
        told, facts = papers.put(conn, STATEMENT, 1), papers.put(conn, {"facts": 1}, 1)
        seals.append(conn, New("c-1", "v-1", "2026-09", 0, 7, "ann", told, facts, {"score": "95.00"}))
    yield made
    engine.dispose()


def facts(file: Path) -> list[tuple[int, ...]]:
    with closing(sqlite3.connect(file)) as conn:
        return list(conn.execute("SELECT device, ts, reading, stream, seq FROM observations ORDER BY stream, seq"))


def outages(folder: Path) -> list[tuple[int, ...]]:
    with closing(sqlite3.connect(folder / "hallwatch.db")) as conn:
        return list(conn.execute("SELECT device, start, until FROM outages ORDER BY device, start"))


@contextmanager
def at_work(centre: Centre, folder: Path, broker: Path) -> Iterator[BareCollector]:
    """A recorder with embedded metrics, a broker, and a collector that keeps what has no receipt."""
    port, metrics = free_port(), EmbeddedMetrics(folder / "metrics.db")
    config = MqttConfig(f"mqtt://127.0.0.1:{port}")
    recorder = Recorder(centre.engine, metrics, config, policies=POLICIES)
    with closing(metrics), mosquitto(broker, port, "max_queued_messages 0"), recording(recorder):
        until(lambda: recorder.stats()["subscribed"])
        with closing(BareCollector(port)) as collector:
            yield collector


def test_a_backup_says_what_it_has_and_what_it_has_not(centre: Centre, tmp_path: Path) -> None:
    made = say("backup", tmp_path / "kept", "-c", tmp_path / "first" / "hallwatch.toml", "--json")
    assert made.exit_code == 0, made.output
    said = json.loads(made.stdout)
    assert set(said["places"]) == {"hallwatch.db", "hallwatch.toml", "inventory/0-halls.yaml"}
    left = " ".join(said["left_out"])
    assert "mail.url (file:/run/secrets/mail)" in left
    assert "channels.robot.url is written out" in left
    assert "said-outright" not in made.output
    assert (tmp_path / "kept").stat().st_mode & 0o77 == 0
    check = ["sha256sum", "--check", "--quiet", "SHA256SUMS"]
    assert subprocess.run(check, cwd=tmp_path / "kept", check=False).returncode == 0
    with pytest.raises(StoreError, match="is there already"):
        say("backup", tmp_path / "kept", "-c", tmp_path / "first" / "hallwatch.toml")


def test_what_is_no_database_leaves_no_backup(centre: Centre, tmp_path: Path) -> None:
    centre.engine.dispose()
    (tmp_path / "first" / "hallwatch.db").write_bytes(b"x" * 9000)
    with pytest.raises(StoreError, match="file is not a database"):
        say("backup", tmp_path / "kept", "-c", tmp_path / "first" / "hallwatch.toml")
    assert not (tmp_path / "kept").exists()


@pytest.mark.server
def test_a_restored_machine_goes_on_from_its_backup_and_the_collector_sends_the_rest(
    centre: Centre, tmp_path: Path
) -> None:
    sent = centre.run("P-0001", "uuuuud" * (COUNT // 6))
    first, second, kept = tmp_path / "first", tmp_path / "second", tmp_path / "kept"
    with at_work(centre, first, tmp_path / "b1") as collector:
        feeding = threading.Thread(target=collector.send_until_receipt, args=(sent, 90))
        feeding.start()
        until(lambda: collector.receipt > 500, 60)
        made = say("backup", kept, "-c", first / "hallwatch.toml", "--json")
        feeding.join()
    assert made.exit_code == 0, made.output
    whole, early = facts(first / "hallwatch.db"), facts(kept / "hallwatch.db")
    assert len(whole) == COUNT
    assert 0 < len(early) < COUNT
    assert early == whole[: len(early)]
    second.mkdir()
    for name in ("hallwatch.db", "metrics.db", "hallwatch.toml"):
        shutil.copy(kept / name, second)
    restored = Centre(f"sqlite:///{second}/hallwatch.db", open_database(f"sqlite:///{second}/hallwatch.db"))
    with at_work(restored, second, tmp_path / "b2") as collector:
        collector.receipt = 0
        collector.send_until_receipt(sent, 90)
    restored.engine.dispose()
    assert facts(second / "hallwatch.db") == whole
    assert outages(second) == outages(first)
    verified = say("verify", "--head", json.loads(made.stdout)["head"], "-c", second / "hallwatch.toml")
    assert verified.exit_code == 0, verified.output


def test_what_a_collector_let_go_after_the_backup_is_counted_as_lost_not_hidden(centre: Centre, tmp_path: Path) -> None:
    messages = centre.run("P-0001", "u" * 30)
    centre.give(*messages[:10])
    say("backup", tmp_path / "kept", "-c", tmp_path / "first" / "hallwatch.toml")
    centre.give(*messages[10:20])  # received after the backup: the collector keeps only what comes then
    engine = open_database(f"sqlite:///{tmp_path}/kept/hallwatch.db")
    restored = Centre("", engine)
    restored.give(*messages[20:], heartbeat(messages[-1].at, oldest=21, next=31))
    with reading(engine) as conn:
        assert (streams.lost(conn), restored.stored()) == (10, 20)
    engine.dispose()
