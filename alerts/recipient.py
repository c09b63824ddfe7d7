"""Whom to tell, and how: `mailto:a@b`, `wecom:NAME`, `sms:PHONE`, as inventories and settings write it."""

from __future__ import annotations

import re
from collections.abc import Callable
from difflib import get_close_matches
from typing import Final, NamedTuple
from urllib.parse import unquote


class BadRecipient(ValueError):
    """A text that names nobody; `reason` says why, with the near miss."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


class Recipient(NamedTuple):
    """`channel` as rows of the outbox bear it (or `rota`); `target` an address, an end point's name, PHONE[@NAME]."""

    channel: str
    target: str


_NAME: Final = re.compile(r"[A-Za-z0-9._-]{1,64}")
_PHONE: Final = re.compile(r"\+?[0-9]{3,20}")
_MAIL: Final = re.compile(r"[^\s@<>,;:\"()\[\]\\\x00-\x1f\x7f]{1,64}@[^\s@<>,;:\"()\[\]\\\x00-\x1f\x7f]{1,255}")


def recipient_of(text: str) -> Recipient:
    """Read one. Raises `BadRecipient`."""
    scheme, colon, rest = text.strip().partition(":")
    read = _SCHEMES.get(scheme)
    if not colon or read is None:
        raise BadRecipient(_unknown(scheme))
    return read(scheme, rest)


def _mail(_scheme: str, rest: str) -> Recipient:
    address = unquote(rest.partition("?")[0])
    if not _MAIL.fullmatch(address):
        raise BadRecipient("mailto: not an address such as mailto:duty@vendor.example")
    return Recipient("mail", address)


def _named(scheme: str, rest: str) -> Recipient:
    if not _NAME.fullmatch(rest):
        raise BadRecipient(f"{scheme}: the name of an end point in the settings: letters, digits, dots, dashes, _")
    return Recipient(scheme, rest)


def _phone(_scheme: str, rest: str) -> Recipient:
    phone, at, name = rest.partition("@")
    phone = re.sub(r"[ ()-]", "", phone)
    if not _PHONE.fullmatch(phone) or (at and not _NAME.fullmatch(name)):
        raise BadRecipient(
            "sms: a number such as sms:13800138000, or sms:13800138000@NAME for one of several end points"
        )
    return Recipient("sms", phone + at + name)


_SCHEMES: Final[dict[str, Callable[[str, str], Recipient]]] = {
    "mailto": _mail,
    "wecom": _named,
    "dingtalk": _named,
    "feishu": _named,
    "webhook": _named,
    "sms": _phone,
    "apprise": _named,
    "rota": _named,
}


def _unknown(scheme: str) -> str:
    near = get_close_matches(scheme.lower(), list(_SCHEMES), 1)
    known = ", ".join(f"{one}:" for one in _SCHEMES)
    return f"did you mean `{near[0]}:`?" if near else f"none of {known}"
