"""The inventory: taken whole from an administrator, handed out in parts to collectors."""

from __future__ import annotations

import hashlib
import json
from typing import Annotated, Any, Final

from fastapi import APIRouter, Header, Query, Request
from fastapi.responses import JSONResponse, Response
from starlette.concurrency import run_in_threadpool

from api.auth import Administrator, OwnCollector, Room
from api.problems import MEDIA_TYPE, Problem
from store.database import reading
from store.inventory import collector_part

router = APIRouter(tags=["inventory"])
MAX_BYTES: Final = 32 * 1024 * 1024
_BODY: Final = {"content": {"application/yaml": {"schema": {"type": "string"}}, "application/json": {"schema": {}}}}


async def _text(request: Request) -> str:
    whole = bytearray()
    async for part in request.stream():
        whole += part
        if len(whole) > MAX_BYTES:
            raise Problem(413, "The inventory is larger than 32 MiB.")
    try:
        return whole.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise Problem(422, "", [{"place": ["body"], "reason": "not UTF-8"}]) from error


@router.put("/inventory", openapi_extra={"requestBody": _BODY})
async def put_inventory(
    request: Request,
    room: Room,
    admin: Administrator,
    dry_run: Annotated[bool, Query(description="Only say what would change.")] = False,
) -> JSONResponse:
    """Import the inventory file, all or nothing. Answers the difference, or every fault at once (422)."""
    if room.import_inventory is None:
        raise Problem(503, "This process takes no inventory.")
    text = await _text(request)
    result = await run_in_threadpool(room.import_inventory, text, dry_run, admin.name)
    document = dict(result.document())
    if result.ok:
        return JSONResponse(document)
    problem = Problem(422, "The inventory was refused; nothing has changed.").document()
    return JSONResponse(problem | {"errors": document.get("faults", [])}, 422, media_type=MEDIA_TYPE)


@router.get("/collectors/{id}/inventory")
def collector_inventory(
    id: OwnCollector,
    room: Room,
    if_none_match: Annotated[str | None, Header(max_length=4096)] = None,
) -> Response:
    """The collector's part; 304 where it still has the newest. Secrets stay references."""
    with reading(room.engine) as conn:
        part = collector_part(conn, id)
    text = json.dumps(part, ensure_ascii=False, separators=(",", ":"), sort_keys=True).encode()
    tag = f'"{hashlib.sha256(text).hexdigest()}"'
    headers = {"etag": tag, "cache-control": "private, no-cache"}
    if _matches(if_none_match, tag):
        return Response(status_code=304, headers=headers)
    return Response(text, media_type="application/json", headers=headers)


def _matches(header: str | None, tag: str) -> bool:
    known: list[Any] = [entry.strip().removeprefix("W/") for entry in (header or "").split(",")]
    return tag in known or "*" in known
