"""Devices that sleep (O2), and since when: one whose card hangs answers ping, and would sleep for ever unheard."""

from __future__ import annotations

from typing import Final, NamedTuple

from sqlalchemy import Connection, Text, cast, literal, select

from sla.instant import DAY, Ms
from sla.timeline import BLIND_AFTER
from sla.verification import ASLEEP
from store.facts import newest_first
from store.pages import Rows
from store.schema import device_states, devices, observations, readings

BACK_MS: Final = 31 * DAY
"""How far a sleep is looked for."""


class Sleep(NamedTuple):
    """From its first observation on, and how long in all: what was silence or not judged in between is not in it."""

    since: Ms
    ms: Ms


def sleepers(conn: Connection) -> Rows:
    """Present devices (n, id, kind, model) whose newest word is sleep, perhaps; `sleep_of` says of each."""
    said = cast(device_states.c.last, Text).like(f'%"{ASLEEP}"%')
    query = (
        select(devices.c.n, devices.c.id, devices.c.kind, devices.c.model)
        .join(device_states, device_states.c.device == devices.c.n)
        .where(devices.c.gone_at.is_(None), said)
    )
    return conn.execute(query.order_by(devices.c.id)).all()


def slept_through(conn: Connection, device: int, since: Ms) -> bool:
    """Whether the device (its row number) is not known to have been awake since; quick, for most have been."""
    line = literal("\n")
    asleep = (line + readings.c.conditions + line).like(f"%\n{ASLEEP}\n%")
    query = (
        select(observations.c.ts)
        .join(readings, readings.c.n == observations.c.reading)
        .where(observations.c.device == device, observations.c.ts >= since)
        .where(readings.c.state.in_(("up", "degraded")), ~asleep)
    )
    return conn.execute(query.limit(1)).first() is None


def sleep_of(conn: Connection, device: int, now: Ms, enough: Ms | None = None) -> Sleep | None:
    """How long the device (its row number) has slept since it last answered more than ping, 31 days at most; None where
    its newest word is another. Reads no further back than `enough` ms of sleep take."""
    since, slept, after = None, 0, now
    for one in newest_first(conn, device):
        if one.ts < now - BACK_MS or (enough is not None and slept >= enough):
            break
        if ASLEEP in one.conditions:
            held = max(0, after - one.ts)
            since, slept = one.ts, slept + (held if held <= BLIND_AFTER * one.interval_ms else one.interval_ms)  # O6
        elif since is None or one.state in ("up", "degraded") or one.conditions:
            break
        after = one.ts
    return None if since is None else Sleep(since, slept)
