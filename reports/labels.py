"""Stickers for devices: a code that opens a device's page, alone as SVG or as sheets for a hall as PDF."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Sequence
from io import BytesIO
from pathlib import Path
from typing import Any, Final, Literal, NamedTuple
from unicodedata import category
from urllib.parse import quote

import segno
import typst

from reports.fonts import families, installed

MOST: Final = 960
"""Of stickers in one file: forty sheets."""
LONGEST: Final = 160
"""Of a text on a sticker."""
_SHEET: Final = Path(__file__).with_name("labels.typ")


class TooMany(ValueError):
    """More stickers than one file holds."""

    def __init__(self, asked: int) -> None:
        super().__init__(f"{asked} stickers are more than the {MOST} that one file holds")


class Label(NamedTuple):
    """One sticker: the asset number, the kind in words, the hall's name, the address that the code holds."""

    id: str
    kind: str
    hall: str
    url: str


def address(base: str, device: str) -> str:
    """What a device's code holds: the short address of its page, an id and no secret."""
    return f"{base.rstrip('/')}/d/{quote(device, safe='')}"


def code(url: str) -> bytes:
    """The code of an address as SVG, black on white with the quiet zone that readers want (ISO/IEC 18004)."""
    drawn = BytesIO()
    segno.make(url, micro=False, error="m").save(drawn, kind="svg", scale=8, border=4, light="white")
    return drawn.getvalue()


def sheets(
    labels: Sequence[Label],
    title: str,
    hint: str,
    language: str,
    form: Literal["pdf", "png"] = "pdf",
    fonts: typst.Fonts | None = None,
) -> list[bytes]:
    """A4 pages of 3 x 8 stickers with cutting marks: one PDF, or a picture for each page.

    `hint` stands on each and says what the code is for. Whatever a text holds comes out as text: invisible and
    direction-changing characters are left out, long ones end in an ellipsis. Raises `reports.fonts.NoFont`, `TooMany`.
    """
    if len(labels) > MOST:
        raise TooMany(len(labels))
    fonts = fonts or installed()
    given = {
        "title": plain(title),
        "hint": plain(hint),
        "language": language,
        "labels": [_entry(one) for one in labels],
    }
    given["fonts"] = families(fonts, json.dumps(given, ensure_ascii=False))
    compiler = typst.Compiler(_SHEET.read_bytes(), root=_SHEET.parent, font_paths=fonts, ignore_system_fonts=True)
    made = compiler.compile(format=form, ppi=150, sys_inputs={"labels": json.dumps(given)})
    return [made] if isinstance(made, bytes) else [one for one in made or [] if isinstance(one, bytes)]


def plain(text: str) -> str:
    """The text without what is not seen or turns the direction of what is, at most `LONGEST` characters of it."""
    seen = "".join(
        one for one in text[: 4 * LONGEST] if not category(one).startswith("C") and one not in "\u2028\u2029"
    )
    return seen if len(seen) <= LONGEST else seen[: LONGEST - 1] + "…"


def _entry(label: Label) -> dict[str, str]:
    return {
        "id": plain(label.id),
        "kind": plain(label.kind),
        "hall": plain(label.hall),
        "url": label.url,
        "code": _bare(label.url),
    }


def _bare(url: str) -> str:
    """The code without a quiet zone: the sheet leaves room around it."""
    drawn = BytesIO()
    segno.make(url, micro=False, error="m").save(drawn, kind="svg", border=0, xmldecl=False)
    return drawn.getvalue().decode()


def of_devices(devices: Iterable[Any], base: str, words: Callable[[str], str]) -> list[Label]:
    """The stickers of devices (rows with `id`, `kind`, `hall_name`) by kind and id; `words` translates a kind."""
    sorted_ = sorted(devices, key=lambda one: (one.kind, one.id))
    return [Label(one.id, words(one.kind), one.hall_name, address(base, one.id)) for one in sorted_]
