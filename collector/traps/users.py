"""Who a notification of version 3 is from: signatures, engines' clocks (RFC 3414, 3.2), our own engine for informs."""

from __future__ import annotations

from collections import OrderedDict, deque
from collections.abc import Iterable
from hashlib import blake2b
from typing import Final, Literal, NamedTuple

from collector.snmp.ber import BadEncoding
from collector.target import Snmp
from collector.traps import notification_v3 as v3
from collector.traps.notification import Notification
from collector.traps.usm import BadCipher, Keys, keys_for

Reason = Literal["user", "signature", "cipher", "replayed", "malformed"]

WINDOW_S: Final = 150
_ENGINES: Final = 8  # of one device: it has one, and another after a repair
_MOST_BOOTS: Final = (1 << 31) - 1
_SINCE_S: Final = 1_577_836_800  # 2020-01-01
_SEEN: Final = 32


class Refused(Exception):
    """A message that is believed nothing of; `reason` is counted."""

    def __init__(self, reason: Reason) -> None:
        super().__init__(reason)
        self.reason: Reason = reason


class Verdict(NamedTuple):
    """What is sent back (None: nothing), and what was told (None: only a question about our engine)."""

    answer: bytes | None
    told: Notification | None


class Clock:
    """A device's engine as its signed messages had it: how often it was started, and its seconds since."""

    __slots__ = ("_boots", "_heard", "_seen", "_time")

    def __init__(self, boots: int, time: int, now: float) -> None:
        self._boots, self._time, self._heard = boots, time, now
        self._seen: deque[bytes] = deque(maxlen=_SEEN)

    def takes(self, head: v3.Secured, now: float) -> bool:
        """Whether a signed message is of now and new (RFC 3414, 3.2.7 b); `now`: seconds of a steady clock."""
        if head.boots == _MOST_BOOTS or head.boots < self._boots or head.signature in self._seen:
            return False
        if head.boots == self._boots and head.time < self._time + (now - self._heard) - WINDOW_S:
            return False
        if (head.boots, head.time) > (self._boots, self._time):
            self._boots, self._time, self._heard = head.boots, head.time, now
        self._seen.append(head.signature)
        return True


class Users:
    """Checks messages of version 3 of many devices; `wall` is our start in seconds since 1970, `now` a steady clock's.

    Our own engine is that of `collector`; it counts its starts by the clock on the wall, so that nothing need be kept.
    """

    def __init__(self, collector: str, wall: float, now: float) -> None:
        digest = blake2b(collector.encode("utf-8", "surrogatepass"), digest_size=12).digest()
        self.engine = bytes((0x80, 0, 0, 0, 5)) + digest  # RFC 3411, SnmpEngineID: octets of our own
        self._boots = min(max(1, int(wall) - _SINCE_S), _MOST_BOOTS - 1)
        self._began = now
        self._clocks: dict[str, OrderedDict[bytes, Clock]] = {}
        self._reports = 0

    def forget(self, addresses: Iterable[str]) -> None:
        """These are no devices' any more."""
        for address in addresses:
            self._clocks.pop(address, None)

    def judge(self, data: bytes, address: str, users: Iterable[Snmp], now: float) -> Verdict:
        """What came from a device's address, by one of its users. Raises `Refused`."""
        try:
            head = v3.secured(data)
            if head.engine != self.engine and head.flags & v3.REPORTABLE and not head.flags & v3.AUTH:
                return Verdict(self._name_engine(data, head, now), None)
            keys = self._keys(data, head, users)
            if head.engine == self.engine:
                return self._inform(data, head, keys, now)
            self._in_time(address, head, keys, now)
            told = v3.notification(v3.scoped(data, head, keys))
            return Verdict(None, None if told.answer else told)  # an inform is for our engine alone
        except BadEncoding as error:
            raise Refused("malformed") from error
        except BadCipher as error:
            raise Refused("cipher") from error

    def _keys(self, data: bytes, head: v3.Secured, users: Iterable[Snmp]) -> Keys:
        """Those of the user whose name and signature it bears; several may have one name."""
        named = [user for user in users if (user.user or "").encode() == head.user]
        if not named:
            raise Refused("user")
        for user in named:
            keys = keys_for(user, head.engine)
            if keys.auth is None:
                if not head.flags & v3.AUTH:
                    return keys
            elif head.flags & v3.AUTH and keys.signed(data, head.signature_at, head.signature):
                return keys
        raise Refused("signature")

    def _in_time(self, address: str, head: v3.Secured, keys: Keys, now: float) -> None:
        """The sender's own clock counts for a trap. It is learned from what it signed, never from anything else."""
        if keys.auth is None:
            return
        clocks = self._clocks.setdefault(address, OrderedDict())
        clock = clocks.get(head.engine)
        if clock is None:
            clock = clocks[head.engine] = Clock(head.boots, head.time, now)
            if len(clocks) > _ENGINES:
                clocks.popitem(last=False)
        clocks.move_to_end(head.engine)
        if not clock.takes(head, now):
            raise Refused("replayed")

    def _inform(self, data: bytes, head: v3.Secured, keys: Keys, now: float) -> Verdict:
        """For informs our clock counts: who does not know it is told, signed (RFC 3414, 3.2.7 a)."""
        time = int(now - self._began)
        late = head.boots != self._boots or abs(head.time - time) > WINDOW_S
        if keys.auth is not None and late:
            return Verdict(self._report(data, head, keys, time), None)
        told = v3.notification(v3.scoped(data, head, keys))
        if told.answer is None:
            return Verdict(None, told)
        level = head.flags & (v3.AUTH | v3.PRIV)
        answer = v3.message(head.id, level, self.engine, self._boots, time, head.user, keys, told.answer)
        return Verdict(answer, told)

    def _name_engine(self, data: bytes, head: v3.Secured, now: float) -> bytes:
        """The answer to who asks for our engine (RFC 3414, 4)."""
        self._reports += 1
        told = v3.report(self.engine, v3.request_id(data[head.data_at :]), v3.UNKNOWN_ENGINE, self._reports)
        nobody = Keys(None, b"", None, b"")
        return v3.message(head.id, 0, self.engine, self._boots, int(now - self._began), head.user, nobody, told)

    def _report(self, data: bytes, head: v3.Secured, keys: Keys, time: int) -> bytes:
        self._reports += 1
        told = v3.report(self.engine, v3.request_id(v3.scoped(data, head, keys)), v3.NOT_IN_WINDOW, self._reports)
        return v3.message(head.id, v3.AUTH, self.engine, self._boots, time, head.user, keys, told)
