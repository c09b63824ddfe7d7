"""From the outbox to the broker until the centre's receipt, whatever becomes of the broker (contracts, MQTT)."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

import pytest

from collector.letter import seal
from collector.mqtt import BadBroker, MqttConfig
from collector.observation import Observation
from collector.outbox import Limits, Outbox
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
    assert time.monotonic() - began < 1.0
    assert (outbox.oldest, outbox.next) == (1, 11)


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
