"""Devices with their judged state, their metrics and their classified time."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Annotated, Any, Literal

from fastapi import APIRouter, Query
from pydantic import BaseModel, Field

from api.auth import Reading, Room
from api.context import Context
from api.counting import rates
from api.history import spans_of
from api.instants import DAY_MS, From, Until, period, rendered
from api.last import Last, last_of
from api.paging import Cursor, Limit, page, parse
from api.problems import Problem, not_found
from api.values import counter_of
from store.database import reading
from store.fault import StoreError
from store.pages import AnyRow, device_row, device_rows

router = APIRouter(tags=["devices"])
Word = Annotated[str | None, Query(max_length=128)]
Judged = Literal["up", "degraded", "down", "unreachable", "unmonitored", "maintenance", "closed"]


class Observed(BaseModel):
    """What the device last said."""

    ts: str | None
    state: str
    conditions: list[str]
    cause: str | None
    rtt_ms: float | None
    loss: float | None
    values: dict[str, float | int | str]


class Device(BaseModel):
    """A device with its judged state (`since` is when that began)."""

    id: str
    kind: str
    hall: str
    hall_name: str
    branch: str | None
    vendor: str | None
    model: str | None
    state: str
    since: str | None
    cause: str | None
    owner: str | None


class DeviceInFull(Device):
    """With what identifies it and what it last said. Secrets are never part of it."""

    serial: str | None
    address: str | None
    parent: str | None
    collector: str
    interval_s: float
    commissioned: str | None
    retired: str | None
    last: Observed | None


class Devices(BaseModel):
    """One answer of the list; `next` is the cursor of the following one."""

    items: list[Device]
    next: str | None


class Span(BaseModel):
    """A span of the period in exactly one class (A1); `cause` and `owner` where it is down or degraded."""

    start: str = Field(alias="from")
    until: str
    class_: str = Field(alias="class")
    cause: str | None
    owner: str | None
    seconds: float


class Spans(BaseModel):
    """The classified spans that cover the period exactly."""

    device: str
    start: str = Field(alias="from")
    until: str
    spans: list[Span]


class Point(BaseModel):
    """One part of a series: the values in [ts, next ts); of rates, those of the steps of which the last ended at ts."""

    ts: str
    min: float
    mean: float
    max: float


class Series(BaseModel):
    """A device's values of one field; without a field the names of all."""

    device: str
    field: str | None
    fields: list[str]
    points: list[Point]


def short(row: AnyRow) -> dict[str, Any]:
    """The members of `Device`."""
    names = ("id", "kind", "hall", "hall_name", "branch", "vendor", "model", "state", "cause", "owner")
    return {name: getattr(row, name) for name in names} | {"since": rendered(row.since)}


def in_full(row: AnyRow) -> dict[str, Any]:
    """The members of `DeviceInFull`."""
    said = last_of(row.last)
    observed = None
    if said is not None:
        observed = {
            "state": said.state,
            "cause": said.cause,
            "rtt_ms": said.rtt_ms,
            "loss": said.loss,
            "ts": rendered(row.last_ts),
            "conditions": list(said.conditions),
            "values": dict(said.values),
        }
    names = ("serial", "address", "parent", "collector", "interval_s")
    return (
        short(row)
        | {name: getattr(row, name) for name in names}
        | {"commissioned": rendered(row.commissioned), "retired": rendered(row.retired), "last": observed}
    )


@router.get("/devices", response_model=Devices)
def list_devices(
    room: Room,
    scope: Reading,
    limit: Limit = 100,
    cursor: Cursor = None,
    hall: Word = None,
    kind: Word = None,
    vendor: Word = None,
    state: Judged | None = None,
) -> dict[str, Any]:
    """The devices of the newest inventory, by id."""
    key = parse(cursor, (str,)) or [""]
    with reading(room.engine) as conn:
        rows = device_rows(conn, scope, key[0], limit + 1, hall, kind, state, vendor)
    return page(rows, limit, [short(row) for row in rows], ("id",))


@router.get("/devices/{id}", response_model=DeviceInFull)
def one_device(id: str, room: Room, scope: Reading) -> dict[str, Any]:
    """One device, also one that the newest inventory no longer has."""
    with reading(room.engine) as conn:
        row = device_row(conn, scope, id)
    if row is None:
        raise not_found()
    return in_full(row)


@router.get("/devices/{id}/spans", response_model=Spans)
def spans(id: str, room: Room, scope: Reading, start: From = None, until: Until = None) -> dict[str, Any]:
    """The classified spans of a period of at most 92 days (the last 24 h)."""
    now = room.now()
    begin, end = period(start, until, now, DAY_MS, 92 * DAY_MS)
    with reading(room.engine) as conn:
        row = device_row(conn, scope, id)
        if row is None:
            raise not_found()
        cut = spans_of(conn, room, id, begin, end, now)
    items = [
        {
            "from": rendered(one.start),
            "until": rendered(one.until),
            "class": one.class_,
            "cause": one.cause,
            "owner": one.owner,
            "seconds": (one.until - one.start) / 1000,
        }
        for one in cut
    ]
    return {"device": id, "from": rendered(begin), "until": rendered(end), "spans": items}


@router.get("/devices/{id}/metrics", response_model=Series)
def metrics(
    id: str,
    room: Room,
    scope: Reading,
    field: Word = None,
    start: From = None,
    until: Until = None,
    points: Annotated[int, Query(ge=1, le=2000)] = 300,
    rate: Annotated[bool, Query(description="Of a counter: what it counted a second (C4), not how far it is.")] = False,
) -> dict[str, Any]:
    """The values of one field in a period (the last 24 h), reduced to at most `points` parts."""
    with reading(room.engine) as conn:
        row = device_row(conn, scope, id)
    if row is None:
        raise not_found()
    begin, end = period(start, until, room.now(), DAY_MS, 1200 * DAY_MS)
    try:
        names = room.metrics.fields(id) if room.metrics else []
        found = _drawn(room, row, field, (begin, end), points, rate) if field in names and field else []
    except StoreError as error:
        raise Problem(503, "The metrics store does not answer now.", headers={"Retry-After": "30"}) from error
    series = [{"ts": rendered(ts), "min": low, "mean": mean, "max": high} for ts, low, mean, high in found]
    return {"device": id, "field": field, "fields": sorted(names), "points": series}


def counters_of(room: Context, kind: str, last: Last | None) -> Mapping[str, int]:
    """Which values of a device are counters, and their bits: by its model's file, else by its kind's."""
    model = last.values.get("model_file") if last else None
    return room.counters.get(f"{kind}/{model}") or room.counters.get(kind) or {}


def _drawn(
    room: Context, row: AnyRow, field: str, period: tuple[int, int], points: int, rate: bool
) -> Sequence[tuple[int, float, float, float]]:
    """Points of a field; of a counter its rates where they are asked. Raises `Problem` 422 where it is none."""
    if room.metrics is None:
        return []
    if not rate:
        return room.metrics.series(row.id, field, *period, points)
    counter = counter_of(field, counters_of(room, row.kind, last_of(row.last)))
    if counter is None:
        raise Problem(422, f"{field[:128]} is no counter: it has no rate.")
    return rates(room.metrics, row.id, field, counter, period, points)
