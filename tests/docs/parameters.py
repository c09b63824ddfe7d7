"""The parameters of the rules, their defaults as the code has them, and where they are set."""

from __future__ import annotations

from collector.kind import Kind
from collector.schedule import Rhythm
from hallwatch.inventory.normal import REPAIR_TARGETS
from hallwatch.settings import Judge, Tickets
from recorder.batch import FUTURE_MS
from recorder.heartbeats import SKEWED_MS
from sla import flapping, forecast, intact, parents, scorecard, spares, supply, timeline, verification
from sla.instant import DAY, SECOND, Ms
from sla.supplies import REPLACED
from tests.docs.notation import length, percent, table
from tests.docs.tickets import PLAIN

BUILT_IN = "built in"


def parameters() -> str:
    """The table of all of them."""
    return table(["rule", "parameter", "default", "set in"], [*_states(), *_clocks(), *_duties()])


def _states() -> list[list[str]]:
    judge, tickets = Judge(), Tickets()
    kind, rhythm = Kind("any"), Rhythm()
    faster = f"{rhythm.early_s:g} s for {length(_ms(rhythm.early_for_s))}"
    return [
        ["T3", "hours of a hall, of repairs", "around the clock", "inventory, `calendars`"],
        ["O3", "`down` in a row that make an outage", f"{judge.confirm}", "settings, `judge.confirm`"],
        ["O3", "good ones in a row that end it", f"{judge.recover}", "settings, `judge.recover`"],
        ["O4", "again after the first `down`", length(_ms(rhythm.recheck_s)), "settings, `collector.recheck`"],
        ["O4", "polls while it is down", faster, BUILT_IN],
        ["O5", "intervals by which an ancestor may be late", f"{parents.EARLIER}", BUILT_IN],
        ["O5", "who hangs on whom", "the hall's `gateway`", "inventory, `parent` of a device"],
        ["O6", "intervals without an observation that still hold", f"{timeline.BLIND_AFTER}", BUILT_IN],
        ["O6", "interval", length(_ms(kind.interval_s)), "inventory, `interval`; kind, `interval`"],
        ["O7", "kept aside if so far ahead", length(FUTURE_MS), BUILT_IN],
        ["O7", "a clock is flagged if off by more than", length(SKEWED_MS), BUILT_IN],
        ["O8", "edges, and within what", f"more than {flapping.MANY} in {length(flapping.WITHIN)}", BUILT_IN],
        ["O10", "grace after opening", length(_ms(kind.opening_grace_s)), "kind, `opening_grace`"],
        [
            "K1",
            "vendor's open time before a ticket",
            length(_ms(kind.ticket_after_s)),
            "kind or settings, `ticket_after`",
        ],
        ["K3", "reopens a ticket within", length(_ms(tickets.merge_gap)), "settings, `tickets.merge_gap`"],
        ["K4", "a repeat within", f"{_ms(tickets.repeat_window) // DAY} days", "settings, `tickets.repeat_window`"],
        ["C1, C2", "what stops a device, whose it is", "as the kind's file", "kind, `conditions`"],
        ["C3", "rise that is a replacement", f"{REPLACED:g} points", BUILT_IN],
        ["C5", "silence", "the vendor's", "contract, `silence: vendor` or `free`"],
        ["A7", "by `time` or by `count`", "`time`", BUILT_IN],
        ["A3, A7", "least coverage for a figure", percent(intact.MIN_COVERAGE, 0), BUILT_IN],
    ]


def _clocks() -> list[list[str]]:
    stands = length(verification.STANDS_AFTER_MS)
    targets = ", ".join(f"{kind} {length(_ms(target))}" for kind, target in REPAIR_TARGETS.items())
    marks = ", ".join(f"{one} %" for one in PLAIN.warn)
    return [
        ["K6", "open time after which a claim stands", stands, BUILT_IN],
        ["R1", "targets by kind", targets, "contract, `repair.targets`"],
        ["R1", "repair hours", "around the clock", "contract, `calendar`"],
        ["R2", "start", f"`{PLAIN.begin}`", "contract, `repair.start`"],
        ["R3", "travel", f"`{PLAIN.travel.mode}`, {length(PLAIN.travel.allowance('any', 0))}", "contract, `travel`"],
        ["R4", "reasons of pauses that count", "none", "contract, `pauses`"],
        ["R6", "warnings", marks, "contract, `repair.warn`"],
        ["S1", "rounding of units", "must be said", "contract, `terms`, `round`"],
        ["S1-S3", "terms: points, unit, allowance, cap, group, sources, count", "no terms", "contract, `terms`"],
        ["S7", "payment", f"`{PLAIN.payment}`", "contract, `payment` and `fee`"],
    ]


def _duties() -> list[list[str]]:
    ratios = ", ".join(f"{kind} {percent(ratio, 1)}" for kind, ratio in spares.RATIOS.items())
    items = ", ".join(f"{item} {float(full):g}" for item, full in scorecard.ITEMS.items())
    rule = scorecard.Rule()
    return [
        ["P3", "least data, interval", f"{forecast.AT_LEAST // DAY} days, {percent(forecast.CONFIDENCE, 0)}", BUILT_IN],
        ["P3", "longest that is told; narrower than", f"{supply.BEYOND_DAYS:g} days; {supply.NOISE:g} to 1", BUILT_IN],
        ["P4", "spares for each device", ratios, BUILT_IN],
        ["P4", "interval of the chance", percent(spares.CONFIDENCE, 0), BUILT_IN],
        ["P5", "items", items, BUILT_IN],
        ["P5", "limit", f"{percent(rule.limit, 0)}, {rule.compare}", BUILT_IN],
    ]


def _ms(seconds: float) -> Ms:
    return round(seconds * SECOND)
