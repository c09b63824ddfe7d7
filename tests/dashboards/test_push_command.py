"""`hallwatch dashboards` as people use it: exit codes, one clear message, the token never shown."""

from __future__ import annotations

import json
import ssl
from collections.abc import Iterator
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from dashboards.build import build
from hallwatch.commands.dashboards import app
from tests.dashboards.grafana_like import TOKEN, GrafanaLike, grafana_like
from tests.mosquitto import _certify

ZH = ("--set", "metrics", "--language", "zh")
UIDS = {"hw-city", "hw-hall", "hw-device", "hw-vendors", "hw-network", "hw-supplies", "hw-self"}


@pytest.fixture
def grafana() -> Iterator[GrafanaLike]:
    with grafana_like() as server:
        yield server


@pytest.fixture(autouse=True)
def secret(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GRAFANA_TOKEN", TOKEN)


def say(*words: str) -> Result:
    found = CliRunner().invoke(app, list(words), catch_exceptions=False)
    assert TOKEN not in found.output
    return found


def push(url: str, *words: str, token: str = "env:GRAFANA_TOKEN") -> Result:
    return say("push", "--url", url, "--token", token, *ZH, *words)


@pytest.mark.slow
def test_a_set_in_one_language_is_pushed_and_then_nothing_differs(grafana: GrafanaLike) -> None:
    first = push(grafana.url, "--base", "https://hallwatch.example")
    assert first.exit_code == 0
    assert set(grafana.dashboards) == UIDS
    assert "https://hallwatch.example" in json.dumps(grafana.dashboards["hw-city"])
    assert "+ hw-city" in first.output
    grafana.posts.clear()
    again = push(grafana.url, "--base", "https://hallwatch.example")
    assert again.exit_code == 0
    assert grafana.posts == []
    assert again.stdout.count("= hw-") == len(UIDS)


@pytest.mark.slow
def test_a_dry_run_shows_the_difference_and_posts_nothing(grafana: GrafanaLike, tmp_path: Path) -> None:
    (tmp_path / "token").write_text(TOKEN + "\n")
    push(grafana.url)
    grafana.posts.clear()
    found = push(grafana.url, "--base", "https://other.example", "--dry-run", token=f"file:{tmp_path / 'token'}")
    assert found.exit_code == 0
    assert "~ variable base" in found.stdout
    assert grafana.posts == []


@pytest.mark.slow
def test_an_edited_dashboard_is_left_alone_with_exit_code_1_until_overwriting_is_wished(grafana: GrafanaLike) -> None:
    push(grafana.url)
    mine = grafana.dashboards["hw-city"] | {"title": "Mine"}
    grafana.keep(mine, "hallwatch", "", "anna")
    found = push(grafana.url)
    assert found.exit_code == 1
    assert "! hw-city" in found.stdout
    assert "anna" in found.stdout
    assert "--overwrite" in found.stdout
    assert push(grafana.url, "--overwrite").exit_code == 0
    assert grafana.dashboards["hw-city"]["title"] != "Mine"


@pytest.mark.parametrize(
    "words",
    [
        ("--token", TOKEN),
        ("--token", "env:NOT_SET_ANYWHERE"),
        ("--token", "file:/nowhere/token"),
        ("--url", "grafana.example"),
        ("--url", "https://admin:admin@grafana.example"),
        ("--url", "https://grafana.example:99999"),
        ("--folder", "../admin"),
        ("--set", "both"),
        ("--language", "fr"),
        ("--base", "javascript:alert(1)"),
    ],
)
def test_wrong_usage_is_2_and_says_what_is_expected(grafana: GrafanaLike, words: tuple[str, str]) -> None:
    found = push(grafana.url, *words)
    assert found.exit_code == 2
    assert words[0] in found.output
    assert grafana.posts == []


@pytest.mark.parametrize("token", ["", "two words", "with\nbreak", "käse"])
def test_what_is_no_token_is_told_before_it_is_sent(
    grafana: GrafanaLike, token: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("GRAFANA_TOKEN", token)
    found = push(grafana.url)
    assert found.exit_code == 2
    assert "--token" in found.output
    assert not token or token not in found.output


def test_a_refused_token_is_1_with_one_line(grafana: GrafanaLike, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GRAFANA_TOKEN", "glsa_old")
    found = push(grafana.url)
    assert found.exit_code == 1
    assert "(401)" in found.output
    assert "Traceback" not in found.output


@pytest.mark.slow
def test_a_certificate_is_verified_and_its_authority_named_with_ca(grafana: GrafanaLike, tmp_path: Path) -> None:
    authority = _certify(tmp_path)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(tmp_path / "broker.pem", tmp_path / "broker.key")
    grafana.socket = context.wrap_socket(grafana.socket, server_side=True)
    url = grafana.url.replace("http:", "https:")
    refused = push(url, "--dry-run")
    assert refused.exit_code == 1
    assert "--ca" in refused.output
    assert push(url, "--dry-run", "--ca", str(authority)).exit_code == 0
    assert push(url, "--ca", str(tmp_path / "none.pem")).exit_code == 1


def test_what_is_committed_passes_the_check() -> None:
    assert say("check").exit_code == 0


@pytest.mark.slow
def test_the_check_names_every_file_that_differs_is_missing_or_is_too_much(tmp_path: Path) -> None:
    assert say("build", "--out", str(tmp_path)).exit_code == 0
    assert say("check", "--out", str(tmp_path)).exit_code == 0
    (tmp_path / "json/metrics/zh/hw-city.json").write_text("{}")
    (tmp_path / "json/metrics/zh/hw-hall.json").unlink()
    (tmp_path / "provisioning/zh/alerting/more.yaml").write_text("")
    found = say("check", "--out", str(tmp_path))
    assert found.exit_code == 1
    assert all(name in found.output for name in ("hw-city.json", "hw-hall.json", "more.yaml"))
    assert found.output.count("✗") == 3


@pytest.mark.slow
def test_building_writes_the_chosen_ones_and_nothing_twice(tmp_path: Path) -> None:
    choice = ("--out", str(tmp_path), "--set", "sql", "--language", "en", "--base", "https://x.example")
    assert say("build", *choice).exit_code == 0
    boards = {
        str(path.relative_to(tmp_path / "json")): path.read_text() for path in (tmp_path / "json").rglob("*.json")
    }
    assert boards == {name: text for name, text in build("https://x.example").items() if name.startswith("sql/en/")}
    assert say("build", *choice).stdout.startswith("0 ")
    assert say("build", "--set", "sql").exit_code == 2
    (tmp_path / "file").write_text("")
    assert say("build", "--out", str(tmp_path / "file")).exit_code == 1


@pytest.mark.slow
def test_installed_without_sources_only_the_dashboards_are_checked_and_nothing_is_built_into_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    say("build", "--out", str(tmp_path))
    (tmp_path / "dashboards").mkdir()
    (tmp_path / "json").rename(tmp_path / "dashboards/json")
    monkeypatch.setattr("hallwatch.commands.dashboards._TREE", tmp_path)
    assert say("check").exit_code == 0
    refused = say("build")
    assert refused.exit_code == 2
    assert "--out" in refused.output
