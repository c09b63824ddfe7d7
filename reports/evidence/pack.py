"""An evidence pack: a ZIP with a statement, its facts, the arithmetic in words, and a program that checks it.

The same papers give the same bytes: names are sorted, instants fixed.
"""

from __future__ import annotations

import hashlib
import io
import zipfile
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any, Final, NamedTuple

from sqlalchemy import Connection

from reports.evidence.facts import facts_document
from reports.evidence.prose import arithmetic, readme
from reports.standing import standing, told
from reports.statement import statement_document
from sla.instant import Ms
from store import papers
from store.city import City
from store.device_facts import KindPolicy
from store.papers import canonical
from store.seals import Seal

Translate = Callable[[str], str]

VERSION: Final = 1
_EVER: Final = (1980, 1, 1, 0, 0, 0)
_VERIFIER: Final = Path(__file__).parent / "verify.py"


class Papers(NamedTuple):
    """What goes into a pack: the statement as it was counted or published, the same with what came of it, its facts.

    `seals` are the seal and the amendments of the month, `head` the end of the chain (`n:hash`) when it was packed.
    """

    statement: Mapping[str, Any]
    told: Mapping[str, Any]
    facts: Mapping[str, Any]
    seals: Sequence[Seal] = ()
    head: str | None = None


def evidence_pack(
    conn: Connection,
    city: City,
    contract_id: str,
    month: str,
    policies: Mapping[str, KindPolicy],
    now: Ms,
    languages: Mapping[str, Translate],
) -> bytes:
    """The pack of a contract's month: of what was published or sealed from its papers, else of the draft as of now.

    `languages` by name, for the arithmetic in words. Raises KeyError for no such contract, ValueError for no month,
    `store.papers.BadPaper`.
    """
    return pack(gathered(conn, city, contract_id, month, policies, now), languages)


def gathered(
    conn: Connection, city: City, contract_id: str, month: str, policies: Mapping[str, KindPolicy], now: Ms
) -> Papers:
    """The papers of a contract's month. Raises as `evidence_pack`."""
    stands = standing(conn, contract_id, month, now)
    head = None if stands.head is None else str(stands.head)
    published = stands.publication.published
    if stands.document is None or published is None:
        drawn = statement_document(conn, city, contract_id, month, policies, now)
        facts = facts_document(conn, city, contract_id, month, policies, now)
        return Papers(drawn, told(drawn, stands), facts, (), head)
    digest = stands.seals[0].facts if stands.seals else published.detail["facts"]
    paper = stands.document
    return Papers(paper, told(paper, stands), papers.get(conn, digest), stands.seals, head)


def pack(given: Papers, languages: Mapping[str, Translate]) -> bytes:
    """One ZIP, deterministic."""
    return _zipped(contents(given, languages))


def contents(given: Papers, languages: Mapping[str, Translate]) -> dict[str, bytes]:
    """The files of a pack by name, the manifest among them."""
    files = {f"facts/{noun}.json": canonical(said) for noun, said in given.facts.items()}
    files |= {
        "paper.json": canonical(given.statement),
        "statement.json": canonical(given.told),
        "seals.json": canonical([one._asdict() for one in given.seals]),
        "arithmetic.txt": arithmetic(given.told, languages).encode(),
        "README.txt": readme(given.told, given.head).encode(),
        "verify.py": _VERIFIER.read_bytes(),
    }
    return files | {"manifest.json": canonical(_manifest(files, given))}


def _manifest(files: Mapping[str, bytes], given: Papers) -> dict[str, Any]:
    digests = {name: hashlib.sha256(data).hexdigest() for name, data in files.items()}
    return {
        "v": VERSION,
        "files": digests,
        "root": papers.digest_of(digests),
        "facts": papers.digest_of(given.facts),
        "statement": papers.digest_of(given.statement),
        "head": given.head,
    }


def _zipped(files: Mapping[str, bytes]) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED, compresslevel=6) as archive:
        for name in sorted(files):
            info = zipfile.ZipInfo(name, _EVER)
            info.compress_type = zipfile.ZIP_DEFLATED
            info.external_attr = 0o644 << 16
            info.create_system = 3
            archive.writestr(info, files[name])
    return out.getvalue()
