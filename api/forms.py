"""A report's answer: its JSON, or a file of one of its forms, in a language."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Annotated, Any, Final, Literal, NamedTuple
from urllib.parse import quote
from zoneinfo import ZoneInfo

from fastapi import Query, Response
from fastapi.responses import JSONResponse

from api.context import Context, Translate
from api.problems import Problem
from reports.book import Book
from reports.fonts import NoFont
from reports.forms import FORMS, NoTable

Format = Literal["json", "csv", "xlsx", "pdf", "html"]
Language = Literal["zh", "en"]
Table = Annotated[str | None, Query(max_length=64, description="Which table of it, as CSV.")]
Spoken = Annotated[Language | None, Query(description="Of a file; the site's if none is named.")]
Made = Callable[[Mapping[str, Any], Translate, str, ZoneInfo], Book]
FILES: Final[dict[int | str, dict[str, Any]]] = {
    200: {
        "description": "The report as JSON, or a file of the form that was asked for.",
        "content": {one.media_type.partition(";")[0]: {} for one in FORMS.values() if one.name != "json"},
    }
}
"""What the description of a route says of its answer beside the JSON."""


class Shape(NamedTuple):
    """The form that is asked for: `table` is the one that CSV has, the first if none is named."""

    format: str = "json"
    table: str | None = None
    language: str | None = None


def shape(
    format: Annotated[Format, Query(description="JSON, or a file.")] = "json",
    table: Table = None,
    language: Spoken = None,
) -> Shape:
    """What a query asks for."""
    return Shape(format, table, language)


def answer(room: Context, asked: Shape, document: Mapping[str, Any], made: Made, zone: ZoneInfo) -> Response:
    """The document as it is, or the book that is `made` of it in a form. Raises `Problem` 422, 503."""
    if asked.format == "json":
        return JSONResponse(dict(document))
    language, form = asked.language or room.language, FORMS[asked.format]
    translate = room.translate(language)
    book = made(document, translate, language, zone)
    try:
        data = form.write(document, book, translate, table=asked.table)
    except NoTable as error:
        raise Problem(422, "", [{"place": ["query", "table"], "reason": str(error)}]) from error
    except NoFont as error:
        raise Problem(503, str(error)) from error
    return download(data, form.media_type, f"{book.name}.{form.suffix}")


def download(data: bytes, media_type: str, name: str) -> Response:
    """A file to be kept, whatever its name has in it."""
    plain = "".join(one if one.isascii() and (one.isalnum() or one in "-_.") else "_" for one in name)
    told = f"attachment; filename=\"{plain}\"; filename*=UTF-8''{quote(name, safe='')}"
    return Response(data, media_type=media_type, headers={"content-disposition": told})
