"""What the robots of chats have in common: markup that strangers cannot use, and codes in the body of an answer."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from alerts.channels.channel import Failure, Outcome, Sent
from alerts.channels.http import MINUTE, member
from alerts.channels.letter import Letter
from alerts.end_point import EndPoint
from alerts.outgoing import Answer

_LOOKALIKES: Final = str.maketrans("<>[]()*_`#@~|\\!&", "＜＞［］（）＊＿ˋ＃＠～｜＼！＆")
"""The robots' markup cannot be escaped: what would be markup, a mention or a link becomes a sign that looks like it."""
BLOCK_MS: Final = 10 * MINUTE


def harmless(text: str) -> str:
    """Text of strangers for the robots' markdown: no markup, no mention of anybody, no link."""
    plain = text.translate(_LOOKALIKES).replace("://", "：//")
    return f"\u200b{plain}" if plain[:1] in ("-", "+", ">", "=") or plain[:1].isdigit() else plain


def markdown(letter: Letter, most: int) -> str:
    """Title and lines as a robot's markdown of at most `most` bytes; the only link is our own."""
    link = f"[{letter.url}]({letter.url})" if letter.url else ""
    lines = [_line(line, letter.url) for line in letter.text.splitlines()]
    head = f"**{harmless(letter.title)}**"
    room = most - len(f"{head}\n\n{link}\n…".encode())
    kept: list[str] = []
    for line in lines:
        room -= len(f"  \n{line}".encode())
        if room < 0:
            kept.append("…")
            break
        kept.append(line)
    if link and not any(link in line for line in kept):
        kept.append(link)
    return head + "\n\n" + "  \n".join(kept)


def _line(line: str, url: str | None) -> str:
    if url and line.endswith(url):
        return f"{harmless(line.removesuffix(url))}[{url}]({url})"
    return harmless(line)


class Codes:
    """What a robot's codes mean: `many` (rate, with how long it blocks), `never` (the same again), else try again."""

    def __init__(self, names: tuple[str, ...], many: Mapping[int, int], never: frozenset[int]) -> None:
        self._names, self._many, self._never = names, many, never

    def verdict(self, end_point: EndPoint, answer: Answer) -> Outcome:
        """Success is the code 0 in the body, whatever the HTTP status says."""
        code, words = member(answer, *self._names)
        if code is None:
            return Failure(f"HTTP {answer.status}, and no answer of a robot: {end_point.shown(answer.body)}")
        said = end_point.shown(f"{code} {words}")
        if code == 0:
            return Sent(said)
        if code in self._many:
            return Failure(said, hold_ms=self._many[code])
        return Failure(said, refused=code in self._never)
