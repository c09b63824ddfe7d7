"""Words in two languages, and the tree of JSON in which they stand until one is chosen."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Final, Literal, NamedTuple

Language = Literal["zh", "en"]
LANGUAGES: Final[tuple[Language, ...]] = ("zh", "en")
Json = None | bool | int | float | str | list["Json"] | dict[str, "Json"]


class T(NamedTuple):
    """One text as either language says it; the Chinese is the trade's, not a word-for-word translation."""

    en: str
    zh: str

    def __add__(self, more: object) -> T:
        """This text and another, or one that is the same in both languages."""
        if isinstance(more, T):
            return T(self.en + more.en, self.zh + more.zh)
        return T(f"{self.en}{more}", f"{self.zh}{more}")


Tree = None | bool | int | float | str | T | Sequence["Tree"] | Mapping[str, "Tree"]
"""JSON whose texts are still in both languages."""


def spoken(tree: Tree, language: Language) -> Json:
    """The same tree as plain JSON in one language."""
    if isinstance(tree, T):
        return tree.zh if language == "zh" else tree.en
    if isinstance(tree, Mapping):
        return {key: spoken(value, language) for key, value in tree.items()}
    if isinstance(tree, str) or not isinstance(tree, Sequence):
        return tree
    return [spoken(one, language) for one in tree]
