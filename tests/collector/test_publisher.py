"""From the outbox to the broker until the centre's receipt, whatever becomes of the broker (contracts, MQTT)."""

from __future__ import annotations

import json
import socket
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import replace
from pathlib import Path

import pytest

from collector.mqtt import BadBroker, MqttConfig
from collector.observation import Observation
from collector.outbox.letter import seal
from collector.outbox.outbox import Limits, Outbox
from collector.publisher import Patience, Publisher
from hallwatch.broker import EmbeddedBroker
from tests.collector.centre import listening, until
from tests.mosquitto import Mosquitto, free_port, mosquitto

QUICK = Patience(heartbeat_s=0.3, progress_s=0.6, retry_first_s=0.05, retry_last_s=0.2)


def fill(outbox: Outbox, count: int) -> None:
    first = outbox.next
    seen = (Observation(f"P-{n % 7}", "c-01", 1_800_000_000_000 + n, "up") for n in range(first, first + count))
    outbox.append([seal(each) for each in seen], time.time())


@contextmanager
def publishing(outbox: Outbox, config: MqttConfig | str, patience: Patience = QUICK) -> Iterator[Publisher]:
    given = MqttConfig(config) if isinstance(config, str) else config
    publisher = Publisher("c-01", outbox, given, lambda: {"version": "0.1", "devices": 7}, patience)
    publisher.start()
    try:
        yield publisher
    finally:
        publisher.stop()


@contextmanager
def mute() -> Iterator[int]:
    """A port that accepts connections (the kernel does) and never says a word."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        yield listener.getsockname()[1]


@contextmanager
def swallowing(broker: int) -> Iterator[tuple[int, threading.Event]]:
    """A wire to the broker; while the event is set, what comes is read and thrown away, both ways."""
    deaf = threading.Event()
    ends: list[socket.socket] = []

    def carry(source: socket.socket, sink: socket.socket) -> None:
        with suppress(OSError):
            while data := source.recv(65536):
                if not deaf.is_set():
                    sink.sendall(data)
            sink.shutdown(socket.SHUT_RDWR)

    def accept() -> None:
        with suppress(OSError):
            while True:
                near, _ = listener.accept()
                far = socket.create_connection(("127.0.0.1", broker))
                ends.extend((near, far))
                for pair in ((near, far), (far, near)):
                    threading.Thread(target=carry, args=pair, daemon=True).start()

    with socket.create_server(("127.0.0.1", 0)) as listener:
        accepting = threading.Thread(target=accept, daemon=True)
        accepting.start()
        try:
            yield listener.getsockname()[1], deaf
        finally:
            listener.shutdown(socket.SHUT_RDWR)
            accepting.join(5)
            for end in ends:
                end.close()


@pytest.fixture
def broker(tmp_path: Path) -> Iterator[Mosquitto]:
    with mosquitto(tmp_path / "broker") as running:
        yield running


def test_without_a_broker_everything_waits_on_disk_and_stopping_is_quick(tmp_path: Path) -> None:
    outbox = Outbox(tmp_path / "o")
    fill(outbox, 10)
    with publishing(outbox, f"mqtt://127.0.0.1:{free_port()}") as publisher:
        until(lambda: publisher.error is not None)
        began = time.monotonic()
    assert time.monotonic() - began < 5.0
    assert (outbox.oldest, outbox.next) == (1, 11)


@pytest.mark.slow
def test_the_embedded_broker_carries_everything_and_the_receipts_empty_the_outbox(tmp_path: Path) -> None:
    port = free_port()
    embedded = EmbeddedBroker("127.0.0.1", port)
    embedded.start()
    try:
        outbox = Outbox(tmp_path / "o")
        fill(outbox, 300)
        with listening("c-01", port) as centre, publishing(outbox, f"mqtt://127.0.0.1:{port}"):
            until(lambda: outbox.oldest == 301)
            assert centre.seqs() == list(range(1, 301))
    finally:
        embedded.stop()


@pytest.mark.server
def test_everything_arrives_and_the_receipts_empty_the_outbox(tmp_path: Path, broker: Mosquitto) -> None:
    outbox = Outbox(tmp_path / "o")
    fill(outbox, 3000)
    with listening("c-01", broker.port) as centre, publishing(outbox, broker.url) as publisher:
        until(lambda: outbox.oldest == 3001, 20)
        fill(outbox, 5)
        publisher.wake()
        until(lambda: outbox.oldest == 3006)
        assert centre.seqs() == list(range(1, 3006))
        assert centre.facts[outbox.epoch, 1].device == "P-1"


@pytest.mark.server
def test_at_most_1000_go_out_beyond_the_receipt(tmp_path: Path, broker: Mosquitto) -> None:
    outbox = Outbox(tmp_path / "o")
    fill(outbox, 2500)
    with listening("c-01", broker.port, receipting=False) as centre, publishing(outbox, broker.url):
        until(lambda: len(centre.facts) == 1000)
        time.sleep(0.3)
        assert centre.seqs() == list(range(1, 1001))
        centre.receipt(outbox.epoch)
        until(lambda: len(centre.facts) == 2000)


@pytest.mark.server
def test_without_progress_it_sends_again(tmp_path: Path, broker: Mosquitto) -> None:
    outbox = Outbox(tmp_path / "o")
    fill(outbox, 20)
    with listening("c-01", broker.port, receipting=False) as centre, publishing(outbox, broker.url) as publisher:
        until(lambda: centre.messages >= 60)
        assert len(centre.facts) == 20
        assert publisher.connections == 1


@pytest.mark.server
def test_a_retained_receipt_spares_what_the_centre_has(tmp_path: Path, broker: Mosquitto) -> None:
    outbox = Outbox(tmp_path / "o")
    fill(outbox, 100)
    with listening("c-01", broker.port, receipting=False) as centre:
        centre.facts.update({(outbox.epoch, seq): Observation("P-1", "c-01", 0, "up") for seq in range(1, 91)})
        centre.receipt(outbox.epoch)
        time.sleep(0.2)
        with publishing(outbox, broker.url):
            until(lambda: len(centre.facts) == 100)
            assert centre.messages == 10


@pytest.mark.server
def test_a_receipt_of_another_epoch_is_ignored(tmp_path: Path, broker: Mosquitto) -> None:
    outbox = Outbox(tmp_path / "o")
    fill(outbox, 10)
    with listening("c-01", broker.port, receipting=False) as centre:
        centre.facts["another", 1] = Observation("P-1", "c-01", 0, "up")
        centre.receipt("another")
        with publishing(outbox, broker.url):
            until(lambda: len(centre.facts) == 11)
        assert outbox.oldest == 1


@pytest.mark.server
def test_nothing_is_lost_when_the_broker_is_killed_again_and_again(tmp_path: Path, broker: Mosquitto) -> None:
    outbox = Outbox(tmp_path / "o")
    with listening("c-01", broker.port) as centre, publishing(outbox, broker.url) as publisher:
        for _ in range(3):
            fill(outbox, 400)
            publisher.wake()
            time.sleep(0.15)
            broker.kill()
            fill(outbox, 100)
            time.sleep(0.1)
            broker.start()
        until(lambda: outbox.oldest == 1501, 30)
        assert centre.seqs() == list(range(1, 1501))


@pytest.mark.server
def test_what_was_lost_to_damage_or_age_does_not_hold_up_the_rest(tmp_path: Path, broker: Mosquitto) -> None:
    limits = Limits(segment_bytes=20_000)
    outbox = Outbox(tmp_path / "o", limits)
    for _ in range(40):
        fill(outbox, 100)
    outbox.close()
    paths = sorted((tmp_path / "o").glob("*.seg"))
    for path in paths[3:-4]:
        path.unlink()
    outbox = Outbox(tmp_path / "o", limits)
    with listening("c-01", broker.port, receipting=False) as centre, publishing(outbox, broker.url):
        first, last = int(paths[3].stem), int(paths[-4].stem)
        assert last - first > 1000
        until(lambda: len(centre.facts) == first - 1)
        centre.receipt(outbox.epoch)
        until(lambda: outbox.oldest == last)
        until(lambda: len(centre.facts) == first - 1 + 4001 - last)
        until(lambda: centre.beats[-1]["oldest"] == last)


@pytest.mark.server
def test_a_new_epoch_is_sent_from_its_beginning(tmp_path: Path, broker: Mosquitto) -> None:
    outbox = Outbox(tmp_path / "o")
    fill(outbox, 30)
    old = outbox.epoch
    with listening("c-01", broker.port) as centre, publishing(outbox, broker.url):
        until(lambda: outbox.oldest == 31)
        for path in (tmp_path / "o").iterdir():
            path.unlink()
        fill(outbox, 1)
        fill(outbox, 9)
        assert outbox.epoch != old
        until(lambda: (outbox.epoch, 10) in centre.facts or (outbox.epoch, 9) in centre.facts)
        until(lambda: outbox.oldest == outbox.next)


def restored(tmp_path: Path) -> Outbox:
    """A copy taken at seq 5 of an outbox whose centre has up to 105."""
    outbox = Outbox(tmp_path / "o")
    fill(outbox, 5)
    outbox.close()
    return Outbox(tmp_path / "o")


@pytest.mark.server
@pytest.mark.parametrize("recorded", [50, 150])
def test_an_older_copy_is_told_by_the_receipt_and_all_it_recorded_arrives_under_a_new_epoch(
    tmp_path: Path, broker: Mosquitto, recorded: int
) -> None:
    outbox = restored(tmp_path)
    old = outbox.epoch
    with listening("c-01", broker.port) as centre:
        for seq in range(1, 106):
            centre.facts[old, seq] = Observation("P-1", "c-01", seq, "up")
        centre.receipt(old)
        time.sleep(0.2)
        publisher = Publisher("c-01", outbox, MqttConfig(broker.url), patience=QUICK)
        fill(outbox, recorded)
        publisher.start()
        try:
            until(lambda: outbox.epoch != old)
            until(lambda: outbox.oldest == recorded + 6)
            arrived = sorted(seen.ts for (epoch, _), seen in centre.facts.items() if epoch == outbox.epoch)
            assert arrived == [1_800_000_000_000 + n for n in range(1, recorded + 6)]
            until(lambda: centre.beats[-1]["epoch"] == outbox.epoch)
            assert len([seen for (epoch, _), seen in centre.facts.items() if epoch == old]) == 105
            fill(outbox, 3)
            publisher.wake()
            until(lambda: outbox.oldest == outbox.next == recorded + 9)
        finally:
            publisher.stop()


@pytest.mark.server
def test_a_receipt_that_goes_backwards_or_names_0_or_nonsense_moves_nothing(tmp_path: Path, broker: Mosquitto) -> None:
    outbox = Outbox(tmp_path / "o")
    fill(outbox, 20)
    epoch = outbox.epoch
    with listening("c-01", broker.port) as centre, publishing(outbox, broker.url) as publisher:
        until(lambda: outbox.oldest == 21)
        wrong: list[object] = [5, 0, -1, True, 1.5, "7", None, [], 10**400]
        for seq in wrong:
            centre.client.publish(
                "hallwatch/v1/receipts/c-01", json.dumps({"v": 1, "epoch": epoch, "seq": seq}), 1, True
            )
        centre.client.publish("hallwatch/v1/receipts/c-01", b"[" * 900, 1, True)
        fill(outbox, 10)
        publisher.wake()
        until(lambda: outbox.oldest == 31)
        assert (outbox.epoch, publisher.connections, centre.seqs()) == (epoch, 1, list(range(1, 31)))


@pytest.mark.slow
def test_a_broker_that_accepts_and_says_nothing_is_given_up_and_tried_again(tmp_path: Path) -> None:
    with mute() as port:
        outbox = Outbox(tmp_path / "o")
        fill(outbox, 5)
        config = MqttConfig(f"mqtt://127.0.0.1:{port}", keepalive_s=1)
        began = time.monotonic()
        with publishing(outbox, config) as publisher:
            until(lambda: publisher.error is not None)
            assert time.monotonic() - began < 15.0
            assert not publisher.connected


@pytest.mark.slow
def test_a_connection_that_is_half_open_is_noticed_by_its_keepalives(tmp_path: Path) -> None:
    port = free_port()
    embedded = EmbeddedBroker("127.0.0.1", port)
    embedded.start()
    try:
        with swallowing(port) as (near, deaf):
            outbox = Outbox(tmp_path / "o")
            config = MqttConfig(f"mqtt://127.0.0.1:{near}", keepalive_s=1)
            slow = replace(QUICK, progress_s=60.0, heartbeat_s=60.0)
            with listening("c-01", port) as centre, publishing(outbox, config, slow) as publisher:
                until(lambda: publisher.connected)
                time.sleep(0.3)
                deaf.set()
                fill(outbox, 50)
                publisher.wake()
                began = time.monotonic()
                until(lambda: not publisher.connected)
                assert time.monotonic() - began < 10.0
                deaf.clear()
                until(lambda: outbox.oldest == 51)
                assert centre.seqs() == list(range(1, 51))
    finally:
        embedded.stop()


@pytest.mark.slow
def test_a_restart_of_the_embedded_broker_costs_nothing(tmp_path: Path) -> None:
    port = free_port()
    outbox = Outbox(tmp_path / "o")
    fill(outbox, 200)
    embedded = EmbeddedBroker("127.0.0.1", port)
    embedded.start()
    try:
        with listening("c-01", port) as centre, publishing(outbox, f"mqtt://127.0.0.1:{port}") as publisher:
            until(lambda: outbox.oldest == 201)
            embedded.stop()
            fill(outbox, 200)
            until(lambda: not publisher.connected)
            embedded = EmbeddedBroker("127.0.0.1", port)
            embedded.start()
            until(lambda: outbox.oldest == 401, 20)
            assert centre.seqs() == list(range(1, 401))
    finally:
        embedded.stop()


@pytest.mark.server
def test_the_heartbeat_tells_what_the_centre_must_know_and_a_clean_end_is_said(
    tmp_path: Path, broker: Mosquitto
) -> None:
    outbox = Outbox(tmp_path / "o")
    fill(outbox, 5)
    with listening("c-01", broker.port, receipting=False) as centre:
        with publishing(outbox, broker.url):
            until(lambda: len(centre.beats) >= 3)
        until(lambda: centre.beats[-1]["online"] is False)
        beat = centre.beats[1]
        assert beat.pop("ts").endswith("Z")
        assert beat == {
            "v": 1,
            "online": True,
            "epoch": outbox.epoch,
            "oldest": 1,
            "next": 6,
            "version": "0.1",
            "devices": 7,
            "backlog": 5,
        }


@pytest.mark.server
@pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")  # paho leaves a refused socket to the gc
def test_over_tls_with_a_password_and_not_without(tmp_path: Path) -> None:
    with mosquitto(tmp_path / "broker", secure=True) as broker:
        good = MqttConfig(broker.url, broker.username, broker.password, broker.ca)
        outbox = Outbox(tmp_path / "o")
        for wrong in (
            replace(good, password="wrong"),
            replace(good, ca=None),
            replace(good, url=f"mqtt://127.0.0.1:{broker.port}"),
        ):
            with publishing(outbox, wrong) as publisher:
                until(lambda: publisher.error is not None)
                assert publisher.connections == 0
        with publishing(outbox, good) as publisher:
            until(lambda: publisher.connected)
            assert publisher.error is None
        assert "s3cret" not in repr(good)


@pytest.mark.parametrize("url", ["http://x", "mqtt://", "embedded", "mqtt://h:99999"])
def test_a_url_that_is_no_broker_is_refused(url: str) -> None:
    with pytest.raises(BadBroker):
        _ = MqttConfig(url).address


def test_urls_have_the_usual_ports() -> None:
    assert MqttConfig("mqtt://h").address == ("h", 1883)
    assert MqttConfig("mqtts://[::1]").address == ("::1", 8883)
