"""Hostile text made plain: one line, nothing that turns the direction of writing."""

from __future__ import annotations

import re
from typing import Final

_BREAKS: Final = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028\u2029\u200e\u200f\u202a-\u202e\u2066-\u2069\ud800-\udfff]+")


def one_line(text: str) -> str:
    """Text without line breaks, control characters and marks that turn the direction of writing."""
    return _BREAKS.sub(" ", text).strip()
