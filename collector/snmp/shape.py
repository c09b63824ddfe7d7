"""The fast path of reading answers: an agent says the same names in the same lengths poll after poll.

What stands between the values (head, names, types, lengths) is compared as a whole, only the values are read. A shape
is made of an answer that the strict decoder read, and says of an answer what that one would, or nothing.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import lru_cache
from struct import Struct
from typing import Final

from collector.reading import Raw
from collector.snmp import ber
from collector.snmp.message import Response, Span
from collector.snmp.value import READ, nothing

_SIGNED: Final = {1: "b", 2: "h", 4: "i", 8: "q"}
_WIDTHS: Final = {ber.COUNTER32: 4, ber.GAUGE32: 4, ber.TIME_TICKS: 4, ber.COUNTER64: 8}
_UNSIGNED: Final = {4: "I", 8: "Q"}
Convert = tuple[int, Callable[[bytes], Raw]]


class Shape:
    """What is constant in an answer, and where its values are. Immutable; agents that answer alike share one."""

    __slots__ = ("__weakref__", "_converts", "_narrow", "_parts", "_same", "size")

    def __init__(self, form: str, same: tuple[bytes, ...], narrow: tuple[int, ...], converts: tuple[Convert, ...]):
        self._parts = Struct(form)
        self._same, self._narrow, self._converts = same, narrow, converts
        self.size = self._parts.size

    def read(self, data: bytes, number: int) -> tuple[Raw, ...] | None:
        """The values of an answer to request `number`; None where anything but the values differs."""
        if len(data) != self.size:
            return None
        parts = self._parts.unpack(data)
        if parts[::2] != self._same or parts[1] != number:
            return None
        values = parts[3::2]
        if self._narrow or self._converts:
            for at in self._narrow:
                if values[at] < 0:
                    return None
            if self._converts:
                mended = list(values)
                for at, read in self._converts:
                    mended[at] = read(mended[at])
                return tuple(mended)
        return values


def shape_of(data: bytes, response: Response) -> Shape | None:
    """The shape of an answer that was read without fault; None where its request id is not four octets long."""
    if not response.number_at:
        return None
    form, same, narrow, converts = ">", [data[: response.number_at]], [], []
    form += f"{response.number_at}sI"
    at = response.number_at + 4
    for place, span in enumerate(response.spans):
        code, start, read = _code(data, span)
        form += f"{start - at}s{code}"
        same.append(_piece(data[at:start]))
        at = span.stop
        if read is not None:
            converts.append((place, read))
        elif code in "bh" and span.tag != ber.INTEGER:
            narrow.append(place)
    same.append(data[at:])
    return _shared(form + f"{len(data) - at}s", tuple(same), tuple(narrow), tuple(converts))


def _code(data: bytes, span: Span) -> tuple[str, int, Callable[[bytes], Raw] | None]:
    """How `struct` reads the value, from where (a leading zero counts as constant), and what is to be done then."""
    tag, start, length = span.tag, span.start, span.stop - span.start
    if tag == ber.INTEGER and length in _SIGNED:
        return _SIGNED[length], start, None
    width = _WIDTHS.get(tag, 0)
    if width and length == width:
        return _UNSIGNED[width], start, None
    if width and length == width + 1 and data[start] == 0:
        return _UNSIGNED[width], start + 1, None
    if width and length in (1, 2):
        return _SIGNED[length], start, None
    if tag == ber.OCTET_STRING:
        return f"{length}s", start, None
    return f"{length}s", start, READ.get(tag, nothing)


@lru_cache(maxsize=8192)
def _piece(octets: bytes) -> bytes:
    """The one of its likes: a name and what follows it stand in the answers of thousands of agents."""
    return octets


@lru_cache(maxsize=4096)
def _shared(form: str, same: tuple[bytes, ...], narrow: tuple[int, ...], converts: tuple[Convert, ...]) -> Shape:
    return Shape(form, same, narrow, converts)


def values_of(data: bytes, response: Response) -> list[Raw]:
    """The values of a strictly read answer, in its order."""
    read = READ.get
    return [read(span.tag, nothing)(data[span.start : span.stop]) for span in response.spans]


def sorted_out(asked: Sequence[bytes], response: Response, values: Sequence[Raw]) -> tuple[Raw, ...]:
    """The values in the order asked, None for what is not there; a name that is told twice differently is none."""
    told: dict[bytes, Raw] = {}
    twice: set[bytes] = set()
    for name, value in zip(response.names, values, strict=True):
        if told.setdefault(name, value) != value:
            twice.add(name)
    return tuple(None if name in twice else told.get(name) for name in asked)
