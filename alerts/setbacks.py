"""What could not be done: each thing alone within a savepoint, so that one never stops the others, and not at once."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Final, TypeVar

import structlog
from sqlalchemy import Connection

from sla.instant import MINUTE, SECOND
from sla.ticket import ImpossibleOrder
from store.fault import Damaged, StoreError

FIRST_MS: Final = 10 * SECOND
LONGEST_MS: Final = 10 * MINUTE
_DOUBLINGS: Final = 16
_T = TypeVar("_T")
_log = structlog.get_logger(__name__)


@dataclass(slots=True)
class Setbacks:
    """How often each thing failed, and until when (ms) it is left alone; only memory, so a restart tries again."""

    _known: dict[str, tuple[int, int]] = field(default_factory=dict)

    def waits(self, key: str, now: int) -> bool:
        """Whether the thing failed so lately that it is not tried yet."""
        return key in self._known and now < self._known[key][1]

    def alone(self, conn: Connection, key: str, now: int, do: Callable[[], _T]) -> _T | None:
        """Do one thing within a savepoint; None where it failed, which undoes it, is logged and remembered.

        Raises `StoreError`: where the database itself is at fault nothing else would go either.
        """
        try:
            with conn.begin_nested():
                done = do()
        except ImpossibleOrder as refused:
            _log.warning("alerts.refused", what=key, refused=refused.event, state=refused.state, reason=refused.reason)
            self._failed(key, now)
        except Exception as fault:  # the edge of the loop over faults: the others go on
            if isinstance(fault, StoreError) and not isinstance(fault, Damaged):
                raise
            _log.exception("alerts.failed", what=key)
            self._failed(key, now)
        else:
            self._known.pop(key, None)
            return done
        return None

    def forget(self, before: int | None = None) -> None:
        """Forget what waits until before `before` (ms), all without it."""
        self._known = {key: one for key, one in self._known.items() if before is not None and one[1] >= before}

    def _failed(self, key: str, now: int) -> None:
        times = self._known.get(key, (0, 0))[0]
        self._known[key] = times + 1, now + min(LONGEST_MS, FIRST_MS << min(times, _DOUBLINGS))
