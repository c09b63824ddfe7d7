"""What a metrics server can refuse, by what has to be done about it: wait, change the rights, or set a point apart."""

from __future__ import annotations

from store.fault import StoreError


class Away(StoreError):
    """Not reachable, overloaded, out of time, or its database is not set up yet: all waits. No point is at fault."""

    def __init__(self, where: str, reason: str, retry_after_s: float | None = None) -> None:
        super().__init__(where, reason)
        self.retry_after_s = retry_after_s


class Denied(StoreError):
    """Wrong credentials, or a right that they lack: all waits. No point is at fault."""


class Rejected(StoreError):
    """The server does not take what it was given; `partial`: it took all of it but some."""

    def __init__(self, where: str, reason: str, partial: bool = False) -> None:
        super().__init__(where, reason)
        self.partial = partial


class NotInflux(StoreError):
    """Something answers, and it is no server that takes line protocol."""
