"""What an outbox row says, for channels to put into their own form."""

from __future__ import annotations

import json
from collections.abc import Mapping
from hashlib import sha256
from typing import Any, NamedTuple

from store.notices import Notice


class Letter(NamedTuple):
    """`id` is the same for every attempt; `document` is for machines; `url` where people read on, if anywhere."""

    id: str
    title: str
    text: str
    document: Mapping[str, Any]

    @property
    def url(self) -> str | None:
        """A link of ours, safe to stand in markup."""
        url = self.document.get("url")
        if not isinstance(url, str) or not url.startswith(("http://", "https://")):
            return None
        return None if any(one in url for one in "()[]<>\"'` \\") else url


def letter_of(notice: Notice) -> Letter:
    """Read a row. Raises ValueError, TypeError, KeyError for one that holds no message."""
    body = json.loads(notice.body)
    document = body.get("document") or {}
    if not isinstance(document, dict):
        raise TypeError("document")
    return Letter(identity(notice), str(body.get("title") or notice.subject), str(body["text"]), document)


def identity(notice: Notice) -> str:
    """The same for every attempt at one notice, and no other's."""
    return f"hw_{sha256(notice.key.encode()).hexdigest()[:32]}"
