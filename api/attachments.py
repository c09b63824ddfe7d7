"""Files that a vendor adds to a dispute: what they are is found by looking into them; kept as they came (S5)."""

from __future__ import annotations

import csv
import hashlib
import io
import re
import unicodedata
import zipfile
from collections.abc import AsyncGenerator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final
from urllib.parse import quote

from fastapi import Request, Response
from PIL import Image, UnidentifiedImageError
from starlette.datastructures import UploadFile
from starlette.formparsers import FormParser, MultiPartException, MultiPartParser

from api.problems import Problem
from api.words import N_
from store.statement_events import File

MOST: Final = 5
"""Files of one dispute."""
MAX_BYTES: Final = 5_000_000
"""Of one of them."""
TYPES: Final[Mapping[str, str]] = {
    "pdf": "application/pdf",
    "png": "image/png",
    "jpeg": "image/jpeg",
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    "csv": "text/csv",
    "txt": "text/plain",
}
_SUFFIXES: Final[Mapping[str, tuple[str, ...]]] = {"jpeg": ("jpeg", "jpg"), "txt": ("txt", "csv", "log")}
UNKNOWN: Final = N_("{name} is none of these: PDF, PNG, JPEG, XLSX, CSV, plain text")
TOO_LARGE: Final = N_("{name} is larger than 5 MB")
TOO_MANY: Final = N_("A dispute takes at most {n} files.")
EMPTY: Final = N_("{name} is empty")
_AROUND: Final = 64 * 1024
_WHOLE: Final = MOST * MAX_BYTES + _AROUND
_FIELDS: Final = 20
_LONGEST: Final = 4000
_LONGEST_NAME: Final = 120
_PARTS: Final = 2000
_HIDDEN: Final = ("Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp")
_PATH: Final = re.compile(r'[/\\:*?"<>|]')
_CONTROL: Final = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f]")
_PICTURE: Final = {"PNG": "png", "JPEG": "jpeg"}
_ENCODINGS: Final = ("utf-8-sig", "gb18030")


class BadFile(Exception):
    """A file that is not taken; `reason` is a msgid with `name` in it."""

    def __init__(self, reason: str, name: str) -> None:
        super().__init__(reason.format(name=name, n=MOST))
        self.reason = reason
        self.name = name


class BadFiles(Problem):
    """Files that are not taken; `words` are what came with them."""

    def __init__(self, bad: BadFile, words: Mapping[str, str]) -> None:
        status = 413 if bad.reason == TOO_LARGE else 422
        super().__init__(status, str(bad), [{"place": ["body", "file"], "reason": str(bad)}])
        self.bad = bad
        self.words = words


@dataclass(frozen=True, slots=True)
class Sent:
    """A form: `words` by name, stripped, and the checked `files` in their order."""

    words: Mapping[str, str] = field(default_factory=dict)
    files: Sequence[File] = ()


async def sent(request: Request) -> Sent:
    """A form with files (multipart), or without (urlencoded). Raises `Problem` 413, 422."""
    body = bytearray()
    async for part in request.stream():
        body += part
        if len(body) > _WHOLE:
            raise Problem(413, f"The files are larger than {MOST * MAX_BYTES // 1_000_000} MB together.")

    async def once() -> AsyncGenerator[bytes, None]:
        yield bytes(body)

    parser: MultiPartParser | FormParser
    if request.headers.get("content-type", "").startswith("multipart/form-data"):
        parser = MultiPartParser(request.headers, once(), max_files=MOST + 1, max_fields=_FIELDS)
    else:
        parser = FormParser(request.headers, once(), max_fields=_FIELDS)
    try:
        form = await parser.parse()
    except (MultiPartException, ValueError, KeyError) as error:
        raise Problem(422, "The form cannot be read.") from error
    words = {name: value.strip()[:_LONGEST] for name, value in form.multi_items() if isinstance(value, str)}
    found = [one for _, one in form.multi_items() if isinstance(one, UploadFile)]
    raw = [(one.filename or "", await one.read()) for one in found]
    await form.close()
    try:
        return Sent(words, _checked([one for one in raw if one != ("", b"")]))
    except BadFile as error:
        raise BadFiles(error, words) from error


def _checked(raw: Sequence[tuple[str, bytes]]) -> list[File]:
    if len(raw) > MOST:
        raise BadFile(TOO_MANY, "")
    return [checked(name, data) for name, data in raw]


def checked(name: str, data: bytes) -> File:
    """The file as it is kept: its type by its content, its name made harmless. Raises `BadFile`."""
    called = harmless(name)
    if not data:
        raise BadFile(EMPTY, called)
    if len(data) > MAX_BYTES:
        raise BadFile(TOO_LARGE, called)
    kind = _kind(called, data)
    if kind is None:
        raise BadFile(UNKNOWN, called)
    return File(_suffixed(called, kind), TYPES[kind], hashlib.sha256(data).hexdigest(), data)


def harmless(name: str) -> str:
    """A file's name without a path, and without what does not show or turns what shows around."""
    last = re.split(r"[/\\]", name)[-1]
    seen = "".join(one for one in last if unicodedata.category(one) not in _HIDDEN)
    plain = _PATH.sub("_", seen).strip(". ")
    stem, dot, suffix = plain.rpartition(".")
    if dot and len(suffix) <= 8:
        return f"{stem[: _LONGEST_NAME - len(suffix) - 1]}.{suffix}"
    return plain[:_LONGEST_NAME] or "file"


def _suffixed(name: str, kind: str) -> str:
    """Saved and opened, a file is taken for what its name ends with: text called a.html or a.bat becomes a.html.txt."""
    fitting = _SUFFIXES.get(kind, (kind,))
    return name if name.lower().endswith(tuple(f".{one}" for one in fitting)) else f"{name}.{fitting[0]}"


def download(file: File) -> Response:
    """The file, to be saved and never shown in place."""
    headers = {
        "content-disposition": f"attachment; filename*=UTF-8''{quote(file.name, safe='')}",
        "x-content-type-options": "nosniff",
        "content-security-policy": "default-src 'none'; sandbox",
        "cache-control": "private, no-store",
    }
    return Response(file.data, media_type=file.type, headers=headers)


def _kind(name: str, data: bytes) -> str | None:
    if data.startswith(b"%PDF-"):
        return "pdf" if b"%%EOF" in data[-2048:] else None
    if data.startswith(b"PK\x03\x04"):
        return "xlsx" if _is_workbook(data) else None
    return _picture(data) or _text(name, data)


def _is_workbook(data: bytes) -> bool:
    """Without macros; nothing is unpacked."""
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as packed:
            names = packed.namelist()
    except (zipfile.BadZipFile, ValueError, OSError, NotImplementedError):
        return False
    lower = [one.lower() for one in names]
    macros = any(
        (one.endswith((".bin", ".exe", ".js", ".vbs")) and "vba" in one) or "macrosheets/" in one for one in lower
    )
    return len(names) <= _PARTS and {"[Content_Types].xml", "xl/workbook.xml"} <= set(names) and not macros


def _picture(data: bytes) -> str | None:
    """Only its head is read."""
    try:
        with Image.open(io.BytesIO(data), formats=tuple(_PICTURE)) as image:
            return _PICTURE[image.format or ""]
    except (UnidentifiedImageError, OSError, ValueError, SyntaxError, KeyError, Image.DecompressionBombWarning):
        return None
    except Image.DecompressionBombError:
        return None


def _text(name: str, data: bytes) -> str | None:
    text = _decoded(data)
    if text is None or _CONTROL.search(text):
        return None
    if text.lstrip()[:1] == "<":
        return None  # markup, whatever its name says
    return "csv" if name.lower().endswith(".csv") and _is_table(text) else "txt"


def _decoded(data: bytes) -> str | None:
    for encoding in _ENCODINGS:
        try:
            return data.decode(encoding)
        except UnicodeDecodeError:
            continue
    return None


def _is_table(text: str) -> bool:
    try:
        return any(len(row) > 1 for row in csv.reader(io.StringIO(text)))
    except csv.Error:
        return False
