"""What a channel is: something that sends notices and says what became of each."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import NamedTuple, Protocol

from store.attempts import Limit
from store.notices import Notice, Rows


class Sent(NamedTuple):
    """It is out: the other side said so; `answer` is what it said, short, without secrets."""

    answer: str = ""


class Failure(NamedTuple):
    """Why a notice did not go out; `refused` where the other side will say the same again.

    `hold_ms`: nothing of this limit goes out for so long, for the other side is blocking us.
    """

    reason: str
    refused: bool = False
    hold_ms: int = 0


Outcome = Sent | Failure


class Channel(Protocol):
    """One way to the outside, used by one thread."""

    @property
    def batch(self) -> int:
        """How many notices it takes at once; all of them must be out well within a claim (60 s)."""

    @property
    def rows(self) -> Rows:
        """Which notices it sends."""

    @property
    def limit(self) -> Limit:
        """Whose attempts they are, and how many may be made in which time."""

    def ready(self) -> bool:
        """Whether there is any use in trying now."""

    def send(self, notices: Sequence[Notice]) -> Iterator[tuple[Notice, Outcome]]:
        """Send each and say what became of it; never raises for what the other side does."""

    def close(self) -> None:
        """Let go of connections."""
