"""The chain of seals, one per installation: a hash covers what was sealed and the hash before it (S6)."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from typing import Any, Final, NamedTuple

from sqlalchemy import Connection, Text, cast, select
from sqlalchemy.exc import IntegrityError

from sla.instant import Ms
from store.papers import digest_of
from store.statement_schema import seals

ORIGIN: Final = "0" * 64
"""What the first seal names as the one before it."""


class New(NamedTuple):
    """What is to be sealed: `number` 0 of a month, 1.. of its amendments; `statement`, `facts`: digests of papers."""

    contract: str
    vendor: str
    month: str
    number: int
    at: Ms
    by: str
    statement: str
    facts: str
    detail: Mapping[str, Any]


class Seal(NamedTuple):
    """One link of the chain, as it is recorded."""

    n: int
    contract: str
    vendor: str
    month: str
    number: int
    at: Ms
    by: str
    statement: str
    facts: str
    detail: Mapping[str, Any]
    previous: str
    hash: str


class Head(NamedTuple):
    """The end of the chain, as it is printed on every report."""

    n: int
    hash: str

    def __str__(self) -> str:
        """As `12:9f8e…`, which `hallwatch verify --head` takes."""
        return f"{self.n}:{self.hash}"


class Quicker(Exception):
    """Somebody else appended to the chain at the same time; nothing was."""


_SEAL: Final = [seals.c[name] for name in Seal._fields]


def head(conn: Connection) -> Head | None:
    """The end of the chain; None before the first seal."""
    row = conn.execute(select(seals.c.n, seals.c.hash).order_by(seals.c.n.desc()).limit(1)).one_or_none()
    return None if row is None else Head(*row)


def append(conn: Connection, new: New) -> Seal:
    """Append one to the chain, in a writing transaction. Raises `Quicker`: then the transaction is lost."""
    last = head(conn)
    row = {"n": last.n + 1 if last else 1, **new._asdict(), "previous": last.hash if last else ORIGIN}
    row["hash"] = hash_of(row)
    try:
        conn.execute(seals.insert().values(row))
    except IntegrityError as error:
        raise Quicker from error
    return Seal(**row)


def hash_of(row: Mapping[str, Any]) -> str:
    """The SHA-256 over the canonical JSON of all members of a seal but its hash."""
    return digest_of({name: row[name] for name in Seal._fields if name != "hash"})


def is_whole(link: Seal) -> bool:
    """Whether a link says what its hash was made of; what cannot even be written as JSON does not."""
    try:
        return hash_of(link._asdict()) == link.hash
    except (TypeError, ValueError):
        return False


def of_month(conn: Connection, contract: str, month: str) -> list[Seal]:
    """The seal of a month and its amendments, by number; empty where it is not sealed."""
    mine = (seals.c.contract == contract) & (seals.c.month == month)
    return [Seal(*row) for row in conn.execute(select(*_SEAL).where(mine).order_by(seals.c.number))]


def months(conn: Connection, vendor: str) -> list[tuple[str, str]]:
    """The (month, contract) that are sealed of a vendor, in order."""
    mine = (seals.c.vendor == vendor) & (seals.c.number == 0)
    rows = conn.execute(select(seals.c.month, seals.c.contract).where(mine).order_by(seals.c.month, seals.c.contract))
    return [(row.month, row.contract) for row in rows]


def sealed(conn: Connection) -> list[tuple[str, str]]:
    """The (contract, month) of every sealed month, in the order of the chain."""
    rows = conn.execute(select(seals.c.contract, seals.c.month).where(seals.c.number == 0).order_by(seals.c.n))
    return [(row.contract, row.month) for row in rows]


def every(conn: Connection) -> Iterator[Seal]:
    """The whole chain in the order of its numbers, also one that somebody wrote into."""
    columns = [cast(seals.c.detail, Text) if name == "detail" else seals.c[name] for name in Seal._fields]
    for row in conn.execute(select(*columns).order_by(seals.c.n)):
        yield Seal._make(row)._replace(detail=_detail(row[Seal._fields.index("detail")]))


def _detail(text: str) -> Mapping[str, Any]:
    """What somebody wrote there that is no JSON is shown as it is: it is for `reports.chain` to say so."""
    try:
        found: Mapping[str, Any] = json.loads(text)
    except ValueError:
        return {"unreadable": text}
    return found
