"""The probe `http:PORT/PATH` (or `https:`): does the application answer well, and what does it say?"""

from __future__ import annotations

import asyncio
import re
import ssl
from collections.abc import Mapping
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
_CHECK: Final = re.compile(r"(https?):(\d*)(/\S*)?")


async def probe(target: Target, settings: Settings, deadline: float) -> Answer | None:
    """Good is a status from 200 to 399, and 401 or 403: it serves those who sign in. Else, or where it is no HTTP, the
    cause is bad_answer; refused and timeout as for `tcp`. A certificate is not checked: devices sign their own.

    Where the kind reads values from this check, they are those of the JSON that came; what is no JSON has none.
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
            line, body = await _asked(address, port, path, _context() if secure else None, most)
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


async def _asked(address: str, port: int, path: str, context: ssl.SSLContext | None, most: int) -> tuple[bytes, bytes]:
    reader, writer = await asyncio.open_connection(address, port, ssl=context, limit=_LINE)
    try:
        host = f"[{address}]" if ":" in address else address
        # version 1.0 where the body is wanted: it comes as it is, not in chunks
        writer.write(_REQUEST[most > 0].format(path=path, host=host, port=port).encode())
        line = await reader.readline()
        return line, await _body(reader, most) if most else b""
    finally:
        writer.transport.abort()


async def _body(reader: asyncio.StreamReader, most: int) -> bytes:
    """All until the end of the stream or the length that was said. Raises ValueError where that is more than `most`."""
    length = most + 1
    for _ in range(_HEADERS):
        line = await reader.readline()
        if line in (b"\r\n", b"\n", b""):
            break
        name, _, value = line.partition(b":")
        if name.strip().lower() == b"content-length" and value.strip().isdigit() and len(value) < 20:
            length = int(value)
    body = b""
    while len(body) < min(length, most + 1) and (more := await reader.read(min(length, most + 1) - len(body))):
        body += more
    if len(body) > most:
        raise ValueError(f"more than {most} octets")
    return body


@cache
def _context() -> ssl.SSLContext:
    context = ssl.create_default_context()
    context.check_hostname = False
    context.verify_mode = ssl.CERT_NONE
    return context
