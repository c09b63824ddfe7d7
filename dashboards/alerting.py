"""Alert rules as Grafana's provisioning takes them: the question, the last number of each series, what decides."""

from __future__ import annotations

from typing import Final

from dashboards.alert_rules import RULES, Rule
from dashboards.itself import itself
from dashboards.name import uid
from dashboards.text import Json, Language, T, spoken

METRICS: Final = "hallwatch-influxdb"
EXPRESSION: Final = "__expr__"
FOLDER: Final = T("hallwatch alerts", "hallwatch 告警")
INTERVAL: Final = "1m"


def groups(language: Language, base: str) -> Json:
    """The rules in Grafana's provisioning format (`apiVersion: 1`); `base` is where hallwatch's pages are."""
    panels = _panels()
    rules: list[Json] = [_rule(rule, language, panels[rule.panel], base) for rule in RULES]
    group: Json = {
        "orgId": 1,
        "name": "hallwatch",
        "folder": spoken(FOLDER, language),
        "interval": INTERVAL,
        "rules": rules,
    }
    return {"apiVersion": 1, "groups": [group]}


def _panels() -> dict[str, int]:
    """The numbers of the panels by title; of two with one title the later one, which shows it over time."""
    panels = spoken(itself("metrics", "").tree()["panels"], "en")
    found = panels if isinstance(panels, list) else []
    return {str(one["title"]): int(str(one["id"])) for one in found if isinstance(one, dict)}


def _rule(rule: Rule, language: Language, panel: int, base: str) -> Json:
    return {
        "uid": rule.uid,
        "title": spoken(rule.title, language),
        "condition": rule.condition,
        "dashboardUid": spoken(uid("self"), language),
        "panelId": panel,
        "for": rule.lasts,
        "noDataState": rule.missing,
        "execErrState": rule.missing,
        "isPaused": False,
        "labels": {"service": "hallwatch", "severity": rule.severity},
        "annotations": _annotations(rule, language) | {"runbook_url": f"{base}{rule.page}"},
        "data": _steps(rule),
    }


def _annotations(rule: Rule, language: Language) -> dict[str, Json]:
    """Both languages, the chosen one in the places that Grafana's own templates show.

    Grafana 11 takes annotations as they stand, newer ones look for `${NAME}`: so there is none.
    """
    other: Language = "en" if language == "zh" else "zh"
    return {
        "summary": spoken(rule.summary, language),
        "description": spoken(rule.what, language),
        f"summary_{other}": spoken(rule.summary, other),
        f"description_{other}": spoken(rule.what, other),
    }


def _steps(rule: Rule) -> list[Json]:
    if not rule.growth:
        return [_query("A", rule.asked, rule.minutes), _reduce("B", "A"), _threshold("C", "B", rule.sign, rule.limit)]
    return [
        _query("A", rule.asked, rule.minutes),
        _query("D", rule.growth, rule.minutes),
        _reduce("B", "A"),
        _reduce("F", "D"),
        _expression("E", {"type": "math", "expression": f"$B > {rule.limit:g} && $F > 0"}),
    ]


def _query(ref: str, query: str, minutes: int) -> Json:
    model: Json = {
        "refId": ref,
        "datasource": {"type": "influxdb", "uid": METRICS},
        "query": query,
        "rawQuery": True,
        "resultFormat": "time_series",
        "intervalMs": 60_000,
        "maxDataPoints": 1000,
    }
    period: Json = {"from": 60 * minutes, "to": 0}
    return {"refId": ref, "datasourceUid": METRICS, "relativeTimeRange": period, "model": model}


def _reduce(ref: str, of: str) -> Json:
    """The last number of each series; what is no number is left out."""
    settings: Json = {"mode": "dropNN"}
    return _expression(ref, {"type": "reduce", "expression": of, "reducer": "last", "settings": settings})


def _threshold(ref: str, of: str, sign: str, limit: float) -> Json:
    conditions: list[Json] = [{"evaluator": {"type": sign, "params": [limit]}}]
    return _expression(ref, {"type": "threshold", "expression": of, "conditions": conditions})


def _expression(ref: str, model: dict[str, Json]) -> Json:
    source: Json = {"type": EXPRESSION, "uid": EXPRESSION}
    period: Json = {"from": 0, "to": 0}
    whole: dict[str, Json] = {"refId": ref, "datasource": source, **model}
    return {"refId": ref, "datasourceUid": EXPRESSION, "relativeTimeRange": period, "model": whole}
