"""Where messages may go: the address that is checked is the one connected to; no redirect, no proxy, all bounded."""

from __future__ import annotations

import socket
import ssl
import subprocess
import threading
import time
from collections.abc import Iterator
from ipaddress import ip_address
from pathlib import Path
from typing import Any

import pytest

from alerts.addresses import Allowed, allowed, in_the_world
from alerts.outgoing import MAX_ANSWER, Answer, NotSent, Request, Way, send
from tests.alerts.ear import Ear, Reply, listening

HERE = Way(allowed(["127.0.0.0/8"]), timeout_s=3)


@pytest.fixture
def ear() -> Iterator[Ear]:
    with listening(Ear()) as heard:
        yield heard


def ask(url: str, way: Way = HERE) -> Answer:
    return send(Request(url, b"{}", {"Content-Type": "application/json"}), way)


def reason(url: str, way: Way = HERE) -> str:
    with pytest.raises(NotSent) as fault:
        ask(url, way)
    return fault.value.reason


INSIDE = (
    *(
        "127.0.0.1",
        "127.9.9.9",
        "0.0.0.0",
        "10.1.2.3",
        "172.16.0.1",
        "172.31.255.255",
        "192.168.1.1",
        "169.254.169.254",
    ),
    *("100.64.0.1", "100.100.100.200", "168.63.129.16", "224.0.0.1", "239.255.255.255", "255.255.255.255", "240.0.0.1"),
    *("198.18.0.1", "192.0.2.1", "198.51.100.1", "203.0.113.1", "192.0.0.8", "192.88.99.1"),
    *("::", "::1", "fe80::1", "fc00::1", "fd00:ec2::254", "ff02::1", "fec0::1", "::ffff:127.0.0.1", "::ffff:10.0.0.1"),
    *("::127.0.0.1", "64:ff9b::7f00:1", "64:ff9b:1::1", "2002:7f00:1::", "2001::1", "2001:db8::1", "100::1", "3fff::1"),
)


@pytest.mark.parametrize("address", INSIDE)
def test_an_address_that_is_none_of_the_worlds_is_closed(address: str) -> None:
    assert not in_the_world(ip_address(address))
    assert not Allowed().takes("robot.example", ip_address(address))


@pytest.mark.parametrize("address", ["8.8.8.8", "114.114.114.114", "2400:3200::1", "::ffff:8.8.8.8", "172.32.0.1"])
def test_an_address_of_the_world_is_open(address: str) -> None:
    assert in_the_world(ip_address(address))


def test_the_operator_allows_a_host_by_name_or_a_network_and_nothing_else() -> None:
    open_ones = allowed(["Gateway.Intern.", "10.1.0.0/16", "192.168.7.7"])
    assert open_ones.takes("gateway.intern", ip_address("10.9.9.9"))
    assert open_ones.takes("x", ip_address("10.1.2.3"))
    assert open_ones.takes("x", ip_address("::ffff:10.1.2.3"))
    assert open_ones.takes("x", ip_address("192.168.7.7"))
    assert not open_ones.takes("x", ip_address("10.2.0.1"))
    assert not open_ones.takes("evil.gateway.intern", ip_address("10.9.9.9"))


@pytest.mark.parametrize("entry", ["10.0.0.1/8", "300.1.1.1", "a b", "", "http://x"])
def test_what_is_neither_host_nor_network_cannot_be_allowed(entry: str) -> None:
    with pytest.raises(ValueError, match="neither a host's name nor a network"):
        allowed([entry])


@pytest.mark.parametrize("host", ["127.0.0.1", "localhost", "2130706433", "0x7f.1", "127.1", "[::ffff:127.0.0.1]"])
def test_loopback_is_refused_however_it_is_written_and_nobody_is_asked(ear: Ear, host: str) -> None:
    said = reason(f"http://{host}:{ear.port}/", Way(timeout_s=3))
    assert "not a public address" in said or "no such host" in said
    assert ear.heard == []


def test_a_host_that_is_allowed_by_name_is_asked(ear: Ear) -> None:
    assert ask(f"http://localhost:{ear.port}/x?a=b c", Way(allowed(["localhost"]), 3)).status == 200
    assert ear.heard[0].path == "/x?a=b%20c"


def test_a_name_that_changes_its_address_after_the_check_gains_nothing(
    ear: Ear, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[str] = []
    answers = ["203.0.114.9", "127.0.0.1"]  # what a rebinding server says first, and ever after
    real = socket.getaddrinfo

    def resolver(host: str, port: int, **given: Any) -> Any:
        asked.append(host)
        return real(answers[min(len(asked) - 1, 1)], port, **given)

    connected: list[Any] = []
    monkeypatch.setattr(socket, "getaddrinfo", resolver)
    monkeypatch.setattr(socket.socket, "connect", lambda _sock, where: connected.append(where))
    reason(f"http://rebind.example:{ear.port}/", Way(timeout_s=0.2))
    assert asked == ["rebind.example"]
    assert connected == [("203.0.114.9", ear.port)]
    reason(f"http://rebind.example:{ear.port}/", Way(timeout_s=0.2))
    assert connected == [("203.0.114.9", ear.port)]
    assert ear.heard == []


def test_of_several_addresses_only_the_open_ones_are_tried(ear: Ear, monkeypatch: pytest.MonkeyPatch) -> None:
    real = socket.getaddrinfo
    both = real("127.0.0.1", ear.port, type=socket.SOCK_STREAM) + real("127.0.0.2", ear.port, type=socket.SOCK_STREAM)
    monkeypatch.setattr(socket, "getaddrinfo", lambda *_args, **_given: both)
    assert ask(f"http://two.example:{ear.port}/", Way(allowed(["127.0.0.1"]), 3)).status == 200
    assert len(ear.heard) == 1


def test_a_redirect_is_an_answer_and_is_not_followed(ear: Ear) -> None:
    ear.replies.append(Reply(302, b"", headers=(("Location", f"http://127.0.0.1:{ear.port}/secret"),)))
    assert ask(f"{ear.url}/").status == 302
    assert len(ear.heard) == 1


def test_a_proxy_of_the_environment_is_not_used(ear: Ear, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("http_proxy", "HTTP_PROXY", "https_proxy", "ALL_PROXY"):
        monkeypatch.setenv(name, "http://127.0.0.1:1")
    assert ask(f"{ear.url}/").status == 200


def test_an_answer_that_is_too_large_is_none(ear: Ear) -> None:
    ear.replies += [Reply(200, b"x" * MAX_ANSWER), Reply(200, b"x" * (MAX_ANSWER + 1))]
    assert len(ask(f"{ear.url}/").body) == MAX_ANSWER
    assert reason(f"{ear.url}/") == "200, and an answer larger than 64 KiB"


def test_a_server_that_hangs_costs_the_timeout_only(ear: Ear) -> None:
    ear.replies.append(Reply(late_s=2))
    started = time.monotonic()
    assert reason(f"{ear.url}/", Way(HERE.allowed, 0.3)) == "no answer in time"
    assert time.monotonic() - started < 1.5


def test_a_server_that_drips_costs_the_timeout_only() -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:

        def drip() -> None:
            sock, _ = server.accept()
            with sock:
                try:
                    sock.sendall(b"HTTP/1.1 200 OK\r\n")
                    for _ in range(40):
                        sock.sendall(b"X-Drip: 1\r\n")
                        time.sleep(0.05)
                except OSError:
                    return

        thread = threading.Thread(target=drip)
        thread.start()
        started = time.monotonic()
        reason(f"http://127.0.0.1:{server.getsockname()[1]}/", Way(HERE.allowed, 0.3))
        assert time.monotonic() - started < 1.5
        thread.join()


@pytest.mark.parametrize(
    "url", ["ftp://x/", "http://", "https://u:p@h/", "http://h:99999/", "//h/", "file:///etc/passwd"]
)
def test_what_is_no_address_is_said_without_being_quoted(url: str) -> None:
    said = reason(url)
    assert said.startswith("url:")
    assert url not in said


def test_a_line_break_in_a_header_or_path_makes_no_header(ear: Ear) -> None:
    with pytest.raises(NotSent):
        send(Request(f"{ear.url}/", b"", {"X-A": "b\r\nX-Evil: 1"}), HERE)
    ask(f"{ear.url}/a\r\nX-Evil:1?q=\nb")
    assert all("x-evil" not in one.headers for one in ear.heard)


def test_a_certificate_that_nobody_vouches_for_is_refused_and_one_of_the_operators_own_is_taken(tmp_path: Path) -> None:
    made = ["req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-days", "2"]
    files = ["-keyout", str(tmp_path / "key"), "-out", str(tmp_path / "cert")]
    names = ["-subj", "/CN=localhost", "-addext", "subjectAltName=DNS:localhost"]
    subprocess.run(["openssl", *made, *files, *names], check=True, capture_output=True)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(tmp_path / "cert", tmp_path / "key")
    with listening(Ear()) as ear, socket.create_server(("127.0.0.1", 0)) as server:
        thread = threading.Thread(target=_tls, args=(server, context), daemon=True)
        thread.start()
        url = f"https://localhost:{server.getsockname()[1]}/"
        open_ones = allowed(["localhost"])
        assert reason(url, Way(open_ones, 3)).startswith("its certificate is not good")
        assert ask(url, Way(open_ones, 3, str(tmp_path / "cert"))).status == 200
        assert ear.heard == []


def _tls(server: socket.socket, context: ssl.SSLContext) -> None:
    for _ in range(2):
        plain, _address = server.accept()
        try:
            with context.wrap_socket(plain, server_side=True) as sock:
                while not sock.recv(65536).endswith(b"{}"):
                    pass
                sock.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok")
        except OSError:
            plain.close()
