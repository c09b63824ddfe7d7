"""The files of an outbox: segments named after their first seq, the epoch, the cursor, the lock of its directory."""

from __future__ import annotations

import contextlib
import fcntl
import os
import uuid
from dataclasses import dataclass
from pathlib import Path
from typing import Final
from zlib import crc32

SUFFIX: Final = ".seg"
_CHUNK: Final = 1 << 20


@dataclass(slots=True)
class Segment:
    """One file of records; `size` counts the octets known to be on disk, `written_s` is when the last came."""

    path: Path
    base: int
    size: int
    written_s: float


@dataclass(frozen=True, slots=True)
class Cursor:
    """What survives a restart besides the records: the receipt, and how many were given up for lack of room."""

    through: int = 0
    dropped: int = 0


def segment_path(directory: Path, base: int) -> Path:
    """Where the segment whose first seq is `base` lies; names sort as numbers do."""
    return directory / f"{base:020d}{SUFFIX}"


def segments_in(directory: Path) -> list[Segment]:
    """The segments of a directory, oldest first; files with other names are not ours."""
    found = []
    for path in directory.iterdir():
        if path.suffix == SUFFIX and path.stem.isdecimal() and path.is_file():
            status = path.stat()
            found.append(Segment(path, int(path.stem), status.st_size, status.st_mtime))
    return sorted(found, key=lambda segment: segment.base)


def read_octets(segment: Segment, start: int, limit: int | None = _CHUNK) -> bytes:
    """Octets from `start` that are on disk, `limit` at most; nothing where the file is gone or unreadable."""
    wanted = segment.size - start if limit is None else min(limit, segment.size - start)
    try:
        with segment.path.open("rb") as file:
            file.seek(start)
            return file.read(max(0, wanted))
    except OSError:
        return b""


def write_all(descriptor: int, octets: bytes) -> None:
    """Write everything and have it on disk. Raises OSError (ENOSPC, EFBIG, EIO)."""
    view = memoryview(octets)
    while view:
        view = view[os.write(descriptor, view) :]
    os.fdatasync(descriptor)


def sync_directory(directory: Path) -> None:
    """Have the names of a directory on disk."""
    descriptor = os.open(directory, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def write_whole(path: Path, octets: bytes, *, sync: bool = True) -> None:
    """Replace a small file: a reader sees the old one or the new one, never a part."""
    fresh = path.with_name(path.name + ".new")
    descriptor = os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_CLOEXEC, 0o640)
    try:
        view = memoryview(octets)
        while view:
            view = view[os.write(descriptor, view) :]
        if sync:
            os.fsync(descriptor)
    finally:
        os.close(descriptor)
    fresh.replace(path)
    if sync:
        sync_directory(path.parent)


def read_epoch(directory: Path) -> str | None:
    """The epoch of this log: of two copies the first that is whole."""
    for name in ("epoch", "epoch.copy"):
        with contextlib.suppress(OSError, ValueError):
            return str(uuid.UUID((directory / name).read_text("ascii").strip()))
    return None


def new_epoch(directory: Path) -> str:
    """Name a new log."""
    epoch = str(uuid.uuid4())
    for name in ("epoch.copy", "epoch"):
        write_whole(directory / name, f"{epoch}\n".encode())
    return epoch


def read_cursor(directory: Path) -> Cursor:
    """The last cursor written; a damaged or missing one only means that more is sent again."""
    try:
        octets = (directory / "cursor").read_bytes()
        through, dropped, total = (int(word) for word in octets.split())
    except (OSError, ValueError):
        return Cursor()
    whole = 0 <= through < 1 << 63 and dropped >= 0 and total == crc32(b"%d %d" % (through, dropped))
    return Cursor(through, dropped) if whole else Cursor()


def write_cursor(directory: Path, cursor: Cursor) -> None:
    """Note the cursor; not synced, as an older one is harmless."""
    words = b"%d %d" % (cursor.through, cursor.dropped)
    with contextlib.suppress(OSError):
        write_whole(directory / "cursor", b"%s %d\n" % (words, crc32(words)), sync=False)


def lock_directory(directory: Path) -> int | None:
    """Take the directory for this process: a descriptor to hold open, or None where another one has it."""
    descriptor = os.open(directory / "lock", os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o640)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        os.close(descriptor)
        return None
    return descriptor
