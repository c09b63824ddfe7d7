"""What must be appended to a ticket so that it says what a corrected row says; nothing is ever edited (K2)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final, NamedTuple

from alerts.settings import N_
from sla.instant import Ms

BY_THEM: Final = N_("cancelled in the other system")
CORRECTED: Final = N_("corrected in the other system")
_REMARKS: Final = ("symptom", "cause", "how", "reason")
_FOUND: Final = ("how", "cause")
_WAY: Final = ("dispatched", "arrived")
Document = Mapping[str, Any]


class Step(NamedTuple):
    """One event to append."""

    event: str
    at: Ms
    detail: Mapping[str, Any]


class Otherwise(Exception):
    """No events that could follow say it: only another ticket can."""


def steps(old: Document, new: Document, opened_at: Ms, seen: bool) -> list[Step]:
    """From what a row said to what it says; `opened_at` is the ticket's (ms). Raises `Otherwise`.

    `seen`: monitoring knows of the fault, so that its end is the restoration, and is not to be taken back for a word.

    A fault that began earlier is a report with its true time (K3); one that began later, a restoration that came
    earlier, another device or source are another ticket.
    """
    if old["device"] != new["device"] or old["source"] != new["source"]:
        raise Otherwise
    was, now = old["at"], new["at"]
    found = [*_opening(was, now, new, opened_at), *_way(was, now)]
    found += _restoration(old, new, seen)
    found += _cancellation(was, now, new)
    found += _remarks(old, new, max([opened_at, *now.values()]))
    return found


def _opening(was: Document, now: Document, new: Document, opened_at: Ms) -> list[Step]:
    if now["opened"] == was["opened"]:
        return []
    if now["opened"] > was["opened"]:
        raise Otherwise
    told = {"reported": True, "reported_at": now["opened"], "source": new["source"], "symptom": new["symptom"]}
    return [Step("note", opened_at, told | {"note": CORRECTED})]


def _way(was: Document, now: Document) -> list[Step]:
    """What was not known may be added; what was known and is another time now cannot be taken back."""
    found = []
    for name in _WAY:
        if name in was and was[name] != now.get(name):
            raise Otherwise
        if name in now and name not in was:
            found.append(Step(name, now[name], {}))
    if "acknowledged" in now and "acknowledged" not in was:
        found.append(Step("acknowledged", now["acknowledged"], {}))
    elif was.get("acknowledged") != now.get("acknowledged"):
        raise Otherwise
    return sorted(found, key=lambda one: one.at)


def _restoration(old: Document, new: Document, seen: bool) -> list[Step]:
    was, now = old["at"].get("restored"), new["at"].get("restored")
    said = {name: new[name] for name in _FOUND if new[name]}
    if was == now and (seen or now is None or all(old[name] == new[name] for name in _FOUND)):
        return []
    if was is None:
        return [Step("restored", now, said)]
    back = Step("rejected", was, {"reason": CORRECTED, "late": True})
    if now is None:
        return [back]
    if now < was:
        raise Otherwise
    return [back, Step("restored", now, said | {"late": True})]


def _cancellation(was: Document, now: Document, new: Document) -> list[Step]:
    if was.get("cancelled") == now.get("cancelled"):
        return []
    if "cancelled" in was:
        raise Otherwise
    return [Step("cancelled", now["cancelled"], {"reason": new["reason"] or BY_THEM})]


def _remarks(old: Document, new: Document, at: Ms) -> list[Step]:
    changed = {name: new[name] for name in _REMARKS if old[name] != new[name] and new[name]}
    return [Step("note", at, changed | {"note": CORRECTED})] if changed else []
