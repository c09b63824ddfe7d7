"""Short names for rows, fit for a value's name."""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Final

_UNFIT: Final = re.compile(r"[^\w/:-]+")
_MOST: Final = 40


def label(text: str) -> str:
    """At most 40 letters, digits, `_`, `/`, `:`, `-`; "" where nothing of the text is fit."""
    return _UNFIT.sub("_", text).strip("_")[:_MOST]


def labels(indexes: Iterable[str]) -> dict[str, str]:
    """A short name for each index: its last number, the whole with underscores where that is taken."""
    named: dict[str, str] = {}
    for index in indexes:
        last = index.rpartition(".")[2]
        named[last if last not in named else index.replace(".", "_")] = index
    return named
