"""Devices that fail and recover, again and again (O8)."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final, NamedTuple

from sla.instant import HOUR, Ms
from sla.judge import Outage

MANY: Final = 6
WITHIN: Final = HOUR


class Episode(NamedTuple):
    """[start, until) of flapping, `until` None while it lasts; the edge at `known_at` was one too many."""

    start: Ms
    until: Ms | None
    known_at: Ms


def episodes(outages: Sequence[Outage], now: Ms) -> list[Episode]:
    """Episodes with more than 6 starts and ends of outages within 60 min, each until 60 min passed without one (O8)."""
    edges = sorted(edge for outage in outages for edge in outage[:2] if edge is not None and edge <= now)
    found: list[Episode] = []
    i = 0
    while i + MANY < len(edges):
        if edges[i + MANY] - edges[i] >= WITHIN:
            i += 1
            continue
        last = i + MANY
        while last + 1 < len(edges) and edges[last + 1] - edges[last] < WITHIN:
            last += 1
        calm = edges[last] + WITHIN
        found.append(Episode(edges[i], calm if calm <= now else None, edges[i + MANY]))
        i = last + 1
    return found
