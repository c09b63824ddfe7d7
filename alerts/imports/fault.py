"""What is wrong with a file of tickets or with its mapping: all of it at once, bounded, each with its place."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from difflib import get_close_matches
from typing import Any, Final

Translate = Callable[[str], str]

MAX_FAULTS: Final = 1000
MAX_SEARCHES: Final = 200
_SHOWN: Final = 160
_ALIKE: Final = 0.6
_ALIKE_SHORT: Final = 0.5
"""Of two Chinese characters one may be wrong."""


@dataclass(frozen=True, slots=True)
class Fault:
    """One fault (or, where `warning`, something to look at) in a row and column of a file; row 0: the file as a whole.

    `message` is a msgid with the `values` that it names.
    """

    file: str
    row: int
    column: str
    message: str
    values: Mapping[str, str] = field(default_factory=dict)
    near_miss: str | None = None
    warning: bool = False

    def told(self, translate: Translate = str) -> str:
        """What is wrong, in the reader's language, without its place."""
        return translate(self.message).format_map(self.values)

    def document(self, translate: Translate = str) -> dict[str, Any]:
        """For machines."""
        place = {"file": self.file, "row": self.row, "column": self.column}
        return {**place, "reason": self.told(translate), "near_miss": self.near_miss, "warning": self.warning}


class Unreadable(Exception):
    """A file, or its mapping, that cannot be read at all; `faults` say why."""

    def __init__(self, faults: list[Fault]) -> None:
        super().__init__("; ".join(f"{one.file}: {one.told()}" for one in faults))
        self.faults = faults


@dataclass(slots=True)
class Faults:
    """The faults of one file: at most `MAX_FAULTS` of each sort are kept, the rest counted in `left_out`."""

    file: str
    kept: list[Fault] = field(default_factory=list)
    errors: int = 0
    warnings: int = 0
    left_out: int = 0
    _searches: int = 0

    def add(
        self,
        row: int,
        column: str,
        message: str,
        values: Mapping[str, str] | None = None,
        *,
        near_miss: str | None = None,
        warning: bool = False,
    ) -> None:
        """Keep one more, or count it; `message` is a msgid."""
        self.errors += not warning
        self.warnings += warning
        if (self.warnings if warning else self.errors) > MAX_FAULTS:
            self.left_out += 1
            return
        told = {name: shown(value) for name, value in (values or {}).items()}
        self.kept.append(Fault(self.file, row, shown(column), message, told, near_miss, warning))

    def near(self, word: str, known: Iterable[str]) -> str | None:
        """The known word most like this one; None after many searches, for they are slow."""
        self._searches += 1
        return near_miss(word, known) if self._searches <= MAX_SEARCHES else None

    def listed(self) -> list[Fault]:
        """All that were kept, by row."""
        return sorted(self.kept, key=lambda one: one.row)


def near_miss(word: str, known: Iterable[str]) -> str | None:
    """The word of `known` that `word` may have meant, or None."""
    folded = {one.casefold(): one for one in known}
    close = get_close_matches(word[:128].casefold(), folded, 1, _ALIKE if len(word) > 3 else _ALIKE_SHORT)
    return folded[close[0]] if close else None


def shown(text: object) -> str:
    """A hostile text as one short printable line."""
    line = "".join(one if one.isprintable() else "\ufffd" for one in str(text)[: _SHOWN + 1])
    return line if len(line) <= _SHOWN else line[: _SHOWN - 1] + "…"
