"""Once a day the sealed months are counted anew: where a later fact changed a figure, an amendment is made (S6)."""

from __future__ import annotations

import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Final

import structlog
from sqlalchemy import Engine

from reports.amendments import BY, sealed_months
from reports.ledger import Who, amend
from sla.instant import DAY, Ms
from store.device_facts import KindPolicy
from store.fault import StoreError

EVERY_S: Final = 60.0
log = structlog.get_logger(__name__)


@dataclass(slots=True)
class Amending:
    """A month that cannot be counted holds up no other; it is tried again the next day."""

    engine: Engine
    policies: Mapping[str, KindPolicy]
    _done: Ms | None = None

    def run(self, stop: threading.Event, clock: Callable[[], Ms]) -> None:
        """Work until `stop`; `clock` gives ms since 1970."""
        while not stop.wait(EVERY_S):
            try:
                self.step(clock(), stop)
            except StoreError as error:
                log.error("amendments.no_database", error=str(error))
            except Exception:  # the edge of the loop
                log.exception("amendments.not_looked_for")

    def step(self, now: Ms, stop: threading.Event | None = None) -> int:
        """Amend what has to be, if a day has passed since the last time; answers how many amendments were made."""
        if self._done is not None and self._done <= now < self._done + DAY:
            return 0
        made = 0
        for contract, month in sealed_months(self.engine):
            if stop is not None and stop.is_set():
                return made
            made += self._one(contract, month, now)
        self._done = now
        return made

    def _one(self, contract: str, month: str, now: Ms) -> bool:
        try:
            link = amend(self.engine, contract, month, self.policies, Who(BY, now))
        except Exception as error:
            log.error("amendments.not_counted", contract=contract, month=month, reason=str(error), exc_info=True)
            return False
        if link is not None:
            log.warning("amendments.made", contract=contract, month=month, number=link.number, seal=link.n)
        return link is not None
