"""Text in a person's language: gettext catalogues in `locale/`, compiled ones among them."""

from __future__ import annotations

import gettext
from collections.abc import Callable, Mapping
from functools import cache
from pathlib import Path
from typing import Final

LOCALE: Final = Path(__file__).parent / "locale"
DOMAIN: Final = "hallwatch"
LANGUAGES: Final = ("zh", "en")


@cache
def translator(language: str) -> Callable[[str], str]:
    """The translation into a language; English words where the language is not one of ours.

    What is in no catalogue comes back as it is: codes of kinds and models that users add, words that devices say.
    """
    wanted = language if language in LANGUAGES else "en"
    catalogue = gettext.translation(DOMAIN, LOCALE, [wanted], fallback=True)

    def translate(text: str) -> str:
        return catalogue.gettext(text) if text else ""

    return translate


def worded(words: Mapping[str, Mapping[str, str]]) -> Callable[[str], Callable[[str], str]]:
    """`translator` with words of the users' own, by code and language: in another language where there are none in the
    wanted one. What ours has words for keeps them."""
    own = {code: said for code, said in words.items() if said and translator("zh")(code) == code}

    def speaking(language: str) -> Callable[[str], str]:
        translate = translator(language)

        def say(text: str) -> str:
            said = own.get(text)
            return translate(text) if said is None else said.get(language) or next(iter(said.values()))

        return say

    return cache(speaking)
