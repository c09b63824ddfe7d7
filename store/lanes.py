"""Which notices one end point sends: each has a lane of its own, so that one that hangs holds up no other."""

from __future__ import annotations

from collections.abc import Iterable
from typing import NamedTuple

from sqlalchemy import ColumnElement, not_, or_

from store.schema import notices


class Lane(NamedTuple):
    """A channel as a whole, or the notices for one of its end points by `name`: the target, or what follows its `@`.

    `unnamed`: those that name no end point as well.
    """

    channel: str
    name: str | None = None
    unnamed: bool = False


def within(lane: Lane) -> ColumnElement[bool]:
    """The notices of a lane."""
    mine = notices.c.channel == lane.channel
    if lane.name is None:
        return mine
    named = (notices.c.target == lane.name) | notices.c.target.endswith(f"@{lane.name}", autoescape=True)
    return mine & (named | not_(notices.c.target.contains("@"))) if lane.unnamed else mine & named


def beyond(lanes: Iterable[Lane]) -> ColumnElement[bool]:
    """The notices of no lane; those of the broker wait for it for ever."""
    return not_(or_(notices.c.channel == "mqtt", *(within(one) for one in lanes)))
