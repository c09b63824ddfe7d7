"""Every sealed statement is what its facts give, computed by the stand-alone program (S4, S6)."""

from __future__ import annotations

from pathlib import Path

import pytest
from typer.testing import CliRunner

from hallwatch.cli import app_of
from reports.recomputed import recompute
from sla.instant import DAY
from store import papers, seals
from store.database import reading, writing
from store.seals import New
from tests.reports.stated import LATER, OCTOBER, SEPTEMBER, Stated

pytestmark = pytest.mark.slow


@pytest.fixture
def sealed(stated: Stated) -> Stated:
    """Two months, points given back, an amendment."""
    stated.sealed(SEPTEMBER)
    stated.publish()
    n = stated.dispute()
    stated.answer(n, "2.00")
    stated.approve(n)
    stated.seal()
    stated.found()
    stated.amend(now=LATER + DAY)
    return stated


def test_s6_what_was_sealed_and_amended_is_what_the_facts_give(sealed: Stated) -> None:
    with reading(sealed.engine) as conn:
        assert list(recompute(conn)) == []


def test_s6_a_figure_that_its_facts_do_not_give_is_found(sealed: Stated, tmp_path: Path) -> None:
    """Somebody seals a better score with a hash that is right."""
    with writing(sealed.engine) as conn:
        last = seals.of_month(conn, "c-1", OCTOBER)[-1]
        better = papers.get(conn, last.statement)
        better["lines"][0]["deduction"] = "0.00"
        detail = dict(last.detail) | {"score": "98.50"}
        paper = papers.put(conn, better, LATER)
        seals.append(conn, New("c-1", "v-1", OCTOBER, 2, LATER, "eve", paper, last.facts, detail))
    with reading(sealed.engine) as conn:
        found = list(recompute(conn))
    assert {one.code for one in found} == {"differs"}
    assert "seal 4 (2026-10 of c-1): line T1 deduction: sealed is 0, its facts give 5" in [one.words() for one in found]
    config = tmp_path / "hallwatch.toml"
    config.write_text(f'[database]\nurl = "sqlite:///{sealed.path}"\n')
    assert CliRunner().invoke(app_of(["verify"]), ["verify", "-c", str(config)]).exit_code == 0
    told = CliRunner().invoke(app_of(["verify"]), ["verify", "--recompute", "-c", str(config)])
    assert told.exit_code == 1
    assert "line T1 deduction: sealed is 0, its facts give 5" in told.stdout


def test_s6_facts_that_cannot_be_understood_are_said_to_be(sealed: Stated) -> None:
    with writing(sealed.engine) as conn:
        last = seals.of_month(conn, "c-1", OCTOBER)[-1]
        nothing = papers.put(conn, {"month": {}}, LATER)
        seals.append(conn, New("c-1", "v-1", OCTOBER, 2, LATER, "eve", last.statement, nothing, last.detail))
        conn.exec_driver_sql("update papers set packed = x'' where digest = (select facts from seals where n = 1)")
    with reading(sealed.engine) as conn:
        (one,) = recompute(conn)
    assert (one.code, one.values["n"]) == ("incomputable", "4")
