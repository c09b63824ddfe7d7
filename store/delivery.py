"""Lines to a metrics server, and which of them it does not take: found by splitting, so that they hold up no other.

Writing a line twice is writing it once, so that a split, and a repetition after a crash in the middle of one, harm
nothing. What the refusal says (the field in conflict, how many were dropped, too old) makes the search short.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Final, Protocol

import structlog

from store.fault import StoreError
from store.influx.fault import Rejected
from store.queue_file import Bad

_FIELD: Final = re.compile(r'input field \\?"(.+?)\\?" on measurement')
_DROPPED: Final = re.compile(r"dropped=(\d+)")
_log = structlog.get_logger(__name__)


class Taker(Protocol):
    """A server that takes lines, or raises."""

    def write(self, policy: str, lines: Sequence[str]) -> None:
        """Keep them before returning. Raises `Away`, `Denied`, `Rejected`."""


def deliver(server: Taker, policy: str, lines: Sequence[str]) -> list[Bad]:
    """Write lines; answers those that can never be written. Raises `Away`, `Denied`: unknown which were written.

    What breaks this program is searched for like what the server rejects; it raises where every line does.
    """
    bad: list[Bad] = []
    faults, said = 0, False
    waiting: list[Sequence[str]] = [lines] if lines else []
    while waiting:
        part = waiting.pop()
        try:
            server.write(policy, part)
        except Rejected as error:
            if len(part) == 1 or _all(error, len(part)):
                bad += [Bad(one, error.reason) for one in part]
            else:
                waiting += _parts(part, error.reason)
        except StoreError:
            raise
        except Exception as error:
            faults += len(part) == 1
            if faults == len(lines):
                raise
            if not said:  # once for all halves of it
                _log.exception("metrics.fault", lines=len(part))
            said = True
            if len(part) > 1:
                waiting += _parts(part, "")
            else:
                bad.append(Bad(part[0], f"fault: {type(error).__name__}: {error}"))
    return bad


def _all(error: Rejected, lines: int) -> bool:
    """Whether it dropped every one of them; across shards a server may count too few, never too many."""
    dropped = _DROPPED.search(error.reason) if error.partial else None
    return dropped is not None and int(dropped[1]) >= lines


def _parts(lines: Sequence[str], reason: str) -> tuple[Sequence[str], Sequence[str]]:
    """Two parts, neither empty, such that the faulty ones gather in one of them."""
    if found := _FIELD.search(reason):
        suspects = [one for one in lines if f"{found[1]}=" in one]
        if 0 < len(suspects) < len(lines):
            return suspects, [one for one in lines if f"{found[1]}=" not in one]
    if "retention" in reason:
        lines = sorted(lines, key=_ts)
    half = len(lines) // 2
    return lines[:half], lines[half:]


def _ts(line: str) -> int:
    end = line.rpartition(" ")[2]
    return int(end) if end.lstrip("-").isdecimal() else 0
