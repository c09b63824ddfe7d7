"""Values in JSON that a device gives, found by their paths."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from typing import Final

from collector.observation import Value
from collector.text import clean

MAX_JSON: Final = 64 * 1024
_PATH: Final = re.compile(r"(?:[^\s.\[\]]{1,64}|\[\d{1,4}\])(?:\.[^\s.\[\]]{1,64}|\[\d{1,4}\])*")
_STEP: Final = re.compile(r"\[(\d+)\]|([^.\[\]]+)")
_LIMIT: Final = 1 << 64


def is_path(path: object) -> bool:
    """Is it names joined by dots, and [n] for an entry of a list: `queue.waiting`, `desks[0].open`?"""
    return isinstance(path, str) and len(path) <= 256 and _PATH.fullmatch(path) is not None


def decode_json(raw: bytes) -> object:
    """The document, in UTF-8 or GBK. Raises ValueError where it is none, too deep for the decoder, or over 64 KiB."""
    if len(raw) > MAX_JSON:
        raise ValueError(f"more than {MAX_JSON} bytes")
    try:
        try:
            return json.loads(raw)
        except UnicodeDecodeError:
            return json.loads(raw.decode("gb18030"))
    except RecursionError as error:
        raise ValueError("too deep") from error


def json_values(document: object, paths: Mapping[str, str]) -> dict[str, Value]:
    """The values at the paths; true and false are 1 and 0, texts are cleaned. What is not there is left out."""
    values: dict[str, Value] = {}
    for name, path in paths.items():
        value = _at(document, path)
        if isinstance(value, str):
            values[name] = clean(value)
        elif isinstance(value, int | float) and abs(value) < _LIMIT:
            values[name] = int(value) if isinstance(value, bool) else value
    return values


def _at(document: object, path: str) -> object:
    place = document
    for number, name in _STEP.findall(path):
        if number and isinstance(place, list) and int(number) < len(place):
            place = place[int(number)]
        elif name and isinstance(place, dict):
            place = place.get(name)
        else:
            return None
    return place
