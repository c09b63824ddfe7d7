"""Server-sent events from the changes table: `state`, `ticket` and `inventory`, each to those who may see it."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator
from typing import Annotated, Any, Final

import structlog
from fastapi import APIRouter, Header, Query, Request
from fastapi.responses import StreamingResponse
from starlette.concurrency import run_in_threadpool

from api.auth import Reading, Room
from api.context import Context
from api.instants import rendered
from store.database import reading
from store.fault import StoreError
from store.pages import Scope, change_range, change_rows

log = structlog.get_logger()
router = APIRouter(tags=["stream"])
HEARTBEAT_S: Final = 10.0
LOOK_S: Final = 0.5
_BATCH: Final = 500


class Feed:
    """Looks for new changes once for all streams; `close` ends them, so that the server can stop."""

    def __init__(self, context: Context, every_s: float = LOOK_S) -> None:
        self.context = context
        self.every_s = every_s
        self.newest = 0
        self.closed = False
        self._moved = asyncio.Event()

    def _look(self) -> int:
        with reading(self.context.engine) as conn:
            return change_range(conn)[1]

    async def run(self) -> None:
        """Look until cancelled; a database that cannot be read now is asked again."""
        while not self.closed:
            try:
                newest = await run_in_threadpool(self._look)
            except StoreError as error:
                log.warning("changes not read", error=str(error))
                newest = self.newest
            except Exception:
                log.warning("changes not read", exc_info=True)
                newest = self.newest
            if newest != self.newest:
                self.newest = newest
                self._wake()
            await asyncio.sleep(self.every_s)

    def _wake(self) -> None:
        moved, self._moved = self._moved, asyncio.Event()
        moved.set()

    def close(self) -> None:
        """End all streams."""
        self.closed = True
        self._wake()

    async def wait(self, timeout_s: float) -> None:
        """Until something changed or the time is over."""
        try:
            await asyncio.wait_for(self._moved.wait(), timeout_s)
        except TimeoutError:
            return


def event(name: str, data: Any, number: int | None = None) -> str:
    """One event. The data is JSON on one line, so that no text in it can end the event or begin another."""
    text = json.dumps(data, ensure_ascii=True, separators=(",", ":"))
    head = f"id: {number}\n" if number is not None else ""
    return f"{head}event: {name}\ndata: {text}\n\n"


def _start(context: Context, after: int | None) -> tuple[int, bool]:
    """From which number to go on, and whether changes in between are no longer kept."""
    with reading(context.engine) as conn:
        first, last = change_range(conn)
    if after is None:
        return last, False
    missed = after > last or (first > 0 and after < first - 1)
    return (last, True) if missed else (after, False)


def _news(context: Context, scope: Scope, after: int) -> tuple[int, list[str]]:
    """What happened beyond `after` within the scope, and up to which number that was all."""
    with reading(context.engine) as conn:
        last = change_range(conn)[1]
        rows = change_rows(conn, scope, after, _BATCH)
    if len(rows) == _BATCH:
        last = rows[-1].id
    told = [event(row.kind, {"at": rendered(row.at), "ref": row.ref, "document": row.document}, row.id) for row in rows]
    return max(after, last), told


async def _events(context: Context, feed: Feed, scope: Scope, after: int | None) -> AsyncIterator[str]:
    number, missed = await run_in_threadpool(_start, context, after)
    yield "retry: 2000\n\n"
    if missed:
        yield event("reset", {}, number)
    while not feed.closed:
        number, told = await run_in_threadpool(_news, context, scope, number)
        for text in told:
            yield text
        if told:
            continue
        yield f": heartbeat\nid: {number}\nevent: beat\ndata: {json.dumps(rendered(context.now()))}\n\n"
        await _quiet(feed, number)


async def _quiet(feed: Feed, number: int) -> None:
    """Until there is a change beyond `number`, for one heartbeat at most."""
    loop = asyncio.get_running_loop()
    end = loop.time() + HEARTBEAT_S
    while feed.newest <= number and not feed.closed and loop.time() < end:
        await feed.wait(end - loop.time())


@router.get("/stream", response_class=StreamingResponse)
async def stream(
    request: Request,
    room: Room,
    scope: Reading,
    last_event_id: Annotated[str | None, Header(max_length=32)] = None,
    after: Annotated[int | None, Query(ge=0, lt=1 << 62, description="Go on behind this event.")] = None,
) -> StreamingResponse:
    """`state`, `ticket` and `inventory` events; `reset` says that some were missed, `beat` that nothing happens."""
    if last_event_id is not None and last_event_id.isascii() and last_event_id.isdigit() and len(last_event_id) < 19:
        after = int(last_event_id)
    events = _events(room, request.app.state.feed, scope, after)
    return StreamingResponse(events, media_type="text/event-stream", headers={"x-accel-buffering": "no"})
