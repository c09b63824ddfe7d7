"""Texts from data as every form may hold them: seen as what they are, turning no direction, within a length."""

from __future__ import annotations

import re
from typing import Final

_UNSEEN: Final = re.compile(
    "[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\ud800-\udfff\ufdd0-\ufdef\ufffe\uffff"
    "\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069]"
)
"""Controls, lone surrogates, what is no character, and what turns the direction of the text beside it."""
_BREAKS: Final = re.compile("[\t\r\n\u2028\u2029]+")


def clean(text: str) -> str:
    """The text in one line, with U+FFFD for each character that is not seen, so that nothing hides."""
    if text.isprintable() and "\ufffd" not in text:
        return text
    return _BREAKS.sub(" ", _UNSEEN.sub("\ufffd", text))


def shortened(text: str, longest: int) -> str:
    """At most so many characters, the last an ellipsis where there are more."""
    return text if len(text) <= longest else text[: longest - 1] + "…"


def file_name(text: str) -> str:
    """A name that every file system and mail program takes: letters, digits, `.`, `-` and `_` of a text."""
    return re.sub(r"[^\w.-]+", "_", clean(text), flags=re.UNICODE).strip("._")[:80] or "report"
