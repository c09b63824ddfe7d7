"""O5: the seconds of a device's outages that an ancestor's outage explains."""

from __future__ import annotations

from sla.judge import Confirmation
from sla.seen import Seen
from tests.sla import naive
from tests.sla.walking.city import Device
from tests.sla.walking.hours import S


def hidden(device: Device, rule: Confirmation, now: int) -> set[int]:
    """The unreachable seconds, those in blind time too."""
    told = naive.counted(device.seen, now)
    found = set()
    for own in naive.outages(device.seen, rule, now):
        for ancestor in device.above:
            for over in naive.outages(ancestor.seen, rule, now):
                for t in range(own.start, now if own.until is None else own.until, S):
                    if explains(over, ancestor.interval, own, told, now, t):
                        found.add(t)
    return found


def explains(over: naive.Bad, interval: int, own: naive.Bad, told: list[Seen], now: int, t: int) -> bool:
    """Whether an ancestor's outage explains a second of a child's outage."""
    if naive.covers(over, t):
        return True
    until, own_until = (now if one.until is None else one.until for one in (over, own))
    if not (own.start < until and over.start < own_until):
        return False
    if t < over.start:
        after_last_ok = over.last_ok is None or own.start > over.last_ok
        return after_last_ok and over.start - own.start <= 2 * interval
    for one in told:
        if one.ts >= until and one.state != "unknown":
            return one.state != "down" and t < one.ts
    return True
