"""Whose an outage is, span by span (C1, C5)."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from operator import itemgetter
from typing import Final, Literal, NamedTuple

from sla.instant import Ms
from sla.judge import Outage
from sla.seen import Seen

Owner = Literal["vendor", "hall", "network", "operator", "undetermined"]

OWNERS: Final[tuple[Owner, ...]] = ("vendor", "hall", "network", "operator", "undetermined")
"""Of several at once the first counts: the vendor's by C1, then the one that can act soonest."""

SILENCE: Final = "silence"
"""The cause where no condition was seen (C5)."""

NETWORK_KINDS: Final = frozenset({"switch", "router"})


@dataclass(frozen=True, slots=True)
class Policy:
    """What a kind of device and the inventory say of one device.

    `owners` of its conditions, which of them are `stopping` (C2), the `vendor` that looks after it (None: nobody does),
    `free_silence` where its contract does not charge what has no found cause (C5).
    """

    owners: Mapping[str, Owner] = field(default_factory=dict)
    stopping: frozenset[str] = frozenset()
    vendor: str | None = None
    kind: str = ""
    free_silence: bool = False


class Blame(NamedTuple):
    """Why, and whose."""

    cause: str
    owner: Owner


class Owned(NamedTuple):
    """[start, until) of an outage with one cause and owner."""

    start: Ms
    until: Ms
    cause: str
    owner: Owner


def blame(conditions: Sequence[str], policy: Policy, *, down: bool) -> Blame:
    """Cause and owner of a set of conditions (C1). While `down` those that stop the device count, if any does."""
    if not conditions:
        return Blame(SILENCE, silent_owner(policy))
    causes = [word for word in conditions if word in policy.stopping] if down else []
    owner, cause = min((_owner(word, policy), word) for word in causes or conditions)
    return Blame(cause, OWNERS[owner])


def silent_owner(policy: Policy) -> Owner:
    """Whose plain silence is (C5)."""
    if policy.vendor is not None:
        return "undetermined"
    return "network" if policy.kind in NETWORK_KINDS else "operator"


def counts_as_vendor(owner: str, policy: Policy) -> bool:
    """Whether down time of this owner is charged to a vendor (A2), and calls it (K1): C5."""
    if owner == "undetermined":
        return policy.vendor is not None and not policy.free_silence
    return owner == "vendor"


def owned(outage: Outage, seen: Sequence[Seen], policy: Policy, now: Ms) -> list[Owned]:
    """Cut an outage, up to its end or `now`, by cause and owner; neighbours differ, nothing is left out.

    `seen` is distinct and sorted. The conditions of a `down` hold until the next `down`: what else is seen within the
    outage is part of it (O3) and says nothing about its cause.
    """
    end = now if outage.until is None else min(outage.until, now)
    spans: list[Owned] = []
    at, why = outage.start, blame((), policy, down=True)
    for one in seen[bisect_left(seen, at, key=itemgetter(0)) : bisect_left(seen, end, key=itemgetter(0))]:
        if one.state == "down" and (new := blame(one.conditions, policy, down=True)) != why:
            if at < one.ts:
                spans.append(Owned(at, one.ts, *why))
            at, why = one.ts, new
    if at < end:
        spans.append(Owned(at, end, *why))
    return spans


def _owner(condition: str, policy: Policy) -> int:
    return OWNERS.index(policy.owners.get(condition, "undetermined"))
