"""Papers by their digest: canonical, kept once, checked when they are read (S6)."""

from __future__ import annotations

import hashlib
import json
import zlib
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sqlalchemy import Engine, func, select, update

from store import papers
from store.database import reading, writing
from store.papers import BadPaper, canonical, digest_of
from store.statement_schema import papers as table

words = st.text(st.characters(exclude_categories=["Cs"]), max_size=12)
json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | words,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(words, inner, max_size=4),
    max_leaves=12,
)


def test_s6_canonical_json_has_one_form() -> None:
    assert canonical({"b": 1, "a": [1.5, None, True, "柳"]}) == '{"a":[1.5,null,true,"柳"],"b":1}'.encode()
    assert canonical({"b": 1, "a": 2}) == canonical({"a": 2, "b": 1})
    with pytest.raises(ValueError, match="JSON"):
        canonical({"a": float("nan")})


@settings(max_examples=60, deadline=None)
@given(json_values)
def test_s6_what_was_read_back_has_the_same_digest(document: Any) -> None:
    raw = canonical(document)
    assert canonical(json.loads(raw)) == raw
    assert digest_of(document) == hashlib.sha256(raw).hexdigest()


def test_s6_a_paper_is_kept_once_under_its_digest(engine: Engine) -> None:
    with writing(engine) as conn:
        digest = papers.put(conn, {"b": 1, "a": "柳"}, 5)
        assert papers.put(conn, {"a": "柳", "b": 1}, 9) == digest
    with reading(engine) as conn:
        assert papers.get(conn, digest) == {"a": "柳", "b": 1}
        assert conn.scalar(select(func.count()).select_from(table)) == 1
        assert conn.scalar(select(table.c.recorded_at)) == 5
    assert digest == digest_of({"a": "柳", "b": 1})


@pytest.mark.parametrize("packed", [zlib.compress(b"{}"), b"no zlib", b"", "text", zlib.compress(b"{}")[:-3]])
def test_s6_a_paper_that_was_edited_is_not_given_out(engine: Engine, packed: Any) -> None:
    with writing(engine) as conn:
        digest = papers.put(conn, {"a": 1}, 5)
        if isinstance(packed, str):
            conn.exec_driver_sql("update papers set packed = 'text'")
        else:
            conn.execute(update(table).values(packed=packed))
    with reading(engine) as conn, pytest.raises(BadPaper) as error:
        papers.get(conn, digest)
    assert not error.value.missing
    assert str(error.value) == f"paper {digest} is altered"


def test_s6_a_paper_that_is_gone_is_missing(engine: Engine) -> None:
    with reading(engine) as conn, pytest.raises(BadPaper, match="is missing") as error:
        papers.get(conn, "0" * 64)
    assert error.value.missing
