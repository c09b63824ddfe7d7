"""What is wrong with an inventory: every fault at once, each with its file, line, place and near miss."""

from __future__ import annotations

import difflib
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Final

Translate = Callable[[str], str]

MAX_FAULTS: Final = 1000
MAX_NEAR_MISSES: Final = 200
_SHOWN: Final = 160


def N_(message: str) -> str:  # noqa: N802 - the name by which translations are extracted
    """Mark a message for translation where it is only named."""
    return message


@dataclass(frozen=True, slots=True)
class Fault:
    """One fault (or, where `warning`, something to look at): `message` is a msgid with the `values` it names."""

    file: str
    line: int
    place: str
    message: str
    values: Mapping[str, str] = field(default_factory=dict)
    near_miss: str | None = None
    warning: bool = False

    @property
    def reason(self) -> str:
        """What is wrong, in English."""
        return self.told(str)

    def told(self, translate: Translate) -> str:
        """What is wrong, in the reader's language, without its place."""
        return translate(self.message).format_map(self.values)


class Faults:
    """The faults of one reading; at most `MAX_FAULTS` of each sort, so that no file can fill the memory."""

    def __init__(self) -> None:
        self._found: list[Fault] = []
        self._warned: list[Fault] = []
        self._searches = 0
        self.left_out = 0
        self.errors = 0

    def add(self, fault: Fault) -> None:
        """Keep one more fault, or count it where there are too many."""
        self.errors += not fault.warning
        kept = self._warned if fault.warning else self._found
        if len(kept) < MAX_FAULTS:
            kept.append(fault)
        else:
            self.left_out += 1

    def near(self, word: str, known: Iterable[str]) -> str | None:
        """The known word most like this one; None after many searches, for they are slow."""
        self._searches += 1
        return near_miss(word, known) if self._searches <= MAX_NEAR_MISSES else None

    def listed(self) -> list[Fault]:
        """All that were kept, by file and line; errors and warnings together."""
        return sorted(self._found + self._warned, key=lambda fault: (fault.file, fault.line, fault.place))


def near_miss(word: str, known: Iterable[str]) -> str | None:
    """The word of `known` that `word` may have meant, or None."""
    folded = {entry.casefold(): entry for entry in known}
    close = difflib.get_close_matches(word[:128].casefold(), folded, 1, 0.6)
    return folded[close[0]] if close else None


def shown(text: object) -> str:
    """A hostile text as one short printable line."""
    line = "".join(c if c.isprintable() else "\ufffd" for c in str(text)[: _SHOWN + 1])
    return line if len(line) <= _SHOWN else line[: _SHOWN - 1] + "…"
