"""A1, C1, C5, O10: the one class of each second, and whose it is where the device did not serve."""

from __future__ import annotations

from typing import NamedTuple

from sla.owners import Policy
from tests.sla import naive
from tests.sla.walking.city import City, Device
from tests.sla.walking.hidden import hidden
from tests.sla.walking.hours import S, open_seconds
from tests.sla.walking.states import UNSEEN, states


class Moment(NamedTuple):
    """The class of one second; cause and owner while down or degraded."""

    class_: str
    cause: str | None = None
    owner: str | None = None


Moments = dict[int, Moment]


def classes(city: City, device: Device) -> tuple[Moments, Moments]:
    """The class of each second of the walk; and what shows where closed, maintenance and excluded are ignored (A2)."""
    hall_open = open_seconds(device.hours, city.begin, city.end)
    beneath = beneath_all(city, device, hall_open)
    shown = {}
    for t, moment in beneath.items():
        if moment.class_ == "not_in_service":
            shown[t] = moment
        elif t not in hall_open:
            shown[t] = Moment("closed")
        elif any(one.start <= t < one.until and one.approved_at < one.start for one in device.maintenance):
            shown[t] = Moment("maintenance")
        elif any(one.start <= t < one.until for one in device.excluded):
            shown[t] = Moment("excluded")
        else:
            shown[t] = moment
    return shown, beneath


def beneath_all(city: City, device: Device, hall_open: set[int]) -> Moments:
    """The class of each second as if the hall never closed, and nobody planned or corrected anything."""
    was, behind = states(device, city.rule, city.now), hidden(device, city.rule, city.now)
    halls = graced(city, device, hall_open)
    found = {}
    for t in range(city.begin, city.end, S):
        state = was.get(t, UNSEEN)
        if not in_service(device, t):
            found[t] = Moment("not_in_service")
        elif state.word in ("unmonitored", "up"):
            found[t] = Moment(state.word)
        elif state.word == "down" and t in behind:
            found[t] = Moment("unreachable")
        else:
            cause, owner = whose(state.conditions, device.policy, down=state.word == "down")
            found[t] = Moment(state.word, cause, "hall" if state.word == "down" and t in halls else owner)
    return found


def in_service(device: Device, t: int) -> bool:
    """From commissioning to retirement."""
    if device.commissioned is not None and t < device.commissioned:
        return False
    return device.retired is None or t < device.retired


def whose(conditions: tuple[str, ...], policy: Policy, *, down: bool) -> tuple[str, str]:
    """C1: of several conditions the vendor's counts, then the hall's, the network's, the operator's."""
    if not conditions:
        if policy.vendor is not None:
            return "silence", "undetermined"
        return "silence", "network" if policy.kind in ("switch", "router") else "operator"
    stopping = [word for word in conditions if word in policy.stopping]
    for owner in ("vendor", "hall", "network", "operator", "undetermined"):
        for word in sorted(stopping if down and stopping else conditions):
            if policy.owners.get(word, "undetermined") == owner:
                return word, owner
    raise AssertionError("each condition has an owner")


def graced(city: City, device: Device, hall_open: set[int]) -> set[int]:
    """O10: the seconds of outages that began in closed hours, until `grace` after the next opening."""
    found = set()
    for outage in naive.outages(device.seen, city.rule, city.now):
        if outage.start in hall_open:
            continue
        opened_at = None
        for t in range(outage.start, city.now if outage.until is None else outage.until, S):
            if opened_at is None and t in hall_open:
                opened_at = t
            if opened_at is None or t < opened_at + device.grace:
                found.add(t)
    return found
