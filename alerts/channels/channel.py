"""What a channel is: something that sends notices and says what became of each."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import NamedTuple, Protocol

from store.notices import Notice


class Failure(NamedTuple):
    """Why a notice did not go out; `refused` where the other side will say the same again."""

    reason: str
    refused: bool = False


class Channel(Protocol):
    """One way to the outside, used by one thread."""

    batch: int
    """How many notices it takes at once; all of them must be out well within a claim (60 s)."""

    def ready(self) -> bool:
        """Whether there is any use in trying now."""

    def send(self, notices: Sequence[Notice]) -> Iterator[tuple[Notice, Failure | None]]:
        """Send each and say what became of it, None for success; never raises for what the other side does."""

    def close(self) -> None:
        """Let go of connections."""
