"""What has a device asked before its turn: its traps, and what it says by MQTT."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterable, Mapping
from typing import Any, Final

from collector.hurries import Hurries
from collector.kind import Kind
from collector.said import Sayings, listened
from collector.target import Target
from collector.traps.receiver import REASONS, TrapConfig, Traps

_SAID_PAUSE_S: Final = 10.0


class Hints:
    """Belongs to one event loop; `hurry` has a device asked now. Without `traps` none are heard."""

    def __init__(self, traps: TrapConfig | None, collector: str, said: Sayings, hurry: Callable[[str], object]) -> None:
        loop = asyncio.get_running_loop()
        self._traps = None if traps is None else Traps(traps, collector, hurry)
        self._said, self._changes = said, Hurries(hurry, _SAID_PAUSE_S)
        said.changed = lambda device: _from_any_thread(loop, self._changes.hint, device)
        self.tend()

    def follow(self, targets: Iterable[Target], kinds: Mapping[str, Kind]) -> None:
        """Take hints about exactly these from now on."""
        targets = tuple(targets)
        if self._traps is not None:
            self._traps.follow(targets)
        devices = frozenset(listened(targets, kinds))
        self._said.follow(devices)
        self._changes.keep(devices)

    def tend(self) -> None:
        """Call now and then: a port that could not be had may be free by now."""
        if self._traps is not None:
            self._traps.tend()

    def close(self) -> None:
        """Hear no more."""
        self._said.follow(())
        self._changes.close()
        if self._traps is not None:
            self._traps.close()

    def brief(self) -> dict[str, Any]:
        """What fits into a heartbeat; `traps`: where they are heard, or why not."""
        figures: dict[str, Any] = {"sayings_refused": self._said.refused}
        if self._traps is not None:
            heard = self._traps.address
            where = self._traps.error or "" if heard is None else "{}:{}".format(*heard)
            figures |= {"traps": where, "traps_heard": heard is not None}
            figures |= {"traps_taken": self._traps.counts["taken"], "traps_refused": self._traps.refused}
            figures |= {f"traps_{reason}": self._traps.counts[reason] for reason in REASONS}
        return figures

    def stats(self) -> dict[str, Any]:
        """`traps` (None where none are wanted) and `said`."""
        return {"traps": None if self._traps is None else self._traps.stats(), "said": self._said.stats()}


def _from_any_thread(loop: asyncio.AbstractEventLoop, call: Callable[[str], object], device: str) -> None:
    if not loop.is_closed():
        loop.call_soon_threadsafe(call, device)
