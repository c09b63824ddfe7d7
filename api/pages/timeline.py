"""What happened to a ticket, beside what its device was meanwhile, in one order of time."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Final, NamedTuple

from api.pages.view import View
from api.words import CAUSES, CONDITIONS, HOWS, N_, OWNERS, SOURCES
from sla.spans import Span
from store.pages import AnyRow

LATE_MS: Final = 60_000
"""Entered so long after it happened, an event is said to be entered late."""
_MOST: Final = 60
_INSTANTS: Final = range(946_684_800_000, 4_102_444_800_000)
"""Whole numbers that are instants: ms from 2000 to 2100."""
YES: Final = N_("yes")
DETAILS: Final = (N_("photo"), N_("parts"), N_("note"), N_("said_by"), N_("condition"), N_("text"), N_("reported_at"))
FOUND: Final[Mapping[str, tuple[str, ...]]] = {
    "printer": (N_("paper jam removed"), N_("worn paper roller"), N_("toner or drum"), N_("fuser"), N_("print head")),
    "list_printer": (N_("ribbon"), N_("print head"), N_("paper feed"), N_("paper jam removed")),
    "copier": (N_("paper jam removed"), N_("worn paper roller"), N_("toner or drum"), N_("fuser"), N_("scanner")),
    "kiosk": (N_("touch screen"), N_("card reader"), N_("banknote unit"), N_("receipt printer"), N_("computer unit")),
    "queue": (N_("ticket printer"), N_("display"), N_("computer unit")),
    "pc": (N_("hard disk"), N_("memory module"), N_("screen, keyboard or mouse"), N_("operating system")),
    "handheld": (N_("battery"), N_("screen"), N_("print head")),
    "camera": (N_("lens or sensor"), N_("storage")),
    "ups": (N_("battery"), N_("power unit")),
}
"""Causes that a repair finds, by kind of device."""
ANYWHERE: Final = (
    N_("main board"),
    N_("power supply"),
    N_("cable or plug"),
    N_("settings or driver"),
    N_("network connection"),
    N_("wrong handling"),
    N_("nothing found"),
)
"""Causes of any kind."""
_CODES: Final = frozenset(
    {*OWNERS, *HOWS, *SOURCES, *CAUSES, *CONDITIONS, *ANYWHERE, *(one for some in FOUND.values() for one in some)}
)
_MARKS: Final = frozenset({"detected", "outage", "reported"})
"""Details for the program alone."""
_AT_THE_HEAD: Final = _MARKS | {"source", "symptom", "external_id"}


class Item(NamedTuple):
    """One line: `what` is event or seen; `code` the event or the device's state; `entered` where that was late."""

    at: int
    what: str
    code: str
    by: str = ""
    said: Sequence[tuple[str, str]] = ()
    entered: int | None = None
    photo: int | None = None


def causes(kind: str) -> tuple[str, ...]:
    """The causes to choose from for a kind of device."""
    return (*FOUND.get(kind, ()), *ANYWHERE)


def timeline(view: View, events: Iterable[AnyRow], spans: Sequence[Span], detected: bool) -> list[Item]:
    """Events and changes of the device's state, the oldest first; of many changes the newest."""
    told = [_event(view, one, detected) for one in events]
    seen = [_seen(view, one) for one in spans[1:]][-_MOST:]
    return sorted([*seen, *told], key=lambda one: (one.at, one.what == "seen"))


def _event(view: View, event: AnyRow, detected: bool) -> Item:
    late = event.recorded_at - event.at >= LATE_MS
    photo = event.detail.get("photo") if isinstance(event.detail, Mapping) else None
    number = photo if isinstance(photo, int) and not isinstance(photo, bool) else None
    said = _said(view, event, detected, {"photo"} if number is not None else set())
    return Item(event.at, "event", event.event, event.by, said, event.recorded_at if late else None, number)


def _seen(view: View, span: Span) -> Item:
    said = [(N_("cause"), view.told(span.cause))] if span.cause else []
    return Item(span.start, "seen", span.class_, said=said)


def _said(view: View, event: AnyRow, detected: bool, but: set[str]) -> list[tuple[str, str]]:
    """The details of an event as names and texts, bounded; how it was opened stands at the head of the page."""
    detail, left_out = event.detail, but | (_AT_THE_HEAD if event.event == "opened" else _MARKS)
    if not isinstance(detail, Mapping):
        return []
    found = [(str(name)[:64], value) for name, value in list(detail.items())[:20] if value not in (None, "", [], False)]
    return [(name, _text(view, name, value, detected)) for name, value in found if name not in left_out]


def _text(view: View, name: str, value: Any, detected: bool) -> str:
    """One detail: an instant on the hall's wall, a code in words, a person's text as it is."""
    if value is True:
        return view.translate(YES)
    if isinstance(value, list | tuple):
        return ", ".join(_text(view, name, one, detected) for one in value[:20])[:500]
    if isinstance(value, int) and value in _INSTANTS:
        return view.clock(value, "%Y-%m-%d %H:%M:%S")
    text = str(value)[:500]
    if name in ("cause", "symptom") and detected and text not in _CODES:
        return view.told(text)
    return view.translate(text) if text in _CODES or name == "reason" else text
