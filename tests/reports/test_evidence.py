"""S4: a pack holds all that a statement hangs on, and a program of its own computes every figure from that."""

from __future__ import annotations

import ast
import json
import subprocess
import sys
import zipfile
from collections.abc import Iterator
from pathlib import Path
from random import Random

import pytest

from reports.evidence import Papers, facts_document, pack, verify
from store import papers as kept
from store import seals
from store.database import reading, writing
from store.inventory import load
from tests.reports import checked, packed
from tests.reports.changed import CHANGES
from tests.reports.checked import LANGUAGES, NOTHING, differing, files, notices
from tests.reports.packed import POLICIES

VERIFIER = Path(verify.__file__)
FEW = (7, 11, 59)
RICH = 11


@pytest.fixture(scope="module")
def empty(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    with packed.databases(tmp_path_factory.mktemp("evidence")) as path:
        yield path


@pytest.fixture(scope="module")
def month(empty: Path) -> Papers:
    """The papers of a month with many tickets."""
    with packed.told(empty, RICH) as told:
        return told.papers()


@pytest.fixture(scope="module")
def zipped(month: Papers, tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("packed") / "pack.zip"
    path.write_bytes(pack(month, LANGUAGES))
    return path


def run(*arguments: object) -> subprocess.CompletedProcess[str]:
    """The verifier as a program, without anything of ours."""
    command = [sys.executable, "-I", "-S", *map(str, arguments)]
    return subprocess.run(command, capture_output=True, text=True, check=False, timeout=60)


@pytest.mark.slow
@pytest.mark.parametrize("seed", FEW)
def test_S4_every_figure_of_a_random_month_is_found_again_from_its_facts(empty: Path, seed: int) -> None:
    with packed.told(empty, seed) as told:
        assert differing(told.papers()) == []


@pytest.mark.slow
@pytest.mark.parametrize("seed", range(1000, 1010))
def test_S4_every_figure_of_many_random_months_is_found_again(empty: Path, seed: int) -> None:
    with packed.told(empty, seed) as told:
        assert differing(told.papers()) == []


@pytest.mark.slow
@pytest.mark.parametrize("name", CHANGES)
@pytest.mark.parametrize("seed", [2000])
def test_S4_a_changed_fact_is_found_where_it_changes_a_figure_and_only_there(empty: Path, name: str, seed: int) -> None:
    with packed.told(empty, seed) as told:
        before = told.papers()
        with writing(told.engine) as conn:
            CHANGES[name](conn, Random(seed), told)
        after = told.papers()
    assert differing(after) == []
    assert notices(before._replace(facts=after.facts)) == checked.moved(before, after)


@pytest.mark.slow
def test_S4_each_edge_of_each_outage_is_found_in_the_observations_around_it(month: Papers) -> None:
    assert len(month.facts["outages"]) > 3
    for n, outage in enumerate(month.facts["outages"]):
        for edge in ("start", "until", "confirmed_at", "last_ok"):
            if outage[edge] is not None:
                facts = checked.changed(month.facts, ("outages", n, edge))
                assert notices(month._replace(facts=facts)), (outage, edge)


@pytest.mark.slow
def test_S4_each_observation_at_an_edge_is_needed(month: Papers) -> None:
    for outage in month.facts["outages"]:
        rows = month.facts["observations"][outage["device"]]
        for edge in ("start", "until", "last_ok"):
            others = [row for row in rows if row[0] != outage[edge]]
            if len(others) != len(rows):
                observed = {**month.facts["observations"], outage["device"]: others}
                assert notices(month._replace(facts={**month.facts, "observations": observed})), (outage, edge)


@pytest.mark.slow
def test_S4_another_figure_anywhere_in_the_statement_is_found(month: Papers) -> None:
    paths = checked.figures(month.statement)
    assert len(paths) > 200
    for path in Random(1).sample(paths, 80):
        statement = checked.changed(month.statement, path)
        assert notices(checked.with_statement(month, statement)), path


@pytest.mark.slow
def test_S4_a_fact_that_changes_no_figure_is_found_by_the_manifest(month: Papers) -> None:
    whole = files(month)
    for noun in month.facts:
        some = list(checked.leaves(month.facts[noun], (noun,)))
        for path, _ in Random(1).sample(some, min(3, len(some))):
            facts = checked.changed(month.facts, path)
            altered = whole | {f"facts/{noun}.json": kept.canonical(facts[noun])}
            assert _noticed(altered), path


def _noticed(altered: dict[str, bytes]) -> bool:
    try:
        return bool(verify.verify(altered, NOTHING).differing)
    except verify.Bad:
        return True


def test_S4_every_file_of_a_pack_is_under_its_root(month: Papers) -> None:
    whole = files(month)
    known = json.loads(whole["manifest.json"])
    for name in whole:
        if name.endswith((".txt", ".py")):
            found = verify.verify(whole | {name: whole[name] + b" "}, NOTHING)
            assert found.differing == 1, name
    other = files(month._replace(facts={**month.facts, "health": {}}))
    assert not verify.verify(other, NOTHING).differing
    for name in ("root", "facts"):
        assert verify.verify(other, {name: known[name]}).differing == 1, name
        assert not verify.verify(whole, {name: known[name].upper()}).differing, name


def test_S6_a_seal_binds_statement_and_facts(month: Papers) -> None:
    drawn = seals.New("c-1", "v-1", "2026-10", 0, 5, "me", kept.digest_of(month.statement), "", {})
    row = {"n": 3, **drawn._asdict(), "facts": kept.digest_of(month.facts), "previous": "0" * 64}
    sealed = month._replace(seals=(seals.Seal(**row, hash=seals.hash_of(row)),))
    assert differing(sealed) == []
    assert len(differing(sealed._replace(facts={**month.facts, "health": {}}))) == 1
    forged = sealed.seals[0]._replace(by="other")
    assert len(differing(sealed._replace(seals=(forged,)))) == 1


@pytest.mark.slow
def test_S5_counter_entries_change_score_and_payment(empty: Path) -> None:
    with packed.told(empty, 59) as told:
        month = told.papers()
    line = next(one for one in month.statement["lines"] if one["deduction"] != "0.00")
    entry = {"dispute": 1, "line": line["id"], "points": line["deduction"], "by": "ann", "approved_by": "bob"}
    told_ = {**month.told, "counter_entries": [entry], "score_before": month.told["score"]}
    told_ |= {"payment_before": month.told["payment"]}
    assert len(differing(month._replace(told=told_))) >= 1
    scored = {**told_, "score": "100.00"}
    rest = [one for one in month.statement["lines"] if one["id"] != line["id"]]
    if all(one["deduction"] == "0.00" for one in rest):
        assert not any(one.startswith("score:") for one in differing(month._replace(told=scored)))


def test_the_same_facts_give_the_same_bytes_in_whatever_order_rows_are_read(empty: Path) -> None:
    with packed.told(empty, RICH) as told:

        def document(turned: bool) -> bytes:
            with reading(told.engine) as conn:
                conn.exec_driver_sql(f"PRAGMA reverse_unordered_selects = {int(turned)}")
                return kept.canonical(facts_document(conn, load(conn), told.contract, told.month, POLICIES, told.now))

        assert document(False) == document(True)
        assert told.papers().facts == told._replace(now=told.now).papers().facts


def test_the_same_papers_give_the_same_pack(month: Papers, zipped: Path) -> None:
    assert pack(month, LANGUAGES) == zipped.read_bytes()


@pytest.mark.slow
def test_the_verifier_runs_alone_on_the_pack_and_in_the_unpacked_folder(zipped: Path, tmp_path: Path) -> None:
    with zipfile.ZipFile(zipped) as archive:
        archive.extractall(tmp_path)
    for done in (run(VERIFIER, zipped), run(tmp_path / "verify.py"), run(tmp_path / "verify.py", tmp_path)):
        assert (done.returncode, done.stderr) == (0, "")
        assert "DIFFERS" not in done.stdout
        assert done.stdout.splitlines()[-1].startswith(f"{len(done.stdout.splitlines()) - 1} compared, 0 differ")
    (tmp_path / "arithmetic.txt").write_text("100 - 0 = 100")
    done = run(tmp_path / "verify.py", "--quiet")
    assert done.returncode == 1
    assert done.stdout.startswith("DIFFERS 不符  file arithmetic.txt")


def test_the_verifier_answers_in_json(zipped: Path) -> None:
    done = run(VERIFIER, zipped, "--json", "--root", "0" * 64)
    told = json.loads(done.stdout)
    assert (done.returncode, told["differing"]) == (1, 1)
    assert [one["what"] for one in told["figures"] if not one["same"]] == ["root digest that you gave"]


def test_the_verifier_is_one_file_of_old_python_and_shares_nothing_with_the_system() -> None:
    tree = ast.parse(VERIFIER.read_text("utf-8"), feature_version=(3, 8))
    imported = {one.module if isinstance(one, ast.ImportFrom) else one.names[0].name for one in _imports(tree)}
    assert {str(name).partition(".")[0] for name in imported} <= set(sys.stdlib_module_names)


def _imports(tree: ast.AST) -> list[ast.Import | ast.ImportFrom]:
    return [one for one in ast.walk(tree) if isinstance(one, ast.Import | ast.ImportFrom)]
