"""The words for codes: kinds, states, conditions, owners, causes, ticket states and events.

A code is its own msgid, so that every room can say `translate(code)`; `hallwatch/locale/en` says "out of paper" for
`noPaper`. The tables exist to be extracted and to be checked for completeness.
"""

from __future__ import annotations

from collections.abc import Callable, Container
from typing import Final


def N_(text: str) -> str:  # noqa: N802 - the usual mark for strings that are translated later
    """Mark a string for extraction."""
    return text


STATES: Final = (
    N_("down"),
    N_("unreachable"),
    N_("degraded"),
    N_("unmonitored"),
    N_("maintenance"),
    N_("closed"),
    N_("up"),
)
OBSERVED: Final = (N_("up"), N_("degraded"), N_("down"), N_("unknown"))
CLASSES: Final = (*STATES, N_("not_in_service"), N_("excluded"))
KINDS: Final = (
    N_("printer"),
    N_("list_printer"),
    N_("copier"),
    N_("kiosk"),
    N_("queue"),
    N_("pc"),
    N_("handheld"),
    N_("switch"),
    N_("router"),
    N_("ups"),
    N_("camera"),
)
HALL_KINDS: Final = (N_("own"), N_("built"), N_("other"), N_("office"))
OTHER: Final = N_("other: {text}")
OWNERS: Final = (N_("vendor"), N_("hall"), N_("network"), N_("operator"), N_("undetermined"))
CONDITIONS: Final = (
    N_("lowPaper"),
    N_("noPaper"),
    N_("lowToner"),
    N_("noToner"),
    N_("doorOpen"),
    N_("jammed"),
    N_("offline"),
    N_("serviceRequested"),
    N_("inputTrayMissing"),
    N_("outputTrayMissing"),
    N_("markerSupplyMissing"),
    N_("outputNearFull"),
    N_("outputFull"),
    N_("inputTrayEmpty"),
    N_("overduePreventMaint"),
    N_("asleep"),
    N_("highLoss"),
    N_("noSnmp"),
    N_("otherSerial"),
    N_("noApplication"),
    N_("storageFull"),
    N_("uplinkDown"),
    N_("highTemperature"),
    N_("fanFailed"),
    N_("powerSupplyFailed"),
    N_("onBattery"),
    N_("batteryLow"),
    N_("replaceBattery"),
    N_("overload"),
    N_("onBypass"),
    N_("noOutput"),
    N_("upsFault"),
    N_("memoryFull"),
    N_("processMissing"),
    N_("receiptPaperLow"),
    N_("receiptPaperOut"),
    N_("cashFault"),
    N_("peripheralFailed"),
)
CAUSES: Final = (
    N_("silence"),
    N_("not_in_service"),
    N_("timeout"),
    N_("refused"),
    N_("auth"),
    N_("no_such_object"),
    N_("bad_answer"),
    N_("unlearned"),
    N_("config"),
    N_("isolated"),
    N_("stuck"),
    N_("fault"),
)
TICKET_STATES: Final = (
    N_("open"),
    N_("acknowledged"),
    N_("dispatched"),
    N_("arrived"),
    N_("paused"),
    N_("restored"),
    N_("verified"),
    N_("rejected"),
    N_("reopened"),
    N_("cancelled"),
    N_("withdrawn"),
)
EVENTS: Final = (
    N_("opened"),
    *TICKET_STATES[1:],
    N_("resumed"),
    N_("owner_changed"),
    N_("note"),
)
SOURCES: Final = (N_("phone"), N_("detected"), N_("patrol"), N_("import"), N_("preventive"))
HOWS: Final = (N_("repaired"), N_("replaced_by_spare"), N_("by_maker"))
DETAILS: Final = (
    N_("cause"),
    N_("owner"),
    N_("reason"),
    N_("how"),
    N_("approver"),
    N_("device"),
    N_("source"),
    N_("symptom"),
    N_("outage"),
    N_("until"),
    N_("late"),
    N_("external_id"),
    N_("detected"),
)
QUALITIES: Final = (N_("exact"), N_("some"), N_("unrestricted"))
_MET: Final = frozenset({*STATES, *OBSERVED, *CLASSES, *CONDITIONS, *CAUSES})
MOST: Final = 80
"""Of a text that a stranger wrote."""


def told(code: str, translate: Callable[[str], str], more: Container[str] = ()) -> str:
    """A condition or cause in words; one that neither we nor a kind's file (`more`) know is "other: TEXT", bounded."""
    if code in _MET or code in more:
        return translate(code)
    text = "".join(one if one.isprintable() else " " for one in code[: 2 * MOST]).strip()
    short = text if len(text) <= MOST else text[: MOST - 1] + "…"
    return translate(OTHER).replace("{text}", short)
