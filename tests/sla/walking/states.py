"""O3, O6: what a device was in each second, its hall's hours and its parents aside."""

from __future__ import annotations

from typing import NamedTuple

from sla.judge import Confirmation
from tests.sla import naive
from tests.sla.walking.city import Device
from tests.sla.walking.hours import S


class State(NamedTuple):
    """up, degraded, down or unmonitored, with the conditions that say why."""

    word: str
    conditions: tuple[str, ...] = ()


UNSEEN = State("unmonitored")


def states(device: Device, rule: Confirmation, now: int) -> dict[int, State]:
    """The state in each second from the first observation until now; there is none before and after."""
    told, bads = naive.counted(device.seen, now), naive.outages(device.seen, rule, now)
    found: dict[int, State] = {}
    good, bad = UNSEEN, UNSEEN
    for i, one in enumerate(told):
        following = told[i + 1].ts if i + 1 < len(told) else now
        if one.state in naive.OK:
            good = State(one.state, one.conditions)
        if one.state == "down":
            bad = State("down", one.conditions)
        in_outage = any(naive.covers(outage, one.ts) for outage in bads)
        said = UNSEEN if one.state == "unknown" else bad if in_outage else good
        interval = max(one.interval_ms, device.interval)
        blind = following - one.ts > 3 * interval
        for t in range(one.ts, following, S):
            found[t] = UNSEEN if blind and t >= one.ts + interval else said
    return found
