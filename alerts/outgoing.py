"""HTTP to the outside: one request to an address that was checked; no redirects, no proxies; size and time capped."""

from __future__ import annotations

import socket
import ssl
import threading
import time
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from functools import cache
from http.client import HTTPConnection, HTTPException, HTTPResponse
from typing import Any, Final, NamedTuple
from urllib.parse import quote, urlsplit

from alerts.addresses import Allowed, address_of

MAX_ANSWER: Final = 64 * 1024
_PORTS: Final = {"http": 80, "https": 443}
_PATH: Final = "/%?&=:@!$'()*+,;~-._#[]"


class NotSent(Exception):
    """Nothing came back; `reason` says why, without the address's path, which may be a secret."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


@dataclass(frozen=True, slots=True)
class Request:
    """What to send; `url` and `headers` may hold secrets and are never shown."""

    url: str = field(repr=False)
    body: bytes = field(repr=False)
    headers: Mapping[str, str] = field(repr=False)
    method: str = "POST"


class Answer(NamedTuple):
    """What came back; `body` is at most `MAX_ANSWER` long, `retry_after` the header's seconds."""

    status: int
    body: bytes
    retry_after: int | None = None


@dataclass(frozen=True, slots=True)
class Way:
    """How to go out: which addresses are open, how long all of it may take, whose certificates count."""

    allowed: Allowed = field(default_factory=Allowed)
    timeout_s: float = 10.0
    ca: str | None = None


def send(request: Request, way: Way) -> Answer:
    """One request, one answer, within `way.timeout_s`. Raises `NotSent`."""
    host, port, tls, path = _target(request.url)
    context = _context(way.ca) if tls else None
    deadline = time.monotonic() + way.timeout_s
    sock = _connected(host, port, way.allowed, deadline)
    if context is not None:
        sock = context.wrap_socket(sock, server_hostname=host, do_handshake_on_connect=False)
    guard = threading.Timer(max(0.01, deadline - time.monotonic()), _cut, [sock])
    guard.daemon = True
    guard.start()
    try:
        if isinstance(sock, ssl.SSLSocket):
            sock.do_handshake()
        answer = _asked(request, sock, host, port, path)
    except (OSError, HTTPException, ValueError) as error:
        late = time.monotonic() >= deadline or isinstance(error, TimeoutError)
        raise NotSent("no answer in time" if late else _told(error)) from None
    finally:
        guard.cancel()
        sock.close()
    if time.monotonic() >= deadline:  # what was cut may look like a whole
        raise NotSent("no answer in time")
    return answer


def _asked(request: Request, sock: socket.socket, host: str, port: int, path: str) -> Answer:
    connection = HTTPConnection(host, port)
    connection.sock = sock
    with suppress(OSError):  # a server may answer and close before it has read everything
        connection.request(request.method, path, request.body, {"Connection": "close", **request.headers})
    answer = HTTPResponse(sock, method=request.method)
    try:
        answer.begin()
        body = answer.read(MAX_ANSWER + 1)
        if len(body) > MAX_ANSWER:
            raise NotSent(f"{answer.status}, and an answer larger than {MAX_ANSWER // 1024} KiB")
        after = (answer.getheader("retry-after") or "").strip()
        return Answer(answer.status, body, int(after[:9]) if after.isdecimal() else None)
    finally:
        answer.close()
        connection.close()


def _target(url: str) -> tuple[str, int, bool, str]:
    """Host, port, whether TLS, path with query. Raises `NotSent`."""
    try:
        parts = urlsplit(url)
        host = (parts.hostname or "").encode("idna" if not (parts.hostname or "").isascii() else "ascii").decode()
        port = parts.port or _PORTS[parts.scheme]
    except (ValueError, KeyError) as error:
        raise NotSent("url: neither https://host/… nor http://host/…") from error
    if not host or parts.username is not None:
        raise NotSent("url: without a host, or with a user in it")
    path = quote(parts.path or "/", safe=_PATH) + (f"?{quote(parts.query, safe=_PATH)}" if parts.query else "")
    return host, port, parts.scheme == "https", path


def _connected(host: str, port: int, allowed: Allowed, deadline: float) -> socket.socket:
    """A connection to an address that is allowed: the one checked is the one connected to. Raises `NotSent`."""
    found = _resolved(host, port, deadline)
    open_ones = [one for one in found if allowed.takes(host, address_of(str(one[4][0])))]
    if not open_ones:
        raise NotSent(f"{host}: not a public address; allow it by name in the end point's settings")
    fault: OSError | None = None
    for family, kind, protocol, _name, where in open_ones[:4]:
        left = deadline - time.monotonic()
        if left <= 0:
            break
        sock = socket.socket(family, kind, protocol)
        try:
            sock.settimeout(left)
            sock.connect(where)
            return sock
        except OSError as error:
            sock.close()
            fault = error
    raise NotSent(f"{host}: {_told(fault) if fault else 'no connection in time'}")


def _resolved(host: str, port: int, deadline: float) -> list[Any]:
    """The addresses of a host. A resolver that hangs holds a thread of its own, not us. Raises `NotSent`."""
    found: list[Any] = []

    def look() -> None:
        with suppress(OSError, UnicodeError):
            found.extend(socket.getaddrinfo(host, port, type=socket.SOCK_STREAM))

    thread = threading.Thread(target=look, daemon=True)
    thread.start()
    thread.join(max(0.01, deadline - time.monotonic()))
    if not found:
        raise NotSent(f"{host}: no such host" if not thread.is_alive() else f"{host}: its name was not found in time")
    return list(found)


@cache
def _context(ca: str | None) -> ssl.SSLContext:
    try:
        return ssl.create_default_context(cafile=ca)
    except OSError as error:
        raise NotSent(f"ca: cannot be read: {error.__class__.__name__}") from error


def _cut(sock: socket.socket) -> None:
    with suppress(OSError):
        socket.socket.shutdown(sock, socket.SHUT_RDWR)  # not that of TLS, which another thread is using


def _told(error: Exception) -> str:
    """What a connection said, short; what may quote our own request is left out."""
    if isinstance(error, ssl.SSLCertVerificationError):
        return f"its certificate is not good: {error.verify_message}"[:200]
    if isinstance(error, OSError):
        return (error.strerror or error.__class__.__name__)[:200]
    return error.__class__.__name__
