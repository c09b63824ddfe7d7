"""`[reports]` of the settings: who gets what when, how it counts, and what `doctor` and health say of it."""

from __future__ import annotations

import threading
from datetime import time
from fractions import Fraction
from pathlib import Path

import pytest

from hallwatch.centre import Centre
from hallwatch.checkup import Finding, findings
from hallwatch.report_settings import how_of, plan_of, targets_of, ways_of
from hallwatch.running import everything
from hallwatch.settings_file import BadSettings, Loaded, load
from sla.instant import parse
from store import report_runs
from store.database import reading
from tests.hallwatch.reported import site

SETTINGS = """[site]
language = "en"
[database]
url = "sqlite:///site.db"
[mqtt]
listen = "127.0.0.1:1"
[mail]
url = "smtp://127.0.0.1:1"
[reports]
to = ["mailto:boss@operator.example", "wecom:desk"]
formats = ["csv"]
target = 0.985
targets = {printer = 0.9}
intact = "count"
compare = "points"
at = "07:30"
day = 3
[reports.branches]
b-1 = ["mailto:b1@operator.example"]
b-11 = ["mailto:b11@operator.example"]
"""


def written(folder: Path, text: str) -> Loaded:
    file = folder / "hallwatch.toml"
    file.write_text(text, encoding="utf-8")
    return load(file)


@pytest.fixture
def loaded(tmp_path: Path) -> Loaded:
    made = site(tmp_path)
    made.engine.dispose()
    return written(tmp_path, SETTINGS)


def test_the_plan_and_the_ways_are_what_the_settings_say(tmp_path: Path) -> None:
    found = written(tmp_path, SETTINGS)
    plan, settings = plan_of(found), found.settings.reports
    assert (plan.to, plan.day, plan.at) == (("mailto:boss@operator.example", "wecom:desk"), 3, time(7, 30))
    assert plan.branches["b-1"] == ("mailto:b1@operator.example",)
    assert (targets_of(settings).of(None), targets_of(settings).of("printer")) == (Fraction(197, 200), Fraction(9, 10))
    assert (how_of(settings).intact, how_of(settings).compare, how_of(settings).inspection) == (
        "count",
        "points",
        time(10),
    )
    assert (ways_of(found, {}).language, ways_of(found, {}).formats) == ("en", ("csv",))


def test_switched_off_nothing_is_due_for_anybody(tmp_path: Path) -> None:
    plan = plan_of(written(tmp_path, SETTINGS.replace("[reports]", "[reports]\nenabled = false")))
    assert (plan.to, dict(plan.branches), plan.statements) == ((), {}, False)


@pytest.mark.parametrize(
    ("line", "said"),
    [
        ('to = ["mailto:nobody"]', "mailto: not an address"),
        ('to = ["mail:a@b.example"]', "did you mean `mailto:`?"),
        ('to = ["rota:night"]', "rota: stands in the inventory"),
        ("day = 31", "a day from 1 to 28"),
        ('day = "monday"', "first_working_day"),
        ('at = "6 o\'clock"', "not HH:MM"),
        ("target = 98.5", "less than or equal to 1"),
        ("formats = []", "at least 1"),
        ("langage = 'en'", "language"),
    ],
)
def test_what_cannot_be_meant_is_refused_with_its_line(tmp_path: Path, line: str, said: str) -> None:
    with pytest.raises(BadSettings) as refused:
        written(tmp_path, f"[reports]\n{line}\n")
    (fault,) = refused.value.faults
    assert fault.line == 2
    assert said in " ".join([*map(str, fault.values.values()), fault.message, str(fault.near_miss)])


def of_reports(loaded: Loaded) -> list[Finding]:
    return [one for one in findings(loaded) if one.what == "reports"]


@pytest.mark.slow
def test_doctor_names_what_is_overdue_and_branches_that_there_are_not(loaded: Loaded) -> None:
    found = {one.grade: one.told(str) for one in of_reports(loaded)}
    assert found["look"] == "reports.branches: there is no branch b-11; near: b-1"
    assert "good" in found  # of November nothing is due yet
    assert "bad" not in found


@pytest.mark.slow
def test_up_makes_what_is_due_and_says_what_fails(loaded: Loaded, monkeypatch: pytest.MonkeyPatch) -> None:
    december = parse("2026-12-03T09:00:00+08:00")
    monkeypatch.setattr("hallwatch.checkup.now_ms", lambda: december)
    monkeypatch.setattr("hallwatch.centre.now_ms", lambda: december)
    overdue = [one.told(str) for one in of_reports(loaded) if one.grade == "bad"]
    assert len(overdue) == 3
    assert overdue[0].startswith("availability/2026-11 was due at 2026-12-02T23:30:00.000Z")
    centre = Centre(loaded)
    assert "reports" in [part.name for part in everything(centre).parts]
    stop = threading.Event()
    thread = threading.Thread(target=centre.reporting(), args=(stop,))
    thread.start()
    while thread.is_alive() and centre.health()["reports"]["made"] < 3:
        stop.wait(0.02)
    stop.set()
    thread.join(20)
    with reading(centre.engine) as conn:
        made = sorted(run.key for run, _ in report_runs.listed(conn))
    centre.close()
    assert made == ["availability/2026-11", "branch/b-1/2026-11", "statement/c-1/2026-11"]
    assert not [one for one in of_reports(loaded) if one.grade == "bad"]
