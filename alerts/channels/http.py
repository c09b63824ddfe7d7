"""What all end points by HTTP have in common: one notice at a time, an answer whose body says what became of it."""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any, Final, NamedTuple

from alerts.addresses import allowed
from alerts.channels.channel import Failure, Outcome
from alerts.channels.letter import Letter, letter_of
from alerts.end_point import EndPoint, faults
from alerts.outgoing import Answer, NotSent, Request, Way, send
from store.attempts import Limit
from store.lanes import Lane, within
from store.notices import Notice, Rows

MINUTE: Final = 60_000
_TOO_MANY: Final = 429


class Form(NamedTuple):
    """How one kind of end point is asked (`now` in ms, the target of the row), what its answers mean, its limits."""

    request: Callable[[EndPoint, Letter, str, int], Request]
    verdict: Callable[[EndPoint, Answer], Outcome]
    windows: tuple[tuple[int, int], ...] = ()


def now_ms() -> int:
    """The wall clock, which signatures bear."""
    return time.time_ns() // 1_000_000


@dataclass(frozen=True, slots=True)
class HttpChannel:
    """Sends the outbox rows of one end point."""

    end_point: EndPoint
    form: Form
    clock: Callable[[], int] = now_ms
    unnamed: bool = False
    batch: int = 1

    @property
    def rows(self) -> Rows:
        """Those that name the end point; `unnamed`: those that name none as well."""
        return within(Lane(self.end_point.kind, self.end_point.name, self.unnamed))

    @property
    def limit(self) -> Limit:
        """Its own, or that of all end points with the same address."""
        return Limit(self.end_point.limit_key, self.form.windows)

    def ready(self) -> bool:
        """Asked anew every time."""
        return True

    def close(self) -> None:
        """Nothing is kept open."""

    def send(self, notices: Sequence[Notice]) -> Iterator[tuple[Notice, Outcome]]:
        """One request each."""
        for notice in notices:
            yield notice, self._outcome(notice)

    def _outcome(self, notice: Notice) -> Outcome:
        for reason in faults(self.end_point):
            return Failure(f"channels.{self.end_point.name}.{reason}")
        try:
            letter = letter_of(notice)
            request = self.form.request(self.end_point, letter, notice.target, self.clock())
        except (ValueError, TypeError, LookupError, AttributeError) as error:
            return Failure(f"cannot be written as a message: {error.__class__.__name__}", refused=True)
        try:
            return judged(self.end_point, self.form, send(request, way(self.end_point)))
        except NotSent as fault:
            return Failure(self.end_point.shown(fault.reason))


def judged(end_point: EndPoint, form: Form, answer: Answer) -> Outcome:
    """What became of it: where HTTP itself says no, the body is not asked."""
    if 300 <= answer.status < 400:
        return Failure(f"HTTP {answer.status}: it points elsewhere, and is not followed there")
    if answer.status == _TOO_MANY:
        wait = MINUTE if answer.retry_after is None else answer.retry_after * 1000
        return Failure(f"HTTP 429: {end_point.shown(answer.body)}", hold_ms=max(1000, wait))
    if answer.status >= 500:
        return Failure(f"HTTP {answer.status}: {end_point.shown(answer.body)}")
    return form.verdict(end_point, answer)


def way(end_point: EndPoint) -> Way:
    """How to reach it. Raises ValueError for hosts that cannot be read."""
    return Way(allowed(end_point.allow), end_point.timeout_s, end_point.ca)


def json_request(url: str, document: Any, id: str) -> Request:
    """A POST of JSON that bears the notice's id."""
    body = json.dumps(document, ensure_ascii=False, separators=(",", ":")).encode("utf-8", "replace")
    headers = {"Content-Type": "application/json; charset=utf-8", "Idempotency-Key": id, "User-Agent": "hallwatch"}
    return Request(url, body, headers)


def member(answer: Answer, *names: str) -> tuple[int | None, str]:
    """The code and the words in a robot's answer: the first of `names` that it has; None where it is no such answer."""
    try:
        said = json.loads(answer.body)
    except (ValueError, RecursionError):
        return None, ""
    if not isinstance(said, dict):
        return None, ""
    words = next((said[name] for name in ("errmsg", "msg", "StatusMessage") if said.get(name)), "")
    for name in names:
        code = said.get(name)
        if isinstance(code, int) and not isinstance(code, bool):
            return code, str(words)
    return None, str(words)
