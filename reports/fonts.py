"""The fonts that printed things are set in: the bundle's or this machine's, or an error that says what to install."""

from __future__ import annotations

import sys
from functools import cache
from pathlib import Path
from typing import Final

import typst

_CHINESE: Final = (
    "Noto Sans CJK SC",
    "Noto Sans SC",
    "Source Han Sans SC",
    "Microsoft YaHei",
    "PingFang SC",
    "WenQuanYi Zen Hei",
    "WenQuanYi Micro Hei",
    "SimHei",
    "SimSun",
    "Noto Serif CJK SC",
)
_BUNDLED: Final = Path(sys.prefix) / "share" / "hallwatch" / "fonts"  # where the bundle's installer puts its own
_LATIN: Final = ("Noto Sans", "DejaVu Sans", "Liberation Sans", "Libertinus Serif")


class NoFont(Exception):
    """This machine has no font for the characters that are to be printed; the text says what to install."""

    def __init__(self) -> None:
        super().__init__("no font with Chinese characters is installed; on Debian: apt-get install fonts-noto-cjk")


@cache
def installed() -> typst.Fonts:
    """The fonts of the bundle and of this machine; looking for them takes a third of a second."""
    return typst.Fonts(font_paths=[_BUNDLED] if _BUNDLED.is_dir() else [])


def families(fonts: typst.Fonts, text: str) -> list[str]:
    """The families to set a text in, the first that has a character wins; raises `NoFont`."""
    known = set(fonts.families())
    chinese = [name for name in _CHINESE if name in known]
    if not chinese and any("\u2e80" <= one <= "\u9fff" or one >= "\U00020000" for one in text):
        installed.cache_clear()  # whoever installs one need not start us anew
        raise NoFont
    return chinese + [name for name in _LATIN if name in known]
