"""The web server on the main thread: listens before anything else starts, ends on Ctrl-C, SIGTERM or a failed part."""

from __future__ import annotations

import signal
import socket
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType
from typing import Any

import uvicorn
from fastapi import FastAPI

from hallwatch.settings import split_listen


class CannotListen(Exception):
    """The address is taken or not ours; `where` is HOST:PORT."""

    def __init__(self, where: str, reason: str) -> None:
        super().__init__(f"cannot listen on {where}: {reason}")
        self.where = where


def listen_on(where: str) -> socket.socket:
    """A listening socket on HOST:PORT. Raises `CannotListen`."""
    host, port = split_listen(where)
    try:
        family, kind, proto, _, address = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)[0]
        sock = socket.socket(family, kind, proto)
    except OSError as error:
        raise CannotListen(where, error.strerror or str(error)) from error
    try:
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        sock.bind(address)
        sock.listen(256)
    except OSError as error:
        sock.close()
        raise CannotListen(where, error.strerror or str(error)) from error
    return sock


class Web(uvicorn.Server):
    """uvicorn with our socket; ends the pages' streams first, which would hold it up for ever."""

    def __init__(self, app: FastAPI, sock: socket.socket) -> None:
        config = uvicorn.Config(
            app, log_config=None, access_log=False, server_header=False, timeout_graceful_shutdown=2, lifespan="on"
        )
        super().__init__(config)
        self._app, self._sock = app, sock
        self.failure: str | None = None

    def serve_until_told(self) -> None:
        """Serve on the calling thread; takes SIGINT and SIGTERM while it does."""
        self.run(sockets=[self._sock])

    def fail(self, reason: str) -> None:
        """End because a part failed; from any thread."""
        self.failure = self.failure or reason
        self.should_exit = True

    @contextmanager
    def capture_signals(self) -> Iterator[None]:
        """Ends are ours while it serves; unlike uvicorn's own, they are not raised again: the end is a clean one."""
        before = {number: signal.signal(number, self.handle_exit) for number in (signal.SIGINT, signal.SIGTERM)}
        try:
            yield
        finally:
            for number, handler in before.items():
                signal.signal(number, handler)

    def handle_exit(self, sig: int, frame: FrameType | None) -> None:
        """A signal came."""
        self._close_streams()
        super().handle_exit(sig, frame)

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        """Stop listening, end what is open."""
        self._close_streams()
        await super().shutdown(sockets)

    def _close_streams(self) -> None:
        feed: Any = getattr(self._app.state, "feed", None)
        if feed is not None:
            feed.close()
