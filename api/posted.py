"""What a page's form sends: words, and at most a few files; bounded, and read after it is known who asks."""

from __future__ import annotations

from collections.abc import AsyncGenerator, Mapping
from dataclasses import dataclass, field
from typing import Annotated, Final

from fastapi import Depends, Request
from starlette.datastructures import UploadFile
from starlette.formparsers import FormParser, MultiPartException, MultiPartParser

from api.pictures import MAX_BYTES
from api.problems import Problem

_AROUND: Final = 256 * 1024
"""For the words and the borders around a file."""
_FIELDS: Final = 40
_LONGEST: Final = 4000


@dataclass(frozen=True, slots=True)
class Posted:
    """A form: `words` by name, stripped, and the bytes of `files` by name (those that are there)."""

    words: Mapping[str, str] = field(default_factory=dict)
    files: Mapping[str, bytes] = field(default_factory=dict)

    def get(self, name: str) -> str:
        """One of the words, empty without it."""
        return self.words.get(name, "")


async def whole(request: Request, most: int = MAX_BYTES + _AROUND) -> bytes:
    """The body. Raises `Problem` 413 beyond `most` bytes."""
    said = request.headers.get("content-length", "")
    if said.isdecimal() and int(said[:20]) > most:
        raise Problem(413, "The picture is larger than 10 MB.")
    body = bytearray()
    async for part in request.stream():
        body += part
        if len(body) > most:
            raise Problem(413, "The picture is larger than 10 MB.")
    return bytes(body)


async def form_of(request: Request) -> Posted:
    """The form in the body, of either kind. Raises `Problem` 413, 422."""
    body = await whole(request)

    async def once() -> AsyncGenerator[bytes, None]:
        yield body

    parser: MultiPartParser | FormParser
    if request.headers.get("content-type", "").startswith("multipart/form-data"):
        parser = MultiPartParser(request.headers, once(), max_files=4, max_fields=_FIELDS)
    else:
        parser = FormParser(request.headers, once(), max_fields=_FIELDS)
    try:
        form = await parser.parse()
    except (MultiPartException, ValueError, KeyError) as error:
        raise Problem(422, "The form cannot be read.") from error
    words = {name: value.strip()[:_LONGEST] for name, value in form.items() if isinstance(value, str)}
    files = {name: await value.read() for name, value in form.items() if isinstance(value, UploadFile)}
    await form.close()
    return Posted(words, {name: data for name, data in files.items() if data})


Form = Annotated[Posted, Depends(form_of)]
