"""`hallwatch verify` finds every month that somebody edited, removed, inserted, moved or cut off, by SQL (S6)."""

from __future__ import annotations

import hashlib
import json
import shutil
import sqlite3
import zlib
from collections.abc import Callable
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Engine
from typer.testing import CliRunner

from hallwatch.cli import app_of
from reports.chain import BadHead, Finding, parse_head, verify
from reports.recomputed import recompute
from store import papers, seals
from store.database import migrate, open_database, reading, writing
from store.papers import digest_of
from store.seals import Head, New

MONTHS = ("2026-07", "2026-08", "2026-09", "2026-10")


def statement(month: str, vendor: str = "v-1", contract: str = "c-1") -> dict[str, Any]:
    return {"contract": contract, "vendor": vendor, "month": month, "score": "95.00"}


@pytest.fixture(scope="module")
def template(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Head]:
    """Four months of two vendors in turn, the last one amended: nine seals."""
    path = tmp_path_factory.mktemp("chain") / "chain.db"
    engine = open_database(f"sqlite:///{path}")
    migrate(engine)
    for month in MONTHS:
        append(engine, month)
        append(engine, month, "v-2", "c-2")
    append(engine, MONTHS[-1], number=1)
    with reading(engine) as conn:
        head = seals.head(conn)
    engine.dispose()
    assert head is not None
    return path, head


def append(engine: Engine, month: str, vendor: str = "v-1", contract: str = "c-1", number: int = 0) -> None:
    with writing(engine) as conn:
        told = papers.put(conn, statement(month, vendor, contract) | {"number": number}, 1)
        facts = papers.put(conn, {"facts": month}, 1)
        seals.append(conn, New(contract, vendor, month, number, 7, "ann", told, facts, {"score": "95.00"}))


class Chain:
    """A copy, to be tampered with by SQL."""

    def __init__(self, path: Path, head: Head) -> None:
        self.path = path
        self.head = head

    def verify(self, printed: Head | None = None) -> Any:
        engine = open_database(f"sqlite:///{self.path}")
        try:
            with reading(engine) as conn:
                return verify(conn, printed)
        finally:
            engine.dispose()

    def sql(self, *statements: str) -> None:
        with closing(sqlite3.connect(self.path)) as conn:
            conn.execute("pragma foreign_keys = off")
            for one in statements:
                conn.execute(one)
            conn.commit()

    def rewrite(self) -> None:
        """What somebody does who knows how: renumber all, link and hash each anew."""
        with closing(sqlite3.connect(self.path)) as conn:
            conn.row_factory = sqlite3.Row
            rows = [dict(row) for row in conn.execute("select * from seals order by n")]
            conn.execute("delete from seals")
            previous = "0" * 64
            for n, row in enumerate(rows, 1):
                row |= {"n": n, "previous": previous, "detail": json.loads(row["detail"])}
                row["hash"] = previous = seals.hash_of(row)
                row["detail"] = json.dumps(row["detail"])
                names = ", ".join(f'"{name}"' for name in row)
                holes = ", ".join("?" * len(row))
                conn.execute(f"insert into seals ({names}) values ({holes})", list(row.values()))
            conn.commit()


@pytest.fixture
def chain(template: tuple[Path, Head], tmp_path: Path) -> Chain:
    path = tmp_path / "hallwatch.db"
    shutil.copy(template[0], path)
    return Chain(path, template[1])


def codes(found: Any) -> list[tuple[str, str]]:
    return [(one.code, one.values["n"]) for one in found.findings]


def test_s6_a_chain_nobody_touched_is_good(chain: Chain) -> None:
    found = chain.verify(chain.head)
    assert (found.findings, found.seals, found.head) == ((), 9, chain.head)
    older = chain.verify(parse_head("2:" + second(chain)))
    assert older.findings == ()


def second(chain: Chain) -> str:
    with closing(sqlite3.connect(chain.path)) as conn:
        return str(conn.execute("select hash from seals where n = 2").fetchone()[0])


@pytest.mark.parametrize(
    "edit",
    [
        "contract = 'c-9'",
        "vendor = 'v-9'",
        "month = '2026-11'",
        "number = 5",
        "at = 8",
        "\"by\" = 'eve'",
        "statement = facts",
        "facts = statement",
        "detail = json_set(detail, '$.score', '99.00')",
        "detail = 'no json'",
        "at = 'text'",
        "at = x'00ff'",
    ],
)
def test_s6_an_edited_seal_is_found_without_a_head(chain: Chain, edit: str) -> None:
    chain.sql(f"update seals set {edit} where n = 4")
    assert ("altered", "4") in codes(chain.verify())


def test_s6_an_edited_seal_whose_hash_was_made_anew_breaks_the_next(chain: Chain) -> None:
    with closing(sqlite3.connect(chain.path)) as conn:
        conn.row_factory = sqlite3.Row
        row = dict(conn.execute("select * from seals where n = 4").fetchone())
        row |= {"by": "eve", "detail": json.loads(row["detail"])}
        conn.execute("update seals set \"by\" = 'eve', hash = ? where n = 4", [seals.hash_of(row)])
        conn.commit()
    assert codes(chain.verify()) == [("unlinked", "5")]


def test_s6_a_removed_month_is_found_without_a_head(chain: Chain) -> None:
    chain.sql("delete from seals where n = 4")
    assert codes(chain.verify()) == [("missing", "4"), ("unlinked", "5")]


def test_s6_a_removed_month_whose_followers_were_renumbered_is_found(chain: Chain) -> None:
    chain.sql("delete from seals where n = 4", *(f"update seals set n = {n - 1} where n = {n}" for n in range(5, 10)))
    found = codes(chain.verify())
    assert ("unlinked", "4") in found
    assert ("altered", "4") in found


def test_s6_an_inserted_month_is_found(chain: Chain) -> None:
    chain.sql(
        *(f"update seals set n = {n + 1} where n = {n}" for n in range(9, 3, -1)),
        "insert into seals select 4, contract, vendor, '2026-06', 0, at, \"by\", statement, facts, detail, previous,"
        " 'abc' from seals where n = 5",
    )
    found = codes(chain.verify())
    assert ("altered", "4") in found
    assert ("unlinked", "5") in found


def test_s6_reordered_months_are_found(chain: Chain) -> None:
    chain.sql(
        "update seals set n = 99 where n = 3",
        "update seals set n = 3 where n = 5",
        "update seals set n = 5 where n = 99",
    )
    found = codes(chain.verify())
    assert {("unlinked", "3"), ("unlinked", "5"), ("altered", "3"), ("altered", "5")} <= set(found)
    assert ("order", "5") in found


@pytest.mark.parametrize("paper", ["statement", "facts"])
def test_s6_an_edited_or_missing_paper_is_found(chain: Chain, paper: str) -> None:
    digest = f"(select {paper} from seals where n = 3)"
    chain.sql(f"update papers set packed = x'00' where digest = {digest}")
    assert ("paper_altered", "3") in codes(chain.verify())
    chain.sql(f"delete from papers where digest = {digest}")
    assert ("paper_missing", "3") in codes(chain.verify())


def test_s6_a_truncated_chain_is_found_by_the_head_alone(chain: Chain) -> None:
    chain.sql("delete from seals where n > 6")
    assert chain.verify().findings == ()
    (one,) = chain.verify(chain.head).findings
    assert one.words() == "the chain ends at 6, but a head 9 was printed: 3 seals at its end are gone"


def test_s6_a_wholly_deleted_chain_is_found_by_the_head(chain: Chain) -> None:
    chain.sql("delete from seals", "delete from papers")
    assert chain.verify().findings == ()
    (one,) = chain.verify(chain.head).findings
    assert one.words() == "there is no seal at all, but a head 9 was printed: the whole chain is gone"


def fake(chain: Chain) -> None:
    """Another statement, with a paper of its own."""
    other = statement("2026-08") | {"score": "10.00"}
    engine = open_database(f"sqlite:///{chain.path}")
    with writing(engine) as conn:
        papers.put(conn, other, 1)
    engine.dispose()
    chain.sql(f"update seals set statement = '{digest_of(other)}' where n = 3")


REWRITES: dict[str, Callable[[Chain], None]] = {
    "edited": fake,
    "removed": lambda chain: chain.sql("delete from seals where month = '2026-08'"),
    "reordered": lambda chain: chain.sql(
        "update seals set n = 99 where n = 1",
        "update seals set n = 1 where n = 2",
        "update seals set n = 2 where n = 99",
    ),
    "inserted": lambda chain: chain.sql(
        *(f"update seals set n = {n + 1} where n = {n}" for n in range(9, 0, -1)),
        "insert into seals select 1, contract, 'v-0', '2026-06', 0, at, \"by\", statement, facts, detail, previous,"
        " 'abc' from seals where n = 2",
    ),
}


@pytest.mark.parametrize("what", REWRITES)
def test_s6_a_chain_rewritten_with_new_hashes_is_found_by_the_printed_head(chain: Chain, what: str) -> None:
    REWRITES[what](chain)
    chain.rewrite()
    assert not {"missing", "altered", "unlinked", "order", "number"} & {one.code for one in chain.verify().findings}
    assert {"rewritten", "truncated"} & {one.code for one in chain.verify(chain.head).findings}


def test_s6_an_older_head_finds_what_was_rewritten_before_it_only(chain: Chain) -> None:
    head = parse_head(f"2:{second(chain)}")
    fake(chain)
    chain.rewrite()
    assert chain.verify(head).findings == ()
    assert codes(chain.verify(chain.head)) == [("rewritten", "9")]


def test_s6_months_of_a_vendor_stand_in_order_and_amendments_count_from_1(chain: Chain) -> None:
    chain.sql("delete from seals where n = 5", "update seals set month = '2026-01' where n = 7")
    chain.rewrite()
    found = codes(chain.verify())
    assert {("order", "6"), ("paper_other", "6"), ("number", "8")} <= set(found)


def test_s6_another_vendors_paper_is_none_of_this_seal(chain: Chain) -> None:
    chain.sql("update seals set statement = (select statement from seals where n = 2) where n = 1")
    chain.rewrite()
    assert codes(chain.verify()) == [("paper_other", "1")]


@pytest.mark.parametrize("text", ["", "12", "12:", "x:" + "0" * 64, "1:" + "g" * 64, "1:" + "0" * 15, "1:" + "0" * 65])
def test_s6_what_is_no_head_is_refused(text: str) -> None:
    with pytest.raises(BadHead):
        parse_head(text)


def test_s6_a_head_may_be_typed_in_with_blanks_and_in_part() -> None:
    assert parse_head(" 12: ABCD ef01 2345 6789 ") == Head(12, "abcdef0123456789")
    assert parse_head("12:abcd\u200bef01\u200b23456789") == Head(12, "abcdef0123456789"), "copied from a PDF"


@pytest.fixture
def config(chain: Chain) -> Path:
    path = chain.path.parent / "hallwatch.toml"
    path.write_text(f'[database]\nurl = "sqlite:///{chain.path}"\n')
    return path


def run(config: Path, *more: str) -> Any:
    return CliRunner().invoke(app_of(["verify"]), ["verify", "-c", str(config), *more])


def test_s6_the_command_says_what_is_good_and_what_it_cannot_exclude(chain: Chain, config: Path) -> None:
    found = run(config)
    assert found.exit_code == 0
    assert "9 seals, each as it was sealed" in found.stdout
    assert "Without a printed head nobody can tell" in found.stdout
    assert f"head: {chain.head}" in found.stdout
    assert "Without" not in run(config, "--head", str(chain.head)).stdout


def test_s6_the_command_says_each_fault_in_one_line_and_ends_with_1(chain: Chain, config: Path) -> None:
    chain.sql("update seals set at = 9 where n = 3", "delete from seals where n > 6")
    found = run(config, "--head", str(chain.head))
    assert found.exit_code == 1
    lines = [line for line in found.stdout.splitlines() if line.startswith("✗")]
    assert lines == [
        "✗ seal 3 (2026-08 of c-1) was edited: its hash is not that of what it says",
        "✗ the chain ends at 6, but a head 9 was printed: 3 seals at its end are gone",
    ]


def test_s6_the_command_speaks_json(chain: Chain, config: Path) -> None:
    good = json.loads(run(config, "--json").stdout)
    assert good == {"seals": 9, "head": str(chain.head), "against": None, "good": True, "findings": []}
    chain.sql("delete from seals", "delete from papers")
    bad = run(config, "--json", "--head", str(chain.head))
    assert bad.exit_code == 1
    document = json.loads(bad.stdout)
    assert (document["good"], document["head"], document["findings"][0]["code"]) == (False, None, "empty")


def test_s6_a_head_that_cannot_be_one_is_wrong_usage(config: Path) -> None:
    assert run(config, "--head", "yesterday").exit_code == 2


def test_s6_words_of_a_finding_can_be_translated() -> None:
    assert Finding("missing", {"n": "4"}).words(lambda _text: "缺 {n}") == "缺 4"


@pytest.mark.slow
@pytest.mark.parametrize("written", [b"[]", b"null", b"not JSON", b"[" * 100_000, b'{"contract":1}'])
def test_s6_papers_that_nobody_could_have_sealed_are_findings_and_stop_nothing(chain: Chain, written: bytes) -> None:
    digest = hashlib.sha256(written).hexdigest()
    with closing(sqlite3.connect(chain.path)) as conn:
        conn.execute("insert into papers values (?, ?, 1)", (digest, zlib.compress(written)))
        conn.execute("update seals set statement = ?, detail = ? where n = 3", (digest, '{"disputes": [1]}'))
        conn.commit()
    chain.rewrite()
    found = codes(chain.verify(chain.head))
    assert ("rewritten", "9") in found
    assert {n for _, n in found} == {"3", "9"}
    engine = open_database(f"sqlite:///{chain.path}")
    with reading(engine) as conn_:
        assert {one.code for one in recompute(conn_)} == {"incomputable"}
    engine.dispose()
