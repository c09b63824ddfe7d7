"""What can go wrong with a database, said in a word; the class carries the data."""

from __future__ import annotations


class StoreError(Exception):
    """Base of all; `where` is the file or the server (without its password), `reason` the driver's words."""

    def __init__(self, where: str, reason: str) -> None:
        super().__init__(f"{where}: {reason}")
        self.where = where
        self.reason = reason


class NotADatabase(StoreError):
    """The file exists and is something else, or is damaged."""


class Damaged(StoreError):
    """Something in the database that this program did not write."""


class Unwritable(StoreError):
    """The file or its directory cannot be opened or written."""


class DiskFull(StoreError):
    """No room left; nothing of the transaction was kept."""


class Busy(StoreError):
    """Another writer held the database longer than the waiting time."""


class Unreachable(StoreError):
    """A database server that does not answer."""


class NewerDatabase(StoreError):
    """The database was migrated by a newer hallwatch; `revision` is the one that this program does not know."""

    def __init__(self, where: str, revision: str) -> None:
        super().__init__(where, f"made by a newer hallwatch (revision {revision})")
        self.revision = revision
