"""Starting together, stopping together: a part that fails ends the program, and says so; doors stay shut."""

from __future__ import annotations

import threading
from pathlib import Path

import paho.mqtt.client as mqtt
import pytest
from paho.mqtt.enums import CallbackAPIVersion

from hallwatch.broker import BrokerFault
from hallwatch.centre import Refusal
from hallwatch.demo import MARK, prepare
from hallwatch.ensemble import Ensemble
from hallwatch.running import embedded_broker
from hallwatch.settings_file import Loaded, load
from hallwatch.web import CannotListen, listen_on
from tests.proof.process import free_port, wait_until


def loaded(folder: Path, text: str) -> Loaded:
    file = folder / "hallwatch.toml"
    file.write_text(text)
    return load(file)


def answer_of_the_broker(port: int, password: str | None) -> str:
    """What a client with this password is told."""
    said: list[str] = []
    client = mqtt.Client(CallbackAPIVersion.VERSION2, client_id="a-client")
    if password is not None:
        client.username_pw_set("hall", password)
    client.on_connect = lambda _client, _data, _flags, reason, _properties: said.append(str(reason))
    client.on_disconnect = lambda *_: said.append("disconnected")
    client.connect("127.0.0.1", port)
    client.loop_start()
    wait_until("an answer", lambda: bool(said), 60)
    client.loop_stop()
    client.disconnect()
    return said[0]


@pytest.mark.slow
def test_beyond_loopback_the_embedded_broker_takes_nobody_without_the_password(tmp_path: Path) -> None:
    port = free_port()
    settings = f'[mqtt]\nlisten = "0.0.0.0:{port}"\nusername = "hall"\npassword = "swordfish"\n'
    broker = embedded_broker(loaded(tmp_path, settings))
    assert broker is not None
    try:
        assert answer_of_the_broker(port, "swordfish") == "Success"
        assert answer_of_the_broker(port, "trout") != "Success"
        assert answer_of_the_broker(port, None) != "Success"
    finally:
        broker.stop()
    kept = tmp_path / "var" / "broker-password"
    assert "swordfish" not in kept.read_text()
    assert kept.stat().st_mode & 0o077 == 0


def test_beyond_loopback_no_broker_starts_without_a_password(tmp_path: Path) -> None:
    with pytest.raises(BrokerFault, match="password"):
        embedded_broker(loaded(tmp_path, f'[mqtt]\nlisten = "0.0.0.0:{free_port()}"\n'))


def test_a_port_that_is_taken_is_one_clear_message() -> None:
    sock = listen_on("127.0.0.1:0")
    port = sock.getsockname()[1]
    with sock, pytest.raises(CannotListen, match=f"127.0.0.1:{port}"):
        listen_on(f"127.0.0.1:{port}")


def test_a_part_that_fails_is_told_and_the_others_are_stopped() -> None:
    told: list[str] = []
    ended = threading.Event()

    def fails(_stop: threading.Event) -> None:
        raise RuntimeError("no more")

    def works(stop: threading.Event) -> None:
        stop.wait()
        ended.set()

    ensemble = Ensemble(on_failure=told.append)
    ensemble.add("worker", works)
    ensemble.add("failure", fails)
    ensemble.start()
    wait_until("the failure", lambda: bool(told), 60)
    ensemble.stop()
    assert ended.is_set()
    assert ensemble.failed == "failure: no more"


def test_the_demo_empties_only_a_folder_of_its_own(tmp_path: Path) -> None:
    theirs = tmp_path / "theirs"
    theirs.mkdir()
    (theirs / "letter").write_text("dear")
    with pytest.raises(Refusal, match="theirs"):
        prepare(theirs)
    assert (theirs / "letter").exists()
    ours = tmp_path / "ours"
    prepare(ours)
    (ours / "rest").touch()
    prepare(ours)
    assert [entry.name for entry in ours.iterdir()] == [MARK]
