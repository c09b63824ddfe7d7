"""One agent asked over the shared socket by callbacks: what it costs is some numbers, no file and no task."""

from __future__ import annotations

import errno
import math
from collections.abc import Callable, Sequence
from typing import Final, NamedTuple

from collector.reading import Raw
from collector.snmp.ber import BadEncoding
from collector.snmp.message import (
    GET,
    TOO_BIG,
    Request,
    Response,
    get_request,
    read_response,
)
from collector.snmp.session import NoAnswer
from collector.snmp.shape import Shape, shape_of, sorted_out, values_of
from collector.snmp.socket import SnmpSocket, Where
from collector.snmp.value import oid_text
from collector.target import Snmp

_BULK: Final = 20
_NONE_PAST: Final = (0, 0, 0, 0)  # ended requests are remembered, to tell late answers from forged ones
_AGAIN_S: Final = 0.05


class Refusal(NamedTuple):
    """An answer that gives nothing: its error-status, and the number (from 1) of the object that is to blame, or 0."""

    status: int
    place: int


class Rows(NamedTuple):
    """The answer to a GETNEXT or GETBULK; a value of None and `ends`: the MIB ends there."""

    rows: list[tuple[str, Raw]]
    ends: bool


Answered = tuple[Raw, ...] | Rows | Refusal | NoAnswer
"""Of a GET the values in the order asked, None for what the agent lacks."""

Done = Callable[[Answered], None]


class UdpAsker:
    """One agent. One request at a time.

    `socket` must be of the family of `where`. `close` ends what is in flight without an answer.
    """

    __slots__ = (
        *(
            "_barred",
            "_bulk",
            "_detail",
            "_done",
            "_honest",
            "_past",
            "_request",
            "_shape",
            "_shaped",
            "_socket",
            "_until",
        ),
        *("rings_at", "_wrong", "number", "refused_all", "snmp", "where"),
    )

    def __init__(self, where: Where, snmp: Snmp, socket: SnmpSocket) -> None:
        self.where, self.snmp, self.number = where, snmp, 0
        self._socket = socket
        self.rings_at = self._until = math.inf
        self._request: Request | None = None
        self._done: Done | None = None
        self._shape: Shape | None = None
        self._shaped: Request | None = None  # the request whose answers have that shape
        self._past = _NONE_PAST
        self._wrong = self._detail = ""
        self._barred = False  # did our own system keep it back?
        self._bulk = _BULK if snmp.version != "1" else 1
        self.refused_all = False
        self._honest: bool | None = None  # does it name the object to blame rightly? None: not known yet
        socket.join(self)

    @property
    def busy(self) -> bool:
        return self.number != 0

    def close(self) -> None:
        done, self._done = self._done, None
        if self.number and done is not None:
            self._socket.loop.call_soon(done, NoAnswer("timeout", "closed meanwhile"))
        self._forget(False)
        self._socket.leave(self)

    def request(self, oids: Sequence[str]) -> Request:
        """The GET of these OIDs, for `ask`; agents that are asked the same share one. Raises `BadEncoding`."""
        asked, last = tuple(oids), self._shaped
        if last is not None and last.oids == asked:
            return last
        return get_request(self.snmp.version, self.snmp.community, asked)

    def ask(self, request: Request, begun: float, until: float, done: Done) -> None:
        """Send the request and call `done` once: with its answer, or at `until` with `NoAnswer`; never from within.

        Asked again at half time between `begun` (now) and `until`, both the loop's clock. A request that is still in
        flight ends without an answer.
        """
        if self.number:
            self._end(NoAnswer("timeout", "asked anew meanwhile"))
        self._request, self._done = request, done
        self._wrong = self._detail = ""
        self._barred = False
        self.rings_at, self._until = (begun + until) / 2, until
        error = self._socket.ask(self, request)
        if error is not None:
            self._unsent(self.number, error)

    def _send(self, number: int) -> None:
        if number == self.number:
            assert self._request is not None
            error = self._socket.send(self._request, number, self.where)
            if error is not None:
                self._unsent(number, error)

    def _unsent(self, number: int, error: OSError) -> None:
        if number != self.number:
            return
        self._detail = error.strerror or str(error)
        if error.errno == errno.EAGAIN:
            self._socket.loop.call_later(_AGAIN_S, self._send, number)
        elif error.errno == errno.EMSGSIZE:
            self._socket.loop.call_soon(self._end_if, number, Refusal(TOO_BIG, 0))
        elif isinstance(error, PermissionError):
            self._kept_back(number, error)
        elif error.errno != errno.ECONNREFUSED:
            self._socket.loop.call_soon(self._end_if, number, NoAnswer("timeout", self._detail))

    def _kept_back(self, number: int, error: OSError) -> None:
        """A filter of our own (EPERM), or no address of a device (EACCES), which says nothing of the agent. Connection
        tracking that is full is the former, too, and passes: that is tried again at half time."""
        if self._barred or error.errno == errno.EACCES:
            self._socket.loop.call_soon(self._end_if, number, NoAnswer("config", self._detail))
        self._barred = True

    def ring(self) -> None:
        if self.rings_at < self._until:
            self.rings_at = self._until
            self._socket.counts.resent += 1
            self._send(self.number)
        else:
            self._end(NoAnswer("bad_answer", self._wrong) if self._wrong else NoAnswer("timeout", self._detail))

    def hear_usual(self, data: bytes) -> bool:
        shape, number, done = self._shape, self.number, self._done
        if shape is None or not number or self._shaped is not self._request:
            return False
        values = shape.read(data, number)
        if values is None:
            return False
        socket = self._socket
        socket.end(number)
        first, second, third, _ = self._past
        self._past = (number, first, second, third)
        self.number, self._done = 0, None
        socket.counts.answered += 1
        if done is not None:
            done(values)
        return True

    def hear(self, data: bytes) -> None:
        request, counts = self._request, self._socket.counts
        assert request is not None
        try:
            response = read_response(data)
            if (response.number, response.version, response.community) != (
                self.number,
                request.version,
                request.community,
            ):
                counts.forged += 1
                return
            answer = self._understood(request, data, response)
        except BadEncoding as error:
            counts.damaged += 1
            self.doubt(str(error))
            return
        self._end(answer)

    def _understood(self, request: Request, data: bytes, response: Response) -> Answered:
        if response.status:
            return Refusal(response.status, response.place)
        values = values_of(data, response)
        if request.pdu != GET:
            return _rows(response, values)
        if response.names == request.names:
            self._shape, self._shaped = shape_of(data, response), request
            return tuple(values)
        if response.names and not set(request.names).intersection(response.names):
            raise BadEncoding("names that were not asked")
        return sorted_out(request.names, response, values)

    def fail(self, refused: bool, detail: str) -> None:
        self._detail = detail
        if refused:
            self._socket.loop.call_soon(self._end_if, self.number, NoAnswer("refused", detail))

    def doubt(self, detail: str) -> None:
        self._wrong = detail

    def ended(self, number: int) -> bool | None:
        if not number:
            return None
        return True if number in self._past else False if -number in self._past else None

    def _end_if(self, number: int, answer: Answered) -> None:
        if number == self.number:
            self._end(answer)

    def _end(self, answer: Answered) -> None:
        heard = answer.__class__ is not NoAnswer
        self._forget(heard)
        done, self._done = self._done, None
        if heard:
            self._socket.counts.answered += 1
        if done is not None:
            done(answer)

    def _forget(self, answered: bool) -> None:
        number = self.number
        if number:
            self._socket.end(number)
            first, second, third, _ = self._past
            self._past = (number if answered else -number, first, second, third)
            self.number = 0


def _rows(response: Response, values: Sequence[Raw]) -> Rows:
    rows: list[tuple[str, Raw]] = []
    for name, span, raw in zip(response.names, response.spans, values, strict=True):
        if span.tag in (0x80, 0x81, 0x82):
            return Rows(rows, True)
        rows.append((oid_text(name), raw))
    return Rows(rows, not rows)
