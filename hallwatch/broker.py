"""The embedded broker: amqtt on a thread and an event loop of its own, for the demo and for small sites."""

from __future__ import annotations

import asyncio
import logging
import threading
from asyncio import StreamReader, StreamWriter
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final
from weakref import WeakSet

from hallwatch.settings import is_loopback

if TYPE_CHECKING:
    from amqtt.broker import Broker

START_S: Final = 20.0
STOP_S: Final = 10.0
SHUTDOWN_S: Final = 5.0


class BrokerFault(Exception):
    """The embedded broker cannot start; `where` is HOST:PORT, `reason` one sentence."""

    def __init__(self, where: str, reason: str) -> None:
        super().__init__(f"embedded broker on {where}: {reason}")
        self.where = where
        self.reason = reason


class EmbeddedBroker:
    """MQTT 3.1.1 for this machine; keeps nothing over a restart, which the receipts make harmless (contracts, MQTT).

    Anonymous clients are taken on loopback only; elsewhere `password_file` is needed: lines `name:hash`, the hash by
    Argon2 or bcrypt.
    """

    def __init__(self, host: str, port: int, password_file: Path | None = None) -> None:
        self.host = host
        self.port = port
        self._password_file = password_file
        self._ready = threading.Event()
        self._fault: BrokerFault | None = None
        self._loop: asyncio.AbstractEventLoop | None = None
        self._stopping: asyncio.Event | None = None
        self._thread: threading.Thread | None = None
        self._writers: WeakSet[StreamWriter] = WeakSet()

    @property
    def where(self) -> str:
        return f"[{self.host}]:{self.port}" if ":" in self.host else f"{self.host}:{self.port}"

    @property
    def running(self) -> bool:
        return self._ready.is_set() and self._fault is None and self._thread is not None and self._thread.is_alive()

    def start(self) -> None:
        """Return once clients can connect. Raises `BrokerFault`."""
        self._refuse_open_doors()
        self._ready.clear()
        self._fault = None
        self._thread = threading.Thread(target=self._serve, name="broker", daemon=True)
        self._thread.start()
        if not self._ready.wait(START_S):
            raise BrokerFault(self.where, f"did not start within {START_S:g} s")
        self._raise_fault()

    def stop(self) -> None:
        """Close every connection and the port; harmless if not running."""
        if self._loop is not None and self._stopping is not None and self._thread is not None:
            if self._thread.is_alive():
                self._loop.call_soon_threadsafe(self._stopping.set)
            self._thread.join(STOP_S)

    def _raise_fault(self) -> None:
        if self._fault is not None:
            raise self._fault

    def _refuse_open_doors(self) -> None:
        if self._password_file is None and not is_loopback(self.host):
            raise BrokerFault(self.where, "beyond loopback only with a password file")
        if self._password_file is not None and not self._password_file.is_file():
            raise BrokerFault(self.where, f"no password file {self._password_file}")

    def _serve(self) -> None:
        try:
            asyncio.run(self._run())
        except BrokerFault as fault:
            self._fault = fault
        except Exception as error:  # whatever amqtt raises is one clear fault of start()
            self._fault = BrokerFault(self.where, str(_root(error)))
            if self._ready.is_set():
                logging.getLogger(__name__).exception("the embedded broker ended")
        self._ready.set()

    async def _run(self) -> None:
        self._loop, self._stopping = asyncio.get_running_loop(), asyncio.Event()
        broker = self._broker()
        try:
            await broker.start()
        except Exception as error:
            raise BrokerFault(self.where, _why(_root(error))) from error
        self._ready.set()
        await self._stopping.wait()
        with suppress(TimeoutError):  # amqtt may wait for ever for the reader of a client that has just gone
            await asyncio.wait_for(broker.shutdown(), SHUTDOWN_S)
        for server in broker._servers.values():
            server.instance.close()
        for writer in list(self._writers):  # amqtt forgets its clients without closing their connections
            writer.close()
        await asyncio.sleep(0.05)

    def _broker(self) -> Broker:
        try:
            from amqtt.broker import Broker
        except ImportError as error:
            raise BrokerFault(self.where, "amqtt is not installed: pip install 'hallwatch[embedded]'") from error
        for name in ("amqtt", "transitions"):  # one line a message and a trace a lost client: not for people
            logging.getLogger(name).setLevel(logging.CRITICAL + 1)
        writers = self._writers

        class Tidy(Broker):  # type: ignore[misc]  # amqtt says nothing of its types
            async def stream_connected(self, reader: StreamReader, writer: StreamWriter, listener_name: str) -> None:
                writers.add(writer)
                await super().stream_connected(reader, writer, listener_name)

            async def _publish_retained_messages_for_subscription(
                self, subscription: tuple[str, int], session: Any
            ) -> None:  # amqtt hands whoever connects what everybody else has subscribed to
                if any(session is its for its, _ in self._subscriptions.get(subscription[0], ())):
                    await super()._publish_retained_messages_for_subscription(subscription, session)

        return Tidy(
            {"listeners": {"default": {"type": "tcp", "bind": self.where}}, "plugins": self._plugins()},
            loop=self._loop,
        )

    def _plugins(self) -> dict[str, dict[str, Any]]:
        if self._password_file is None:
            return {"amqtt.plugins.authentication.AnonymousAuthPlugin": {"allow_anonymous": True}}
        return {"amqtt.plugins.authentication.FileAuthPlugin": {"password_file": str(self._password_file)}}


def _root(error: BaseException) -> BaseException:
    """The first of a chain: amqtt wraps the operating system's own words twice."""
    while (cause := error.__cause__ or error.__context__) is not None:
        error = cause
    return error


def _why(error: BaseException) -> str:
    if isinstance(error, OSError) and "address already in use" in str(error).lower():
        return "the port is in use by another program"
    return error.strerror or str(error) if isinstance(error, OSError) else str(error)
