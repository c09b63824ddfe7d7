"""Every version by pysnmp, where gufo has no wheel (Windows) or the settings want it: slow, and the same answers."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from functools import partial
from itertools import count
from typing import Any, Final

from pyasn1.type import univ
from pysnmp.proto import errind, rfc1902, rfc1905
from pysnmp.proto.api import v2c
from pysnmp.proto.error import StatusInformation

from collector.alarm import Alarms
from collector.reading import Raw
from collector.snmp.pysnmp_stack import Peer, Stack, bulk_pdu, get_pdu, next_pdu, stack_for
from collector.snmp.session import UNREADABLE, NoAnswer
from collector.snmp.value import opaque
from collector.snmp.walk import Walk
from collector.target import Snmp

_BULK: Final = 20
_NOT_AUTHORISED: Final = 16
_NUMBERS: Final = count()
_ROUNDS: Final = 4  # the engine, its clock, the question, and once more where the agent has just been restarted
_AGAIN: Final = (errind.unknownEngineID, errind.notInTimeWindow)
_AUTH: Final = (
    *(errind.unknownUserName, errind.unknownSecurityName, errind.wrongDigest, errind.authenticationFailure),
    *(errind.authenticationError, errind.unsupportedSecurityLevel, errind.decryptionError, errind.notInTimeWindow),
    errind.unknownCommunityName,
)
_NOTHING: Final = (rfc1905.NoSuchObject, rfc1905.NoSuchInstance, rfc1905.EndOfMibView, rfc1905.UnSpecified)
Noted = Callable[[bytes, str], None]


class PysnmpSession:
    """One agent. Raises OSError where the address is none or no more files may be open."""

    def __init__(self, address: str, snmp: Snmp, alarms: Alarms, noted: Noted = lambda _id, _address: None) -> None:
        self.snmp = snmp
        self._address, self._alarms, self._noted = address, alarms, noted
        self._loop = asyncio.get_running_loop()
        self._stack: Stack = stack_for(snmp)
        self._forget_engine()
        self._wire: asyncio.DatagramTransport | None = None
        self._future: asyncio.Future[Any] | None = None
        self._last = b""
        self._wrong = ""

    def _forget_engine(self) -> None:
        """pysnmp keeps an address' engine for minutes; under another name it asks anew."""
        self._peer = Peer((self._address, self.snmp.port, next(_NUMBERS)))
        self._peer.send = self._send
        self._named = b""

    @property
    def refused_all(self) -> bool:
        return True  # for all that is known here

    @property
    def busy(self) -> bool:
        return self._future is not None and not self._future.done()

    def close(self) -> None:
        if self._wire is not None:
            self._wire.close()
            self._wire = None

    async def get(self, oids: Sequence[str], until: float) -> dict[str, Raw]:
        """As the protocol says."""
        answer = await self._ask(partial(get_pdu, list(map(_numbers, oids))), until)
        if int(v2c.apiPDU.get_error_status(answer)):
            return {}
        asked = set(oids)
        found = ((str(name), _raw(value)) for name, value in v2c.apiPDU.get_varbinds(answer))
        return {name: raw for name, raw in found if raw is not None and name in asked}

    async def walk(self, oid: str, limit: int, until: float) -> list[tuple[str, Raw]]:
        """As the protocol says, by GETBULK, in version 1 by GETNEXT."""
        walk, onward = Walk(oid, limit), True
        while walk.left > 0 and onward:
            try:
                answer = await self._ask(partial(self._onward, walk), until)
            except NoAnswer as error:
                raise walk.broken(error.cause, str(error)) from error
            onward = not int(v2c.apiPDU.get_error_status(answer)) and self._take(walk, answer)
        return walk.rows

    def _onward(self, walk: Walk) -> Any:
        names = [_numbers(walk.place)]
        return next_pdu(names) if self.snmp.version == "1" else bulk_pdu(names, min(_BULK, walk.left))

    def _take(self, walk: Walk, answer: Any) -> bool:
        rows = [(str(name), value) for name, value in v2c.apiPDU.get_varbinds(answer)]
        for name, value in rows:
            if isinstance(value, rfc1905.EndOfMibView) or not walk.take(name, _raw(value)):
                return False
        return bool(rows)

    async def _ask(self, make: Callable[[], Any], until: float) -> Any:
        """Ask until there is an answer: an agent may first name its engine, then tell its time. Raises `NoAnswer`."""
        if self._wire is None:
            await self._open()
        error: Any = None
        named = False
        for _ in range(_ROUNDS):
            known, now = self._named, self._loop.time()
            error, answer = await self._once(make(), (now + until) / 2 if known else until)
            self._note()
            named = named or (not known and bool(self._named))
            if error is None:
                return _permitted(answer)
            if error not in (*_AGAIN, errind.requestTimedOut) or (error == errind.requestTimedOut and not known):
                break
            if known and error != errind.notInTimeWindow:
                self._forget_engine()  # an agent that was started anew may have another, and is silent to the old
        if error in (errind.requestTimedOut, errind.unknownEngineID):
            raise self._silence(named)
        raise NoAnswer("auth" if error in _AUTH else "bad_answer", str(error))

    def _silence(self, named: bool) -> NoAnswer:
        """An agent that names its engine but is silent to the user's questions could not decrypt them: `auth`."""
        if self._wrong:
            return NoAnswer("bad_answer", self._wrong)
        if self.snmp.priv and named:
            return NoAnswer("auth", UNREADABLE)
        return NoAnswer("timeout")

    def _note(self) -> None:
        named = self._stack.engine_of(self._peer) if self.snmp.version == "3" and not self._named else b""
        if named:
            self._named = named
            self._noted(named, self._address)

    async def _open(self) -> None:
        """A socket connected to the agent: only its own address is heard."""
        where = (self._address, self.snmp.port)
        self._wire, _ = await self._loop.create_datagram_endpoint(lambda: _Ear(self), remote_addr=where)

    async def _once(self, pdu: Any, until: float) -> tuple[Any, Any]:
        """pysnmp's error indication or None, and the answer. Asks again at half time, with the same octets."""
        self._wrong = ""
        now, future = self._loop.time(), self._loop.create_future()
        self._future = future
        try:
            self._stack.send(self._peer, pdu, max(0.0, until - now), partial(_settle, future))
        except StatusInformation as error:
            return error["errorIndication"], None
        self._alarms.at((now + until) / 2, self._half_time, future)
        self._alarms.at(until, self._expire, future)
        told: tuple[Any, Any] = await future
        return told

    def _send(self, datagram: bytes) -> None:
        self._last = datagram
        if self._wire is not None:
            self._wire.sendto(datagram)

    def _half_time(self, future: asyncio.Future[Any], _: float = 0.0) -> None:
        if not future.done() and self._wire is not None:
            self._wire.sendto(self._last)

    def _expire(self, future: asyncio.Future[Any], _: float = 0.0) -> None:
        _settle(future, errind.requestTimedOut, None)

    def hear(self, datagram: bytes) -> None:
        """What came from the agent's address; pysnmp's decoders raise whatever they like at what is no answer."""
        try:
            self._stack.take(self._peer, datagram)
        except Exception as error:  # noqa: BLE001 - the edge: the answer may still come
            self._wrong = f"{type(error).__name__}: {error}"[:200]

    def refused(self, error: OSError) -> None:
        """What the network says of the agent's port."""
        future = self._future
        if isinstance(error, ConnectionRefusedError) and future is not None and not future.done():
            future.set_exception(NoAnswer("refused", error.strerror or "refused"))


class _Ear(asyncio.DatagramProtocol):
    def __init__(self, session: PysnmpSession) -> None:
        self._session = session

    def datagram_received(self, data: bytes, _addr: Any) -> None:
        self._session.hear(data)

    def error_received(self, exc: Exception) -> None:
        if isinstance(exc, OSError):
            self._session.refused(exc)


def _permitted(answer: Any) -> Any:
    """The answer, unless the agent knows the user and grants it nothing at this level (authorizationError)."""
    if int(v2c.apiPDU.get_error_status(answer)) == _NOT_AUTHORISED:
        raise NoAnswer("auth", "authorizationError")
    return answer


def _settle(future: asyncio.Future[Any], error: Any, answer: Any) -> None:
    if not future.done():
        future.set_result((error, answer))


def _numbers(oid: str) -> tuple[int, ...]:
    return tuple(map(int, oid.split(".")))


def _raw(value: Any) -> Raw:
    """pysnmp's value as the other sessions give it."""
    if isinstance(value, _NOTHING):
        return None
    if isinstance(value, rfc1902.IpAddress):
        return ".".join(map(str, value.asOctets()))
    if isinstance(value, rfc1902.Opaque):
        return opaque(value.asOctets())
    if isinstance(value, univ.ObjectIdentifier):
        return str(value)
    if isinstance(value, univ.OctetString):
        return bytes(value.asOctets())
    try:
        return int(value)
    except (TypeError, ValueError):
        return None
