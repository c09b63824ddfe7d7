"""Whatever Apprise can reach, where it is installed: it makes its own connections and says only yes or no."""

from __future__ import annotations

import importlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any, Final

from alerts.channels.channel import Failure, Outcome, Sent
from alerts.channels.letter import letter_of
from alerts.end_point import EndPoint
from store.attempts import Limit
from store.lanes import Lane, within
from store.notices import Notice, Rows

MISSING: Final = "Apprise is not installed: pip install 'hallwatch[apprise]'"


@dataclass(frozen=True, slots=True)
class AppriseChannel:
    """Sends the outbox rows of one end point; its url is one of Apprise's."""

    end_point: EndPoint
    batch: int = 1

    @property
    def rows(self) -> Rows:
        """Those that name the end point."""
        return within(Lane(self.end_point.kind, self.end_point.name))

    @property
    def limit(self) -> Limit:
        """Apprise keeps the limits of those whom it reaches."""
        return Limit(self.end_point.limit_key)

    def ready(self) -> bool:
        """Asked anew every time."""
        return True

    def close(self) -> None:
        """Nothing is kept open."""

    def send(self, notices: Sequence[Notice]) -> Iterator[tuple[Notice, Outcome]]:
        """One after the other."""
        for notice in notices:
            yield notice, self._outcome(notice)

    def _outcome(self, notice: Notice) -> Outcome:
        try:
            apprise: Any = importlib.import_module("apprise")
        except ImportError:
            return Failure(MISSING)
        way = apprise.Apprise()
        if not way.add(self.end_point.url):
            return Failure(f"channels.{self.end_point.name}.url: Apprise knows no such address")
        try:
            letter = letter_of(notice)
            sent = way.notify(title=letter.title, body=letter.text, body_format=apprise.NotifyFormat.TEXT)
        except (ValueError, TypeError, LookupError, AttributeError) as error:
            return Failure(f"cannot be written as a message: {error.__class__.__name__}", refused=True)
        except Exception as error:  # noqa: BLE001 - the edge to a library of a hundred services
            return Failure(self.end_point.shown(f"Apprise: {error.__class__.__name__}"))
        return Sent("Apprise says that it went out") if sent else Failure("Apprise says that it did not go out")
