"""Somebody with the database in hand edits, removes, inserts, reorders and rewrites what was sealed."""

from __future__ import annotations

import hashlib
import json
import zlib
from collections.abc import Callable
from random import Random
from typing import Any, Final

from sqlalchemy import Connection, create_engine, delete, func, select, update

from reports.chain import parse_head, verify
from store.seals import Seal, hash_of
from store.statement_schema import papers, seals
from tests.proof.year_checks import Checked

Edit = Callable[[Connection, Random], str]


def trials(url: str, head: str, seed: int, count: int) -> Checked:
    """So many edits, each on the chain as it was sealed; `head` is the one that was printed last."""
    engine = create_engine(url)
    wrong, found = [], 0
    with engine.connect() as conn:
        assert not verify(conn, parse_head(head)).findings
        conn.rollback()
        for n in range(count):
            chance = Random(f"{seed} tampering {n}")
            edit = EDITS[n % len(EDITS)]
            said = edit(conn, chance)
            if verify(conn, parse_head(head)).findings:
                found += 1
            else:
                wrong.append(f"tampering was not found: {edit.__name__} {said}")
            conn.rollback()
    engine.dispose()
    return Checked({"tampered": count, "tampering_found": found}, wrong)


def _length(conn: Connection) -> int:
    return conn.execute(select(func.count()).select_from(seals)).scalar_one()


def _row(conn: Connection, n: int) -> dict[str, Any]:
    return dict(conn.execute(select(seals).where(seals.c.n == n)).one()._mapping)


def edited(conn: Connection, chance: Random) -> str:
    """One cell of one seal."""
    n, name = chance.randint(1, _length(conn)), chance.choice(Seal._fields[1:])
    before = _row(conn, n)[name]
    after: Any = {**before, "score": "100.00", "x": 1} if isinstance(before, dict) else None
    if isinstance(before, int):
        after = before + 1
    if isinstance(before, str):
        after = "f" * 64 if name in ("statement", "facts", "previous", "hash") else f"{before}x"
    conn.execute(update(seals).where(seals.c.n == n).values({name: after}))
    return f"{n} {name}"


def edited_with_its_hash(conn: Connection, chance: Random) -> str:
    """A seal that says something else, with the hash of that."""
    n = chance.randint(1, _length(conn))
    row = {**_row(conn, n), "by": "somebody else"}
    conn.execute(update(seals).where(seals.c.n == n).values(by=row["by"], hash=hash_of(row)))
    return str(n)


def rewritten(conn: Connection, chance: Random) -> str:
    """A seal that says something else, and every later link made anew on it."""
    n, last = chance.randint(1, _length(conn)), _length(conn)
    previous = _row(conn, n)["previous"]
    for at in range(n, last + 1):
        row = {**_row(conn, at), "previous": previous}
        row["detail"] = {**row["detail"], "score": "12.34"} if at == n else row["detail"]  # a score that no month has
        row["hash"] = previous = hash_of(row)
        conn.execute(update(seals).where(seals.c.n == at).values(row))
    return str(n)


def removed(conn: Connection, chance: Random) -> str:
    """One seal, from anywhere."""
    n = chance.randint(1, _length(conn))
    conn.execute(delete(seals).where(seals.c.n == n))
    return str(n)


def closed_up(conn: Connection, chance: Random) -> str:
    """One seal is gone, and the later ones are numbered and linked anew."""
    last = _length(conn)
    n = chance.randint(1, last)
    previous = _row(conn, n)["previous"]
    conn.execute(delete(seals).where(seals.c.n == n))
    for at in range(n + 1, last + 1):
        row = {**_row(conn, at), "n": at - 1, "previous": previous}
        row["hash"] = previous = hash_of(row)
        conn.execute(update(seals).where(seals.c.n == at).values(row))
    return str(n)


def truncated(conn: Connection, chance: Random) -> str:
    """The last few."""
    n = chance.randint(2, _length(conn))
    conn.execute(delete(seals).where(seals.c.n >= n))
    return f"from {n}"


def emptied(conn: Connection, _chance: Random) -> str:
    """All of them."""
    conn.execute(delete(seals))
    return "all"


def swapped(conn: Connection, chance: Random) -> str:
    """Two neighbours change places."""
    n = chance.randint(1, _length(conn) - 1)
    for before, after in ((n, -1), (n + 1, n), (-1, n + 1)):
        conn.execute(update(seals).where(seals.c.n == before).values(n=after))
    return str(n)


def inserted(conn: Connection, chance: Random) -> str:
    """A month that never was sealed, somewhere in between; the later ones move on."""
    last = _length(conn)
    n = chance.randint(1, last)
    row = {**_row(conn, n), "n": n, "month": "2031-01", "number": 7}
    for at in range(last, n - 1, -1):
        conn.execute(update(seals).where(seals.c.n == at).values(n=at + 1))
    row["hash"] = hash_of(row)
    conn.execute(seals.insert().values(row))
    return str(n)


def paper_edited(conn: Connection, chance: Random) -> str:
    """A statement or its facts say something else under the same digest."""
    digest = _paper(conn, chance)
    packed = conn.execute(select(papers.c.packed).where(papers.c.digest == digest)).scalar_one()
    document = json.loads(zlib.decompress(packed))
    document["month" if "month" in document else "contract"] = "2031-01"
    raw = json.dumps(document, ensure_ascii=False, sort_keys=True, separators=(",", ":")).encode()
    conn.execute(update(papers).where(papers.c.digest == digest).values(packed=zlib.compress(raw)))
    return digest


def paper_damaged(conn: Connection, chance: Random) -> str:
    """Bytes of a paper flip."""
    digest = _paper(conn, chance)
    packed = bytearray(conn.execute(select(papers.c.packed).where(papers.c.digest == digest)).scalar_one())
    packed[chance.randrange(len(packed))] ^= 1 << chance.randrange(8)
    conn.execute(update(papers).where(papers.c.digest == digest).values(packed=bytes(packed)))
    return digest


def paper_gone(conn: Connection, chance: Random) -> str:
    """A paper is gone."""
    digest = _paper(conn, chance)
    conn.execute(delete(papers).where(papers.c.digest == digest))
    return digest


def paper_exchanged(conn: Connection, chance: Random) -> str:
    """A seal names another paper that there is, with the digest and the hash that this makes."""
    n = chance.randint(1, _length(conn))
    row = _row(conn, n)
    raw = json.dumps({**_statement(conn, row["statement"]), "score": "100.00"}, sort_keys=True).encode()
    digest = hashlib.sha256(raw).hexdigest()
    conn.execute(papers.insert().values(digest=digest, packed=zlib.compress(raw), recorded_at=0))
    row["statement"] = digest
    conn.execute(update(seals).where(seals.c.n == n).values(statement=digest, hash=hash_of(row)))
    return str(n)


def _paper(conn: Connection, chance: Random) -> str:
    row = _row(conn, chance.randint(1, _length(conn)))
    return str(row[chance.choice(("statement", "facts"))])


def _statement(conn: Connection, digest: str) -> dict[str, Any]:
    packed = conn.execute(select(papers.c.packed).where(papers.c.digest == digest)).scalar_one()
    document: dict[str, Any] = json.loads(zlib.decompress(packed))
    return document


EDITS: Final[tuple[Edit, ...]] = (
    edited,
    removed,
    paper_edited,
    truncated,
    swapped,
    rewritten,
    edited,
    inserted,
    paper_damaged,
    closed_up,
    edited_with_its_hash,
    paper_gone,
    paper_exchanged,
    emptied,
)
