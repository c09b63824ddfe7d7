"""What people did with a statement is sealed with it: an edit is found, and changes nothing that is told (S6)."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from reports.chain import verify
from reports.dossier import dossier_document
from sla.instant import DAY
from store.database import reading, writing
from store.inventory import load
from store.papers import BadPaper
from store.statement_events import File
from tests.reports.stated import LATER, OCTOBER, SEPTEMBER, Stated

pytestmark = pytest.mark.slow
MORE = "update statement_events set detail = json_set(detail, '$.points', '5.00') where event = 'answered'"


@pytest.fixture(scope="module")
def sealed_file(stated_file: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    city = Stated(tmp_path_factory.mktemp("deeds"), stated_file)
    city.sealed(SEPTEMBER)
    city.publish()
    n = city.dispute(files=(File("a.txt", "text/plain", hashlib.sha256(b"ours").hexdigest(), b"ours"),))
    city.answer(n, "2.00")
    city.approve(n)
    city.seal()
    city.engine.dispose()
    return city.path


@pytest.fixture
def sealed(sealed_file: Path, tmp_path: Path) -> Iterator[Stated]:
    """September and October are sealed, two points of the latter given back."""
    city = Stated(tmp_path, sealed_file)
    yield city
    city.engine.dispose()


def edited(city: Stated, sql: str) -> None:
    with writing(city.engine) as conn:
        assert conn.exec_driver_sql(sql).rowcount > 0


def found(city: Stated) -> list[tuple[str, str]]:
    with reading(city.engine) as conn:
        return [(one.code, one.values.get("what", "")) for one in verify(conn).findings]


def row(city: Stated) -> dict[str, Any]:
    with reading(city.engine) as conn:
        told = dossier_document(conn, load(conn), "v-1", OCTOBER, {}, LATER + DAY)
    return next(one for one in told["months"] if one["month"] == OCTOBER)


def test_s6_what_nobody_edited_is_as_it_was_sealed(sealed: Stated) -> None:
    assert found(sealed) == []


@pytest.mark.parametrize(
    ("sql", "what"),
    [
        (MORE, "disputes, counter_entries"),
        ("update statement_events set \"by\" = 'zoe' where event = 'approved'", "disputes, counter_entries"),
        ("delete from statement_events where event = 'approved'", "disputes, counter_entries"),
        ("update statement_events set at = at - 1 where event = 'disputed'", "disputes"),
        ("update statement_events set at = at - 1 where month = '2026-10' and event = 'published'",
         "published_at, publications"),
        ("update statement_events set detail = json_set(detail, '$.until', 1) where month = '2026-10' "
         "and event = 'published'", "dispute_until, publications"),
        ("update dispute_files set name = 'b.txt'", "disputes"),
        ("delete from dispute_files", "disputes"),
        ("insert into statement_events (contract, month, event, at, \"by\", detail) select contract, month, event, at, "
         "\"by\", detail from statement_events where event = 'disputed'", "disputes"),
    ],
)  # fmt: skip
def test_s6_what_people_did_and_somebody_edited_after_the_seal_is_found(sealed: Stated, sql: str, what: str) -> None:
    edited(sealed, sql)
    assert found(sealed) == [("deeds_altered", what)]


def test_s6_what_was_edited_so_that_nobody_can_read_it_is_found(sealed: Stated) -> None:
    edited(sealed, "update statement_events set detail = '{}' where event = 'published' and month = '2026-10'")
    assert found(sealed) == [("deeds_unreadable", "")]


def test_s6_a_file_that_was_edited_after_the_seal_is_found(sealed: Stated) -> None:
    edited(sealed, "update dispute_files set data = x'74686569'")
    assert found(sealed) == [("file_altered", "")]


def test_s8_the_dossier_tells_what_was_sealed_whatever_was_edited_since(sealed: Stated) -> None:
    before = row(sealed)
    assert (before["score"], before["points_back"], before["accepted"]) == ("95.50", "2.00", 1)
    edited(sealed, MORE)
    assert row(sealed) == before


def test_s6_an_amendment_keeps_the_counter_entries_of_the_seal(sealed: Stated) -> None:
    edited(sealed, MORE)
    sealed.found()
    made = sealed.amend()
    assert [one["points"] for one in made.detail["counter_entries"]] == ["2.00"]
    assert made.detail["score"] == "93.50"


@pytest.mark.parametrize(
    "sql",
    [
        "update seals set detail = json_set(detail, '$.score', '100.00') where month = '2026-10'",
        "update seals set \"by\" = 'zoe' where month = '2026-10'",
        "update seals set number = 1 where month = '2026-10'",
    ],
)
def test_s6_a_seal_that_somebody_edited_is_not_told_as_if_it_were_true(sealed: Stated, sql: str) -> None:
    edited(sealed, sql)
    with pytest.raises(BadPaper):
        sealed.told(now=LATER)
