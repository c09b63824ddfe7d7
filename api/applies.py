"""What of contracts and calendars decides about a ticket, and why: as facts and in sentences (R1-R4, T3)."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import date
from typing import Any, Final, NamedTuple

from sqlalchemy import Connection

from api.context import Context, Translate
from api.hours import Hours, hours_of
from api.repairs import Running, city_now, running
from api.reporting import flag
from api.words import N_
from sla.contract import Contract
from sla.instant import MINUTE, Ms
from store.city import City
from store.pages import AnyRow

Clock = Callable[[Ms, str], str]
"""Renders an instant (ms) on the wall, by a form of strftime."""
_STARTS: Final = {
    "phone": N_("The clock started with the first report by people, {at}."),
    "notified": N_("The clock started when the vendor was first reached on any channel or by phone, {at}."),
    "detected": N_("The clock started with the first second that counts as the vendor's, {at}."),
}
DECIDES: Final = N_("Contract {contract} decides: it covers {kind} in {hall} at {at}.")
TARGET: Final = N_("For {kind} it allows {target} of repair hours.")
NO_TARGET: Final = N_("It has no target for {kind}: nothing of it is late.")
HOURS: Final = N_("Repair hours on {day}: {hours} ({calendar}).")
HALL: Final = N_("The hall's hours on {day}: {hours} ({calendar}). Detection goes by them, the repair clock does not.")
GRANTED: Final = N_("Travel: {travel} at the start do not count.")
ACTUAL: Final = N_("Travel: from dispatched to arrived, at most {travel}, does not count; so far {used}.")
NO_TRAVEL: Final = N_("No travel time is granted.")
PAUSES: Final = N_("Pauses count for these reasons, with an approver: {reasons}.")
NO_PAUSES: Final = N_("No pause counts.")
PROVISIONAL: Final = N_("The holidays of that year are not known yet: the figures may change.")
NOT_IN_SERVICE: Final = N_("The device was not in service then.")
CLOSED: Final = N_("closed all day")
NO_CALENDAR: Final = N_("no calendar")


class Sentence(NamedTuple):
    """A msgid and what stands in its braces: instants as ms in `at`, `travel`, `target`, `used` as lengths in ms."""

    text: str
    values: Mapping[str, Any] = {}


class Applies(NamedTuple):
    """What decides about one ticket on the `day` on which its clock starts, or on which it was opened without one."""

    running: Running
    contract: Contract | None
    at: Ms
    day: date
    repair_hours: Hours
    hall_hours: Hours
    allowance: Ms
    own_entry: bool
    sentences: tuple[Sentence, ...]

    @property
    def target(self) -> Ms | None:
        """What the contract allows, ms."""
        return self.running.repair.target if self.running.repair else None


def applies(conn: Connection, room: Context, row: AnyRow, now: Ms) -> Applies:
    """Of a ticket (a row of `store.pages`)."""
    known, city = running(conn, room, [row], now)[row.n], city_now(conn)
    contract, at = known.contract, known.repair.start if known.repair else row.opened_at
    repair_hours, hall_hours = _repair_hours(city, contract), _hall_hours(city, row.hall)
    found = Applies(
        running=known,
        contract=contract,
        at=at,
        day=(hall_hours if contract is None else repair_hours).day_of(at),
        repair_hours=repair_hours,
        hall_hours=hall_hours,
        allowance=contract.travel.allowance(row.hall, at) if contract else 0,
        own_entry=contract is not None
        and any(one.start <= at < one.until for one in contract.travel.halls.get(row.hall, ())),
        sentences=(),
    )
    flagged = [Sentence(NOT_IN_SERVICE)] if flag(conn, row.device, at) else []
    return found._replace(sentences=(*_sentences(found, row), *flagged))


def told(sentence: Sentence, translate: Translate, clock: Clock) -> str:
    """A sentence in a language; a length in words, an instant on the wall, a code translated."""
    values = {name: _value(name, value, translate, clock) for name, value in sentence.values.items()}
    return translate(sentence.text).format(**values)


def _value(name: str, value: Any, translate: Translate, clock: Clock) -> str:
    if name == "at":
        return clock(value, "%Y-%m-%d %H:%M")
    if name in ("travel", "target", "used"):
        return _length(value, translate)
    if name == "hours":
        return ", ".join(value) if value else translate(CLOSED)
    if name == "reasons":
        return ", ".join(translate(one) for one in value)
    return translate(value) if name in ("kind", "calendar") else str(value)


def _length(ms: Ms, translate: Translate) -> str:
    """As 2 h, 1 h 30 min, 45 min."""
    hours, minutes = divmod(ms // MINUTE, 60)
    parts = [f"{n} {translate(word)}" for n, word in ((hours, "h"), (minutes, "min")) if n]
    return " ".join(parts) or f"0 {translate('min')}"


def _sentences(found: Applies, row: AnyRow) -> list[Sentence]:
    """In the order in which one would ask."""
    contract, day = found.contract, found.day
    hall = Sentence(HALL, _on(day, found.hall_hours))
    if contract is None or found.running.why:
        why = Sentence(found.running.why)
        return [why, hall] if contract is None else [why, _decides(found, row), hall]
    told = [_decides(found, row), *_clock(found, row), Sentence(HOURS, _on(day, found.repair_hours))]
    told += [_travel(found), _pauses(contract), hall]
    until = found.running.repair.until if found.running.repair else None
    if found.repair_hours.clock.provisional(found.at, max(until or found.at, found.at + 1)):
        told.append(Sentence(PROVISIONAL))
    return told


def _decides(found: Applies, row: AnyRow) -> Sentence:
    name = found.contract.id if found.contract else ""
    return Sentence(DECIDES, {"contract": name, "kind": row.kind, "hall": row.hall_name, "at": found.at})


def _clock(found: Applies, row: AnyRow) -> list[Sentence]:
    begin = found.contract.begin if found.contract else "phone"
    target = Sentence(NO_TARGET, {"kind": row.kind})
    if found.target is not None:
        target = Sentence(TARGET, {"kind": row.kind, "target": found.target})
    return [Sentence(_STARTS[begin], {"at": found.at}), target]


def _travel(found: Applies) -> Sentence:
    if not found.allowance or found.contract is None:
        return Sentence(NO_TRAVEL)
    if found.contract.travel.mode == "allowance":
        return Sentence(GRANTED, {"travel": found.allowance})
    used = found.running.repair.travel if found.running.repair else 0
    return Sentence(ACTUAL, {"travel": found.allowance, "used": used})


def _pauses(contract: Contract) -> Sentence:
    return Sentence(PAUSES, {"reasons": sorted(contract.pauses)}) if contract.pauses else Sentence(NO_PAUSES)


def _on(day: date, hours: Hours) -> dict[str, Any]:
    return {"day": day.isoformat(), "hours": hours.words_on(day), "calendar": hours.id or NO_CALENDAR}


def _repair_hours(city: City, contract: Contract | None) -> Hours:
    row = city.contracts.get(contract.id) if contract else None
    return hours_of(city.calendars.get(row.document.get("calendar") or "") if row else None)


def _hall_hours(city: City, hall: str) -> Hours:
    room = city.halls.get(hall)
    return hours_of(city.calendars.get(room.calendar or "") if room else None)
