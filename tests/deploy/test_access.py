"""Who may do what at the deployed broker, tried by those who may not."""

from __future__ import annotations

import socket
import ssl
import subprocess
import warnings
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

import pytest

from tests.deploy.broker import SPY, Client, Deployed, deployed

pytestmark = [pytest.mark.server, pytest.mark.timeout(60)]

ROOT = "hallwatch/v1"
EVERY_TOPIC = [
    f"{ROOT}/obs/c-01/P-1",
    f"{ROOT}/obs/c-02/P-2",
    f"{ROOT}/obs/vendor-v-1/P-1",
    f"{ROOT}/obs/c-01/P-1/deeper",
    f"{ROOT}/obs/c-01",
    f"{ROOT}/obs",
    f"{ROOT}/collectors/c-01",
    f"{ROOT}/collectors/c-02",
    f"{ROOT}/collectors/c-01/more",
    f"{ROOT}/receipts/c-01",
    f"{ROOT}/receipts/c-02",
    f"{ROOT}/status/h-01/P-1",
    f"{ROOT}/alerts/v-1",
    f"{ROOT}/alerts/v-2",
    f"{ROOT}/said/K-1",
    f"{ROOT}/said/K-2",
    f"{ROOT}/obs/c-01/K-1",
    f"{ROOT}/obs/c-02/K-1",
    f"{ROOT}/anything",
    "hallwatch/v2/obs/c-01/P-1",
    "c-01",
    "",
]
MAY_WRITE = {
    "c-01": {f"{ROOT}/obs/c-01/P-1", f"{ROOT}/obs/c-01/K-1", f"{ROOT}/collectors/c-01"},
    "c-02": {f"{ROOT}/obs/c-02/P-2", f"{ROOT}/obs/c-02/K-1", f"{ROOT}/collectors/c-02"},
    "vendor-v-1": set[str](),
    "device-K-1": {f"{ROOT}/obs/c-01/K-1", f"{ROOT}/obs/c-02/K-1"},
    "speaker-K-1": {f"{ROOT}/said/K-1"},
    "hallwatch-recorder": {f"{ROOT}/receipts/c-01", f"{ROOT}/receipts/c-02"},
    "hallwatch-alerts": {f"{ROOT}/status/h-01/P-1", f"{ROOT}/alerts/v-1", f"{ROOT}/alerts/v-2"},
    "hallwatch-health": set[str](),
}
MAY_READ = {
    "c-01": {f"{ROOT}/receipts/c-01", f"{ROOT}/said/K-1", f"{ROOT}/said/K-2"},
    "c-02": {f"{ROOT}/receipts/c-02", f"{ROOT}/said/K-1", f"{ROOT}/said/K-2"},
    "vendor-v-1": {f"{ROOT}/alerts/v-1"},
    "device-K-1": set[str](),
    "speaker-K-1": set[str](),
    "hallwatch-recorder": {
        *(f"{ROOT}/obs/{one}" for one in ("c-01/P-1", "c-02/P-2", "vendor-v-1/P-1", "c-01/K-1", "c-02/K-1")),
        *(f"{ROOT}/collectors/{one}" for one in ("c-01", "c-02")),
    },
    "hallwatch-alerts": set[str](),
    "hallwatch-health": set[str](),
}
GREEDY = [
    "#",
    "hallwatch/#",
    f"{ROOT}/#",
    f"{ROOT}/+/+",
    f"{ROOT}/+/+/+",
    "+/+/+/+/+",
    f"$share/all/{ROOT}/#",
    "$SYS/#",
]


@pytest.fixture(scope="module")
def broker(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Deployed]:
    with deployed(tmp_path_factory.mktemp("access"), "--device", "K-1", "--speaker", "K-1") as running:
        yield running


@pytest.mark.parametrize("user", MAY_WRITE)
def test_a_user_writes_its_own_topics_and_no_other(broker: Deployed, user: str) -> None:
    spy, client = broker.client(SPY), broker.client(user)
    spy.subscribe("#")
    client.publish([topic for topic in EVERY_TOPIC if topic], f"from {user}".encode())
    heard = {topic for topic in spy.topics() if (topic, f"from {user}".encode()) in spy.heard}
    assert heard == MAY_WRITE[user]
    client.close()
    spy.close()


@pytest.mark.parametrize("user", MAY_READ)
def test_a_user_reads_its_own_topics_and_no_other_whatever_it_subscribes(broker: Deployed, user: str) -> None:
    spy, client = broker.client(SPY), broker.client(user)
    client.subscribe(*GREEDY, *(topic for topic in EVERY_TOPIC if topic))
    client.heard.clear()
    spy.publish([topic for topic in EVERY_TOPIC if topic], b"secret")
    assert {topic for topic in client.topics() if not topic.startswith("$SYS")} == MAY_READ[user]
    system = {topic for topic, _ in client.heard if topic.startswith("$SYS")}
    assert system <= ({"$SYS/broker/uptime"} if user == "hallwatch-health" else set())
    client.close()
    spy.close()


def test_what_is_retained_on_a_foreign_topic_is_not_kept_nor_deleted(broker: Deployed) -> None:
    spy, rogue = broker.client(SPY), broker.client("c-01")
    spy.publish([f"{ROOT}/receipts/c-02"], b"true", retain=True)
    rogue.publish([f"{ROOT}/receipts/c-02", f"{ROOT}/status/h-01/P-9"], b"forged", retain=True)
    rogue.publish([f"{ROOT}/receipts/c-02"], b"", retain=True)
    reader = broker.client("c-02")
    reader.subscribe(f"{ROOT}/receipts/c-02")
    spy.subscribe(f"{ROOT}/status/#")
    reader.topics()
    assert reader.heard == [(f"{ROOT}/receipts/c-02", b"true")]
    assert (f"{ROOT}/status/h-01/P-9", b"forged") not in spy.heard
    for one in (rogue, reader, spy):
        one.close()


def test_a_last_will_on_a_foreign_topic_is_not_carried_out(broker: Deployed) -> None:
    spy, own = broker.client(SPY), f"{ROOT}/collectors/c-01"
    spy.subscribe(f"{ROOT}/#")
    for will in (f"{ROOT}/collectors/c-02", f"{ROOT}/obs/c-02/P-2", f"{ROOT}/receipts/c-01", own):
        broker.client("c-01", will=(will, b"last words")).vanish()
    spy.topics()
    assert [one for one, payload in spy.heard if payload == b"last words"] == [own]
    spy.publish([own], b"", retain=True)
    spy.close()


def test_a_gateway_that_calls_itself_the_recorder_gets_neither_its_session_nor_its_queue(broker: Deployed) -> None:
    recorder = broker.client("hallwatch-recorder", client_id="hallwatch-recorder", clean=False)
    recorder.subscribe(f"{ROOT}/obs/#")
    rogues = [
        broker.client("c-01", client_id=name, clean=clean)
        for name in ("hallwatch-recorder", "hallwatch-alerts", "#", "+/+", "c-02")
        for clean in (False, True)
    ]
    assert recorder.gone == 0
    recorder.close()
    gateway = broker.client("c-02")
    gateway.publish([f"{ROOT}/obs/c-02/P-2"], b"for the recorder alone")
    rogues.append(broker.client("c-01", client_id="hallwatch-recorder", clean=False))
    assert not any(rogue.topics() for rogue in rogues[-2:])
    back = broker.client("hallwatch-recorder", client_id="another name is the same session", clean=False)
    assert back.topics() == {f"{ROOT}/obs/c-02/P-2"}
    for one in (*rogues, gateway, back):
        one.close()


@pytest.mark.parametrize("client_id", ["#", "+", "c-02", "obs/c-02", "../c-02", "$SYS", "c-01/../c-02"])
def test_a_client_id_gives_no_right(broker: Deployed, client_id: str) -> None:
    spy, rogue = broker.client(SPY), broker.client("c-01", client_id=client_id)
    spy.subscribe(f"{ROOT}/obs/#")
    rogue.publish([f"{ROOT}/obs/c-02/P-2", f"{ROOT}/obs/$SYS/P-2"], client_id.encode())
    spy.topics()
    assert client_id.encode() not in {payload for _, payload in spy.heard}
    rogue.close()
    spy.close()


@pytest.mark.parametrize(
    ("user", "password"),
    [
        (None, None),
        ("c-01", None),
        ("c-01", ""),
        ("c-01", "wrong"),
        ("c-01", "c-02's"),
        ("nobody", "wrong"),
        ("+", "c-02's"),
        ("#", "c-02's"),
        ("c-0", "c-02's"),
        ("C-02", "c-02's"),
    ],
)
def test_nobody_comes_in_without_the_password_of_that_user(
    broker: Deployed, user: str | None, password: str | None
) -> None:
    word = broker.password_of("c-02") if password == "c-02's" else password
    client = Client(broker, user, word)
    assert client.connect() == "Not authorized"
    client.close()


def test_a_broker_whose_certificate_nobody_vouches_for_is_not_spoken_to(broker: Deployed, tmp_path: Path) -> None:
    context = ssl.create_default_context()  # the authorities of the system
    with socket.create_connection(("127.0.0.1", broker.port), 5) as sock, pytest.raises(ssl.SSLCertVerificationError):
        context.wrap_socket(sock, server_hostname="127.0.0.1")
    ours = ssl.create_default_context(cafile=str(broker.ca))
    with socket.create_connection(("127.0.0.1", broker.port), 5) as sock, pytest.raises(ssl.SSLCertVerificationError):
        ours.wrap_socket(sock, server_hostname="another.example")


@pytest.mark.parametrize(
    ("version", "taken"), [("TLSv1", False), ("TLSv1_1", False), ("TLSv1_2", True), ("TLSv1_3", True)]
)
def test_tls_below_1_2_is_refused(broker: Deployed, version: str, taken: bool) -> None:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.load_verify_locations(broker.ca)
    context.set_ciphers("ALL:@SECLEVEL=0")
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)
        context.minimum_version = context.maximum_version = ssl.TLSVersion[version]
    with socket.create_connection(("127.0.0.1", broker.port), 5) as sock:
        if not taken:
            with pytest.raises(ssl.SSLError, match=r"PROTOCOL_VERSION|protocol version"):
                context.wrap_socket(sock, server_hostname="127.0.0.1")
            return
        with context.wrap_socket(sock, server_hostname="127.0.0.1") as wire:
            assert (wire.version() or "").replace(".", "_") == version


def test_without_tls_the_port_says_nothing(broker: Deployed) -> None:
    with socket.create_connection(("127.0.0.1", broker.port), 5) as sock:
        sock.sendall(b"\x10\x0d\x00\x04MQTT\x04\x02\x00\x1e\x00\x01x")
        with suppress(ConnectionResetError):
            assert sock.recv(100)[:1] != b"\x20"  # no CONNACK


def test_no_octet_of_a_password_is_in_its_log_or_its_files(broker: Deployed) -> None:
    told = (broker.directory / "log").read_text() + (broker.made / "broker" / "passwords").read_text()
    assert not any(broker.password_of(user) in told for user in MAY_WRITE)
    arguments = subprocess.run(["ps", "-eo", "args"], capture_output=True, text=True, check=True).stdout
    assert not any(broker.password_of(user) in arguments for user in MAY_WRITE)
