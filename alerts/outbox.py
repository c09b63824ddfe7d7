"""Asking for a message: one row of the outbox for one recipient, sent by the channel's worker."""

from __future__ import annotations

import json
from collections.abc import Mapping
from hashlib import sha256
from typing import Any, Final

from sqlalchemy import Connection

from alerts.recipient import BadRecipient, Recipient
from alerts.template import Message
from store import notices

KEY_LENGTH: Final = 256


def ask(  # a message has these parts
    conn: Connection,
    key: str,
    recipient: Recipient,
    message: Message,
    document: Mapping[str, Any],
    now: int,
    *,
    ticket: str | None = None,
    due_at: int | None = None,
) -> bool:
    """Ask for one message, at once or not before `due_at` (ms); False where the `key` has one already.

    `document` is what machines get (webhooks); its `url` is linked to. Raises `BadRecipient` for a `rota:`, which
    must have been resolved to people before.
    """
    if recipient.channel == "rota":
        raise BadRecipient("rota: stands for people; tell them")
    body = {"title": message.title, "text": message.text, "html": message.html, "document": dict(document)}
    return notices.enqueue(
        conn,
        short_key(key),
        recipient.channel,
        recipient.target,
        json.dumps(body, ensure_ascii=False),
        now,
        subject=message.title,
        ticket=ticket,
        due_at=due_at,
    )


def short_key(key: str) -> str:
    """The key as the row bears it: one that is too long keeps its beginning, and a digest for its end."""
    return key if len(key) <= KEY_LENGTH else f"{key[:191]}/{sha256(key.encode()).hexdigest()}"
