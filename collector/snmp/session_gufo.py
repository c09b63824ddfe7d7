"""Version 3 by gufo-snmp: a socket connected to one agent, its user's keys, the engine's boots and time."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
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
from gufo.snmp._fast import GetIter, SnmpV3ClientSocket
from gufo.snmp.user import KeyType
from gufo.snmp.utils import format_sock_addr

from collector.alarm import Alarms
from collector.probe import Cause
from collector.reading import Raw
from collector.snmp.session import UNREADABLE, NoAnswer
from collector.snmp.walk import Walk
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
_BARRED: Final = ("not permitted", "Permission denied")  # gufo gives the text of an errno alone
Noted = Callable[[bytes, str], None]
"""Told the engine id and the address of an agent when it names its engine."""


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


class GufoSession:
    """One agent asked by one user. Raises OSError where the address is none or no more files may be open."""

    __slots__ = (
        *(
            "_address",
            "_alarms",
            "_chokes",
            "_discovery_s",
            "_fd",
            "_future",
            "_heard_at",
            "_loop",
            "_noted",
            "_receive",
        ),
        *("_proved", "_rejected", "_socket", "_wrong", "engine_id", "snmp"),
    )

    def __init__(self, address: str, snmp: Snmp, alarms: Alarms, noted: Noted = lambda _id, _address: None) -> None:
        self.snmp = snmp
        self.engine_id = b""
        self._address, self._alarms, self._noted = address, alarms, noted
        self._loop = asyncio.get_running_loop()
        self._future: asyncio.Future[Any] | None = None
        self._wrong = self._rejected = ""
        self._chokes = False  # on GETBULK
        self._fd = -1
        self._open()

    def _open(self) -> None:
        """A socket that knows nothing of the engine yet."""
        where = format_sock_addr(self._address, self.snmp.port)
        self._socket = SnmpV3ClientSocket(where, b"", "", 0, b"", 0, b"", 0, 0, 0, 0)
        self._receive: Callable[[], Any] = self._socket.recv_get_many
        self._heard_at = 0.0
        self._proved = False  # has the agent answered this user?
        self._discovery_s: float | None = None  # how long the agent took to name its engine
        self._fd = self._socket.get_fd()
        self._loop.add_reader(self._fd, self._readable)

    @property
    def refused_all(self) -> bool:
        return True  # gufo does not tell

    @property
    def busy(self) -> bool:
        return self._future is not None and not self._future.done()

    def close(self) -> None:
        if self._fd >= 0:
            self._loop.remove_reader(self._fd)
            self._fd = -1
            self._socket = None  # type: ignore[assignment]  # gufo closes a socket that nobody holds

    async def get(self, oids: Sequence[str], until: float) -> dict[str, Raw]:
        """As the protocol says. A restarted agent is silent to the old session: at half time that is given up, and
        the engine learned anew.
        """
        if self._fd >= 0 and self._prepared:
            try:
                return await self._get(oids, (self._loop.time() + until) / 2)
            except NoAnswer as error:
                if error.cause == "refused":
                    raise
            self.close()
        return await self._anew(oids, until)

    async def _anew(self, oids: Sequence[str], until: float) -> dict[str, Raw]:
        """An agent that names its engine but is silent to the user's questions could not decrypt them: `auth`."""
        began = self._loop.time()
        try:
            await self._prepare(until)
            return await self._get(oids, until)
        except NoAnswer as error:
            self.close()
            named = self._discovery_s
            if error.cause == "timeout" and named is not None and self.snmp.priv and named * 4 < until - began:
                raise NoAnswer("auth", UNREADABLE) from error
            raise

    @property
    def _prepared(self) -> bool:
        """May a request go out at once? Version 3 must first know the engine and, where it signs, its clock."""
        fresh = self.snmp.auth is None or self._loop.time() - self._heard_at < _STALE_S
        return self._discovery_s is not None and fresh

    async def _prepare(self, until: float) -> None:
        """Learn the engine once, its clock when ours of it is old. Raises `NoAnswer`."""
        if self._fd < 0:
            self._open()
        socket, now = self._socket, self._loop.time()
        if self._discovery_s is None:
            await self._ask(socket.send_refresh, socket.recv_refresh, until)
            self._discovery_s = self._loop.time() - now
            self.engine_id = socket.get_engine_id()
            self._noted(self.engine_id, self._address)
            user = _user(self.snmp)
            keys = (user.get_auth_alg(), user.get_auth_key(), user.get_priv_alg(), user.get_priv_key())
            socket.set_keys(user.name, *keys)
            self._heard_at = -_STALE_S
        if not self._prepared:
            await self._ask(socket.send_refresh, socket.recv_refresh, until)

    async def _get(self, oids: Sequence[str], until: float) -> dict[str, Raw]:
        socket = self._socket
        try:
            answer = await self._ask(lambda: socket.send_get_many(list(oids)), socket.recv_get_many, until) or {}
        except _TooBig:
            return {}
        self._proved = True
        return answer

    async def walk(self, oid: str, limit: int, until: float) -> list[tuple[str, Raw]]:
        """As the protocol says: by GETBULK, by GETNEXT where the agent chokes on that."""
        if self._fd < 0 or not self._prepared:
            await self._prepare(until)
        if not self._chokes:
            now = self._loop.time()
            try:
                return await self._walk(Walk(oid, limit), True, now + (until - now) / 2)
            except NoAnswer as error:
                if error.cause != "timeout" and error.rows:
                    raise
        rows = await self._walk(Walk(oid, limit), False, until)
        self._chokes = self._chokes or bool(rows)
        return rows

    async def _walk(self, walk: Walk, bulk: bool, until: float) -> list[tuple[str, Raw]]:
        place, socket = GetIter(walk.place, min(_BULK, walk.left)), self._socket
        try:
            while walk.left > 0:
                if bulk:
                    rows = await self._ask(
                        lambda: socket.send_get_bulk(place), lambda: socket.recv_get_bulk(place), until
                    )
                else:
                    rows = await self._ask(
                        lambda: socket.send_get_next(place), lambda: [socket.recv_get_next(place)], until
                    )
                rows = rows or ()
                if not walk.take_all([row for row in rows if row is not None]) or None in rows:
                    break
        except NoAnswer as error:
            raise error if error.rows else walk.broken(error.cause, str(error)) from error
        return walk.rows

    async def _ask(self, send: Callable[[], None], receive: Callable[[], Any], until: float) -> Any:
        if self._loop.time() >= until:
            raise NoAnswer("timeout")
        self._wrong = self._rejected = ""
        self._receive = receive
        future = self._future = self._loop.create_future()
        try:
            send()
        except SnmpEncodeError as error:
            raise _TooBig("bad_answer", str(error)) from error
        except (SnmpError, ValueError, OSError) as error:
            raise NoAnswer(*_cause(error)) from error
        self._alarms.at(until, self._expire, future)
        return await future

    def _expire(self, future: asyncio.Future[Any], _: float = 0.0) -> None:
        if future.done():
            return
        if self._rejected:
            future.set_exception(NoAnswer("auth", self._rejected))
        else:
            future.set_exception(NoAnswer("bad_answer", self._wrong) if self._wrong else NoAnswer("timeout"))

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
            if self._proved and isinstance(error, SnmpAuthError):
                self._rejected = str(error)  # a report, which anybody may have written: the answer may still come
            elif future is not None and not future.done():
                future.set_exception(NoAnswer(*_cause(error)))
            return
        except BaseException as error:  # gufo's decoder panics at some datagrams, and a panic is no Exception
            if type(error).__name__ != "PanicException":
                raise
            self._wrong = str(error)
            return
        if future is not None and not future.done():
            self._heard_at = self._loop.time()
            future.set_result(answer)


class _TooBig(NoAnswer):
    """The request would not fit into a datagram."""


def _cause(error: Exception) -> tuple[Cause, str]:
    """gufo tells a refused port as a TimeoutError of that text."""
    if isinstance(error, SnmpAuthError):
        return "auth", str(error)
    if isinstance(error, BlockingIOError):
        return "timeout", "the socket's buffer is full"
    if isinstance(error, TimeoutError | ConnectionRefusedError):
        return ("refused" if "refused" in str(error) else "timeout"), str(error)
    if isinstance(error, OSError) and any(told in str(error) for told in _BARRED):
        return "config", error.strerror or str(error)  # a filter of our own: nothing was sent
    if isinstance(error, OSError):
        return "timeout", error.strerror or str(error)
    return "bad_answer", str(error)
