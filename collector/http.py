"""The probe `http:PORT/PATH` (or `https:`): does the application answer a GET with something good?"""

from __future__ import annotations

import asyncio
import re
import ssl
from functools import cache
from typing import Final

from collector.probe import Answer, Settings
from collector.reading import clean
from collector.target import Target

_LINE: Final = 4096
_STATUS: Final = re.compile(rb"HTTP/1\.[01] (\d{3})\b")
_CHECK: Final = re.compile(r"(https?):(\d*)(/\S*)?")


async def probe(target: Target, settings: Settings, deadline: float) -> Answer | None:
    """Good is a status from 200 to 399, and 401 or 403: it serves those who sign in. Else, or where it is no HTTP, the
    cause is bad_answer; refused and timeout as for `tcp`. A certificate is not checked: devices sign their own.
    """
    match = _CHECK.fullmatch(settings.check)
    secure = match is not None and match[1] == "https"
    port = int(match[2]) if match and match[2] else (443 if secure else 80)
    path = (match[3] if match else None) or "/"
    loop = asyncio.get_running_loop()
    began = loop.time()
    answer, told = await _get(target.address, port, path, secure, deadline)
    took = round((loop.time() - began) * 1000, 3)
    if settings.steps is not None:
        settings.steps.note(settings.check, f"GET {path} of {target.address} port {port}", told, began)
    return Answer(True, None, took) if answer.ok else answer


async def _get(address: str, port: int, path: str, secure: bool, deadline: float) -> tuple[Answer, str]:
    try:
        async with asyncio.timeout_at(deadline):
            line = await _status_line(address, port, path, _context() if secure else None)
    except ConnectionRefusedError:
        return Answer(False, "refused"), "refused"
    except TimeoutError:
        return Answer(False, "timeout"), "timeout"
    except (ssl.SSLError, asyncio.IncompleteReadError, ValueError, ConnectionError) as error:
        return Answer(False, "bad_answer"), clean(str(error) or type(error).__name__)
    except OSError as error:
        return Answer(False, "timeout"), clean(str(error))
    match = _STATUS.match(line)
    good = match is not None and (200 <= int(match[1]) < 400 or match[1] in {b"401", b"403"})
    return Answer(good, None if good else "bad_answer"), clean(line)


async def _status_line(address: str, port: int, path: str, context: ssl.SSLContext | None) -> bytes:
    reader, writer = await asyncio.open_connection(address, port, ssl=context, limit=_LINE)
    try:
        host = f"[{address}]" if ":" in address else address
        writer.write(f"GET {path} HTTP/1.1\r\nHost: {host}:{port}\r\nConnection: close\r\n\r\n".encode())
        return await reader.readline()
    finally:
        writer.transport.abort()


@cache
def _context() -> ssl.SSLContext:
    context = ssl.create_default_context()
    context.check_hostname = False
    context.verify_mode = ssl.CERT_NONE
    return context
