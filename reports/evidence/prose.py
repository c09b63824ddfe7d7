"""What a pack says in words: how to use it, and the arithmetic of its statement, in each language (S4)."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any, Final

Translate = Callable[[str], str]

_README: Final = Path(__file__).parent / "README.txt"
_RULE: Final = "=" * 72


def readme(told: Mapping[str, Any], head: str | None) -> str:
    """How to check the pack, and what is in it."""
    text = _README.read_text("utf-8")
    known = {"contract": told["contract"], "vendor": told["vendor"], "month": told["month"], "head": head or "-"}
    for name, value in known.items():
        text = text.replace("{" + name + "}", _line(value))
    return text


def arithmetic(told: Mapping[str, Any], languages: Mapping[str, Translate]) -> str:
    """Each line with its steps and what stands behind it, then the score and the payment; a part a language."""
    return f"\n{_RULE}\n\n".join("\n".join(_told(told, translate)) + "\n" for translate in languages.values())


def _told(told: Mapping[str, Any], translate: Translate) -> Iterator[str]:
    yield _line(f"{told['vendor_name']} ({told['vendor']}), {told['contract']}, {told['month']}")
    for line in told["lines"]:
        yield ""
        yield _line(f"{line['id']}  {line['term']}  {line['rules']}: {line['deduction']}")
        yield from (f"  {_said(step, translate)}" for step in line["arithmetic"])
        yield from (f"    {_ground(one, translate)}" for one in line["evidence"])
    yield ""
    yield from (_said(step, translate) for step in (*told["arithmetic"], *told.get("settlement", ())))


def _said(step: Mapping[str, Any], translate: Translate) -> str:
    return _line(translate(step["text"]).format(**step["numbers"]))


def _ground(one: Mapping[str, Any], translate: Translate) -> str:
    said = [f"{one['thing']}: {one['amount']}", translate(one["note"]) if one["note"] else ""]
    if one["ticket"]:
        said += [f"{one['start'] or '-'} .. {one['until'] or '-'}", f"{one['counted_s']} s / {one['target_s']} s"]
    return _line(", ".join(part for part in said if part))


def _line(text: object) -> str:
    """Text from data stays on its line, without control characters."""
    return "".join(one if one.isprintable() else " " for one in str(text))
