"""How far to send: from the receipt on, at most 1,000 beyond it, again when nothing moves (contracts, MQTT)."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(slots=True)
class Window:
    """One log's position at the broker; `following` is the next seq to send, instants are monotonic seconds."""

    receipt: int = 0
    following: int = 1
    moved_s: float = 0.0
    ahead: int = 1000

    def begin(self, receipt: int, now_s: float) -> None:
        """A new connection or a new log: everything beyond `receipt` is sent (again)."""
        self.receipt, self.following, self.moved_s = receipt, receipt + 1, now_s

    def advance(self, receipt: int, now_s: float) -> bool:
        """The centre has everything up to `receipt`, or nothing up to there is held any more."""
        if receipt <= self.receipt:
            return False
        self.receipt, self.moved_s = receipt, now_s
        self.following = max(self.following, receipt + 1)
        return True

    @property
    def room(self) -> int:
        """How many more may be sent."""
        return max(0, self.receipt + self.ahead + 1 - self.following)

    def sent(self, seq: int, now_s: float) -> None:
        """`seq` went out; with the first one the wait for a receipt begins."""
        if self.following == self.receipt + 1:
            self.moved_s = now_s
        self.following = seq + 1

    def stalled(self, now_s: float, patience_s: float) -> bool:
        """Something was sent and no receipt came for so long."""
        return self.following > self.receipt + 1 and now_s - self.moved_s >= patience_s

    def rewind(self, now_s: float) -> None:
        """Send again from the receipt on."""
        self.following, self.moved_s = self.receipt + 1, now_s
