"""What asks one agent, whatever library does it: the Session, and how it says that there was no answer."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final, Protocol

from collector.probe import Cause
from collector.reading import Raw

UNREADABLE: Final = "names its engine but is silent to this user: it cannot decrypt, so priv_key or priv is wrong"


class NoAnswer(Exception):
    """A request without a usable answer; `rows` is what a walk had read before."""

    def __init__(self, cause: Cause, detail: str = "", rows: Sequence[tuple[str, Raw]] = ()) -> None:
        super().__init__(detail or cause)
        self.cause: Cause = cause
        self.rows = tuple(rows)

    @property
    def told(self) -> str:
        """Cause and detail, for who reads a poll's steps."""
        return self.cause if str(self) == self.cause else f"{self.cause}: {self}"


class Session(Protocol):
    """One agent asked by one version and user, one request at a time; kept from poll to poll.

    To make one raises OSError where the address is none or no more files may be open, and so does asking. `until` is
    the loop's clock in seconds. A lost datagram is asked for again at half time, with the same request id.
    """

    @property
    def busy(self) -> bool:
        """Is a request in flight?"""
        ...

    @property
    def refused_all(self) -> bool:
        """Of a `get` that gave nothing: may the agent have refused it as a whole? False: each object is lacking."""
        ...

    async def get(self, oids: Sequence[str], until: float) -> dict[str, Raw]:
        """The values of those OIDs that the agent has; none also where it refused the request as a whole (too big an
        answer): see `refused_all`. Raises `NoAnswer`.
        """
        ...

    async def walk(self, oid: str, limit: int, until: float) -> list[tuple[str, Raw]]:
        """At most `limit` instances beneath `oid`, in their order. Raises `NoAnswer`, with what was read before."""
        ...

    def close(self) -> None:
        """Give back what it holds; it is of no more use. May be called again."""
        ...
