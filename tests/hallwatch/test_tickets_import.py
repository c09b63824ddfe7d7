"""`hallwatch tickets import`: clear words, exit codes, the same twice changes nothing (K1)."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from hallwatch import cli
from tests.alerts.imports.files import MAPPING, csv_of, row
from tests.alerts.site import Site


@pytest.fixture(autouse=True)
def site(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Site:
    monkeypatch.chdir(tmp_path)
    made = Site(tmp_path)
    made.engine.dispose()
    (tmp_path / "hallwatch.toml").write_text('[database]\nurl = "sqlite:///site.db"\n')
    (tmp_path / "oa.toml").write_text(MAPPING, encoding="utf-8")
    old = {"opened": "2025-11-02 10:00", "restored": "2025-11-02 11:00"}
    (tmp_path / "oa.csv").write_bytes(csv_of(row(**old), delimiter=";", coding="gbk"))
    (tmp_path / "bad.csv").write_bytes(csv_of(row(**old), row("OA-2", device="P-11", opened="2025-02-30 08:00")))
    return made


def say(*words: str) -> Result:
    return CliRunner().invoke(cli.app_of(cli.COMMANDS), ["tickets", "import", *words], catch_exceptions=False)


def test_K1_a_file_is_taken_once(site: Site) -> None:
    assert say("oa.csv", "--map", "oa.toml", "--dry-run").stdout == "1 new\nA dry run: nothing was changed.\n"
    taken = say("oa.csv", "--map", "oa.toml")
    assert (taken.exit_code, taken.stdout, taken.stderr) == (0, "1 new\n", "")
    assert say("oa.csv", "--map", "oa.toml").stdout == "1 known already\n"
    assert site.ticket().external_id == "OA-1"


def test_every_fault_is_told_with_its_place(site: Site) -> None:
    refused = say("bad.csv", "--map", "oa.toml")
    assert refused.exit_code == 1
    second, first = refused.stderr.splitlines()
    assert first == "bad.csv:3: 资产编号: no device has the asset number P-11 (did you mean P-1?)"
    assert second.startswith("bad.csv:3: 报障时间: 2025-02-30 08:00 is no instant by the formats iso")
    assert "1 new, 1 refused" in refused.stdout
    assert "Nothing was taken" in refused.stdout
    assert site.tickets() == []
    assert say("bad.csv", "--map", "oa.toml", "--skip-bad").exit_code == 1
    assert site.ticket().external_id == "OA-1"


def test_json_is_for_machines() -> None:
    document = json.loads(say("bad.csv", "--map", "oa.toml", "--json").stdout)
    assert (document["taken"], document["counts"]["refused"]) == (False, 1)
    assert document["faults"][1]["near_miss"] == "P-1"
    assert document["rows"][0]["external_id"] == "OA-1"


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (("none.csv", "--map", "oa.toml"), "none.csv: cannot be read"),
        (("oa.csv", "--map", "none.toml"), "none.toml: cannot be read"),
        (("oa.csv", "--map", "oa.csv"), "oa.csv: not UTF-8"),
        (("oa.csv", "--map", "hallwatch.toml"), "hallwatch.toml: database: unknown key"),
    ],
)
def test_what_cannot_be_read_is_told(words: tuple[str, ...], told: str) -> None:
    refused = say(*words)
    assert refused.exit_code == 1
    assert told in refused.stderr
