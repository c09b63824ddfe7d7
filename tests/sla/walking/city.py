"""What a random city is made of: facts as they were sent in, in any order; nothing judged yet."""

from __future__ import annotations

from dataclasses import dataclass, field

from sla.interval import Interval
from sla.judge import Confirmation
from sla.owners import Policy
from sla.seen import Seen
from sla.spans import Planned
from tests.sla.walking.hours import Document


@dataclass(frozen=True)
class Device:
    """`seen` in any order, repeated or not; `above` its parent, the parent's parent, and so on. All instants in ms."""

    seen: tuple[Seen, ...]
    interval: int
    above: tuple[Device, ...] = ()
    hours: Document | None = None
    commissioned: int | None = None
    retired: int | None = None
    maintenance: tuple[Planned, ...] = ()
    excluded: tuple[Interval, ...] = ()
    policy: Policy = field(default_factory=Policy)
    grace: int = 0


@dataclass(frozen=True)
class City:
    """Devices, and the question: the period [start, until) as it is known at `now`; nothing is older than `begin`."""

    devices: tuple[Device, ...]
    rule: Confirmation
    begin: int
    start: int
    until: int
    now: int

    @property
    def end(self) -> int:
        """Where the walk ends."""
        return max(self.until, self.now)
