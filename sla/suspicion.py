"""How long a child's ticket waits because its ancestor may be about to explain the outage (O5 a)."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final, NamedTuple

from sla.instant import SECOND, Ms
from sla.judge import Fold, Outage
from sla.parents import EARLIER

PATIENCE_MS: Final = 30 * SECOND
"""What a poll, its confirmation and its way to the centre may take beyond an ancestor's intervals."""


class Above(NamedTuple):
    """An ancestor as far as it was judged: the judge's fold of it, and its polling interval."""

    fold: Fold
    interval_ms: Ms


def wait_until(own: Outage, ancestors: Iterable[Above]) -> Ms | None:
    """Until when (ms) the ticket of this outage waits for word of its ancestors; None where none is suspected.

    One is suspected while its last word is `down`, not yet confirmed, or older than the outage. The wait ends two of
    its intervals and `PATIENCE_MS` after its first `down`, or after the beginning of the outage. One that was never
    heard says nothing, and in a confirmed outage O5 itself decides.
    """
    ends = (_suspected_until(own, one) for one in ancestors)
    return max((end for end in ends if end is not None), default=None)


def _suspected_until(own: Outage, above: Above) -> Ms | None:
    fold, bound = above.fold, EARLIER * above.interval_ms + PATIENCE_MS
    if fold.outage is not None:
        return None
    if fold.start is not None:
        before_its_end = own.until is None or fold.start < own.until
        return fold.start + bound if before_its_end else None
    if fold.last_ok is not None and fold.last_ok < own.start:
        return own.start + bound
    return None
