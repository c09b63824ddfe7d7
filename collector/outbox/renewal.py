"""A log that turned out to be an older copy goes on under a new epoch, with everything it still holds.

Under its numbers the centre has other facts already. Each step leaves the folder so that the next start goes on from
there: `renewal.part` says that it is to be done, `renewal` that the new log is whole and only has to take the old
one's place.
"""

from __future__ import annotations

import os
import shutil
from collections.abc import Sequence
from pathlib import Path
from typing import Final

from collector.outbox import segment as files
from collector.outbox.record import pack, walk
from collector.outbox.segment import Segment

_PART: Final = "renewal.part"
_WHOLE: Final = "renewal"


def is_due(directory: Path) -> bool:
    """Whether a renewal was begun and its new log is not whole."""
    return (directory / _PART).is_dir()


def prepare(directory: Path, segments: Sequence[Segment], beyond: int, until: int) -> int:
    """Write the records of `beyond` < seq < `until` into a new log beside the old one; how many. Raises OSError."""
    part = directory / _PART
    if part.is_dir():
        shutil.rmtree(part)
    part.mkdir()
    files.sync_directory(directory)
    carried = 0
    stops = [segment.base for segment in segments[1:]] + [until]
    for segment, stop in zip(segments, stops, strict=True):
        payloads = _payloads(segment, max(beyond + 1, segment.base), stop)
        if payloads:
            _write(files.segment_path(part, carried + 1), payloads, carried + 1, segment.written_s)
            carried += len(payloads)
    files.new_epoch(part)
    part.replace(directory / _WHOLE)
    files.sync_directory(directory)
    return carried


def _payloads(segment: Segment, first: int, stop: int) -> list[bytes]:
    payloads = []
    for record in walk(files.read_octets(segment, 0, None)):
        if first <= record.seq < stop:
            payloads.append(record.payload)
            first = record.seq + 1
    return payloads


def _write(path: Path, payloads: Sequence[bytes], first: int, written_s: float) -> None:
    """One segment; it keeps the age of the one that it comes from."""
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o640)
    try:
        files.write_all(descriptor, pack(first, payloads))
    finally:
        os.close(descriptor)
    os.utime(path, (written_s, written_s))


def finish(directory: Path) -> None:
    """Put a whole new log in the old one's place, also from where an earlier attempt ended. Raises OSError."""
    whole = directory / _WHOLE
    if not whole.is_dir():
        return
    if (whole / "epoch").exists():
        for segment in files.segments_in(directory):
            segment.path.unlink()
        for name in ("cursor", "epoch.copy"):
            (directory / name).unlink(missing_ok=True)
        files.sync_directory(directory)
        # from here on the segments in the folder are the new ones
        (whole / "epoch").replace(directory / "epoch")
        files.sync_directory(directory)
        files.sync_directory(whole)
    for path in sorted(whole.iterdir()):
        path.replace(directory / path.name)
    files.sync_directory(directory)
    whole.rmdir()
