"""A real HTTP server on a free loopback port that answers as it is told to, and keeps what it heard."""

from __future__ import annotations

import json
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, NamedTuple


class Heard(NamedTuple):
    """One request."""

    method: str
    path: str
    headers: dict[str, str]
    body: bytes

    @property
    def document(self) -> Any:
        return json.loads(self.body)


class Reply(NamedTuple):
    """What to answer: after `late_s`, with these headers; `drop`: nothing, the line is cut."""

    status: int = 200
    body: bytes = b"{}"
    late_s: float = 0.0
    headers: tuple[tuple[str, str], ...] = ()
    drop: bool = False


def said(document: Any, status: int = 200) -> Reply:
    """An answer in JSON."""
    return Reply(status, json.dumps(document).encode())


@dataclass
class Ear:
    """`replies` are given first, one a request, then `usual`; `on_heard` is called before an answer is given."""

    replies: list[Reply] = field(default_factory=list)
    usual: Reply = field(default_factory=Reply)
    heard: list[Heard] = field(default_factory=list)
    on_heard: Callable[[Heard], None] = lambda _heard: None
    port: int = 0

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"


def _handler(ear: Ear) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        def log_message(self, format: str, *args: Any) -> None:
            """Quiet."""

        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers.get("content-length", 0)))
            heard = Heard(self.command, self.path, {k.lower(): v for k, v in self.headers.items()}, body)
            ear.heard.append(heard)
            reply = ear.replies.pop(0) if ear.replies else ear.usual
            ear.on_heard(heard)
            time.sleep(reply.late_s)
            if reply.drop:
                self.close_connection = True
                return
            self.send_response(reply.status)
            for name, value in (*reply.headers, ("Content-Length", str(len(reply.body)))):
                self.send_header(name, value)
            self.end_headers()
            self.wfile.write(reply.body)

        do_GET = do_PUT = do_POST  # noqa: N815 - http.server's names

    return Handler


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    block_on_close = False

    def handle_error(self, request: Any, client_address: Any) -> None:
        """A client that went away is what these tests are about."""


@contextmanager
def listening(ear: Ear) -> Iterator[Ear]:
    """The ear at work on `ear.port`."""
    server = _Server(("127.0.0.1", ear.port), _handler(ear))
    ear.port = server.server_address[1]
    thread = threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True)
    thread.start()
    try:
        yield ear
    finally:
        server.shutdown()
        server.server_close()
