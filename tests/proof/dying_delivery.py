"""A worker of one channel that dies by SIGKILL at one point of one step of delivery."""

from __future__ import annotations

import os
import signal
from collections.abc import Iterator, Sequence
from typing import Final, NamedTuple

from sqlalchemy import event

from alerts.channels import MailChannel, channel_of
from alerts.channels.channel import Channel, Outcome
from alerts.delivery import Delivery
from alerts.end_point import EndPoint
from alerts.settings import Mail
from store.attempts import Limit
from store.database import open_database
from store.notices import Notice, Rows

POINTS: Final = ("claiming", "claimed", "heard", "answered", "recording", "recorded")
"""Before the claim is committed; before anything is sent; when the other side has it all (there the other side kills);
when its answer was read; before that is committed; after it."""


class Step(NamedTuple):
    """One step of delivery on a database at an instant (ms), and where it dies."""

    database: str
    place: EndPoint | Mail
    now: int
    point: str


def channel(place: EndPoint | Mail) -> Channel:
    """The channel as the program makes it."""
    return MailChannel(place) if isinstance(place, Mail) else channel_of(place)


class Dying:
    """A channel whose process dies before it sends, or with the first answer in its hands."""

    def __init__(self, inner: Channel, point: str) -> None:
        self._inner, self._point = inner, point

    @property
    def batch(self) -> int:
        return self._inner.batch

    @property
    def rows(self) -> Rows:
        return self._inner.rows

    @property
    def limit(self) -> Limit:
        return self._inner.limit

    def ready(self) -> bool:
        return self._inner.ready()

    def close(self) -> None:
        self._inner.close()

    def send(self, notices: Sequence[Notice]) -> Iterator[tuple[Notice, Outcome]]:
        if self._point == "claimed":
            die()
        for outcome in self._inner.send(notices):
            if self._point == "answered":
                die()
            yield outcome


def die() -> None:
    """Now, without a goodbye."""
    os.kill(os.getpid(), signal.SIGKILL)


def run(step: Step) -> None:
    """One step; `claiming` and `recording` are the first and the second commit that it makes."""
    engine = open_database(step.database)
    left = {"claiming": 1, "recording": 2}.get(step.point, 0)

    def committing(_conn: object) -> None:
        nonlocal left
        left -= 1
        if left == 0:
            die()

    event.listen(engine, "commit", committing)
    Delivery(engine, "dying", Dying(channel(step.place), step.point)).step(lambda: step.now)
    die()
