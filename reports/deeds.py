"""Whether what people did with a sealed statement is still what its seal says, files too (S5)."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Mapping
from typing import Any

from sqlalchemy import Connection

from reports.standing import DEEDS, deeds
from sla.publication import derive
from store import statement_events
from store.papers import canonical
from store.seals import Seal

Altered = tuple[str, Mapping[str, str]]
"""What `reports.chain.TEXTS` calls it, and what stands in the holes."""


def edited(conn: Connection, link: Seal, paper: Mapping[str, Any]) -> list[Altered]:
    """What of it was edited by somebody who wrote into the database; `paper` is the statement that was sealed."""
    try:
        return [*_edited(conn, link, paper)]
    except (ArithmeticError, AttributeError, LookupError, TypeError, ValueError):
        return [("deeds_unreadable", {})]


def _edited(conn: Connection, link: Seal, paper: Mapping[str, Any]) -> Iterator[Altered]:
    said = {name: link.detail[name] for name in DEEDS if name in link.detail}
    if not said:
        return
    found = _now(conn, link, paper)
    if other := [name for name, value in said.items() if canonical(value) != canonical(found[name])]:
        yield "deeds_altered", {"what": ", ".join(other)}
    yield from _files(conn, said.get("disputes", ()))


def _now(conn: Connection, link: Seal, paper: Mapping[str, Any]) -> dict[str, Any]:
    entries = statement_events.entries(conn, link.contract, link.month)
    found = derive(entries, sealed=True)
    files = statement_events.files_of(conn, [one.n for one in found.disputes])
    return deeds(paper, entries, found, files)


def _files(conn: Connection, disputes: Any) -> Iterator[Altered]:
    """The bytes of files against their digests; of those that are gone the disputes themselves tell."""
    for dispute in disputes:
        for one in dispute["files"]:
            kept = statement_events.file_of(conn, dispute["n"], one["n"])
            if kept is not None and hashlib.sha256(kept.data).hexdigest() != one["digest"]:
                yield "file_altered", {"file": one["name"], "dispute": str(dispute["n"])}
