"""A sealed month out of its papers: the same figures, whatever has become of the facts since (S6, S9)."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from hallwatch.inventory.alternative import alternative
from hallwatch.inventory.checking import Rules
from reports.as_sealed import as_sealed
from reports.difference import difference
from reports.sealed_month import rebuilt
from reports.statement import statement_document
from reports.whatif import Change, what_if_document
from store.agreements import contracts_of
from store.database import reading
from store.inventory import load
from store.month_facts import Gathered
from tests.reports.packed import POLICIES, Told, databases, told
from tests.reports.stated import LATER, OCTOBER, SEPTEMBER, Stated, contract, term

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def empty(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    with databases(tmp_path_factory.mktemp("months")) as found:
        yield found


def today(month: Told) -> Gathered:
    with reading(month.engine) as conn:
        city = load(conn)
        mine = {one.id: one for one in contracts_of(city)}[month.contract]
        return Gathered.of(conn, city, mine, month.month, POLICIES, month.now)


@pytest.mark.parametrize("seed", range(3000, 3008))
def test_S9_random_months_are_found_again_in_their_papers(empty: Path, seed: int) -> None:
    """Known contradictions and detections apart, of which the papers have the observations only."""
    with told(empty, seed) as month:
        papers, known = month.papers(), today(month)
        found = rebuilt(known, papers.statement, papers.facts)
    assert found is not None
    assert found.facts.devices_in_service == known.facts.devices_in_service
    assert {case.id for case in found.facts.cases} <= {case.id for case in known.facts.cases}
    assert found.now == known.now


@pytest.mark.parametrize("seed", range(3008, 3012))
def test_S6_what_a_sealed_month_knows_of_contract_hours_and_devices_makes_its_figures_again(
    empty: Path, seed: int
) -> None:
    with told(empty, seed) as month:
        papers = month.papers()
        with reading(month.engine) as conn:
            city = as_sealed(load(conn), papers.facts)
            found = statement_document(conn, city, month.contract, month.month, POLICIES, month.now)
    assert difference(papers.statement, found) is None


def test_S9_papers_of_another_version_or_with_another_figure_are_not_taken(empty: Path) -> None:
    with told(empty, 3000) as month:
        papers, known = month.papers(), today(month)
    other = {**papers.facts, "month": {**papers.facts["month"], "v": 2}}
    assert rebuilt(known, papers.statement, other) is None
    assert rebuilt(known, {**papers.statement, "score": "1.00"}, papers.facts) is None
    cheap = replace(known, contract=replace(known.contract, terms=()))
    assert rebuilt(cheap, papers.statement, papers.facts) is None


def tried(stated: Stated, **change: Any) -> dict[str, Any]:
    with reading(stated.engine) as conn:
        city = load(conn)
        found = alternative(city, "c-1", change, Rules({"printer": 60.0}))
        assert found.document is not None
        changed = Change(found.document, found.hours, change)
        month: dict[str, Any] = what_if_document(conn, city, "c-1", [OCTOBER], changed, stated.policies, LATER)[
            "months"
        ][0]
        return month


def test_S9_a_sealed_month_is_tried_with_the_facts_that_were_sealed(stated: Stated) -> None:
    """A patrol found missing afterwards costs 2 points now, and none in what was sealed."""
    stated.sealed(SEPTEMBER, OCTOBER)
    stated.found()
    month = tried(stated, targets="5h")
    assert (month["facts"], month["as_sealed"]) == ("sealed", False)
    assert (month["before"]["score"], month["after"]["score"]) == ("93.50", "98.50")


def test_S9_unchanged_facts_are_the_sealed_ones_and_an_open_month_has_todays(stated: Stated) -> None:
    month = tried(stated, targets="5h")
    assert (month["state"], month["facts"], month["as_sealed"]) == ("draft", "now", None)
    stated.sealed(SEPTEMBER, OCTOBER)
    month = tried(stated, targets="5h")
    assert (month["state"], month["facts"], month["as_sealed"]) == ("sealed", "sealed", True)


def test_S9_where_the_contract_is_another_since_todays_facts_are_taken_and_it_is_said(stated: Stated) -> None:
    stated.sealed(SEPTEMBER, OCTOBER)
    cheaper = contract("c-1", "v-1", "h-1", terms=[term("T1", "late_repairs", "1")])
    stated.adopt(contracts=[cheaper])
    month = tried(stated, targets="5h")
    assert (month["facts"], month["as_sealed"]) == ("now", False)
    assert (month["before"]["score"], month["after"]["score"]) == ("99.00", "100.00")
