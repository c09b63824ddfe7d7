"""Bodies of requests: bounded, read after it is known who asks, every fault at once with its place and near miss."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from difflib import get_close_matches
from typing import Annotated, Any, Final, TypeVar

from fastapi import Request
from pydantic import AfterValidator, BaseModel, BeforeValidator, Field, ValidationError, WithJsonSchema
from pydantic_core import PydanticCustomError

from api.problems import Problem
from sla.instant import parse

MAX_BYTES: Final = 64 * 1024
REFUSED: Final = "The request is not as it should be; nothing has changed."
_FAR: Final = 253_402_300_799_999
Model = TypeVar("Model", bound=BaseModel)


def _instant(value: object) -> int:
    try:
        ms = parse(str(value)) if isinstance(value, str) else None
    except (ValueError, OverflowError):
        ms = None
    if ms is None or not 0 <= ms <= _FAR:
        raise PydanticCustomError("instant", "not an RFC 3339 instant with a zone, such as 2026-11-01T08:00:00+08:00")
    return ms


def _said(text: str) -> str:
    text = text.strip()
    if not text:
        raise PydanticCustomError("empty", "empty")
    if not all(one.isprintable() or one == "\n" for one in text):
        raise PydanticCustomError("control", "holds control characters")
    return text


def _named(text: str) -> str:
    text = _said(text)
    if "\n" in text:
        raise PydanticCustomError("lines", "more than one line")
    return text


Instant = Annotated[int, BeforeValidator(_instant), WithJsonSchema({"type": "string", "format": "date-time"})]
"""RFC 3339 with a zone outside, whole ms inside."""
Name = Annotated[str, Field(max_length=128), AfterValidator(_named)]
Reason = Annotated[str, Field(max_length=512), AfterValidator(_said)]


def body_of(model: type[Model]) -> Callable[[Request], Awaitable[Model]]:
    """A dependency that reads the body as `model`. Raises `Problem` 413, 422."""

    async def read(request: Request) -> Model:
        whole = bytearray()
        async for part in request.stream():
            whole += part
            if len(whole) > MAX_BYTES:
                raise Problem(413, "The body is larger than 64 KiB.")
        try:
            return model.model_validate_json(bytes(whole) or b"{}")
        except ValidationError as error:
            raise Problem(422, REFUSED, _faults(error, model)) from error

    return read


def checked(model: type[Model], document: Any) -> Model:
    """What came as a form, as `model`. Raises `Problem` 422 with every fault."""
    try:
        return model.model_validate(document)
    except ValidationError as error:
        raise Problem(422, REFUSED, _faults(error, model)) from error


def described(model: type[BaseModel]) -> dict[str, Any]:
    """What the description of a route says of its body."""
    schema = model.model_json_schema(by_alias=True)
    return {"requestBody": {"required": True, "content": {"application/json": {"schema": schema}}}}


def fault(place: str, reason: str) -> dict[str, Any]:
    """One fault of a body's member."""
    return {"place": ["body", place], "reason": reason}


def _faults(error: ValidationError, model: type[BaseModel]) -> list[dict[str, Any]]:
    known = sorted(field.alias or name for name, field in model.model_fields.items())
    found = []
    for one in error.errors(include_url=False, include_input=False)[:20]:
        place = [str(step)[:64] for step in one["loc"]]
        reason = _unknown(place[-1], known) if one["type"] == "extra_forbidden" else one["msg"]
        found.append({"place": ["body", *place], "reason": reason})
    return found


def _unknown(name: str, known: list[str]) -> str:
    near = get_close_matches(name.lower(), known, 1)
    return f"not known here; did you mean `{near[0]}`?" if near else f"not known here; known: {', '.join(known)}"
