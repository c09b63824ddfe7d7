"""What people say is wrong, by kind of device: the big buttons of the intake page. A msgid is its own code."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from api.words import N_

_OFF: Final = N_("does not switch on")
_ERROR: Final = N_("shows an error")
_FROZEN: Final = N_("frozen")
_DARK: Final = N_("screen is dark or broken")
_NETWORK: Final = N_("no network")
_SLOW: Final = N_("very slow")
_PRINTING: Final = (
    N_("does not print"),
    N_("paper jam"),
    N_("prints badly"),
    N_("toner or ribbon is used up"),
    N_("does not feed paper"),
    _ERROR,
    _OFF,
)
OTHERWISE: Final = (N_("does not work"), N_("works badly"), _ERROR, _OFF)
"""For a kind that is not in the table."""

SYMPTOMS: Final[Mapping[str, tuple[str, ...]]] = {
    "printer": _PRINTING,
    "list_printer": _PRINTING,
    "copier": (*_PRINTING[:5], N_("does not scan"), _ERROR, _OFF),
    "kiosk": (
        _DARK,
        N_("touch does not work"),
        N_("does not read cards"),
        N_("takes no cash or payment"),
        N_("prints no receipt"),
        _FROZEN,
        _NETWORK,
        _OFF,
    ),
    "queue": (N_("prints no numbers"), N_("calls are not shown"), N_("no sound"), _DARK, _FROZEN, _OFF),
    "pc": (
        _OFF,
        _FROZEN,
        _SLOW,
        _NETWORK,
        N_("business software does not open"),
        N_("keyboard or mouse does not work"),
        _DARK,
    ),
    "handheld": (_OFF, N_("battery does not last"), _NETWORK, N_("does not read cards"), _DARK, _FROZEN),
    "switch": (N_("no network in the hall"), N_("one counter has no network"), N_("network is slow"), _OFF),
    "router": (N_("no network in the hall"), N_("network is slow"), _OFF),
    "ups": (N_("alarm sounds"), N_("runs on battery"), N_("smells or is hot"), _OFF),
    "camera": (N_("no picture"), N_("bad picture"), _OFF),
}


def symptoms_of(kind: str) -> tuple[str, ...]:
    """The usual symptoms of a kind, the most frequent first; something for every kind."""
    return SYMPTOMS.get(kind, OTHERWISE)
