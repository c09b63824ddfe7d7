"""The probe `http:PORT/PATH` (or `https:`): does the application answer well, and what does it say?"""

from __future__ import annotations

import asyncio
import re
import ssl
from collections.abc import Mapping
from contextlib import suppress
from functools import cache
from typing import Final

from collector.json_value import MAX_JSON, decode_json, json_values
from collector.observation import Value
from collector.probe import Answer, Settings
from collector.reading import clean
from collector.target import Target

_LINE: Final = 4096
_HEADERS: Final = 100
_REQUEST: Final = (
    "GET {path} HTTP/1.1\r\nHost: {host}:{port}\r\nConnection: close\r\n\r\n",
    "GET {path} HTTP/1.0\r\nHost: {host}:{port}\r\nAccept: application/json\r\n\r\n",
)
_STATUS: Final = re.compile(rb"HTTP/1\.[01] (\d{3})\b")
_CHUNK: Final = re.compile(rb"([0-9A-Fa-f]{1,6})[^\r\n]{0,64}\r\n")
_ENDLESS: Final = 1 << 40
_SPARE_S: Final = 0.05  # of the time of a body that does not end
_CHECK: Final = re.compile(r"(https?):(\d*)(/\S*)?")


async def probe(target: Target, settings: Settings, deadline: float) -> Answer | None:
    """Good is a status from 200 to 399, and 401 or 403: it serves those who sign in. Else, or where it is no HTTP, the
    cause is bad_answer; refused and timeout as for `tcp`. A certificate is not checked: devices sign their own.

    Where the kind reads values from this check, they are those of the JSON that came; what is no JSON, is too long or
    never ends has none: the application serves all the same.
    """
    match = _CHECK.fullmatch(settings.check)
    secure = match is not None and match[1] == "https"
    port = int(match[2]) if match and match[2] else (443 if secure else 80)
    path = (match[3] if match else None) or "/"
    loop = asyncio.get_running_loop()
    began = loop.time()
    said = settings.kind.http
    paths = said.values if said is not None and said.check == settings.check else {}
    most = MAX_JSON if paths else 0
    answer, told, body = await _get(target.address, port, path, secure, deadline, most)
    values, about = _values(body, paths) if answer.ok and paths else ({}, "")
    took = round((loop.time() - began) * 1000, 3)
    if settings.steps is not None:
        settings.steps.note(settings.check, f"GET {path} of {target.address} port {port}", told + about, began)
    return Answer(True, None, took, None, values) if answer.ok else answer


def _values(body: bytes, paths: Mapping[str, str]) -> tuple[dict[str, Value], str]:
    try:
        values = json_values(decode_json(body), paths)
    except ValueError as error:
        return {}, f"; no JSON: {clean(str(error))}"
    return values, "; " + ", ".join(f"{name} = {values.get(name)!r}" for name in paths)


async def _get(
    address: str, port: int, path: str, secure: bool, deadline: float, most: int
) -> tuple[Answer, str, bytes]:
    """The answer, what it said for people, and at most `most` octets of its body."""
    try:
        async with asyncio.timeout_at(deadline):
            reader, writer = await asyncio.open_connection(
                address, port, ssl=_context() if secure else None, limit=_LINE
            )
            try:
                writer.write(_request(address, port, path, most))
                line = await reader.readline()
                body = await _body(reader, most, deadline) if most else b""
            finally:
                writer.transport.abort()
    except ConnectionRefusedError:
        return Answer(False, "refused"), "refused", b""
    except TimeoutError:
        return Answer(False, "timeout"), "timeout", b""
    except (ssl.SSLError, asyncio.IncompleteReadError, ValueError, ConnectionError) as error:
        return Answer(False, "bad_answer"), clean(str(error) or type(error).__name__), b""
    except OSError as error:
        return Answer(False, "timeout"), clean(str(error)), b""
    match = _STATUS.match(line)
    good = match is not None and (200 <= int(match[1]) < 400 or match[1] in {b"401", b"403"})
    return Answer(good, None if good else "bad_answer"), clean(line), body


def _request(address: str, port: int, path: str, most: int) -> bytes:
    """Version 1.0 where the body is wanted: it comes as it is, seldom in chunks."""
    host = f"[{address}]" if ":" in address else address
    return _REQUEST[most > 0].format(path=path, host=host, port=port).encode()


async def _body(reader: asyncio.StreamReader, most: int, deadline: float) -> bytes:
    """All until the end of the stream or the length that was said, at most `most` octets and one more.

    What breaks off, or is not whole shortly before the deadline, is given as far as it came.
    """
    body = bytearray()
    chunked = False
    with suppress(TimeoutError, ValueError, OSError):
        async with asyncio.timeout_at(deadline - _SPARE_S):
            length, chunked = await _headers(reader)
            while len(body) < min(length, most + 1) and not (chunked and body.endswith(b"\r\n0\r\n\r\n")):
                if not (more := await reader.read(min(length, most + 1) - len(body))):
                    break
                body += more
    return _whole(bytes(body)) if chunked else bytes(body)


async def _headers(reader: asyncio.StreamReader) -> tuple[int, bool]:
    """How long the body is by its headers, and whether it comes in chunks. Raises ValueError for too long a line."""
    length, chunked = _ENDLESS, False
    for _ in range(_HEADERS):
        line = await reader.readline()
        if line in (b"\r\n", b"\n", b""):
            break
        name, _, value = line.lower().partition(b":")
        if name.strip() == b"content-length" and value.strip().isdigit() and len(value) < 20:
            length = int(value)
        chunked = chunked or (name.strip() == b"transfer-encoding" and b"chunked" in value)
    return (_ENDLESS if chunked else length), chunked


def _whole(body: bytes) -> bytes:
    """The chunks (RFC 9112, 7.1) put together, as far as they go; some servers send them in version 1.0 too."""
    pieces, at = [], 0
    while found := _CHUNK.match(body, at):
        until = found.end() + int(found[1], 16)
        pieces.append(body[found.end() : until])
        at = until + 2
    return b"".join(pieces)


@cache
def _context() -> ssl.SSLContext:
    context = ssl.create_default_context()
    context.check_hostname = False
    context.verify_mode = ssl.CERT_NONE
    return context
