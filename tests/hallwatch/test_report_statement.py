"""`hallwatch report statement`: whose, of which month, and its evidence pack."""

from __future__ import annotations

import io
import json
import zipfile
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from hallwatch import cli
from tests.api.billed import MONTH, built

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def city(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return built(tmp_path_factory.mktemp("billed"))


@pytest.fixture(autouse=True)
def here(city: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "hallwatch.toml").write_text(f'[database]\nurl = "sqlite:///{city}"\n')


def say(*words: str) -> Result:
    return CliRunner().invoke(
        cli.app_of(cli.COMMANDS), ["report", "statement", "--month", MONTH, *words], catch_exceptions=False
    )


def test_a_vendors_statement_is_found_by_vendor_or_contract() -> None:
    by_vendor = json.loads(say("--vendor", "v-2").stdout)
    by_contract = json.loads(say("--contract", "c-2").stdout)
    assert by_vendor | {"known_at": ""} == by_contract | {"known_at": ""}
    assert (by_vendor["vendor"], by_vendor["month"], by_vendor["state"]) == ("v-2", MONTH, "draft")


def test_several_contracts_are_named_and_none_is_chosen() -> None:
    done = say()
    assert done.exit_code == 1
    assert "several contracts" in done.stderr
    assert "c-2" in done.stderr


def test_who_has_none_in_the_month_is_told_what_there_is() -> None:
    assert "There is no vendor v-22; did you mean v-2?" in say("--vendor", "v-22").stderr
    assert "There is no contract c-22; did you mean c-2?" in say("--contract", "c-22").stderr
    other = say("--vendor", "v-2", "--contract", "c-1").stderr
    assert "no contract in this month: –" in other
    before = say("--vendor", "v-2", "--month", "2020-01")
    assert before.exit_code == 1
    assert "no contract in this month: c-2 (20" in before.stderr


def test_the_lines_are_the_first_table_and_the_files_say_what_the_json_says(tmp_path: Path) -> None:
    document = json.loads(say("--vendor", "v-1").stdout)
    first = say("--vendor", "v-1", "--format", "csv").stdout
    for line in document["lines"]:
        assert line["deduction"] in first
    assert say("--vendor", "v-1", "--format", "pdf", "-o", "v-1.pdf").exit_code == 0
    assert (tmp_path / "v-1.pdf").read_bytes().startswith(b"%PDF")


def test_the_evidence_pack_is_a_zip_with_its_verifier() -> None:
    done = say("--vendor", "v-1", "--format", "zip")
    with zipfile.ZipFile(io.BytesIO(done.stdout_bytes)) as pack:
        assert {"verify.py", "statement.json", "manifest.json"} <= set(pack.namelist())
