"""Rows of the operator's own ticket system, taken in: as JSON, or as a file with its mapping (K1)."""

from __future__ import annotations

import time
from collections.abc import AsyncGenerator, Callable
from typing import Annotated, Any, Final, NamedTuple

from fastapi import APIRouter, Depends, Query, Request
from fastapi.responses import JSONResponse
from pydantic import BaseModel, ConfigDict, Field, ValidationError
from starlette.concurrency import run_in_threadpool
from starlette.datastructures import UploadFile
from starlette.formparsers import MultiPartException, MultiPartParser

from alerts.imports.bringing import bring, read_table
from alerts.imports.fault import Fault, Unreadable, near_miss
from alerts.imports.mapping import MAX_BYTES as MAX_MAPPING
from alerts.imports.mapping import PLAIN, Mapping, mapping_of, read_mapping
from alerts.imports.outcome import Manner
from alerts.imports.table import Table, of_objects
from api.auth import Operator, Room
from api.bodies import REFUSED
from api.problems import MEDIA_TYPE, Problem

router = APIRouter(tags=["tickets"])
MAX_BYTES: Final = 33 * 1024 * 1024
MAX_ROWS: Final = 20_000
MAX_CELLS: Final = 100
REST_S: Final = 0.02
"""Between two parts, so that others who write get their turn."""
ROWS: Final = "rows"


class Rows(BaseModel):
    """Rows by our own names, or by those of the system's `mapping` (as in a file)."""

    model_config = ConfigDict(extra="forbid")

    rows: Annotated[list[dict[str, str | int | float | bool | None]], Field(max_length=MAX_ROWS)]
    system: Annotated[str, Field(pattern=r"^[A-Za-z0-9._-]{1,32}$")] = "http"
    mapping: dict[str, Any] | None = None


class _Sent(NamedTuple):
    """What came: how to read the rows, and what they mean."""

    table: Callable[[], Table]
    mapping: Mapping
    system: str


_BODY: Final = {
    "requestBody": {
        "required": True,
        "content": {
            "application/json": {"schema": Rows.model_json_schema()},
            "multipart/form-data": {
                "schema": {
                    "type": "object",
                    "required": ["file", "mapping"],
                    "properties": {
                        "file": {"type": "string", "format": "binary", "description": "CSV or XLSX."},
                        "mapping": {"type": "string", "description": "The mapping, TOML or JSON."},
                    },
                }
            },
        },
    }
}


async def _sent(request: Request, _: Operator) -> _Sent:
    """The body, read after it is known who asks. Raises `Problem` 413, 415, 422."""
    kind = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    if kind not in ("application/json", "multipart/form-data"):
        raise Problem(415, "Rows come as application/json, a file as multipart/form-data.")
    body = await _whole(request)
    try:
        return _of_json(body) if kind == "application/json" else await _of_form(request, body)
    except Unreadable as error:
        raise Problem(422, REFUSED, [one.document() for one in error.faults]) from error


async def _whole(request: Request) -> bytes:
    body = bytearray()
    async for part in request.stream():
        body += part
        if len(body) > MAX_BYTES:
            raise Problem(413, "The body is larger than 33 MiB.")
    return bytes(body)


def _of_json(body: bytes) -> _Sent:
    try:
        said = Rows.model_validate_json(body)
    except ValidationError as error:
        found = error.errors(include_url=False, include_input=False, include_context=False)[:20]
        faults = [{"place": ["body", *(str(step)[:64] for step in one["loc"])], "reason": one["msg"]} for one in found]
        raise Problem(422, REFUSED, faults) from error
    mapping = PLAIN if said.mapping is None else mapping_of(said.mapping, "mapping")
    system = said.system if said.mapping is None else mapping.system
    _check_names(said.rows, mapping)
    headings = list(dict.fromkeys(mapping.columns.named().values()))
    return _Sent(lambda: of_objects(said.rows, ROWS, headings), mapping, system)


def _check_names(rows: list[dict[str, Any]], mapping: Mapping) -> None:
    """Our own names are known; another system's rows may say more than is mapped."""
    known = list(mapping.columns.named())
    faults = [
        Fault(ROWS, i, name[:64], "unknown key", near_miss=near_miss(name, known))
        for i, row in enumerate(rows, start=1)
        for name in row
        if mapping is PLAIN and name not in known
    ]
    if faults:
        raise Unreadable(faults[:MAX_CELLS])


async def _of_form(request: Request, body: bytes) -> _Sent:
    async def once() -> AsyncGenerator[bytes, None]:
        yield body

    parser = MultiPartParser(request.headers, once(), max_files=2, max_fields=4, max_part_size=MAX_MAPPING)
    try:
        form = await parser.parse()
    except (MultiPartException, ValueError, KeyError) as error:
        raise Problem(422, "The form cannot be read.") from error
    file, said = form.get("file"), form.get("mapping")
    if not isinstance(file, UploadFile) or said is None:
        raise Problem(422, REFUSED, [{"place": ["body", "file"], "reason": "a file and its mapping are needed"}])
    data, name = await file.read(), (file.filename or "file")[-128:]
    text = said if isinstance(said, str) else (await said.read()).decode("utf-8", "replace")
    await form.close()
    mapping = read_mapping(text, "mapping")
    return _Sent(lambda: read_table(data, name, mapping.file), mapping, mapping.system)


def _rest(_done: int, _all: int) -> None:
    time.sleep(REST_S)


@router.post("/tickets/import", openapi_extra=_BODY)
async def import_tickets(
    room: Room,
    by: Operator,
    sent: Annotated[_Sent, Depends(_sent)],
    dry_run: Annotated[bool, Query(description="Only say what would become of each row.")] = False,
    skip_bad: Annotated[bool, Query(description="Take the good rows of a file with faults.")] = False,
) -> JSONResponse:
    """Take tickets in: each row new, joined, known, corrected or refused; of rows with faults nothing (422)."""
    manner = Manner(sent.system, by.name, dry_run, skip_bad, room.merge_gap_ms)
    args = (room.engine, sent.table, sent.mapping, manner, room.zone, room.now(), _rest)
    result = await run_in_threadpool(bring, *args)
    document = result.document()
    if result.ok or (skip_bad and result.outcome.total):
        return JSONResponse(document)
    problem = Problem(422, "The tickets were refused; nothing has changed.").document()
    errors = document.pop("faults")
    return JSONResponse(problem | document | {"errors": errors}, 422, media_type=MEDIA_TYPE)
