"""A device of the examples: what was seen of it, one letter a minute, judged."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Final

from sla.clock import ALWAYS, Clock
from sla.instant import MINUTE, Ms
from sla.interval import Interval
from sla.judge import Confirmation, judge
from sla.owners import Owner, Policy
from sla.parents import Ancestor
from sla.seen import Seen, distinct
from sla.spans import DeviceFacts, Planned, spans
from tests.docs.notation import at, picture
from tests.sla.histories import drawn

OWNERS: Final[Mapping[str, Owner]] = {"noPaper": "hall", "jammed": "vendor", "lowToner": "vendor", "doorOpen": "hall"}
PRINTER: Final = Policy(
    owners=OWNERS, stopping=frozenset({"noPaper", "jammed", "doorOpen"}), vendor="v-1", kind="printer"
)


def device(
    seen: str | Sequence[Seen],
    *,
    start: str = "10:00",
    step_s: int = 60,
    interval_s: int | None = None,
    rule: Confirmation | None = None,
    clock: Clock = ALWAYS,
    policy: Policy = PRINTER,
    maintenance: Sequence[Planned] = (),
    excluded: Sequence[Interval] = (),
    ancestors: Sequence[Ancestor] = (),
    commissioned: Ms | None = None,
) -> DeviceFacts:
    """`uudd?u` from `start` on, u up, g degraded, d down, ? unknown, a dot for none; or observations."""
    facts = drawn(seen, step_s, at(start), interval_s) if isinstance(seen, str) else distinct(seen)
    return DeviceFacts(
        commissioned=commissioned,
        clock=clock,
        maintenance=maintenance,
        excluded=excluded,
        seen=facts,
        interval_ms=(interval_s or step_s) * 1000,
        outages=judge(facts, rule or Confirmation()).outages,
        ancestors=ancestors,
        policy=policy,
    )


def letters(facts: DeviceFacts, count: int, *, start: str = "10:00", step: Ms = MINUTE) -> str:
    """The classes of `count` steps, a letter each."""
    first = at(start)
    until = first + count * step
    return picture(spans(facts, first, until, until), first, until, step)


def as_ancestor(facts: DeviceFacts) -> Ancestor:
    return Ancestor(facts.outages, facts.interval_ms)
