"""Whether the chain of seals is what it was: each row, link and paper, and the head that was printed last (S6)."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, Final, NamedTuple

from sqlalchemy import Connection

from reports.deeds import edited
from sla.ticket import N_
from store import papers, seals
from store.papers import BadPaper
from store.seals import ORIGIN, Head, Seal

_UNSEEN: Final = "\u200b"
"""Between the digits of what is copied from paper, where a line may break."""
_HEAD: Final = re.compile(r"(\d{1,12}):([0-9a-f]{16,64})", re.ASCII)
TEXTS: Final[Mapping[str, str]] = {
    "missing": N_("seal {n} is missing: removed, or never there"),
    "altered": N_("seal {n} ({month} of {contract}) was edited: its hash is not that of what it says"),
    "unlinked": N_(
        "seal {n} ({month} of {contract}) does not follow the one before it: moved, inserted, or edited there"
    ),
    "paper_missing": N_("seal {n} ({month} of {contract}): its {paper} is gone"),
    "paper_altered": N_("seal {n} ({month} of {contract}): its {paper} was edited"),
    "deeds_altered": N_("seal {n} ({month} of {contract}): what was done with it was edited since: {what}"),
    "deeds_unreadable": N_("seal {n} ({month} of {contract}): what was done with it was edited and cannot be read"),
    "file_altered": N_("seal {n} ({month} of {contract}): file {file} of dispute {dispute} was edited"),
    "paper_other": N_("seal {n} ({month} of {contract}): its statement is of {other}"),
    "order": N_("seal {n}: {month} of {contract} stands after {other}: a vendor's months are sealed in order"),
    "number": N_("seal {n} ({month} of {contract}) is number {number} of its month, where {due} was due"),
    "differs": N_("seal {n} ({month} of {contract}): {what}: sealed is {sealed}, its facts give {found}"),
    "incomputable": N_("seal {n} ({month} of {contract}) cannot be computed from its facts: {reason}"),
    "truncated": N_("the chain ends at {end}, but a head {n} was printed: {gone} seals at its end are gone"),
    "empty": N_("there is no seal at all, but a head {n} was printed: the whole chain is gone"),
    "rewritten": N_(
        "seal {n} is not the one whose head was printed: read it off again, else the chain was rewritten up to it"
    ),
}
UNSAID: Final = N_("Without a printed head nobody can tell whether seals at the end are gone, or all were rewritten.")


class BadHead(ValueError):
    """What was given is no head such as 12:9f8e…"""


class Finding(NamedTuple):
    """One thing that is wrong; `values` stand in the holes of its text."""

    code: str
    values: Mapping[str, str]

    def words(self, translate: Callable[[str], str] = str) -> str:
        """In a language."""
        return translate(TEXTS[self.code]).format(**self.values)


class Verified(NamedTuple):
    """What was found, how many seals there are, and the present end of the chain."""

    findings: tuple[Finding, ...]
    seals: int
    head: Head | None


def parse_head(text: str) -> Head:
    """A head as reports print it, at least 16 digits of its hash. Raises `BadHead`."""
    match = _HEAD.fullmatch("".join(text.lower().replace(_UNSEEN, "").split()))
    if match is None:
        raise BadHead(text)
    return Head(int(match[1]), match[2])


def verify(conn: Connection, printed: Head | None = None) -> Verified:
    """Look at every row; with the head that was printed last, also at what is no more there to be looked at."""
    chain = _Chain(conn)
    findings = [one for link in seals.every(conn) for one in chain.next(link)]
    last = None if chain.last is None else Head(chain.last.n, chain.last.hash)
    if printed is not None:
        findings += _printed(chain, printed)
    return Verified(tuple(findings), chain.count, last)


@dataclass(slots=True)
class _Chain:
    """What was seen of the chain so far."""

    conn: Connection
    last: Seal | None = None
    count: int = 0
    hashes: dict[int, str] = field(default_factory=dict)
    numbers: dict[tuple[str, str], int] = field(default_factory=dict)
    months: dict[str, str] = field(default_factory=dict)

    def next(self, link: Seal) -> Iterator[Finding]:
        """What is wrong with the next row."""
        named = {"n": str(link.n), "month": link.month, "contract": link.contract}
        yield from self._linked(link, named)
        yield from self._ordered(link, named)
        yield from self._papers(link, named)
        self.last, self.count = link, self.count + 1
        self.hashes[link.n] = str(link.hash)

    def _linked(self, link: Seal, named: Mapping[str, str]) -> Iterator[Finding]:
        end, previous = (self.last.n, self.last.hash) if self.last else (0, ORIGIN)
        for n in range(end + 1, min(link.n, end + 101)):
            yield Finding("missing", {"n": str(n)})
        if not seals.is_whole(link):
            yield Finding("altered", named)
        if link.previous != previous:
            yield Finding("unlinked", named)

    def _ordered(self, link: Seal, named: Mapping[str, str]) -> Iterator[Finding]:
        due = self.numbers.get((link.contract, link.month), 0)
        self.numbers[link.contract, link.month] = due + 1
        if link.number != due:
            yield Finding("number", {**named, "number": str(link.number), "due": str(due)})
        before = self.months.get(link.vendor, "")
        if link.number == 0:
            self.months[link.vendor] = max(before, link.month)
        if link.number == 0 and link.month < before:
            yield Finding("order", {**named, "other": before})

    def _papers(self, link: Seal, named: Mapping[str, str]) -> Iterator[Finding]:
        for paper in ("statement", "facts"):
            try:
                document = papers.get(self.conn, getattr(link, paper))
            except BadPaper as error:
                code = "paper_missing" if error.missing else "paper_altered"
                yield Finding(code, {**named, "paper": paper})
                continue
            if paper == "statement" and _about(document) != (link.contract, link.vendor, link.month):
                yield Finding("paper_other", {**named, "other": " ".join(map(str, _about(document)))})
            elif paper == "statement" and link.number == 0:
                yield from (Finding(code, {**named, **values}) for code, values in edited(self.conn, link, document))


def _about(statement: Mapping[str, Any]) -> tuple[Any, Any, Any]:
    return statement.get("contract"), statement.get("vendor"), statement.get("month")


def _printed(chain: _Chain, printed: Head) -> Iterator[Finding]:
    end = chain.last.n if chain.last else 0
    named = {"n": str(printed.n), "end": str(end), "gone": str(printed.n - end)}
    if not end:
        yield Finding("empty", named)
    elif printed.n > end:
        yield Finding("truncated", named)
    elif not chain.hashes.get(printed.n, "").startswith(printed.hash):
        yield Finding("rewritten", named)
