"""What Grafana's alerting does with a rule: asks, reduces, decides. The steps that our rules use, and no others."""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Mapping
from typing import Any

Labels = frozenset[tuple[str, str]]
Numbers = dict[Labels, float]
Ask = Callable[[str], list[dict[str, Any]]]
_SIGNS: dict[str, Callable[[float, float], bool]] = {"gt": lambda a, b: a > b, "lt": lambda a, b: a < b}


def state(rule: Mapping[str, Any], ask: Ask, now: int) -> dict[str, str] | str:
    """The labels that fire with their state at `now` (ms); where nothing is answered, the rule's word for that."""
    found: dict[str, Any] = {}
    for step in rule["data"]:
        model = step["model"]
        if step["datasourceUid"] != "__expr__":
            series = _asked(step, ask, now)
            if not series:
                return f"NoData: {rule['noDataState']}"
            found[step["refId"]] = series
        elif model["type"] == "reduce":
            found[step["refId"]] = _last(found[model["expression"]])
        elif model["type"] == "threshold":
            evaluator = model["conditions"][0]["evaluator"]
            numbers = found[model["expression"]]
            holds = _SIGNS[evaluator["type"]]
            found[step["refId"]] = {key: holds(value, evaluator["params"][0]) for key, value in numbers.items()}
        else:
            found[step["refId"]] = _math(model["expression"], found)
    decided = found[rule["condition"]]
    return {",".join(value for _, value in sorted(key)): "Alerting" for key, fires in decided.items() if fires}


def _asked(step: Mapping[str, Any], ask: Ask, now: int) -> dict[Labels, list[float | None]]:
    period = step["relativeTimeRange"]
    within = f"time >= {now - 1000 * period['from']}ms and time <= {now - 1000 * period['to']}ms"
    query = step["model"]["query"].replace("$timeFilter", within)
    assert "$" not in query
    found = {}
    for series in ask(query):
        assert len(series["columns"]) == 2, "one number a series"
        found[frozenset(series.get("tags", {}).items())] = [row[1] for row in series["values"]]
    return found


def _last(series: Mapping[Labels, list[float | None]]) -> Numbers:
    """`dropNN`: what is no number is left out first."""
    kept = {key: [one for one in values if one is not None and math.isfinite(one)] for key, values in series.items()}
    return {key: values[-1] for key, values in kept.items() if values}


def _math(expression: str, found: Mapping[str, Numbers]) -> dict[Labels, bool]:
    """`$B > 5 && $F > 0`, of the series that all parts have."""
    parts = [re.fullmatch(r"\$([A-Z]) > ([0-9.e+]+)", one.strip()) for one in expression.split("&&")]
    terms = [(found[one[1]], float(one[2])) for one in parts if one is not None]
    assert len(terms) == len(parts)
    shared = set.intersection(*(set(numbers) for numbers, _ in terms))
    return {key: all(numbers[key] > limit for numbers, limit in terms) for key in shared}
