"""Alert rules as files: of Grafana's form, asking only what is written, told in both languages, each with a way on."""

from __future__ import annotations

import json
import re
from typing import Any

import pytest
from grafana_foundation_sdk.models import alerting as sdk

from dashboards.alert_rules import RULES
from dashboards.alerting import METRICS, groups
from dashboards.build import BASE, build
from dashboards.text import LANGUAGES, Language
from store.measurements import BY_NAME

BOARDS = build()
GROUPS: dict[Language, Any] = {language: groups(language, BASE) for language in LANGUAGES}
EVERY = [(language, rule) for language in LANGUAGES for rule in GROUPS[language]["groups"][0]["rules"]]
each_rule = pytest.mark.parametrize(("language", "rule"), EVERY, ids=[f"{one}-{rule['uid']}" for one, rule in EVERY])


@each_rule
def test_a_rule_is_of_the_schema(language: str, rule: dict[str, Any]) -> None:
    model = sdk.Rule.from_json({**rule, "ruleGroup": "hallwatch", "folderUID": "x", "orgID": 1})
    assert model.to_json()["for"] == rule["for"]
    assert {one.ref_id for one in model.data or ()} == {one["refId"] for one in rule["data"]}
    assert set(rule) == {
        *("uid", "title", "condition", "for", "noDataState", "execErrState"),
        *("dashboardUid", "panelId", "isPaused", "labels", "annotations", "data"),
    }
    assert re.fullmatch(r"\d+[smh]", rule["for"])
    assert re.fullmatch(r"[a-z0-9-]{1,40}", rule["uid"])


@each_rule
def test_the_condition_is_a_step_and_every_step_leads_to_it(language: str, rule: dict[str, Any]) -> None:
    steps = {one["refId"]: one["model"] for one in rule["data"]}
    assert len(steps) == len(rule["data"])
    used = {rule["condition"]}
    for model in steps.values():
        said = model.get("expression", "")
        used |= set(re.findall(r"\$([A-Z])\b", said)) | ({said} if said in steps else set())
    assert used == set(steps)
    assert all(model["refId"] == ref for ref, model in steps.items())


@each_rule
def test_queries_ask_the_provisioned_store_for_what_is_written(language: str, rule: dict[str, Any]) -> None:
    asked = [one for one in rule["data"] if one["datasourceUid"] != "__expr__"]
    assert asked
    for one in asked:
        assert one["datasourceUid"] == METRICS == one["model"]["datasource"]["uid"]
        assert one["relativeTimeRange"]["from"] >= 300
        query = one["model"]["query"]
        name = re.search(r'FROM "raw"\."(\w+)"', query)
        assert name is not None
        known = BY_NAME[name[1]]
        fields = set(re.findall(r'(?:last|first|count|difference)\("(\w+)"\)', query))
        tags = {tag for part in re.findall(r"GROUP BY ([^)]*)", query) for tag in re.findall(r'"(\w+)"', part)}
        assert fields
        assert fields <= set(known.numbers)
        assert tags <= set(known.tags)


@each_rule
def test_a_rule_is_told_in_both_languages_with_a_link(language: str, rule: dict[str, Any]) -> None:
    said = rule["annotations"]
    other = "en" if language == "zh" else "zh"
    assert set(said) == {"summary", "description", f"summary_{other}", f"description_{other}", "runbook_url"}
    assert said["runbook_url"].startswith(f"{BASE}/")
    chinese = re.compile("[\u4e00-\u9fff]")
    assert bool(chinese.search(said["summary"])) == (language == "zh")
    assert bool(chinese.search(said[f"summary_{other}"])) == (language == "en")
    assert all("$" not in text for text in said.values()), "some Grafanas would take it for a variable, others not"
    assert rule["labels"]["severity"] in ("critical", "warning")


@each_rule
def test_a_rule_leads_to_a_panel_that_asks_for_the_same_measurement(language: str, rule: dict[str, Any]) -> None:
    built = BOARDS[f"metrics/{language}/{rule['dashboardUid']}.json"]
    (panel,) = (one for one in json.loads(built)["panels"] if one["id"] == rule["panelId"])
    asked = re.findall(r'"raw"\."(\w+)"', rule["data"][0]["model"]["query"])
    shown = {name for one in panel["targets"] for name in re.findall(r'"raw"\."(\w+)"', one["query"])}
    assert set(asked) <= shown | {"service"}
    assert shown


def test_titles_and_uids_are_unique_and_the_same_rules_in_both_languages() -> None:
    for language in LANGUAGES:
        rules = GROUPS[language]["groups"][0]["rules"]
        assert len({one["title"] for one in rules}) == len(rules)
        assert [one["uid"] for one in rules] == [one.uid for one in RULES]
    assert len({one.uid for one in RULES}) == len(RULES)
