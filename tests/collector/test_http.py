from __future__ import annotations

import asyncio
import ssl
import subprocess
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path

import pytest

from collector.http import probe
from collector.kind import Kind, Said
from collector.probe import Answer, Settings, Steps
from collector.target import Target
from collector.wire import Wire


def answered(
    reply: bytes,
    check: str = "http:{port}/state",
    tls: ssl.SSLContext | None = None,
    within: float = 2.0,
    paths: Mapping[str, str] | None = None,
    left_open: bool = False,
) -> tuple[Answer, bytes]:
    """What the probe makes of `reply` (whose sender may leave the connection open), and what it asked."""
    heard = b""

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        nonlocal heard
        with suppress(asyncio.IncompleteReadError, ConnectionError):
            heard = await reader.readuntil(b"\r\n\r\n")
            writer.write(reply)
            await writer.drain()
            if left_open:
                await reader.read()
        writer.close()

    async def main() -> Answer:
        server = await asyncio.start_server(serve, "127.0.0.1", 0, ssl=tls)
        async with server:
            answer = await ask(check.format(port=server.sockets[0].getsockname()[1]), within, None, paths)
            await asyncio.sleep(0.05)  # until both ends are closed
            return answer

    return asyncio.run(main()), heard


async def ask(
    check: str, within: float = 2.0, steps: Steps | None = None, paths: Mapping[str, str] | None = None
) -> Answer:
    wire = Wire()
    kind = Kind("x", http=Said(check, paths) if paths else None)
    until = asyncio.get_running_loop().time() + within
    answer = await probe(Target("D", "x", "127.0.0.1"), Settings(check, kind, wire, steps), until)
    wire.close()
    assert answer is not None
    return answer


@pytest.mark.parametrize("status", [200, 204, 301, 302, 401, 403])
def test_a_page_that_serves_is_good(status: int) -> None:
    answer, heard = answered(b"HTTP/1.1 %d Well\r\n\r\n" % status)
    assert answer.ok
    assert heard.startswith(b"GET /state HTTP/1.1\r\nHost: 127.0.0.1:")


@pytest.mark.parametrize(
    "reply",
    [
        *(b"HTTP/1.1 500 Oops\r\n\r\n", b"HTTP/1.1 404 Not here\r\n\r\n", b"", b"SSH-2.0-x\r\n", b"x" * 100_000),
        *(b"HTTP/1.1 2", b"HTTP/9.9 200 OK\r\n", b"\0\xff\r\n"),
    ],
)
def test_an_error_and_what_is_no_HTTP_are_bad_answers(reply: bytes) -> None:
    answer, _ = answered(reply)
    assert (answer.ok, answer.cause) == (False, "bad_answer")


@pytest.mark.slow
def test_a_closed_port_is_refused_and_silence_a_timeout() -> None:
    async def serve(_: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await asyncio.sleep(0.3)
        writer.close()

    async def main() -> None:
        server = await asyncio.start_server(serve, "127.0.0.1", 0)
        port = server.sockets[0].getsockname()[1]
        steps = Steps()
        assert (await ask(f"http:{port}/", 0.1, steps)).cause == "timeout"
        assert steps[0].answer == "timeout"
        server.close()
        assert (await ask(f"http:{port}/")).cause == "refused"
        await asyncio.sleep(0.4)

    asyncio.run(main())


@pytest.mark.slow
def test_a_device_that_signs_its_own_certificate_is_asked_all_the_same(tmp_path: Path) -> None:
    key, certificate = tmp_path / "key", tmp_path / "certificate"
    command = "openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -days 1 -subj /CN=device"
    made = subprocess.run([*command.split(), "-keyout", key, "-out", certificate], capture_output=True, check=False)
    assert made.returncode == 0, made.stderr
    tls = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    tls.load_cert_chain(certificate, key)
    assert answered(b"HTTP/1.1 200 OK\r\n\r\n", "https:{port}/", tls)[0].ok
    assert answered(b"HTTP/1.1 200 OK\r\n\r\n", "https:{port}/", within=0.3)[0].cause in ("bad_answer", "timeout")


OK = b"HTTP/1.1 200 OK\r\n"
SAID = b'{"queue": {"waiting": 12, "name": "\xb4\xb0\xbf\xda"}}'  # 窗口 in GBK


@pytest.mark.parametrize(
    ("reply", "left_open", "values"),
    [
        (OK + b"Content-Length: %d\r\n\r\n%b" % (len(SAID), SAID), False, {"waiting": 12, "name": "窗口"}),
        (OK + b"\r\n" + SAID, True, {"waiting": 12, "name": "窗口"}),
        (
            OK
            + b"Transfer-Encoding: chunked\r\n\r\n5;x\r\n%b\r\n%x\r\n%b\r\n0\r\n\r\n"
            % (SAID[:5], len(SAID) - 5, SAID[5:]),
            True,
            {"waiting": 12, "name": "窗口"},
        ),
        (OK + b"\r\n" + SAID[:-9], True, {}),
        (OK + b"\r\n" + b" " * 70_000 + SAID, False, {}),
        (OK + b"X: " + b"y" * 9000 + b"\r\n\r\n" + SAID, False, {}),
        (OK + b"\r\n\xff" + b"[" * 9000, False, {}),
    ],
    ids=["said", "left open", "in chunks", "never whole", "too long", "long header", "nonsense"],
)
def test_an_application_serves_however_long_its_JSON_is_or_lasts(
    reply: bytes, left_open: bool, values: dict[str, object]
) -> None:
    answer, _ = answered(
        reply, within=0.3, paths={"waiting": "queue.waiting", "name": "queue.name"}, left_open=left_open
    )
    assert (answer.ok, dict(answer.values)) == (True, values)
