"""Cursors: where a list goes on. Opaque to whoever asks, refused when they are not ours."""

from __future__ import annotations

import base64
import binascii
import json
from collections.abc import Sequence
from typing import Annotated, Any

from fastapi import Query

from api.problems import Problem

Limit = Annotated[int, Query(ge=1, le=1000, description="Entries in one answer.")]
Cursor = Annotated[str | None, Query(max_length=512, description="`next` of the answer before.")]


def render(key: Sequence[int | str]) -> str:
    """The cursor behind which a list goes on after the entry with `key`."""
    return base64.urlsafe_b64encode(json.dumps(list(key), ensure_ascii=False).encode()).decode().rstrip("=")


def parse(cursor: str | None, shape: tuple[type[int] | type[str], ...]) -> list[Any] | None:
    """The key within a cursor, None without one. Raises `Problem` 400 where it is not of `shape`."""
    if cursor is None:
        return None
    try:
        padded = cursor + "=" * (-len(cursor) % 4)
        key = json.loads(base64.urlsafe_b64decode(padded.encode("ascii")))
    except (ValueError, binascii.Error, RecursionError) as error:
        raise Problem(400, "cursor: not one of ours") from error
    if not isinstance(key, list) or len(key) != len(shape):
        raise Problem(400, "cursor: not one of this list")
    for entry, wanted in zip(key, shape, strict=True):
        if type(entry) is not wanted or (isinstance(entry, int) and abs(entry) >= 1 << 63):
            raise Problem(400, "cursor: not one of this list")
    return key


def page(rows: Sequence[Any], limit: int, items: Sequence[Any], key: Sequence[str]) -> dict[str, Any]:
    """One answer of a list: `rows` holds one more than `limit` where it goes on, `key` names the ordering columns."""
    more = len(rows) > limit
    last = rows[limit - 1] if more else None
    return {
        "items": list(items)[:limit],
        "next": render([getattr(last, name) for name in key]) if more else None,
    }
