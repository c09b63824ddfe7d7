"""What `hallwatch doctor` finds of devices that nobody can judge, or that sleep for too long (O2)."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Final

from sqlalchemy import Connection

from hallwatch.compose import known_kinds, longest_sleep, now_ms, open_store, unlike
from hallwatch.finding import Finding
from hallwatch.inventory.faults import N_
from hallwatch.settings_file import Loaded
from store.database import reading
from store.fault import StoreError
from store.pages import EVERYTHING, Rows, device_rows, unjudged
from store.sleeping import sleep_of, sleepers, slept_through

_FEW: Final = 5
_ALL: Final = 1_000_000
_WORDS: Final = {
    "auth": N_("credentials refused at {n} devices, which nobody watches: {devices}"),
    "config": N_("settings that cannot be used at {n} devices, which nobody watches: {devices}"),
}


def not_judged(loaded: Loaded) -> Iterator[Finding]:
    """One finding a reason, with the first of its devices; `hallwatch poll` says why of each."""
    try:
        with reading(open_store(loaded)) as conn:
            rows = unjudged(conn, EVERYTHING)
    except StoreError:
        return
    for cause, words in _WORDS.items():
        some = [row.id for row in rows if row.fault == cause]
        if some:
            yield Finding("bad", N_("devices"), words, {"n": len(some), "devices": _named(some)})


def overslept(loaded: Loaded) -> Iterator[Finding]:
    """Devices that sleep for longer than their kind does (`longest_sleep`): perhaps they hang."""
    limits = longest_sleep(known_kinds(loaded))
    try:
        with reading(open_store(loaded)) as conn:
            some = list(_sleep_beyond(conn, limits, now_ms()))
    except StoreError:
        return
    if some:
        message = N_(
            "{n} devices answer ping, but nothing else for longer than their kind sleeps: {devices}; is SNMP switched"
            " off there, the community another, or does the network card hang (switch it off and on)?"
        )
        yield Finding("look", N_("devices"), message, {"n": len(some), "devices": _named(some)})


def of_another_kind(loaded: Loaded) -> Iterator[Finding]:
    """Devices whose agents have nothing that is typical of their kind; no verdict hangs on it."""
    kinds = known_kinds(loaded)
    looks = unlike(kinds)
    try:
        with reading(open_store(loaded)) as conn:
            rows = [row for name, kind in kinds.items() if kind.typical for row in _of_kind(conn, name)]
    except StoreError:
        return
    some = [row.id for row in rows if looks(row.kind, row.model, _values(row.last))]
    if some:
        message = N_(
            "{n} devices do not look like their kind, of which their agents have no value: {devices};"
            " hallwatch poll shows what each says"
        )
        yield Finding("look", N_("devices"), message, {"n": len(some), "devices": _named(some)})


def _of_kind(conn: Connection, kind: str) -> Rows:
    return device_rows(conn, EVERYTHING, "", _ALL, kind=kind)


def _values(last: Any) -> Mapping[str, Any]:
    values = last.get("values") if isinstance(last, Mapping) else None
    return values if isinstance(values, Mapping) else {}


def _sleep_beyond(conn: Connection, limits: Mapping[str, int], now: int) -> Iterator[str]:
    for row in sleepers(conn):
        limit = limits.get(f"{row.kind}/{row.model}") or limits.get(row.kind)
        if limit is not None and slept_through(conn, row.n, now - limit):
            slept = sleep_of(conn, row.n, now, limit)
            if slept is not None and slept.ms >= limit:
                yield row.id


def _named(devices: Sequence[str]) -> str:
    return ", ".join(devices[:_FEW]) + (", …" if len(devices) > _FEW else "")
