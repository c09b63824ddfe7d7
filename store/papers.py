"""Papers: statements as they were published or sealed, and the facts behind them, kept by their digest."""

from __future__ import annotations

import hashlib
import json
import zlib
from collections.abc import Mapping
from typing import Any

from sqlalchemy import Connection, select

from sla.instant import Ms
from store.statement_schema import papers
from store.upsert import insert_or_ignore


class BadPaper(Exception):
    """A paper that is not there (`missing`), or is not what its digest says."""

    def __init__(self, digest: str, *, missing: bool) -> None:
        super().__init__(f"paper {digest} is {'missing' if missing else 'altered'}")
        self.digest = digest
        self.missing = missing


def canonical(document: Any) -> bytes:
    """JSON in the one way that is hashed: keys sorted, no blanks, UTF-8; raises ValueError for what is no JSON."""
    text = json.dumps(document, ensure_ascii=False, sort_keys=True, separators=(",", ":"), allow_nan=False)
    return text.encode()


def digest_of(document: Any) -> str:
    """The SHA-256 of its canonical JSON, 64 hexadecimal digits."""
    return hashlib.sha256(canonical(document)).hexdigest()


def put(conn: Connection, document: Mapping[str, Any], now: Ms) -> str:
    """Keep a document and answer its digest; one that is there already stays as it is."""
    raw = canonical(document)
    digest = hashlib.sha256(raw).hexdigest()
    row = {"digest": digest, "packed": zlib.compress(raw), "recorded_at": now}
    conn.execute(insert_or_ignore(conn, papers), row)
    return digest


def get(conn: Connection, digest: str) -> dict[str, Any]:
    """The document of this digest, checked against it. Raises `BadPaper`."""
    try:
        packed = conn.scalar(select(papers.c.packed).where(papers.c.digest == digest))
        raw = None if packed is None else zlib.decompress(packed)
    except (zlib.error, TypeError) as error:
        raise BadPaper(digest, missing=False) from error
    if raw is None:
        raise BadPaper(digest, missing=True)
    if hashlib.sha256(raw).hexdigest() != digest:
        raise BadPaper(digest, missing=False)
    try:
        document = json.loads(raw)
    except (ValueError, RecursionError) as error:
        raise BadPaper(digest, missing=False) from error
    if not isinstance(document, dict):  # whoever wrote it here, `put` did not
        raise BadPaper(digest, missing=False)
    return document
