"""The chain of seals as rows: numbered from 1, each linked to the one before, never forked (S6)."""

from __future__ import annotations

from dataclasses import dataclass

import pytest
from sqlalchemy import Engine, update

from store import papers, seals
from store.database import reading, writing
from store.papers import digest_of
from store.seals import ORIGIN, Head, New, Quicker
from store.statement_schema import seals as table


@dataclass
class Chain:
    engine: Engine

    def append(self, month: str = "2026-10", number: int = 0, contract: str = "c-1") -> seals.Seal:
        with writing(self.engine) as conn:
            paper = papers.put(conn, {"month": month}, 1)
            return seals.append(conn, New(contract, "v-1", month, number, 7, "ann", paper, paper, {"b": 1, "a": [2]}))


@pytest.fixture
def chain(engine: Engine) -> Chain:
    return Chain(engine)


def test_s6_before_the_first_seal_there_is_no_head(chain: Chain) -> None:
    with reading(chain.engine) as conn:
        assert seals.head(conn) is None
        assert list(seals.every(conn)) == []
        assert seals.of_month(conn, "c-1", "2026-10") == []


def test_s6_the_chain_counts_from_1_and_links_each_to_the_one_before(chain: Chain) -> None:
    first, second = chain.append("2026-09"), chain.append("2026-10")
    assert (first.n, first.previous) == (1, ORIGIN)
    assert (second.n, second.previous) == (2, first.hash)
    with reading(chain.engine) as conn:
        assert seals.head(conn) == Head(2, second.hash)
        assert str(seals.head(conn)) == f"2:{second.hash}"
        assert list(seals.every(conn)) == [first, second]
        assert seals.of_month(conn, "c-1", "2026-10") == [second]
        assert seals.months(conn, "v-1") == [("2026-09", "c-1"), ("2026-10", "c-1")]
        assert seals.sealed(conn) == [("c-1", "2026-09"), ("c-1", "2026-10")]


def test_s6_the_hash_is_of_the_canonical_json_of_all_members(chain: Chain) -> None:
    one = chain.append()
    members = {
        "n": 1, "contract": "c-1", "vendor": "v-1", "month": "2026-10", "number": 0, "at": 7, "by": "ann",
        "statement": digest_of({"month": "2026-10"}), "facts": digest_of({"month": "2026-10"}),
        "detail": {"a": [2], "b": 1}, "previous": ORIGIN,
    }  # fmt: skip
    assert one.hash == digest_of(members)
    assert all(seals.hash_of({**one._asdict(), name: "other"}) != one.hash for name in members)


def test_s6_a_month_is_sealed_once_and_nothing_of_the_second_stays(chain: Chain) -> None:
    first = chain.append()
    with pytest.raises(Quicker):
        chain.append()
    with reading(chain.engine) as conn:
        assert seals.head(conn) == Head(1, first.hash)
    assert chain.append(number=1).n == 2
    with reading(chain.engine) as conn:
        assert [one.number for one in seals.of_month(conn, "c-1", "2026-10")] == [0, 1]
        assert seals.sealed(conn) == [("c-1", "2026-10")]


@pytest.mark.sqlite("a server takes nothing that is no JSON")
def test_s6_what_somebody_wrote_that_is_no_json_is_read_as_it_is(chain: Chain) -> None:
    chain.append()
    with writing(chain.engine) as conn:
        conn.execute(update(table).values(by="eve"))
        conn.exec_driver_sql("update seals set detail = '{'")
    with reading(chain.engine) as conn:
        (one,) = seals.every(conn)
    assert one.detail == {"unreadable": "{"}
    assert seals.hash_of(one._asdict()) != one.hash
