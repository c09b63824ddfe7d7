"""Which versions of SQLite may keep a write-ahead log."""

from __future__ import annotations

import pytest

from store.sqlite_guard import Version, journal_for, wal_is_sound

UNSOUND: list[Version] = [
    (3, 7, 0), (3, 40, 1), (3, 43, 9), (3, 44, 0), (3, 44, 5), (3, 45, 0), (3, 49, 2),
    (3, 50, 0), (3, 50, 6), (3, 51, 0), (3, 51, 2),
]  # fmt: skip
SOUND: list[Version] = [(3, 44, 6), (3, 44, 9), (3, 50, 7), (3, 50, 12), (3, 51, 3), (3, 52, 0), (4, 0, 0)]


@pytest.mark.parametrize("version", UNSOUND)
def test_a_version_that_can_corrupt_its_log_keeps_a_rollback_journal(version: Version) -> None:
    assert not wal_is_sound(version)
    assert journal_for(version) == "truncate"


@pytest.mark.parametrize("version", SOUND)
def test_a_mended_version_keeps_a_write_ahead_log(version: Version) -> None:
    assert wal_is_sound(version)
    assert journal_for(version) == "wal"
