"""Whose turn comes when: items in slots of 10 ms, so that a turn costs the same among 100 and among 50,000."""

from __future__ import annotations

import heapq
from typing import Final, Generic, TypeVar

T = TypeVar("T")

_PER_S: Final = 100


class Wheel(Generic[T]):
    """Instants are seconds of any steady clock. Nothing can be taken out: who takes an item looks whether its slot is
    still the one that it was put into last."""

    def __init__(self) -> None:
        self._slots: dict[int, list[T]] = {}
        self._order: list[int] = []

    def put(self, at: float, item: T) -> int:
        """Have `item` come up to 10 ms after `at`; the slot that it is in."""
        slot = int(at * _PER_S) + 1
        items = self._slots.get(slot)
        if items is None:
            self._slots[slot] = [item]
            heapq.heappush(self._order, slot)
        else:
            items.append(item)
        return slot

    @property
    def next_at(self) -> float | None:
        """When the next slot is due; None where nothing is in any."""
        return self._order[0] / _PER_S if self._order else None

    def take(self, now: float) -> tuple[int, list[T]] | None:
        """The earliest slot and its items, if it is due."""
        if not self._order or self._order[0] > now * _PER_S:
            return None
        slot = heapq.heappop(self._order)
        return slot, self._slots.pop(slot)

    def clear(self) -> None:
        """Nothing comes any more."""
        self._slots.clear()
        self._order.clear()
