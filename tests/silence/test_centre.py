"""The centre's part of docs/silence.md: verdict, parent, hours and device through judge, parents, owners, opening."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Final

from sla.clock import Clock
from sla.instant import MINUTE, SECOND, Ms
from sla.judge import Confirmation, judge
from sla.opening import GRACE_MS, ticket_due
from sla.owners import Policy, owned
from sla.parents import Ancestor, unreachable
from sla.seen import Seen, State
from sla.spans import DeviceFacts, Span, spans
from sla.suspicion import Above, wait_until
from tests.docs.notation import HALL, at
from tests.silence.table import JUDGED, combinations, line_of, lines

TABLE: Final = lines("centre")
RULE: Final = Confirmation()
CLOCK: Final = Clock(HALL)
TICKET_AFTER: Final = 5 * MINUTE
BEGAN: Final = {"open": at("10:00"), "closed": at("02:00"), "opening": at("08:00")}
NOW: Final = {"open": at("10:10"), "closed": at("02:10"), "opening": at("08:35")}
SAID: Final[dict[str, tuple[State, tuple[str, ...]]]] = {
    "up": ("up", ()),
    "degraded": ("degraded", ("noSnmp",)),
    "silence": ("down", ()),
    "vendor's condition": ("down", ("jammed",)),
    "hall's condition": ("down", ("noPaper",)),
    "unknown": ("unknown", ("isolated",)),
}
POLICIES: Final = {
    device: Policy(
        {"jammed": "vendor", "noPaper": "hall"},
        frozenset({"jammed", "noPaper"}),
        "v-1" if device == "vendor" else None,
        "switch" if device == "switch" else "printer",
    )
    for device in JUDGED["device"]
}
EVERY: Final = [
    one
    for one in combinations(JUDGED)
    if one["said"] not in ("vendor's condition", "hall's condition") or one["device"] == "vendor"
]


def every_minute(start: Ms, until: Ms, state: State, conditions: tuple[str, ...] = ()) -> list[Seen]:
    return [Seen(ts, state, MINUTE, conditions) for ts in range(start, until, MINUTE)]


def history(one: Mapping[str, str]) -> list[Seen]:
    began, now = BEGAN[one["hours"]], NOW[one["hours"]]
    before = every_minute(began - 60 * MINUTE, began, "up")
    return before + (every_minute(began, now, *SAID[one["said"]]) if one["said"] in SAID else [])


def parent_of(one: Mapping[str, str]) -> list[Seen]:
    """Suspected: its first `down` has just been seen and is not confirmed yet."""
    began, now = BEGAN[one["hours"]], NOW[one["hours"]]
    if one["parent"] == "down":
        return every_minute(began - 60 * MINUTE, began, "up") + every_minute(began, now, "down")
    seen = every_minute(began - 60 * MINUTE, now, "up")
    return [*seen, Seen(now - 10 * SECOND, "down", MINUTE)] if one["parent"] == "suspected" else seen


def shown(one: Mapping[str, str]) -> Span:
    """The class at the end."""
    now, seen, above = NOW[one["hours"]], history(one), parent_of(one)
    ancestor = Ancestor(judge(above, RULE).outages, MINUTE)
    outages = judge(seen, RULE).outages
    facts = DeviceFacts(clock=CLOCK, seen=seen, outages=outages, ancestors=(ancestor,), policy=POLICIES[one["device"]])
    return spans(facts, BEGAN[one["hours"]], now, now)[-1]


def ticket(one: Mapping[str, str]) -> str:
    """`yes`: due by now; `waits`: due, but for a suspected parent; `later`; `no`: never as things are."""
    now, seen, above = NOW[one["hours"]], history(one), judge(parent_of(one), RULE)
    outages, policy = judge(seen, RULE).outages, POLICIES[one["device"]]
    if not outages:
        return "no"
    explained = unreachable(outages, seen, [Ancestor(above.outages, MINUTE)], now)
    whose = owned(outages[-1], seen, policy, now)
    due = ticket_due(whose, explained, CLOCK, GRACE_MS, TICKET_AFTER, policy, now)
    if due is None or due > now:
        return "no" if due is None else "later"
    wait = wait_until(outages[-1], [Above(above.fold, MINUTE)])
    return "waits" if wait is not None and wait > now else "yes"


def test_O6_every_line_is_the_first_for_some_combination() -> None:
    assert {line_of(TABLE, one).number for one in EVERY} == set(range(len(TABLE)))


def test_O5_O6_O10_C5_every_combination_is_shown_and_owned_as_its_line_says() -> None:
    wrong: list[Sequence[object]] = []
    for one in EVERY:
        says, got = line_of(TABLE, one).says, shown(one)
        want = (says["state"], None if says["owner"] == "none" else says["owner"])
        if (got.class_, got.owner) != want:
            wrong.append((one, got, want))
    assert wrong == []


def test_K1_every_combination_opens_a_ticket_as_its_line_says() -> None:
    allowed = {"yes": {"yes"}, "no": {"no"}, "waits": {"waits"}, "not now": {"no", "later"}}
    wrong = [(one, ticket(one)) for one in EVERY if ticket(one) not in allowed[line_of(TABLE, one).says["ticket"]]]
    assert wrong == []
