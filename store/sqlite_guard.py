"""Which versions of SQLite may keep a write-ahead log.

With several connections, SQLite 3.7.0 to 3.51.2 can corrupt a WAL database (a reset of the log that races with a
checkpoint); 3.51.3, 3.50.7 and 3.44.6 mend it. On the others a rollback journal is slower and sound.
"""

from __future__ import annotations

from typing import Final

Version = tuple[int, int, int]

_MENDED: Final[Version] = (3, 51, 3)
_BACKPORTS: Final[dict[tuple[int, int], int]] = {(3, 50): 7, (3, 44): 6}


def wal_is_sound(version: Version) -> bool:
    """True where a write-ahead log cannot corrupt the database."""
    if version >= _MENDED:
        return True
    patch = _BACKPORTS.get(version[:2])
    return patch is not None and version[2] >= patch


def journal_for(version: Version) -> str:
    """The journal mode that this SQLite may use: `wal` or `truncate`."""
    return "wal" if wal_is_sound(version) else "truncate"
