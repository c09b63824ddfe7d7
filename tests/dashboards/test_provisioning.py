"""Provisioning files: what is committed is what is built, of Grafana's form, and without a secret."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest
import yaml

from dashboards import alerting, provisioning
from dashboards.build import build
from dashboards.variable import sources
from store.migrations.versions.r0005_grafana import ROLE

ROOT = Path(__file__).parents[2]
FILES = provisioning.files()
BUILT = build()
SOURCES = sorted(name for name in FILES if "/datasources/" in name)
PROVIDERS = sorted(name for name in FILES if "/dashboards/" in name)
ALERTS = sorted(name for name in FILES if "/alerting/" in name)


def loaded(name: str) -> Any:
    return yaml.safe_load(FILES[name])


def interpolated(text: str, environment: dict[str, str]) -> str:
    """As Grafana replaces variables in provisioning files: `$$` is a dollar, what is not set is nothing."""
    parts = text.split("$$")
    return "$".join(
        re.sub(r"\$\{(\w+)\}|\$(\w+)", lambda one: environment.get(one[1] or one[2], ""), it) for it in parts
    )


def test_what_is_committed_is_what_is_built() -> None:
    folder = ROOT / "deploy/grafana"
    committed = {str(path.relative_to(folder)): path.read_text("utf-8") for path in folder.rglob("*.yaml")}
    assert committed == dict(FILES), "hallwatch dashboards build"


def test_every_file_is_one_of_three_kinds_and_of_version_1() -> None:
    assert sorted(FILES) == sorted([*SOURCES, *PROVIDERS, *ALERTS])
    assert {loaded(name)["apiVersion"] for name in FILES} == {1}


@pytest.mark.parametrize("name", SOURCES)
def test_data_sources_have_the_uids_that_dashboards_and_rules_expect(name: str) -> None:
    expected = {dict(one)["name"]: dict(one)["current"] for one in sources("sql")}
    uids = {one["value"] for one in expected.values() if isinstance(one, dict)}
    found = {one["uid"]: one["type"] for one in loaded(name)["datasources"]}
    assert set(found) <= uids
    assert found[alerting.METRICS] == "influxdb"
    assert found.get(provisioning.DATABASE, "grafana-postgresql-datasource") == "grafana-postgresql-datasource"


@pytest.mark.parametrize("name", SOURCES)
def test_no_secret_is_in_a_file_and_every_secret_is_encrypted_at_rest(name: str) -> None:
    for one in loaded(name)["datasources"]:
        secrets = one["secureJsonData"]
        assert secrets
        for value in secrets.values():
            assert re.fullmatch(r"(Token )?\$\{\w+(TOKEN|PASSWORD)\}", value)
        rest = {key: value for key, value in one.items() if key != "secureJsonData"}
        assert not re.search("token|password", str(rest), re.IGNORECASE)
        assert one["access"] == "proxy"
        assert one["editable"] is False


def test_influxdb_2_is_asked_with_a_token_and_1_with_a_user() -> None:
    (two,) = loaded("instead/influxdb2-alone/datasources/hallwatch.yaml")["datasources"]
    (one,) = loaded("instead/influxdb1-alone/datasources/hallwatch.yaml")["datasources"]
    assert two["jsonData"]["httpHeaderName1"] == "Authorization"
    said = interpolated(two["secureJsonData"]["httpHeaderValue1"], {"INFLUXDB_READ_TOKEN": "a$b==", "b": "no"})
    assert said == "Token a$b=="
    assert one["user"] == "${INFLUXDB_READ_USER}"
    assert one["jsonData"]["dbName"] == two["jsonData"]["dbName"] == "${INFLUXDB_DATABASE}"


def test_postgresql_is_read_by_the_role_that_may_read_the_views_only() -> None:
    (_, database) = loaded("zh/datasources/hallwatch.yaml")["datasources"]
    assert database["user"] == ROLE == provisioning.READER


@pytest.mark.parametrize("name", PROVIDERS)
def test_a_provider_names_a_folder_of_built_dashboards(name: str) -> None:
    (provider,) = loaded(name)["providers"]
    path = provider["options"]["path"].removeprefix(provisioning.BOARDS + "/")
    assert any(one.startswith(f"{path}/") for one in BUILT)
    assert provider["folderUid"] == "hallwatch"


@pytest.mark.parametrize("name", ALERTS)
def test_grafana_takes_nothing_out_of_the_rules(name: str) -> None:
    """Queries are taken as they stand; titles, labels and (by some versions) annotations go through its environment."""
    (group,) = loaded(name)["groups"]
    for rule in group["rules"]:
        texts = [rule["title"], *rule["labels"].values(), *rule["annotations"].values()]
        for text in texts:
            assert interpolated(text, {}) == text
    assert group["folder"] != "hallwatch", "the folder of the dashboards has a fixed UID"


def test_rules_lead_to_the_pages_of_the_address_that_is_given() -> None:
    text = provisioning.files("https://hallwatch.example/")["zh/alerting/hallwatch.yaml"]
    urls = [rule["annotations"]["runbook_url"] for rule in yaml.safe_load(text)["groups"][0]["rules"]]
    assert set(urls) == {"https://hallwatch.example/", "https://hallwatch.example/channels"}


def test_every_variable_of_the_environment_and_every_rule_is_documented() -> None:
    page = (ROOT / "docs/dashboards.md").read_text("utf-8")
    named = {name for text in FILES.values() for name in re.findall(r"\$\{(\w+)\}", text)}
    assert named == set(re.findall(r"`([A-Z]+_[A-Z_]+)`", page))
    rules = {rule["uid"] for name in ALERTS for group in loaded(name)["groups"] for rule in group["rules"]}
    assert rules == set(re.findall(r"^\| `(hw-[a-z-]+)` \|", page, re.MULTILINE))
