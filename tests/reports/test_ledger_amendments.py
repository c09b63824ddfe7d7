"""Amendments: a later fact changes nothing that was sealed, and is told with the difference (S6)."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import pairwise
from pathlib import Path

import pytest

from reports import amendments, ledger, publishing
from reports.chain import verify
from reports.ledger import Who
from reports.recomputed import recompute
from sla.instant import DAY
from store import findings, seals
from store.database import reading, writing
from tests.reports.stated import LATER, OCTOBER, SEPTEMBER, Stated, contract, document, term

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def sealed_file(stated_file: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    city = Stated(tmp_path_factory.mktemp("sealed"), stated_file)
    city.sealed(SEPTEMBER)
    city.publish()
    n = city.dispute()
    city.answer(n, "2.00")
    city.approve(n)
    city.seal()
    city.engine.dispose()
    return city.path


@pytest.fixture
def sealed(sealed_file: Path, tmp_path: Path) -> Iterator[Stated]:
    """Both months of c-1 are sealed; of October 2 points on T1 were given back."""
    city = Stated(tmp_path, sealed_file)
    yield city
    city.engine.dispose()


def test_s6_no_figure_differs_no_amendment(sealed: Stated) -> None:
    assert sealed.amend() is None
    assert ledger.amend_all(sealed.engine, sealed.policies, LATER + DAY) == []
    assert len(sealed.chain()) == 2


def test_s6_a_draft_is_not_amended(stated: Stated) -> None:
    assert stated.amend() is None


def test_s6_a_later_fact_makes_a_numbered_amendment_with_the_difference(sealed: Stated) -> None:
    before = sealed.told(now=LATER)
    sealed.found()
    made = sealed.amend()
    assert (made.number, made.n, made.previous) == (1, 3, before["seal"]["hash"])
    told = sealed.told(now=LATER + DAY)
    (one,) = told["amendments"]
    assert one["difference"]["figures"]["score"] == {"before": "95.50", "after": "93.50"}
    assert one["difference"]["figures"]["payment"] == {"before": "19100.00", "after": "18700.00"}
    assert [line["id"] for line in one["difference"]["lines"]] == ["T3"]
    assert (one["score"], one["score_before"]) == ("93.50", "91.50")
    assert {name: told[name] for name in ("score", "payment", "lines", "seal")} == {
        name: before[name] for name in ("score", "payment", "lines", "seal")
    }


def test_s6_the_next_amendment_is_compared_with_the_last(sealed: Stated) -> None:
    sealed.found()
    first = sealed.amend()
    assert sealed.amend() is None
    sealed.found(thing="h-2")
    second = sealed.amend()
    assert (second.number, second.detail["amends"]) == (2, first.hash)
    assert second.detail["difference"]["figures"]["score"] == {"before": "93.50", "after": "91.50"}
    assert [one["number"] for one in sealed.told(now=LATER + DAY)["amendments"]] == [1, 2]


def test_s6_a_figure_that_comes_back_is_amended_back(sealed: Stated) -> None:
    sealed.found()
    sealed.amend()
    with writing(sealed.engine) as conn:
        findings.withdraw(conn, 1, "boss", "it was another", LATER)
    back = sealed.amend()
    assert back.number == 2
    assert back.detail["score"] == "95.50"
    assert back.statement != sealed.chain()[0].statement


def test_s6_what_changes_no_figure_amends_nothing(sealed: Stated) -> None:
    with writing(sealed.engine) as conn:
        findings.record(conn, findings.New("c-1", "2026-11", "missed_patrol", "h-1", "never", "boss"), LATER)
    sealed.adopt(vendors=[{"id": "v-1", "name": "renamed"}, {"id": "v-2", "name": "二公司"}])
    assert sealed.amend() is None


def test_s6_every_sealed_month_is_looked_at_in_the_order_of_the_chain(sealed: Stated) -> None:
    sealed.sealed(SEPTEMBER, contract="c-2")
    sealed.found()
    sealed.found(SEPTEMBER)
    sealed.found(SEPTEMBER, "h-2", "c-2")
    made = ledger.amend_all(sealed.engine, sealed.policies, LATER + DAY)
    assert [(one.contract, one.month, one.by) for one in made] == [
        ("c-1", SEPTEMBER, "hallwatch"),
        ("c-1", OCTOBER, "hallwatch"),
        ("c-2", SEPTEMBER, "hallwatch"),
    ]
    assert ledger.amend_all(sealed.engine, sealed.policies, LATER + DAY) == []


def test_s6_months_of_one_contract_only_and_of_those_that_there_are(sealed: Stated) -> None:
    sealed.found()
    assert ledger.amend_all(sealed.engine, sealed.policies, LATER + DAY, "c-2") == []
    sealed.adopt(contracts=[])
    assert ledger.amend_all(sealed.engine, sealed.policies, LATER + DAY) == []
    assert sealed.told(now=LATER)["state"] == "sealed"


def test_s6_two_who_amend_at_once_make_one(sealed: Stated) -> None:
    """Both counted before either wrote."""
    sealed.found()
    seen = sealed.standing(now=LATER + DAY)
    made = publishing.counted(sealed.engine, "c-1", OCTOBER, sealed.policies, LATER + DAY)
    for expected in (1, None):
        with writing(sealed.engine) as conn:
            link = amendments._amend(conn, seen, made, {}, Who("ann", LATER + DAY))
            assert (link and link.number) == expected


def test_s6_an_amendment_is_of_the_same_chain(sealed: Stated) -> None:
    sealed.found()
    sealed.amend()
    sealed.sealed(SEPTEMBER, contract="c-2")
    chain = sealed.chain()
    assert [one.n for one in chain] == [1, 2, 3, 4]
    assert all(later.previous == one.hash for one, later in pairwise(chain))
    assert all(seals.hash_of(one._mapping) == one.hash for one in chain)


def test_s6_terms_fee_hours_and_vendor_of_later_months_change_no_sealed_one(sealed: Stated) -> None:
    never = {"zone": "Asia/Shanghai", "week": {"mon": ["08:00-08:10"]}, "holidays": "none", "dates": {}}
    later = contract("c-1", "v-2", "h-2", fee="90000.00", terms=[term("T1", "fault_count", "50")])
    sealed.adopt(contracts=[later], calendars={"hours": never})
    assert ledger.amend_all(sealed.engine, sealed.policies, LATER + DAY) == []
    with reading(sealed.engine) as conn:
        assert verify(conn).findings == ()


def test_s6_a_device_that_moved_since_takes_nothing_out_of_the_sealed_month_nor_into_another(sealed: Stated) -> None:
    sealed.sealed(SEPTEMBER, OCTOBER, contract="c-2")
    moved = [{**one, "hall": "h-2", "vendor": "v-2"} for one in document()["devices"]]
    sealed.adopt(devices=moved)
    assert ledger.amend_all(sealed.engine, sealed.policies, LATER + DAY) == []


def test_s6_a_fact_that_comes_after_the_contract_changed_is_charged_by_the_contract_of_then(sealed: Stated) -> None:
    sealed.adopt(contracts=[contract("c-1", "v-2", "h-2", fee="1.00", terms=[])])
    sealed.found()
    made = sealed.amend()
    assert (made.vendor, made.detail["score"], made.detail["payment"]) == ("v-1", "93.50", "18700.00")
    with reading(sealed.engine) as conn:
        assert verify(conn).findings == ()
        assert list(recompute(conn)) == []
