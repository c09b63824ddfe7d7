"""What was observed of a device around an instant, such as the edge of an outage or of a slice (O1, S4)."""

from __future__ import annotations

from typing import Annotated, Any, Final, Literal

from fastapi import APIRouter, Query
from pydantic import BaseModel

from api.auth import Reading, Room
from api.instants import parsed, rendered
from api.problems import not_found
from store.around import Observed, around
from store.database import reading
from store.pages import device_row

router = APIRouter(tags=["devices"])
MOST: Final = 50


class Observation(BaseModel):
    """One observation as it is stored; `arrived` to the second, null where it has been folded (T6)."""

    ts: str
    state: Literal["up", "degraded", "down", "unknown"]
    conditions: list[str]
    cause: str | None
    collector: str
    interval_s: float | None
    arrived: str | None
    epoch: str | None
    seq: int | None


class Observations(BaseModel):
    """The last ones `before` the instant and the first ones from it on, each in order of their time."""

    device: str
    around: str
    before: list[Observation]
    after: list[Observation]


@router.get("/devices/{id}/observations", response_model=Observations)
def observations_around(
    id: str,
    room: Room,
    scope: Reading,
    around_: Annotated[str, Query(alias="around", max_length=40, description="RFC 3339, with a zone.")],
    count: Annotated[int, Query(ge=1, le=MOST, description="At most so many to each side.")] = 5,
) -> dict[str, Any]:
    """The few observations before and after an instant."""
    at = parsed(around_, "around") or 0
    with reading(room.engine) as conn:
        row = device_row(conn, scope, id)
        if row is None:
            raise not_found()
        before, after = around(conn, row.n, at, count)
    told = {"before": [shown(one) for one in before], "after": [shown(one) for one in after]}
    return {"device": id, "around": rendered(at), **told}


def shown(one: Observed) -> dict[str, Any]:
    """The members of `Observation`."""
    said = one.reading
    return {
        "ts": rendered(one.ts),
        "state": said.state,
        "conditions": said.conditions.split("\n") if said.conditions else [],
        "cause": said.cause or None,
        "collector": said.collector,
        "interval_s": said.interval_ms / 1000 if said.interval_ms else None,
        "arrived": None if one.arrived is None else rendered(one.arrived * 1000),
        "epoch": one.epoch,
        "seq": one.seq,
    }
