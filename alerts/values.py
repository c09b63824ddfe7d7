"""What fills the holes of messages: facts of a ticket as text in the reader's language and zone."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Final, NamedTuple
from zoneinfo import ZoneInfo

from alerts.message import Translate
from alerts.places import Place, Places
from alerts.settings import N_, AlertSettings
from alerts.template import Message, message
from sla.instant import MINUTE, Ms
from store.templates import Templates
from store.tickets import Ticket

PREVENTIVE: Final = N_("Preventive work")
_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)


class Room(NamedTuple):
    """What all messages are made with: the inventory, the policies, the language with its words, the site's zone."""

    places: Places
    settings: AlertSettings
    translate: Translate
    zone: ZoneInfo
    templates: Templates

    def write(self, name: str, values: Mapping[str, str]) -> Message:
        """The message of this name in the site's language."""
        return message(name, self.settings.language, values, self.templates)

    def page(self, path: str) -> str:
        """Where people find a page, empty where that is not known."""
        return f"{self.settings.url.rstrip('/')}{path}" if self.settings.url else ""

    def local(self, at: Ms) -> str:
        """An instant on the site's wall clock."""
        wall = (_EPOCH + timedelta(milliseconds=at)).astimezone(self.zone)
        return wall.strftime("%Y-%m-%d %H:%M:%S") + f" ({self.zone.key})"


def values_of(room: Room, ticket: Ticket, place: Place) -> dict[str, str]:
    """What any message of a ticket may say; a message adds its own."""
    device = place.device
    hall = room.places.city.halls.get(device.hall)
    return {
        "ticket": ticket.id,
        "device": device.id,
        "kind": room.translate(device.kind),
        "model": device.model or "",
        "hall": device.hall,
        "hall_name": hall.name if hall else device.hall,
        "symptom": symptom(room, ticket),
        "url": room.page(f"/tickets/{ticket.id}"),
    }


def symptom(room: Room, ticket: Ticket) -> str:
    """What is wrong; preventive work is told as such (K1)."""
    said = room.translate(ticket.symptom)
    return f"{room.translate(PREVENTIVE)}: {said}" if ticket.purpose == "preventive" else said


def length(ms: Ms) -> str:
    """A length of time as hours and minutes, begun minutes left out: `1:05`."""
    minutes = ms // MINUTE
    return f"{minutes // 60}:{minutes % 60:02d}"
