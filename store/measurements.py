"""Every measurement of the metrics store: its tags, its numbers, its texts. One table for writers and dashboards."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final

RAW: Final = "raw"
HOURLY: Final = "hourly"
NONE: Final = "-"
"""What a tag says where there is nothing to say: a point always has the full tag set, and an empty tag is none."""


@dataclass(frozen=True, slots=True)
class Measurement:
    """`numbers` and `texts` are fields: what each means, a number with its unit. `at` says what a point's time is.

    `policy` is the retention policy that keeps it. `prefixed` ones have a field for each value of a device besides.
    """

    name: str
    at: str
    tags: tuple[str, ...]
    numbers: Mapping[str, str] = field(default_factory=dict)
    texts: Mapping[str, str] = field(default_factory=dict)
    policy: str = RAW
    prefixed: bool = False


DEVICE: Final = ("device", "hall", "branch", "kind", "model", "vendor")
_PLACE: Final = ("device", "hall", "branch", "kind", "vendor")
_NAMES: Final = {"hall_name": "the hall's name", "branch_name": "the branch's name"}

MEASUREMENTS: Final[tuple[Measurement, ...]] = (
    Measurement(
        "device",
        "the observation",
        DEVICE,
        {
            "rtt_ms": "round trip, ms",
            "loss": "lost share of the pings, 0..1",
            "state": "observed: 0 down, 1 degraded, 2 up; none where unknown",
        },
        prefixed=True,
    ),
    Measurement(
        "device_hour",
        "the hour's start; of each field F of `device` the fields F_n, F_min, F_max, F_sum, F_last",
        DEVICE,
        policy=HOURLY,
        prefixed=True,
    ),
    Measurement(
        "status",
        "its change, and every ten minutes of the clock",
        _PLACE,
        {"code": "judged: 0 down, 1 degraded, 2 up, 3 unreachable, 4 unmonitored, 5 maintenance, 6 closed"},
        {"state": "the same as a word", "cause": "why", "owner": "whose (C1)", **_NAMES},
    ),
    Measurement(
        "fleet",
        "every minute, a hall",
        ("hall", "branch", "hall_name", "branch_name"),
        {
            **{state: f"devices that are {state}" for state in ("up", "degraded", "down", "unreachable")},
            **{state: f"devices that are {state}" for state in ("unmonitored", "maintenance", "closed")},
            "devices": "all of them, as the newest inventory has them",
            "tickets": "open tickets (K3) for a fault",
        },
    ),
    Measurement(
        "outage",
        "its start; written again when it changes, and every ten minutes while it lasts",
        _PLACE,
        {
            "until": "its end, ms since 1970; while it lasts the time of writing",
            "duration_s": "seconds until then",
            "open": "1 while it lasts, else 0",
            "valid": "0 where later facts removed it (K7), else 1",
        },
        {"cause": "why", "owner": "whose (C1)", "ticket": "its ticket or -", **_NAMES},
    ),
    Measurement(
        "outage_now",
        "every minute while it lasts and its device is judged down or unreachable",
        _PLACE,
        {"start": "its start, ms since 1970", "lasts_s": "seconds so far"},
        {"state": "down or unreachable", "cause": "why", "owner": "whose (C1)", "ticket": "its ticket or -", **_NAMES},
    ),
    Measurement(
        "ticket_now",
        "every minute while it is open",
        (*_PLACE, "ticket", "source"),
        {
            "opened": "when, ms since 1970",
            "counted_s": "repair time so far (R5), s; none without a clock",
            "target_s": "target of the contract, s; none without a clock",
            "due": "when the target is reached, ms since 1970; none while paused or without a clock",
            "due_in_s": "seconds until then, negative after it",
            "breached": "1 where repair time is beyond the target, else 0; none without a clock",
            "paused": "1 while validly paused, else 0",
        },
        {
            "state": "of the ticket",
            "purpose": "fault or preventive (K1)",
            "symptom": "as it was reported",
            "vendor_name": "the vendor's name",
            **_NAMES,
        },
    ),
    Measurement(
        "maintenance",
        "its start; of several of one scope and start one that stands",
        ("scope_kind", "scope"),
        {"until": "its end, ms since 1970", "valid": "0 where withdrawn, else 1"},
        {"reason": "why", "approver": "who approved it"},
    ),
    Measurement(
        "availability",
        "every quarter of an hour, or half an hour where that takes long, of this month so far",
        ("level", "id", "name", "branch"),
        {
            "service": "availability for customers (A2, A3), 0..1; none where null",
            "contract": "availability for the vendor (A2, A3), 0..1; none where null",
            "raw": "24x7 (A2), 0..1; none where null",
            "coverage": "observed share of the agreed time (A3), 0..1; none where null",
            "down_s": "seconds down",
            "outages": "outages (A6) under `service`",
            "target": "what `service` is held against, 0..1; none where there is none",
        },
    ),
    Measurement(
        "score",
        "every hour, of this month so far",
        ("vendor", "vendor_name", "contract", "month"),
        {
            "score": "points left of 100 (S1)",
            "deduction": "points deducted",
            "faults": "tickets of the month: begun or restored in it, or open",
            "late": "breaches among them (R5)",
        },
    ),
    Measurement(
        "score_line",
        "every hour, of this month so far",
        ("vendor", "vendor_name", "contract", "month", "line", "term"),
        {"value": "of the term (S2); none where null", "allowance": "free of charge", "deduction": "points deducted"},
    ),
    Measurement(
        "supply",
        "every six hours",
        (*_PLACE, "supply", "supply_name"),
        {
            "percent": "level, 0..100 (C3)",
            "days_left": "days until empty (P3); none under 14 days of data or without use",
            "days_least": "the interval's earlier end, days",
            "days_most": "the interval's later end, days; none where it has no end",
        },
        {**_NAMES, "model": "the device's model"},
    ),
    Measurement(
        "collector",
        "every minute",
        ("collector",),
        {
            "online": "1 while its heartbeats come, else 0",
            "silent_s": "seconds since its last heartbeat",
            "backlog": "observations without receipt",
            "devices": "devices that it polls",
            "skew_s": "its clock less the centre's, s",
            "lost": "facts that it no longer held and that never came, so far",
        },
    ),
    Measurement(
        "service",
        "every minute: `centre` has all but the queues, and each component its queue",
        ("component",),
        {
            "stored": "facts stored, so far",
            "refused": "messages refused, so far",
            "aside": "facts kept aside now",
            "lost": "facts lost, so far",
            "lag_s": "seconds from an observation to its record, of each device the newest of ten minutes, median",
            "lag_most_s": "the same, the 95th percentile",
            "blind": "devices unmonitored now",
            "blind_share": "share of the devices in service that is unmonitored now, 0..1",
            "notices_waiting": "notices that wait",
            "notices_given_up": "notices given up, so far",
            "queue_points": "points that wait for the metrics store",
            "queue_oldest_s": "age of the oldest of them, s",
            "quarantined": "points that the metrics store refused, so far",
        },
    ),
    Measurement(
        "refused",
        "every minute, a reason",
        ("reason",),
        {"count": "messages refused for it, so far"},
    ),
)
BY_NAME: Final[Mapping[str, Measurement]] = {one.name: one for one in MEASUREMENTS}
