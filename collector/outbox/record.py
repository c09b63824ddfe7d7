"""One record of the outbox's log: its frame, how it is found again after damage, what a torn tail means."""

from __future__ import annotations

import struct
from collections.abc import Iterator, Sequence
from typing import Final, NamedTuple
from zlib import crc32

# No UTF-8 text holds the octet F5, so no payload can look like the head of a record.
MAGIC: Final = b"\xf5HWR"
MIN_PAYLOAD: Final = 64
MAX_PAYLOAD: Final = 64 * 1024
_PREFIX: Final = struct.Struct("<4sIQ")
_SUMS: Final = struct.Struct("<II")
HEAD_BYTES: Final = _PREFIX.size + _SUMS.size


class Record(NamedTuple):
    """A whole record: its number, what it carries and the offset just after it."""

    seq: int
    payload: bytes
    end: int


class Head(NamedTuple):
    """A head whose own checksum holds; `sum` is what its payload must give."""

    seq: int
    length: int
    seed: int
    sum: int


class Tail(NamedTuple):
    """What the last segment says of the numbers to come: every seq below `next` may have been used."""

    next: int
    last_good: int


def pack(first: int, payloads: Sequence[bytes]) -> bytes:
    """Frame payloads, the first under the seq `first`: magic, length, seq, CRC-32 of those, CRC-32 of the payload,
    payload."""
    parts: list[bytes] = []
    head, sums, seq = _PREFIX.pack, _SUMS.pack, first
    for payload in payloads:
        prefix = head(MAGIC, len(payload), seq)
        seed = crc32(prefix)
        parts += (prefix, sums(seed, crc32(payload, seed)), payload)
        seq += 1
    return b"".join(parts)


def walk(data: bytes, start: int = 0) -> Iterator[Record]:
    """Every whole record from the offset `start` on; damage is stepped over to the next good head."""
    at = start
    while 0 <= at < len(data):
        record = _record_at(data, at)
        if record is None:
            at = data.find(MAGIC, at + 1)
            continue
        yield record
        at = record.end


def tail_of(data: bytes, base: int) -> Tail:
    """The next free seq after a segment whose first seq is `base`.

    A record cut short was never synced, so never sent: its seq is free again. Hurt octets may have been records
    that were sent: as many numbers are passed over as they could hold, so that none is given out twice.
    """
    free, end = base, 0
    for record in walk(data):
        free, end = max(free, record.seq + 1), record.end
    last_good = free - 1
    while (head := _head_at(data, end)) is not None:
        if end + HEAD_BYTES + head.length > len(data):
            return Tail(max(free, head.seq), last_good)
        free, end = max(free, head.seq + 1), end + HEAD_BYTES + head.length
    rest = len(data[end:].strip(b"\0"))
    if rest >= HEAD_BYTES:
        free += rest // (HEAD_BYTES + MIN_PAYLOAD) + 1
    return Tail(free, last_good)


def _head_at(data: bytes, at: int) -> Head | None:
    if at + HEAD_BYTES > len(data):
        return None
    magic, length, seq = _PREFIX.unpack_from(data, at)
    seed, total = _SUMS.unpack_from(data, at + _PREFIX.size)
    if magic != MAGIC or length > MAX_PAYLOAD or crc32(data[at : at + _PREFIX.size]) != seed:
        return None
    return Head(seq, length, seed, total)


def _record_at(data: bytes, at: int) -> Record | None:
    head = _head_at(data, at)
    if head is None:
        return None
    first = at + HEAD_BYTES
    payload = data[first : first + head.length]
    if len(payload) != head.length or crc32(payload, head.seed) != head.sum:
        return None
    return Record(head.seq, payload, first + head.length)
