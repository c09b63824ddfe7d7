"""What a form on a page asks to be done to a ticket, read as an act."""

from __future__ import annotations

from datetime import datetime
from typing import Any, Final, NamedTuple
from zoneinfo import ZoneInfo

from api.acting import Act, Conflict
from api.bodies import fault
from api.pages.view import View
from api.posted import Posted
from api.problems import Problem
from api.words import N_
from sla.instant import of_wall

NO_TIME: Final = N_("The time cannot be read; it looks like 2026-11-01 08:30.")
EMPTY: Final = N_("Write a note, or add a photo.")
_LENGTHS: Final = {"reason": 512, "how": 32, "parts": 300, "note": 500}
_CAUSE: Final = 128


class Asked(NamedTuple):
    """An act, the newest entry that the person saw, and the bytes of a photo where one came along."""

    act: Act
    seen: int | None
    photo: bytes


def asked(form: Posted, event: str, now: int, zone: ZoneInfo) -> Asked:
    """The act in a form, its time on the clock of the hall's wall. Raises `Problem` 422 for what cannot be read."""
    detail: dict[str, Any] = {name: _plain(form.get(name), most) for name, most in _LENGTHS.items()}
    detail["cause"] = _plain("; ".join(one for one in (form.get("cause"), form.get("cause_words")) if one), _CAUSE)
    photo = form.files.get("photo", b"")
    kept = {name: value for name, value in detail.items() if value}
    if event == "note" and not kept and not photo:
        raise Problem(422, EMPTY, [fault("note", EMPTY)])
    seen = form.get("seen")
    return Asked(Act(event, _instant(form.get("at"), now, zone), kept), int(seen) if _number(seen) else None, photo)


def _number(text: str) -> bool:
    return text.isascii() and text.isdecimal() and len(text) < 16


def _plain(text: str, most: int) -> str:
    """A person's words without what no person types, bounded."""
    lines = text.replace("\r\n", "\n")[:most]
    return "".join(one if one.isprintable() or one == "\n" else " " for one in lines).strip()


def _instant(text: str, now: int, zone: ZoneInfo) -> int:
    if not text:
        return now
    try:
        wall = datetime.fromisoformat(text)
    except ValueError as error:
        raise Problem(422, NO_TIME, [fault("at", NO_TIME)]) from error
    if wall.tzinfo is not None or not 2000 <= wall.year < 2100:
        raise Problem(422, NO_TIME, [fault("at", NO_TIME)])
    return of_wall(wall, zone)


def in_words(view: View, problem: Problem) -> str:
    """Why something was not done, for a person: what somebody else did meanwhile, or each fault."""
    if isinstance(problem, Conflict):
        return problem.words(view.translate, lambda at: view.clock(at, "%m-%d %H:%M"))
    reasons = [str(one.get("reason", "")) for one in problem.faults]
    return " ".join(view.translate(one) for one in reasons or [problem.detail])
