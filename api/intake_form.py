"""The form of the intake page: what was typed, what is wrong with it, and the report or complaint that it makes."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Final, NamedTuple
from zoneinfo import ZoneInfo

from api.posted import Posted
from api.reporting import NewComplaint, Report
from api.symptoms import symptoms_of
from api.words import N_
from sla.instant import DAY, MINUTE
from store.complaints import Kind

ABOUT: Final = ("fault", "complaint")
SOURCES: Final = ("phone", "patrol")
COMPLAINTS: Final = (("late_repair", N_("The repair is late")), ("other", N_("Something else")))
TIMES: Final = (
    ("0", N_("now")),
    ("10", N_("10 min ago")),
    ("30", N_("30 min ago")),
    ("60", N_("1 h ago")),
    ("other", N_("another time")),
)
OLDEST_MS: Final = 90 * DAY
AHEAD_MS: Final = MINUTE
KEPT_S: Final = 30 * 24 * 3600
"""How long a browser may have kept a form at most, s."""
LONGEST: Final = {"words": 400, "caller": 60, "callback": 40, "key": 64}
CALLER: Final = (N_("caller"), N_("callback"))
"""Kept as details of the event."""
_NAMES: Final = ("about", "device", "hall", "symptom", "words", "when", "at", "source", "kind", *CALLER)

SAY_WHAT: Final = N_("Choose what is wrong, or say it in words.")
SAY_WORDS: Final = N_("Say it in words.")
SAY_WHEN: Final = N_("Give the day and the time of day.")
TOO_EARLY: Final = N_("It lies more than 90 days back.")
TOO_LATE: Final = N_("It lies in the future.")
TOO_LONG: Final = N_("Too long.")
CHOOSE: Final = N_("Choose one.")


class Filled(NamedTuple):
    """What a form says, checked: faults by the field's name as msgids; `at` in ms."""

    given: Mapping[str, str]
    at: int
    faults: Mapping[str, str]

    @property
    def said(self) -> str:
        """What is asked for, the same however often it is sent."""
        return "\n".join(f"{name}={self.given[name]}" for name in _NAMES)

    def report(self, words: Callable[[str], str]) -> Report:
        """The report; `words` puts a symptom into the language of the site."""
        symptom = self.given["symptom"]
        parts = [words(symptom)] * bool(symptom) + [self.given["words"]]
        text = " · ".join(part for part in parts if part)
        return Report(self.given["device"], self.given["source"], text, self.at, None, self._caller())

    def complaint(self, hall: str) -> NewComplaint:
        """The complaint about the device, else about the hall; who called stands in its text, for it has no details."""
        caller = " ".join(self._caller().values())
        text = f"{self.given['words']} ({caller})" if caller else self.given["words"]
        kind: Kind = "late_repair" if self.given["kind"] == "late_repair" else "other"
        return NewComplaint(kind, text, self.at, self.given["device"] or None, hall)

    def _caller(self) -> dict[str, str]:
        return {name: self.given[name] for name in CALLER if self.given[name]}


def blank(about: str, device: str, hall: str) -> dict[str, str]:
    """A form before anything was typed."""
    given = dict.fromkeys(_NAMES, "") | {"about": about, "device": device, "hall": hall}
    return given | {"when": "0", "source": "phone"}


def filled(form: Posted, about: str, kind: str, zone: ZoneInfo, now: int) -> Filled:
    """Read a form about a device of a `kind` (empty: a hall); the hall's `zone` is that of the time in it."""
    given = {name: _clean(form.get(name)) for name in _NAMES} | {"about": about}
    at, wrong = _instant(given, form.get("age"), zone, now)
    faults = {"at": wrong} if wrong else {}
    faults |= {name: TOO_LONG for name, most in LONGEST.items() if len(given.get(name, "")) > most}
    faults |= _complaint(given) if about == "complaint" else _fault(given, kind)
    return Filled(given, at, faults)


def _clean(text: str) -> str:
    """Without control characters; line breaks stay."""
    return "".join(one if one.isprintable() or one == "\n" else " " for one in text.replace("\r\n", "\n")).strip()


def _fault(given: Mapping[str, str], kind: str) -> dict[str, str]:
    found = {}
    if given["symptom"] not in ("", *symptoms_of(kind)):
        found["symptom"] = CHOOSE
    elif not given["symptom"] and not given["words"]:
        found["symptom"] = SAY_WHAT
    if given["source"] not in SOURCES:
        found["source"] = CHOOSE
    return found


def _complaint(given: Mapping[str, str]) -> dict[str, str]:
    found = {} if given["words"] else {"words": SAY_WORDS}
    if given["kind"] not in dict(COMPLAINTS):
        found["kind"] = CHOOSE
    return found


def _instant(given: Mapping[str, str], age: str, zone: ZoneInfo, now: int) -> tuple[int, str]:
    """When it was said: so many minutes before the form was sent, or a time on the hall's wall; and what is wrong.

    `age` is how many seconds the browser kept the form before the network came back.
    """
    kept = min(int(age), KEPT_S) if age.isascii() and age.isdigit() and len(age) < 9 else 0
    when = given["when"]
    if when in ("0", "10", "30", "60"):
        return now - kept * 1000 - int(when) * MINUTE, ""
    try:
        at = round(datetime.fromisoformat(given["at"]).replace(tzinfo=zone).timestamp()) * 1000
    except (ValueError, OverflowError, OSError):
        return now, SAY_WHEN
    return at, TOO_LATE if at > now + AHEAD_MS else TOO_EARLY if at < now - OLDEST_MS else ""


def wall(ms: int, zone: ZoneInfo) -> str:
    """An instant as a date-time field has it, on the hall's wall."""
    return datetime.fromtimestamp(ms / 1000, zone).strftime("%Y-%m-%dT%H:%M")
