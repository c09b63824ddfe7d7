"""Notices for end points that the settings do not have: they wait for somebody to add one, then are given up."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Final

from alerts.channels.channel import Failure, Outcome
from store.attempts import Limit
from store.notices import Notice, Rows

LIMIT: Final = Limit("nowhere")


@dataclass(frozen=True, slots=True)
class Nowhere:
    """Says of each that there is no such end point."""

    rows: Rows
    batch: int = 100
    limit: Limit = LIMIT

    def ready(self) -> bool:
        """Always."""
        return True

    def close(self) -> None:
        """Nothing is open."""

    def send(self, notices: Sequence[Notice]) -> Iterator[tuple[Notice, Outcome]]:
        """None of them goes anywhere."""
        for one in notices:
            name = one.target.rpartition("@")[2] if one.channel == "sms" else one.target
            lacking = "mail.url is not set" if one.channel == "mail" else f"the settings have no end point {name!r}"
            yield one, Failure(f"{lacking} of kind {one.channel}"[:200] if one.channel != "mail" else lacking)
