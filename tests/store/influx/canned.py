"""Something on a port that answers as it is told: versions that cannot be had here, proxies, failures."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any


@dataclass
class Answer:
    """What it says to a path; `after_s` how long it thinks."""

    status: int = 204
    body: str = ""
    headers: Mapping[str, str] = field(default_factory=dict)
    after_s: float = 0.0


@contextmanager
def canned(answers: Mapping[str, Answer], asked: list[str] | None = None) -> Iterator[str]:
    """The `metrics.url` of one; what has no answer is 404. `asked` gets the paths."""

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.rfile.read(int(self.headers.get("Content-Length") or 0))
            if asked is not None:
                asked.append(self.path)
            answer = answers.get(self.path.partition("?")[0], Answer(404, "nothing here"))
            time.sleep(answer.after_s)
            self.send_response(answer.status)
            for name, value in answer.headers.items():
                self.send_header(name, value)
            body = answer.body.replace("{auth}", self.headers.get("Authorization", "")).encode()
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        do_POST = do_GET  # noqa: N815 - the base class wants it

        def log_message(self, *_: Any) -> None:
            """Quiet."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.handle_error = lambda *_: None  # type: ignore[method-assign]  # who hangs up first is part of a test
    threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True).start()
    try:
        yield f"influxdb://127.0.0.1:{server.server_port}"
    finally:
        server.shutdown()
        server.server_close()
