"""One SNMP session: a socket connected to one agent that stays open, one request at a time."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from contextlib import suppress
from functools import lru_cache
from typing import Any, Final

from gufo.snmp import (
    Aes128Key,
    Aes192Key,
    Aes256Key,
    BaseAuthKey,
    BasePrivKey,
    DesKey,
    Md5Key,
    NoSuchInstance,
    Sha1Key,
    Sha224Key,
    Sha256Key,
    Sha384Key,
    Sha512Key,
    SnmpAuthError,
    SnmpDecodeError,
    SnmpEncodeError,
    SnmpError,
    User,
)
from gufo.snmp._fast import GetIter, SnmpV1ClientSocket, SnmpV2cClientSocket, SnmpV3ClientSocket
from gufo.snmp.user import KeyType
from gufo.snmp.utils import format_sock_addr

from collector.alarm import Alarms
from collector.probe import Cause
from collector.reading import Raw
from collector.target import Snmp

AUTHS: Final[dict[str, type[BaseAuthKey]]] = {
    "md5": Md5Key,
    "sha": Sha1Key,
    "sha224": Sha224Key,
    "sha256": Sha256Key,
    "sha384": Sha384Key,
    "sha512": Sha512Key,
}
PRIVS: Final[dict[str, type[BasePrivKey]]] = {
    "des": DesKey,
    "aes": Aes128Key,
    "aes128": Aes128Key,
    "aes192": Aes192Key,
    "aes256": Aes256Key,
}
_STALE_S: Final = 120.0  # RFC 3414 allows 150 s between the clocks of manager and agent
_BULK: Final = 20


class NoAnswer(Exception):
    """A request without a usable answer."""

    def __init__(self, cause: Cause, detail: str = "") -> None:
        super().__init__(detail or cause)
        self.cause: Cause = cause


@lru_cache(maxsize=1024)
def _user(snmp: Snmp) -> User:
    """The user with master keys: hashing a pass phrase takes a million octets, so it is done once for all agents."""
    if not snmp.auth or snmp.auth_key is None:
        return User(snmp.user or "")
    make = AUTHS[snmp.auth]
    auth = make(make.get_master_key(snmp.auth_key.encode()), KeyType.Master)
    if not snmp.priv or snmp.priv_key is None:
        return User(snmp.user or "", auth_key=auth)
    priv = PRIVS[snmp.priv](make.get_master_key(snmp.priv_key.encode()), KeyType.Master)
    return User(snmp.user or "", auth_key=auth, priv_key=priv)


def _open(address: str, snmp: Snmp) -> Any:
    """gufo's socket: not blocking, connected (so only the agent's own address is heard)."""
    where = format_sock_addr(address, snmp.port)
    if snmp.version == "3":
        return SnmpV3ClientSocket(where, b"", "", 0, b"", 0, b"", 0, 0, 0, 0)
    socket = SnmpV1ClientSocket if snmp.version == "1" else SnmpV2cClientSocket
    return socket(where, snmp.community, 0, 0, 0, 0)


class Session:
    """Raises OSError where the address is none or no more files may be open."""

    __slots__ = (
        *("_alarms", "_fd", "_future", "_loop", "_receive", "_socket", "_wrong"),
        *("discovery_s", "heard_at", "snmp"),
    )

    def __init__(self, address: str, snmp: Snmp, alarms: Alarms) -> None:
        self.snmp = snmp
        self.heard_at = 0.0
        self.discovery_s: float | None = None  # how long the agent took to name its engine (version 3)
        self._alarms = alarms
        self._loop = asyncio.get_running_loop()
        self._socket = _open(address, snmp)
        self._receive: Callable[[], Any] = self._socket.recv_get_many
        self._future: asyncio.Future[Any] | None = None
        self._wrong = ""
        self._fd: int = self._socket.get_fd()
        self._loop.add_reader(self._fd, self._readable)

    @property
    def busy(self) -> bool:
        """Is a request in flight?"""
        return self._future is not None and not self._future.done()

    def close(self) -> None:
        """Give the socket back; the session is of no more use."""
        if self._fd >= 0:
            self._loop.remove_reader(self._fd)
            self._fd = -1
            self._socket = None

    def begin(self, oids: Sequence[str]) -> asyncio.Future[dict[str, Raw]]:
        """Send a GET; its future gives the values of those OIDs that the agent has, none also when it refused the
        request as a whole (version 1 with one OID that it lacks, too big an answer), or raises `NoAnswer`. It does
        not end by itself: see `expire`. In version 3 only where `prepared`.
        """
        socket = self._socket
        if socket is None:
            raise NoAnswer("timeout", "closed meanwhile")
        self._wrong = ""
        self._receive = socket.recv_get_many
        future = self._future = self._loop.create_future()
        try:
            socket.send_get_many(oids)
        except SnmpEncodeError:
            future.set_result({})  # the request would not fit into a datagram
        except (SnmpError, ValueError, OSError) as error:
            future.set_exception(NoAnswer(*_cause(error)))
        return future

    def repeat(self, oids: Sequence[str], other: Session) -> None:
        """Ask the same as `other` is asking now; whichever answer comes first is the answer to both."""
        self._receive, self._future = self._socket.recv_get_many, other._future
        with suppress(SnmpError, ValueError, OSError):
            self._socket.send_get_many(oids)

    def expire(self, future: asyncio.Future[Any], _: float = 0.0) -> None:
        """End a request that is still waiting."""
        if not future.done():
            future.set_exception(NoAnswer("bad_answer", self._wrong) if self._wrong else NoAnswer("timeout"))

    @property
    def prepared(self) -> bool:
        """May a request go out at once? Version 3 must first know the engine and, where it signs, its clock."""
        if self.snmp.version != "3":
            return True
        fresh = self.snmp.auth is None or self._loop.time() - self.heard_at < _STALE_S
        return self.discovery_s is not None and fresh

    async def prepare(self, until: float) -> None:
        """Version 3: learn the engine once, its clock when ours of it is old. Raises `NoAnswer`."""
        socket, now = self._socket, self._loop.time()
        if socket is None:
            raise NoAnswer("timeout", "closed meanwhile")
        if self.snmp.version == "3" and self.discovery_s is None:
            await self._ask(socket.send_refresh, socket.recv_refresh, until)
            self.discovery_s = self._loop.time() - now
            user = _user(self.snmp)
            keys = (user.get_auth_alg(), user.get_auth_key(), user.get_priv_alg(), user.get_priv_key())
            socket.set_keys(user.name, *keys)
            self.heard_at = -_STALE_S
        if not self.prepared:
            await self._ask(socket.send_refresh, socket.recv_refresh, until)

    async def get(self, oids: Sequence[str], until: float) -> dict[str, Raw]:
        """As `begin`, until `until` (the loop's clock)."""
        await self.prepare(until)
        future = self.begin(oids)
        self._alarms.at(until, self.expire, future)
        return await future or {}

    async def walk(self, oid: str, limit: int, until: float) -> list[tuple[str, Raw]]:
        """At most `limit` instances beneath `oid`, by GETBULK (version 1: GETNEXT). Raises `NoAnswer`."""
        await self.prepare(until)
        found: dict[str, Raw] = {}
        place, socket = GetIter(oid, min(_BULK, limit)), self._socket
        while len(found) < limit:
            if self.snmp.version == "1":
                one = await self._ask(lambda: socket.send_get_next(place), lambda: socket.recv_get_next(place), until)
                rows = [one]
            else:
                rows = await self._ask(lambda: socket.send_get_bulk(place), lambda: socket.recv_get_bulk(place), until)
            fresh = {row[0]: row[1] for row in rows or () if row is not None and row[0] not in found}
            found.update(fresh)
            if not fresh or None in rows:
                break
        return list(found.items())[:limit]

    async def _ask(self, send: Callable[[], None], receive: Callable[[], Any], until: float) -> Any:
        self._wrong = ""
        self._receive = receive
        future = self._future = self._loop.create_future()
        try:
            send()
        except (SnmpError, ValueError, OSError) as error:
            raise NoAnswer(*_cause(error)) from error
        self._alarms.at(until, self.expire, future)
        return await future

    def _readable(self) -> None:
        future = self._future
        try:
            answer = self._receive()
        except BlockingIOError:
            return  # nothing there, or the answer to an earlier request
        except (NoSuchInstance, StopAsyncIteration):
            answer = None
        except SnmpDecodeError as error:
            self._wrong = str(error)  # a datagram that is no answer: the answer may still come
            return
        except (SnmpError, ValueError, OSError) as error:
            if future is not None and not future.done():
                future.set_exception(NoAnswer(*_cause(error)))
            return
        except BaseException as error:  # gufo's decoder panics at some datagrams, and a panic is no Exception
            if type(error).__name__ != "PanicException":
                raise
            self._wrong = str(error)
            return
        if future is not None and not future.done():
            self.heard_at = self._loop.time()
            future.set_result(answer)


def _cause(error: Exception) -> tuple[Cause, str]:
    """gufo tells a refused port as a TimeoutError of that text."""
    if isinstance(error, SnmpAuthError):
        return "auth", str(error)
    if isinstance(error, BlockingIOError):
        return "timeout", "the socket's buffer is full"
    if isinstance(error, TimeoutError | ConnectionRefusedError):
        return ("refused" if "refused" in str(error) else "timeout"), str(error)
    if isinstance(error, OSError):
        return "timeout", error.strerror or str(error)
    return "bad_answer", str(error)
