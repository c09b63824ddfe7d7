"""pysnmp's message processing for one way of asking (version and credentials), over sockets of our own."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Any, Final
from weakref import WeakKeyDictionary

from pysnmp.carrier.base import AbstractTransportDispatcher
from pysnmp.entity import config
from pysnmp.entity.engine import SnmpEngine
from pysnmp.proto import rfc1905
from pysnmp.proto.api import v2c
from pysnmp.proto.proxy import rfc2576
from pysnmp.proto.rfc1902 import OctetString

from collector.target import Snmp
from collector.traps.usm import AUTH_OIDS, PRIV_OIDS

DOMAIN: Final = config.SNMP_UDP_DOMAIN
_TICK_S: Final = 0.5
_NAME: Final = "hallwatch"
_MOST: Final = 64
_LATE_TICKS: Final = 20

Done = Callable[[Any, Any], None]
"""Told what went wrong (pysnmp's error indication, or None) and the answer's PDU."""


class Peer(tuple[str, int, int]):
    """An agent's address and a number, which pysnmp knows its engine by; `send` takes what is to go there."""

    send: Callable[[bytes], None]


class _Dispatcher(AbstractTransportDispatcher):  # type: ignore[misc]  # pysnmp has no types
    """What pysnmp sends goes to the peer's own socket."""

    def send_message(self, message: bytes, _domain: object, peer: Peer) -> None:
        peer.send(bytes(message))


class Stack:
    """One of pysnmp's engines. It knows one user or community, so that two of the same name never meet."""

    def __init__(self, snmp: Snmp) -> None:
        self.engine = SnmpEngine()
        self._snmp = snmp
        self._dispatcher = _Dispatcher()
        self.engine.register_transport_dispatcher(self._dispatcher)
        self._model, self._level = _register(self.engine, snmp)
        self._name = OctetString((snmp.user or "") if snmp.version == "3" else _NAME)
        self._loop = asyncio.get_running_loop()
        self._tick()

    def _tick(self) -> None:
        """pysnmp forgets by the clock what nobody answered."""
        self._timer = self._loop.call_later(_TICK_S, self._tick)
        self._dispatcher.handle_timer_tick(self._loop.time())

    def close(self) -> None:
        self._timer.cancel()
        self.engine.close_dispatcher()

    def send(self, peer: Peer, pdu: Any, timeout_s: float, done: Done) -> None:
        """Send a PDU of version 2; `done` is called once, perhaps never. Raises pysnmp's StatusInformation."""
        processing, told = 3, pdu
        if self._snmp.version != "3":
            processing = int(self._snmp.version == "2c")
            told = pdu if processing else rfc2576.v2_to_v1(pdu)
        ticks = timeout_s / self._dispatcher.get_timer_resolution() + _LATE_TICKS

        def answered(*given: Any) -> None:
            answer, error = given[8], given[9]
            if answer is not None and processing == 0:
                answer = rfc2576.v1_to_v2(answer, told)
            done(error and error["errorIndication"], answer)

        self.engine.message_dispatcher.send_pdu(
            self.engine, DOMAIN, peer, processing, self._model, self._name, self._level,
            None, OctetString(b""), int(processing > 0), told, True, ticks, answered, None,
        )  # fmt: skip

    def take(self, peer: Peer, datagram: bytes) -> None:
        """Hand over what a peer sent; whatever pysnmp raises for what it holds comes out."""
        self.engine.message_dispatcher.receive_message(self.engine, DOMAIN, peer, datagram)

    def engine_of(self, peer: Peer) -> bytes:
        """The engine id that an agent named, empty before it did."""
        named = self.engine.message_processing_subsystems[3].get_peer_engine_info(DOMAIN, peer)[0]
        return b"" if named is None else named.asOctets()


def _register(engine: SnmpEngine, snmp: Snmp) -> tuple[int, int]:
    """Make the community or user known; security model and level."""
    if snmp.version != "3":
        config.add_v1_system(engine, _NAME, snmp.community)
        return (1 if snmp.version == "1" else 2), 1
    config.add_v3_user(
        engine,
        snmp.user or "",
        AUTH_OIDS[snmp.auth] if snmp.auth else config.USM_AUTH_NONE,
        snmp.auth_key,
        PRIV_OIDS[snmp.priv] if snmp.priv else config.USM_PRIV_NONE,
        snmp.priv_key,
    )
    return 3, 3 if snmp.priv else 2 if snmp.auth else 1


_stacks: WeakKeyDictionary[asyncio.AbstractEventLoop, dict[Snmp, Stack]] = WeakKeyDictionary()


def stack_for(snmp: Snmp) -> Stack:
    """The running loop's stack for these credentials, whatever the port. The first takes a fifth of a second."""
    stacks = _stacks.setdefault(asyncio.get_running_loop(), {})
    key = Snmp(snmp.version, snmp.community, 161, snmp.user, snmp.auth, snmp.auth_key, snmp.priv, snmp.priv_key)
    if key not in stacks:
        if len(stacks) >= _MOST:
            stacks.pop(next(iter(stacks))).close()
        stacks[key] = Stack(snmp)
    return stacks[key]


def get_pdu(names: list[tuple[int, ...]]) -> Any:
    """A GET."""
    return _pdu(v2c.GetRequestPDU(), v2c.apiPDU, names)


def next_pdu(names: list[tuple[int, ...]]) -> Any:
    """A GETNEXT."""
    return _pdu(v2c.GetNextRequestPDU(), v2c.apiPDU, names)


def bulk_pdu(names: list[tuple[int, ...]], repetitions: int) -> Any:
    """A GETBULK."""
    pdu = _pdu(v2c.GetBulkRequestPDU(), v2c.apiBulkPDU, names)
    v2c.apiBulkPDU.set_max_repetitions(pdu, repetitions)
    return pdu


def _pdu(pdu: Any, api: Any, names: list[tuple[int, ...]]) -> Any:
    api.set_defaults(pdu)
    api.set_varbinds(pdu, [(v2c.ObjectIdentifier(name), rfc1905.unSpecified) for name in names])
    return pdu
