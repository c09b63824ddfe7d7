"""The outbox: every observation on disk before it is sent, and until the centre's receipt (contracts, MQTT)."""

from __future__ import annotations

import os
from bisect import bisect_right
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from threading import RLock
from typing import NamedTuple

import structlog

from collector.outbox import renewal
from collector.outbox import segment as files
from collector.outbox.record import MAX_PAYLOAD, MIN_PAYLOAD, pack, tail_of, walk
from collector.outbox.segment import Cursor, Segment

log = structlog.get_logger(__name__)

_HIGHEST = 1 << 62


class OutboxError(Exception):
    """Base of what an outbox refuses."""


class OutboxBusy(OutboxError):
    """Another process has this directory."""


class OutboxUnusable(OutboxError):
    """The directory cannot be made, read or written; the text says where and why."""


class OutboxUnwritable(OutboxError):
    """Nothing of the batch was kept (disk full, directory gone); it may be tried again."""


@dataclass(frozen=True, slots=True)
class Limits:
    """How much may pile up without a receipt, and when a segment is full (octets, seconds)."""

    max_bytes: int = 1 << 30
    max_age_s: float = 7 * 86_400.0
    segment_bytes: int = 4 << 20


class Letter(NamedTuple):
    """One stored payload and its identity."""

    epoch: str
    seq: int
    payload: bytes


class _Place(NamedTuple):
    base: int
    offset: int
    expected: int


class Outbox:
    """An append-only log in a directory; one process at a time, any thread.

    `now_s` is seconds on a clock that never steps but agrees with file times at the start. `epoch` names the log,
    seqs count from 1 in it and are never given out twice. Raises `OutboxBusy`, `OutboxUnusable`.
    """

    def __init__(self, directory: Path, limits: Limits | None = None) -> None:
        self._directory, self._limits, self._lock = directory, limits or Limits(), RLock()
        self._descriptor: int | None = None
        self._guard: int | None = None
        self.failures = 0
        self._outdated = self._moving = False
        try:
            self._open()
        except OSError as error:
            self._let_go()
            raise OutboxUnusable(f"the outbox {directory} cannot be used: {error.strerror or error}") from error

    def _open(self) -> None:
        _make_directory(self._directory)
        self._guard = files.lock_directory(self._directory)
        if self._guard is None:
            raise OutboxBusy(f"{self._directory} is in use by another collector")
        renewal.finish(self._directory)
        epoch = files.read_epoch(self._directory)
        segments = files.segments_in(self._directory)
        if epoch is None or not segments:
            segments = self._set_aside(segments)
            (self._directory / "cursor").unlink(missing_ok=True)
            epoch = files.new_epoch(self._directory)
            log.warning("outbox_new_epoch", directory=str(self._directory), epoch=epoch)
        self._restore(epoch, segments)
        self._outdated, self._moving = renewal.is_due(self._directory), False
        self._renew()

    def _restore(self, epoch: str, segments: list[Segment]) -> None:
        self.epoch = epoch
        self._segments = segments
        self._cursor = files.read_cursor(self._directory)
        self._noted = True
        self._place: _Place | None = None
        self._gaps: list[tuple[int, int]] = []
        self._damaged = 0
        self._checked = 0
        self.next = max(1, self._cursor.through + 1)
        if segments:
            last = segments[-1]
            tail = tail_of(files.read_octets(last, 0, None), last.base)
            self.next = max(self.next, tail.next)

    def _set_aside(self, segments: list[Segment]) -> list[Segment]:
        """Segments whose epoch nobody knows any more cannot be sent: a number of theirs would name another fact."""
        for segment in segments:
            segment.path.replace(segment.path.with_suffix(".aside"))
        if segments:
            log.error("outbox_epoch_lost", directory=str(self._directory), segments=len(segments))
        return []

    @property
    def oldest(self) -> int:
        """The lowest seq still held; `next` where none is."""
        with self._lock:
            lowest = max(self._cursor.through + 1, self._segments[0].base if self._segments else self.next)
            for first, last in self._gaps:
                if first <= lowest <= last:
                    lowest = last + 1
            return min(lowest, self.next)

    @property
    def damaged(self) -> int:
        """How many numbers were found to be missing or unreadable since the start."""
        return self._damaged

    @property
    def dropped(self) -> int:
        """How many were given up without a receipt for age or room, over the life of the log."""
        return self._cursor.dropped

    @property
    def octets(self) -> int:
        """The size of all segments on disk."""
        with self._lock:
            return sum(segment.size for segment in self._segments)

    def append(self, payloads: Sequence[bytes], now_s: float) -> range:
        """Store payloads with one write and one sync; their seqs, once they are on disk. Raises `OutboxUnwritable`."""
        sizes = list(map(len, payloads))
        if sizes and not MIN_PAYLOAD <= min(sizes) <= max(sizes) <= MAX_PAYLOAD:
            raise ValueError(f"a payload has {MIN_PAYLOAD} to {MAX_PAYLOAD} octets")
        with self._lock:
            try:
                return self._append(payloads, now_s)
            except OSError as error:
                self._give_up_segment()
                self.failures += 1
                raise OutboxUnwritable(str(error)) from error

    def _append(self, payloads: Sequence[bytes], now_s: float) -> range:
        if self._moving:
            self._move()
        self._renew_if_vanished()
        segment, descriptor = self._writable(now_s)
        seqs = range(self.next, self.next + len(payloads))
        octets = pack(seqs.start, payloads)
        files.write_all(descriptor, octets)
        segment.size += len(octets)
        segment.written_s = now_s
        self.next = seqs.stop
        return seqs

    def _writable(self, now_s: float) -> tuple[Segment, int]:
        if self._descriptor is not None and self._segments[-1].size < self._limits.segment_bytes:
            return self._segments[-1], self._descriptor
        self._close_segment()
        path = files.segment_path(self._directory, self.next)
        descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_CLOEXEC, 0o640)
        self._descriptor = descriptor
        self._segments = [segment for segment in self._segments if segment.base != self.next]
        self._segments.append(Segment(path, self.next, 0, now_s))
        files.sync_directory(self._directory)
        return self._segments[-1], descriptor

    def _give_up_segment(self) -> None:
        """After a failed write nobody knows what lies on the disk: cut to what is known, go on in a new file."""
        if self._descriptor is None:
            return
        try:
            os.ftruncate(self._descriptor, self._segments[-1].size)
        except OSError:
            log.error("outbox_cut_failed", path=str(self._segments[-1].path))
        self._close_segment()

    def _close_segment(self) -> None:
        if self._descriptor is not None:
            os.close(self._descriptor)
            self._descriptor = None

    def _renew_if_vanished(self) -> None:
        """Writing to a removed file succeeds and keeps nothing: look whether the newest one is still there."""
        path = self._segments[-1].path if self._segments else self._directory
        if path.exists() and (self._descriptor is None or _same_file(path, self._descriptor)):
            return
        log.error("outbox_vanished", directory=str(self._directory), epoch=self.epoch, lost=self.next - self.oldest)
        self.close()
        self._open()

    def read(self, seq: int, limit: int) -> list[Letter]:
        """Up to `limit` whole records from `seq` on, in order; fewer do not mean the end."""
        with self._lock:
            if self._outdated:
                return []
            if self._place is None or self._place.expected != seq:
                self._place = self._seek(seq)
            letters: list[Letter] = []
            while self._place is not None and not letters:
                letters, following = self._read_at(self._place, seq, limit)
                if following is None:
                    break
                self._place = following
            if self._place is not None:
                self._place = self._place._replace(expected=letters[-1].seq + 1 if letters else seq)
            return letters

    def _seek(self, seq: int) -> _Place | None:
        """Where reading for `seq` begins: never beyond what was not looked at yet, or a gap would be guessed."""
        if not self._segments:
            return None
        first = min(seq, max(self._checked, self._cursor.through) + 1)
        at = max(0, bisect_right(self._segments, first, key=lambda segment: segment.base) - 1)
        return _Place(self._segments[at].base, 0, seq)

    def _read_at(self, place: _Place, seq: int, limit: int) -> tuple[list[Letter], _Place | None]:
        """One bite of the segment at `place`; an empty one moves on to the next segment, None after the last."""
        number = next((n for n, segment in enumerate(self._segments) if segment.base == place.base), None)
        if number is None:
            return [], self._seek(max(seq, place.base))
        segment = self._segments[number]
        stop = self._segments[number + 1].base if number + 1 < len(self._segments) else self.next
        for limit_octets in (1 << 20, None):
            letters, offset = self._bite(segment, place.offset, (seq, stop), limit, limit_octets)
            if letters or offset > place.offset:
                return letters, _Place(segment.base, offset, seq)
        self._note_gap(stop)
        if number + 1 < len(self._segments):
            return [], _Place(self._segments[number + 1].base, 0, seq)
        return [], None

    def _bite(
        self, segment: Segment, offset: int, between: tuple[int, int], limit: int, octets: int | None
    ) -> tuple[list[Letter], int]:
        letters: list[Letter] = []
        end = offset
        for record in walk(files.read_octets(segment, offset, octets)):
            end = offset + record.end
            if not segment.base <= record.seq < between[1]:
                continue
            self._note_gap(record.seq)
            self._checked = max(self._checked, record.seq)
            if record.seq >= (letters[-1].seq + 1 if letters else between[0]):
                letters.append(Letter(self.epoch, record.seq, record.payload))
            if len(letters) >= limit:
                break
        return letters, end

    def _note_gap(self, seq: int) -> None:
        """Every number between the last one seen and `seq` is missing; each is counted once."""
        first = max(self._checked, self._cursor.through, self._segments[0].base - 1) + 1
        if seq > first:
            self._gaps.append((first, seq - 1))
            self._damaged += seq - first
            self._checked = seq - 1
            log.error("outbox_damaged", directory=str(self._directory), first=first, last=seq - 1, lost=seq - first)

    def drop_through(self, epoch: str, seq: int) -> None:
        """The centre has everything up to `seq` of `epoch`: those need not be kept; another epoch's is ignored.

        A receipt for what was never appended shows that this log is an older copy of another one: see `outdated`.
        """
        with self._lock:
            if epoch != self.epoch or seq <= self._cursor.through or seq > _HIGHEST:
                return
            if seq >= self.next or self._outdated:
                self.outdated(epoch, seq)
                return
            self._cursor = Cursor(seq, self._cursor.dropped)
            self._noted = False
            self._gaps = [gap for gap in self._gaps if gap[1] > seq]
            while len(self._segments) > 1 and self._segments[1].base <= seq + 1:
                self._remove_first()
                self._note_cursor()

    def outdated(self, epoch: str, receipt: int) -> None:
        """This log is an older copy: under its numbers the centre has other facts, up to `receipt` at least.

        A new epoch begins with everything that is held, under new seqs; what the centre had of it comes twice, which is
        harmless. Where the disk refuses, nothing is read or dropped until it was done.
        """
        with self._lock:
            if epoch == self.epoch and receipt <= _HIGHEST:
                log.error("outbox_is_an_older_copy", epoch=epoch, receipt=receipt, next=self.next)
                self._outdated = True
                self._renew()

    def _renew(self) -> None:
        if not self._outdated:
            return
        try:
            self._close_segment()
            if not self._moving:
                carried = renewal.prepare(self._directory, self._segments, self._cursor.through, self.next)
                self._moving = True
                log.error("outbox_carried_over", directory=str(self._directory), carried=carried)
            self._move()
        except OSError as error:
            self.failures += 1
            log.error("outbox_not_renewed", directory=str(self._directory), error=str(error))

    def _move(self) -> None:
        """Go over to the new log, which is whole on disk; until then nothing may be written to the old one."""
        renewal.finish(self._directory)
        self._restore(files.read_epoch(self._directory) or self.epoch, files.segments_in(self._directory))
        self._outdated = self._moving = False
        log.warning("outbox_new_epoch", directory=str(self._directory), epoch=self.epoch)

    def expire(self, now_s: float) -> int:
        """Call now and then: give up what is too old or too much, whole segments, oldest first; the facts it cost."""
        with self._lock:
            self._renew()
            before = self._cursor.dropped
            while len(self._segments) > 1 and self._too_much(now_s):
                first, until = self._segments[0].base, self._segments[1].base
                lost = max(0, until - max(first, self._cursor.through + 1))
                self._remove_first()
                self._cursor = Cursor(max(self._cursor.through, until - 1), self._cursor.dropped + lost)
                log.error("outbox_dropped", first=first, last=until - 1, lost=lost)
                self._noted = False
            self._note_cursor()
            return self._cursor.dropped - before

    def _too_much(self, now_s: float) -> bool:
        return self.octets > self._limits.max_bytes or now_s - self._segments[0].written_s > self._limits.max_age_s

    def _remove_first(self) -> None:
        self._segments.pop(0).path.unlink(missing_ok=True)

    def _note_cursor(self) -> None:
        """Now and then is enough: an older cursor only means that what the centre has is sent once more."""
        if not self._noted:
            files.write_cursor(self._directory, self._cursor)
            self._noted = True

    def close(self) -> None:
        """Let go of the directory; whatever was appended is on disk already."""
        with self._lock:
            self._note_cursor()
            self._close_segment()
            self._let_go()

    def _let_go(self) -> None:
        if self._guard is not None:
            os.close(self._guard)
            self._guard = None


def _make_directory(directory: Path) -> None:
    """Have a directory there; what is in its place is set aside, said loudly."""
    try:
        directory.mkdir(parents=True, exist_ok=True)
        files.segments_in(directory)
    except (FileExistsError, NotADirectoryError, PermissionError) as error:
        aside = directory.with_name(f"{directory.name}.aside-{os.getpid()}")
        log.error("outbox_unreadable", directory=str(directory), aside=str(aside), error=str(error))
        directory.replace(aside)
        directory.mkdir(parents=True)


def _same_file(path: Path, descriptor: int) -> bool:
    try:
        return os.path.samestat(path.stat(), os.fstat(descriptor))
    except OSError:
        return False
