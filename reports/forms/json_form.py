"""The document itself: what every other form is read from."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from reports.book import Book, Translate


def write(document: Mapping[str, Any], book: Book, translate: Translate, *, table: str | None = None) -> bytes:
    """UTF-8, indented, in the order of its members; half a surrogate pair becomes a question mark."""
    del book, translate, table
    return (json.dumps(document, ensure_ascii=False, indent=2) + "\n").encode("utf-8", "replace")
