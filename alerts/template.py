"""Messages out of templates: ours or what people made of them, filled in, bounded, and escaped for mail."""

from __future__ import annotations

import re
from collections.abc import Mapping
from difflib import get_close_matches
from html import escape
from typing import Final, NamedTuple

from alerts.plain import one_line
from alerts.wording import PLACEHOLDERS, WORDING
from store.templates import Templates

VALUE_LENGTH: Final = 400
LIST_LENGTH: Final = 4000
TITLE_LENGTH: Final = 200
TEXT_LENGTH: Final = 4000
_HOLE: Final = re.compile(r"\{([^{}\n]*)\}")
_NAMED: Final = re.compile(r"([^:：]{1,40})([:：])\s*(.+)")


class Message(NamedTuple):
    """What is told: a title of one line, a text of lines, and the same as HTML. None of it is escaped for robots."""

    title: str
    text: str
    html: str


class UnknownTemplate(LookupError):
    """No message is called so, or not in that language."""


def message(name: str, language: str, values: Mapping[str, str], templates: Templates | None = None) -> Message:
    """The message `name` (see `alerts.wording`) with `values` by placeholder; what is missing is empty.

    `templates` (`store.templates.newest`) go before ours. A line whose placeholders are all empty is left out.
    Raises `UnknownTemplate`.
    """
    title, text = words(name, language, templates)
    return filled(title, text, values)


def words(name: str, language: str, templates: Templates | None = None) -> tuple[str, str]:
    """Title and text with their placeholders: people's where there are any, else ours. Raises `UnknownTemplate`."""
    ours = WORDING.get(name, {}).get(language)
    if ours is None:
        raise UnknownTemplate(f"no message {name!r} in {language!r}")
    changed = (templates or {}).get((name, language))
    return (changed.subject or ours[0], changed.text) if changed else ours


def filled(title: str, text: str, values: Mapping[str, str]) -> Message:
    """Title and text with the values put in, each bounded and without what breaks lines."""
    safe = {name: _bounded(name, str(value)) for name, value in values.items()}
    shown = one_line(_put(title, safe))[:TITLE_LENGTH]
    lines = [_tidy(_put(line, safe)) for line in text.splitlines() if not _idle(line, safe)]
    whole = "\n".join(lines).strip("\n")[: TEXT_LENGTH + LIST_LENGTH]
    return Message(shown, whole, _html(shown, whole, safe.get("url", "")))


def faults(title: str, text: str) -> list[str]:
    """What is wrong with a person's template, in English; none where it can be used."""
    found = []
    if "\n" in title or "\r" in title:
        found.append("the title is more than one line")
    if len(title) > TITLE_LENGTH or len(text) > TEXT_LENGTH:
        found.append(f"longer than {TITLE_LENGTH} (title) or {TEXT_LENGTH} (text) characters")
    holes = dict.fromkeys(_HOLE.findall(title + "\n" + text))
    return found + [_unknown(one) for one in holes if one not in PLACEHOLDERS]


def _unknown(name: str) -> str:
    near = get_close_matches(name.strip().lower(), PLACEHOLDERS, 1)
    more = f"did you mean {{{near[0]}}}?" if near else "known: " + " ".join(f"{{{one}}}" for one in PLACEHOLDERS)
    return f"{{{name[:40]}}} is no placeholder; {more}"


def _bounded(name: str, value: str) -> str:
    if name == "list":
        return "\n".join(one_line(line)[:VALUE_LENGTH] for line in value.splitlines())[:LIST_LENGTH]
    return one_line(value)[:VALUE_LENGTH]


def _put(text: str, values: Mapping[str, str]) -> str:
    return _HOLE.sub(lambda hole: values.get(hole[1], "") if hole[1] in PLACEHOLDERS else hole[0], text)


def _idle(line: str, values: Mapping[str, str]) -> bool:
    holes = [one for one in _HOLE.findall(line) if one in PLACEHOLDERS]
    return bool(holes) and not any(values.get(one) for one in holes)


def _tidy(line: str) -> str:
    """Without the brackets and gaps that an empty value leaves."""
    line = re.sub(r"\s*(\(\s*\)|（\s*）)", "", line)
    return re.sub(r" +(?=[)）]|$)", "", line, flags=re.MULTILINE)


def _html(title: str, text: str, url: str) -> str:
    """The same for mail: named lines as rows; nothing of it is markup but our own, nothing a link but `url`."""
    rows = "".join(f"<tr>{_row(line, url)}</tr>" for line in text.splitlines())
    return (
        "<!doctype html><meta charset='utf-8'><div style='font-family:sans-serif'>"
        f"<h2>{escape(title)}</h2><table cellpadding='4'>{rows}</table></div>"
    )


def _row(line: str, url: str) -> str:
    if url and line.endswith(url) and url.startswith(("http://", "https://")):
        name = escape(line.removesuffix(url).strip().rstrip(":："))
        href = escape(url, quote=True)
        return f"<th align='left'>{name}</th><td><a href='{href}'>{href}</a></td>"
    named = _NAMED.fullmatch(line)
    if named is None:
        return f"<td colspan='2'>{escape(line)}</td>"
    return f"<th align='left'>{escape(named[1])}</th><td>{escape(named[3])}</td>"
