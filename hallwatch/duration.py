"""Durations as people write them: `90s`, `5m`, `2h`, `7d`, or a number of seconds."""

from __future__ import annotations

import re
from typing import Annotated

from pydantic import BeforeValidator

_UNITS = {"ms": 0.001, "s": 1.0, "m": 60.0, "h": 3600.0, "d": 86400.0}
_FORM = re.compile(r"\s*(\d{1,9}(?:\.\d{1,3})?)\s*(ms|s|m|h|d)\s*")


def seconds(value: object) -> float:
    """Seconds of `value`, a text with a unit or a number of seconds; ValueError with what is expected otherwise."""
    if isinstance(value, bool) or not isinstance(value, str | int | float):
        raise ValueError("not a duration; write it like 90s, 5m, 2h or 7d")
    if isinstance(value, str):
        found = _FORM.fullmatch(value)
        if not found:
            raise ValueError("not a duration; write it like 90s, 5m, 2h or 7d")
        return float(found[1]) * _UNITS[found[2]]
    if not 0 <= value < 1e10:
        raise ValueError("a duration is not negative, and shorter than three centuries")
    return float(value)


Duration = Annotated[float, BeforeValidator(seconds)]
"""A field that holds seconds and is written as a duration."""
