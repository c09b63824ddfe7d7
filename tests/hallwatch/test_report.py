"""`hallwatch report`: the figures of the JSON interface as files, and clear messages."""

from __future__ import annotations

import csv
import io
import json
import os
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner, Result

from hallwatch import cli
from hallwatch.centre import Centre
from hallwatch.settings_file import load
from tests.api.conftest import serving
from tests.reports.site import Site

MINUTES = ("--from", "2026-11-02T02:00:00Z", "--until", "2026-11-02T03:00:00Z")


@pytest.fixture(autouse=True)
def site(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Site:
    monkeypatch.chdir(tmp_path)
    made = Site(tmp_path)
    made.saw("P-1", "u" * 40 + "d" * 10 + "u" * 11)
    (tmp_path / "hallwatch.toml").write_text('[database]\nurl = "sqlite:///site.db"\n')
    made.engine.dispose()
    return made


def say(*words: str) -> Result:
    return CliRunner().invoke(cli.app_of(cli.COMMANDS), list(words), catch_exceptions=False)


def apart(text: str) -> Any:
    """A document without the instants at which it was asked for."""
    return json.loads(re.sub(r'"known_at": ?"[^"]*"', '"known_at": ""', text))


@pytest.mark.slow
def test_the_json_is_the_answer_of_the_interface(site: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    printed = say("report", "availability", *MINUTES, "--by", "device", "--hall", "h-1")
    assert printed.exit_code == 0
    assert printed.stderr == ""
    document = apart(printed.stdout)
    centre = Centre(load(Path("hallwatch.toml")))
    with serving(site.engine, policies=centre.policies) as served:
        query = {"from": MINUTES[1], "until": MINUTES[3], "by": "device", "hall": "h-1"}
        answer = served.as_("viewer").get("/api/v1/reports/monthly", params=query).text
    assert document == apart(answer)
    assert [row["id"] for row in document["rows"]] == ["P-1", "P-2", "SW-1"]
    centre.close()
    site.engine.dispose()


@pytest.mark.slow
def test_K5_reconciliation_is_the_answer_of_the_interface_too(site: Site) -> None:
    query = {"month": "2026-11", "hall": "h-1"}
    printed = say("report", "reconciliation", "--month", "2026-11", "--hall", "h-1")
    assert (printed.exit_code, "no faults" in printed.stderr) == (0, True)
    document = json.loads(printed.stdout)
    with serving(site.engine) as served:
        answer = served.as_("viewer").get("/api/v1/reports/reconciliation", params=query).json()
    same = {"known_at": "", "until": ""}
    assert document | same == answer | same
    assert [row["id"] for row in document["rows"]] == ["h-1"]
    table = say("report", "reconciliation", "--month", "2026-11", "--format", "csv").stdout.splitlines()
    assert [line.split(",")[0].lstrip("\ufeff") for line in table] == ["id", "h-1", "h-2", "total"]
    site.engine.dispose()


def test_the_csv_is_for_a_spreadsheet_and_goes_to_a_file(tmp_path: Path) -> None:
    written = say("report", "availability", *MINUTES, "--by", "branch", "--format", "csv", "-o", "out.csv")
    assert (written.exit_code, written.stdout) == (0, "")
    raw = (tmp_path / "out.csv").read_bytes()
    assert raw.startswith(b"\xef\xbb\xbf")
    rows = list(csv.DictReader(io.StringIO(raw.decode("utf-8-sig"))))
    assert [(row["id"], row["name"]) for row in rows] == [("b-1", "柳南"), ("b-2", "'=2+3"), ("total", "–")]
    assert say("report", "availability", *MINUTES, "--by", "branch", "--format", "csv").stdout_bytes == raw


def test_a_date_is_its_first_instant_in_the_zone_of_the_site() -> None:
    document = json.loads(say("report", "availability", "--from", "2026-11-01", "--until", "2026-11-02").stdout)
    assert (document["from"], document["until"]) == ("2026-10-31T16:00:00.000Z", "2026-11-01T16:00:00.000Z")
    month = json.loads(say("report", "availability", "--month", "2026-10").stdout)
    assert (month["from"], month["until"]) == ("2026-09-30T16:00:00.000Z", "2026-10-31T16:00:00.000Z")


@pytest.mark.parametrize(
    ("words", "code", "told"),
    [
        (("avalability",), 2, "did you mean availability?"),
        (("nonsense",), 2, "there is: availability"),
        (("network", "--month", "2026-10"), 1, "later version"),
        (("statement", "--month", "2026-10"), 1, "there is no contract in this month: –"),
        (("statement", "--from", "2026-10-01"), 2, "A statement is of a month"),
        (("statement", "--month", "2026-W41"), 2, "A statement is of a month"),
        (("availability", "--format", "zip"), 2, "of a statement only"),
        (("availability", "--each", "branch"), 2, "-o"),
        (("statement", "--each", "branch", "-o", "x"), 2, "not written by branch"),
        (("availability", "--each", "branch", "-o", "hallwatch.toml"), 1, "hallwatch.toml"),
        (("availability", "--format", "csv", "--table", "halls"), 2, "did you mean hall?"),
        (("availability", "--language", "de"), 2, "there is: zh, en"),
        (("availability", "--branch", "b-3"), 1, "did you mean b-"),
        (("availability", "--format", "cvs"), 2, "did you mean csv?"),
        (("availability", "--month", "2026-13"), 2, "neither a month"),
        (("availability", "--month", "2026/10"), 2, "did you mean 2026-10?"),
        (("availability", "--month", "2026-10", "--from", "2026-10-01"), 2, "either a month"),
        (("availability", "--from", "yesterday"), 2, "--from"),
        (("availability", "--from", "2026-10-02", "--until", "2026-10-01"), 2, "--from"),
        (("availability", "--until", "9999-12-31T23:59:59Z"), 2, "--until: too far"),
        (("availability", "--hall", "h-01"), 1, "did you mean h-1?"),
        (("availability", "--by", "halls"), 2, "--by"),
        (("availability", "-o", "none/out.json"), 1, "none/out.json"),
        (("availability", "-o", "."), 1, "directory"),
        (("availability", "-c", "none.toml"), 1, "none.toml"),
    ],
)
@pytest.mark.slow
def test_a_users_mistake_is_one_clear_message(
    words: tuple[str, ...], code: int, told: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(sys, "argv", ["hallwatch", "report", *words])
    with pytest.raises(SystemExit) as ended:
        cli.main()
    out, err = capsys.readouterr()
    assert ended.value.code == code
    assert told in err
    assert "Traceback" not in err
    assert out == ""


def test_a_month_beside_an_interval_is_no_slip_of_the_pen() -> None:
    assert "did you mean" not in say("report", "availability", "--month", "2026-10", "--from", "2026-10-01").stderr


@pytest.mark.slow
def test_where_nothing_more_can_be_written_it_says_so_in_one_line() -> None:
    with Path("/dev/full").open("wb") as full:
        words = [sys.executable, "-m", "hallwatch", "report", "availability"]
        ran = subprocess.run(words, stdout=full, stderr=subprocess.PIPE, text=True, check=False)
    assert ran.returncode == 1
    assert ran.stderr == "standard output: No space left on device\n"


def test_an_empty_inventory_says_what_to_do_next(tmp_path: Path) -> None:
    (tmp_path / "hallwatch.toml").write_text('[database]\nurl = "sqlite:///empty.db"\n')
    found = say("report", "availability", "--month", "2026-10", "--format", "csv")
    assert found.exit_code == 0
    assert "hallwatch import" in found.stderr
    assert found.stdout.splitlines()[1].startswith("total,")


@pytest.mark.slow
@pytest.mark.parametrize("name", ["availability", "reconciliation", "scorecard"])
def test_every_report_is_written_in_every_form(name: str, tmp_path: Path) -> None:
    begins = {"xlsx": b"PK", "html": b"<!doctype html>", "csv": b"\xef\xbb\xbf", "json": b"{"}
    for form, start in begins.items():
        done = say("report", name, "--month", "2026-11", "--format", form, "-o", f"out.{form}", "--language", "zh")
        assert (done.exit_code, done.stdout) == (0, ""), (form, done.stderr)
        assert (tmp_path / f"out.{form}").read_bytes().startswith(start)
    assert 'lang="zh-CN"' in (tmp_path / "out.html").read_text("utf-8")


def test_a_named_table_is_written_as_csv() -> None:
    blind = say("report", "availability", *MINUTES, "--format", "csv", "--table", "device").stdout
    assert [line.split(",")[0] for line in blind.splitlines()[1:]] == ["P-1", "P-2", "P-3", "PC-1", "SW-1"]


@pytest.mark.slow
def test_a_pdf_for_each_branch_is_named_after_it(tmp_path: Path) -> None:
    done = say("report", "availability", "--month", "2026-11", "--format", "pdf", "--each", "branch", "-o", "out/pdf")
    assert done.exit_code == 0
    files = sorted(one.name for one in (tmp_path / "out" / "pdf").iterdir())
    assert [name[-8:] for name in files] == ["-b-1.pdf", "-b-2.pdf"]
    assert "2/2 out/pdf/" in done.stderr
    assert all((tmp_path / "out" / "pdf" / name).read_bytes().startswith(b"%PDF") for name in files)


@pytest.mark.slow
def test_a_terminal_is_spared_what_is_not_text() -> None:
    ours, theirs = os.openpty()
    words = [sys.executable, "-m", "hallwatch", "report", "availability", "--format", "xlsx"]
    ran = subprocess.run(words, stdout=theirs, stderr=subprocess.PIPE, text=True, check=False)
    os.close(theirs)
    os.close(ours)
    assert ran.returncode == 2
    assert ran.stderr == "xlsx is nothing for a terminal: name a file by -o\n"
