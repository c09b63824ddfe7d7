"""Every sealed statement computed again from its facts, by the program that stands in every evidence pack (S6)."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Iterator, Mapping
from itertools import islice
from typing import Any, Final

from sqlalchemy import Connection

from reports.chain import Finding
from reports.evidence import verify
from reports.evidence.pack import Papers, pack
from reports.standing import FROZEN
from store import papers, seals
from store.papers import BadPaper
from store.seals import Seal

_MOST: Final = 20
"""Differences of one seal that are told."""


def recompute(conn: Connection) -> Iterator[Finding]:
    """Where a seal's figures are not what its facts give; of papers that are gone or edited `reports.chain` tells."""
    for link in seals.every(conn):
        try:
            statement, facts = papers.get(conn, link.statement), papers.get(conn, link.facts)
        except BadPaper:
            continue
        yield from islice(_differing(link, statement, facts), _MOST)


def _differing(link: Seal, statement: Mapping[str, Any], facts: Mapping[str, Any]) -> Iterator[Finding]:
    named = {"n": str(link.n), "month": link.month, "contract": link.contract}
    try:
        said = {name: link.detail[name] for name in FROZEN if name in link.detail}
        files = _files(pack(Papers(statement, {**statement, **said}, facts), {}))
        rows = verify.verify(files, {}).rows
    except (verify.Bad, ArithmeticError, AttributeError, LookupError, TypeError, ValueError) as error:
        yield Finding("incomputable", {**named, "reason": f"{error}"})
        return
    for same, what, sealed, found in rows:
        if not same:
            yield Finding("differs", {**named, "what": what, "sealed": sealed, "found": found})


def _files(packed: bytes) -> dict[str, bytes]:
    with zipfile.ZipFile(io.BytesIO(packed)) as archive:
        return {name: archive.read(name) for name in archive.namelist()}
