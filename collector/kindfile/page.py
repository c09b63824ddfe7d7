"""One page of a kind file while it is read: the primitives, each with its fault's place and near miss."""

from __future__ import annotations

import difflib
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any, Final, TypeVar

from collector.kind import FORMS, KINDS, MODELS, Fault, Form, Value
from collector.kindfile.lines import Lines

NAME: Final = re.compile(r"[A-Za-z][A-Za-z0-9_-]{0,63}")
_OID: Final = re.compile(r"\d+(\.\d+){1,127}")
_DURATION: Final = re.compile(r"(\d+(?:\.\d+)?)\s*(ms|s|m|h|d)")
_SECONDS: Final = {"ms": 0.001, "s": 1.0, "m": 60.0, "h": 3600.0, "d": 86400.0}
_RULE: Final = re.compile(r"rules\[(\d+)\]")
_MAX_TEXT: Final = 256
_MOST_FAULTS: Final = 1000  # of a file
_MOST_NEAR: Final = 100

T = TypeVar("T")


class Page:
    """One file's document while it is read; faults are collected, not raised."""

    def __init__(self, file: str, folder: str = "") -> None:
        self.file, self.ours = file, Path(folder) in (KINDS, MODELS)
        self.raw = b""
        self.inherited = 0  # how many of the rules that are being read are another kind's; they come first
        self._faults: list[Fault] = []

    def fault(self, place: str, reason: str, near: str | None = None, line: int | None = None) -> None:
        if len(self._faults) < _MOST_FAULTS:
            self._faults.append(Fault(self.file, self._own(place), reason, near, line))

    def _own(self, place: str) -> str:
        """A rule by its number in this file."""
        if not (rule := _RULE.match(place)):
            return place
        number = int(rule[1]) - self.inherited
        return f"like.{place}" if number < 0 else f"rules[{number}]{place[rule.end() :]}"

    @property
    def faults(self) -> list[Fault]:
        """Those found so far, each with its line."""
        if not self.raw or not any(fault.line is None and fault.place for fault in self._faults):
            return self._faults
        lines = Lines(self.raw)
        return [
            fault if fault.line or not fault.place else replace(fault, line=lines.of(fault.place))
            for fault in self._faults
        ]

    def mapping(self, value: object, place: str) -> dict[str, Any]:
        """The mapping itself with text keys, or an empty one and a fault."""
        if value is None:
            return {}
        if not isinstance(value, dict):
            self.fault(place, "not a mapping")
            return {}
        return {str(key): entry for key, entry in value.items()}

    def known(self, document: Mapping[str, Any], allowed: Iterable[str], place: str) -> None:
        names = list(allowed)
        for key in document:
            if key not in names:
                self.fault(f"{place}{key}", "unknown key", self._near(key, names))

    def _near(self, word: str, words: Iterable[str]) -> str | None:
        """Not for the thousandth fault: looking for it is slow."""
        return near(word, words) if len(self._faults) < _MOST_NEAR else None

    def word(self, value: object, words: Sequence[T], place: str) -> T | None:
        for known in words:
            if value == known:
                return known
        named = ", ".join(map(str, words))
        self.fault(place, f"{value!r} is none of {named}", near(str(value), map(str, words)))
        return None

    def oid(self, value: object, place: str) -> str:
        if isinstance(value, str) and _OID.fullmatch(value):
            return value
        self.fault(place, f"{value!r} is not an OID in numbers, such as 1.3.6.1.2.1.1.3.0")
        return "0.0"

    def truth(self, value: object, place: str) -> bool:
        if not isinstance(value, bool):
            self.fault(place, f"{value!r} is neither true nor false")
        return value is True

    def number(self, value: object, place: str, low: float, high: float) -> float:
        if isinstance(value, int | float) and not isinstance(value, bool) and low <= value <= high:
            return float(value)
        self.fault(place, f"{value!r} is not a number from {low:g} to {high:g}")
        return low

    def duration(self, value: object, place: str, low: float = 0.0) -> float:
        """Seconds of `90s`, `5m`, `1.5h`, or of a bare number."""
        if isinstance(value, str) and (match := _DURATION.fullmatch(value.strip())):
            value = float(match[1]) * _SECONDS[match[2]]
        if isinstance(value, int | float) and not isinstance(value, bool) and low <= value <= 30 * 86400:
            return float(value)
        self.fault(place, f"{value!r} is not a duration such as 60s, 5m or 1h")
        return 60.0

    def name(self, value: str, place: str) -> str:
        """The value itself, a fault if it is no name."""
        if not NAME.fullmatch(value):
            self.fault(place, "not a name")
        return value

    def text(self, value: object, place: str) -> str:
        if isinstance(value, str | int) and not isinstance(value, bool) and 0 < len(str(value)) <= _MAX_TEXT:
            return str(value)
        self.fault(place, f"{str(value)[:50]!r} is not a text of 1 to {_MAX_TEXT} characters")
        return "x"

    def texts(self, value: object, place: str) -> tuple[str, ...]:
        """A text, or a list of them."""
        entries = value if isinstance(value, list) else [value]
        if not entries:
            self.fault(place, "an empty list")
        return tuple(self.text(entry, place) for entry in entries)

    def choices(self, value: object, place: str) -> tuple[int | str, ...]:
        """A number or word, or a list of them."""
        entries = value if isinstance(value, list) else [value]
        if not all(isinstance(entry, int | str) and not isinstance(entry, bool) for entry in entries) or not entries:
            self.fault(place, "not a list of numbers or words")
            return ()
        return tuple(entries)

    def form(self, document: Mapping[str, Any], place: str) -> Form:
        return self.word(document.get("as", "integer"), FORMS, f"{place}.as") or "integer"

    def reads(self, value: object, place: str) -> dict[int | str, Value | None]:
        """Of some answers (numbers or texts) the values that they mean, None for none."""
        if not isinstance(value, dict):
            self.fault(place, "not a mapping of answers to values")
            return {}
        plain = [
            (a, v)
            for a, v in value.items()
            if _is_plain(a, int | str) and (v is None or _is_plain(v, int | float | str))
        ]
        if len(plain) < len(value):
            self.fault(place, "not a mapping of numbers or texts to numbers, texts or null")
        return dict(plain)

    def scale(self, value: object, place: str) -> float:
        return self.number(value, place, 1e-9, 1e9)


def _is_plain(value: object, kinds: Any) -> bool:
    return isinstance(value, kinds) and not isinstance(value, bool)


def near(word: str, words: Iterable[str]) -> str | None:
    """The known word that is most like this one, if any is."""
    return next(iter(difflib.get_close_matches(word, list(words), 1, 0.6)), None)
