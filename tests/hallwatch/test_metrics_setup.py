"""`hallwatch metrics setup` and the doctor's look at the metrics server: what is missing, and never a secret."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from hallwatch import cli
from hallwatch.checkup_metrics import metrics
from hallwatch.compose import now_ms
from hallwatch.live import FAILING
from hallwatch.live_parts import beside
from hallwatch.settings_file import BadSettings, load
from store.metrics_queue import MetricsQueue
from store.told import Told
from tests.influxd import Influxd, influxd
from tests.mosquitto import free_port

PASSWORD = "members-own"


@pytest.fixture(scope="module")
def real(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Influxd]:
    with influxd(tmp_path_factory.mktemp("influxd"), users=True) as server:
        yield server


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("HALLWATCH_LANGUAGE", "en")
    return tmp_path


def configure(url: str, **more: str) -> None:
    rows = [f'{name} = "{value}"' for name, value in {"url": url, **more}.items()]
    Path("hallwatch.toml").write_text("\n".join(["[metrics]", *rows]))


def say(*words: str) -> Result:
    return CliRunner().invoke(cli.app_of(cli.COMMANDS), ["metrics", *words])


def looked() -> list[tuple[str, str]]:
    return [(one.grade, one.told(str)) for one in metrics(load(None))]


def test_the_embedded_store_needs_no_setting_up() -> None:
    found = say("setup")
    assert found.exit_code == 1
    assert "needs no setting up" in found.stderr
    assert looked() == [("good", "embedded")]


def test_retention_is_what_is_usual_for_the_kind_of_store() -> None:
    assert load(None).settings.metrics.days == (7, 1100)
    configure("influxdb://h")
    assert load(None).settings.metrics.days == (90, 1826)
    Path("hallwatch.toml").write_text('[metrics]\nurl = "influxdb://h"\nraw_days = 30\n')
    assert load(None).settings.metrics.days == (30, 1826)


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ('url = "influxdb://h?bukcet=x"', "bukcet"),
        ('url = "influxdb://root:s3cret@h"', "metrics.token"),
        ('url = "http://h"', "not one of"),
        ('token = "a"\nusername = "b"\npassword = "c"', "either a token"),
        ('username = "b"', "go together"),
    ],
)
def test_a_server_that_cannot_be_meant_is_said_before_anything_runs(text: str, words: str) -> None:
    Path("hallwatch.toml").write_text(f"[metrics]\n{text}\n")
    with pytest.raises(BadSettings) as caught:
        load(None)
    assert words in str(caught.value.faults)
    assert "s3cret" not in str(caught.value.faults)


def test_a_server_that_is_not_there_is_one_message() -> None:
    configure(f"influxdb://127.0.0.1:{free_port()}")
    [(grade, told)] = looked()
    assert (grade, "refused" in told) == ("bad", True)


@pytest.mark.server
def test_setting_up_says_what_it_would_do_does_it_and_is_done(real: Influxd, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("INFLUX_PASSWORD", real.password or "")
    configure(f"{real.url}?bucket=m1", username="root", password="env:INFLUX_PASSWORD")
    would = say("setup", "--dry-run")
    assert would.stdout.count("would be made") == 3
    assert [grade for grade, _ in looked()] == ["good", "bad", "bad", "bad"]
    made = say("setup")
    assert (made.exit_code, made.stdout.count("+ made")) == (0, 3)
    assert "InfluxDB 1.6.7" in made.stderr
    again = json.loads(say("setup", "--json").stdout)
    assert (again["server"], {step["done"] for step in again["steps"]}) == ("v1", {"kept"})
    assert [grade for grade, _ in looked()] == ["good"]
    assert (real.password or "") not in would.output + made.output


@pytest.mark.server
def test_a_missing_right_is_said_and_the_exit_code_says_so(real: Influxd, folder: Path) -> None:
    for statement in (
        f"CREATE USER reader WITH PASSWORD '{PASSWORD}'",
        "CREATE DATABASE m2",
        "GRANT READ ON m2 TO reader",
    ):
        real.ask(statement)
    (folder / "secret").write_text(PASSWORD + "\n")
    configure(f"{real.url}?bucket=m2", username="reader", password="file:secret")
    found = say("setup")
    assert found.exit_code == 1
    assert "✗ right missing: CREATE RETENTION POLICY" in found.stdout
    assert "✗ right missing: write m2/raw" in found.stdout
    assert [grade for grade, told in looked() if told.startswith("right missing: write m2/raw")] == ["bad"]
    assert PASSWORD not in found.output


@pytest.mark.server
def test_points_that_wait_for_long_are_said(real: Influxd) -> None:
    configure(f"{real.url}?bucket=m3", username="root", password=real.password or "")
    queue = MetricsQueue(load(None).path(load(None).settings.metrics.queue))
    queue.put("raw", ["device x=1 5"], [], now_ms() - 3_600_000)
    queue.close()
    assert [grade for grade, told in looked() if "1 points wait for the server, the oldest for 60 min" in told] == [
        "bad"
    ]


def test_live_figures_that_fail_and_their_queue_are_said(folder: Path) -> None:
    configure("influxdb://127.0.0.1:1")
    file = load(None).path(load(None).settings.metrics.queue)
    told = Told(beside(file, "told"))
    told.mark(FAILING, {"supplies": "Away: it sleeps", "fleet": ""})
    told.close()
    queue = MetricsQueue(beside(file, "figures"))
    queue.put("raw", ["fleet x=1 5"], [], now_ms() - 3_600_000)
    queue.close()
    said = [told for grade, told in looked() if grade == "bad"]
    assert "live figures “supplies” cannot be written: Away: it sleeps" in said
    assert any("1 points wait for the server, the oldest for 60 min" in one for one in said)
    assert not any("fleet" in one for one in said)
