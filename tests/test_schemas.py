"""The messages that we send are those of docs/schemas."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import jsonschema
import pytest
from hypothesis import given, settings

from api.health import COUNTERS, GAUGES
from collector.observation import Observation, Refused, decode
from collector.outbox.letter import seal, unseal
from collector.traps.receiver import REASONS
from recorder.heartbeat import FIGURES
from tests.collector.test_observation import observations

FOLDER = Path(__file__).parent.parent / "docs" / "schemas"


def schema(name: str) -> Any:
    return json.loads((FOLDER / f"{name}.json").read_text(encoding="utf-8"))


@pytest.mark.parametrize("name", ["observation", "heartbeat", "receipt", "status", "alert", "poll", "discover"])
def test_a_schema_is_one(name: str) -> None:
    jsonschema.Draft202012Validator.check_schema(schema(name))


def test_a_heartbeats_figures_are_those_of_the_schema_and_prometheus_reads_no_others() -> None:
    assert set(FIGURES) <= set(schema("heartbeat")["properties"])
    read = {figure for *_, figures in COUNTERS for figure in figures} | {figure for figure, _, _ in GAUGES}
    assert {f"traps_{reason}" for reason in REASONS} <= read <= set(FIGURES)


@pytest.mark.slow
@settings(max_examples=100)
@given(observations)
def test_O1_what_a_collector_sends_fits_the_schema(seen: Observation) -> None:
    bare = Observation(seen.device, seen.collector, seen.ts, seen.state, seen.conditions, values=seen.values)
    message = unseal(seal(bare), "0198c0de", 42)[1]
    jsonschema.validate(json.loads(message), schema("observation"))


@pytest.mark.slow
@pytest.mark.parametrize(
    "change",
    [
        {"v": 2}, {"state": "broken"}, {"device": "a/b"}, {"device": ""}, {"seq": 0}, {"seq": 1.5}, {"epoch": None},
        {"loss": 2}, {"interval_s": 0}, {"conditions": [""]}, {"conditions": "x"}, {"values": {"a": []}}, {"ts": 5},
        {"conditions": ["noPaper\nnoPaper"]}, {"conditions": ["a\x7f"]}, {"cause": "a\0"}, {"values": {"a": "\0"}},
        {"values": {"\0": 1}},
    ],
)  # fmt: skip
def test_what_the_schema_refuses_the_centre_refuses(change: dict[str, Any]) -> None:
    good = {
        "v": 1,
        "device": "P",
        "collector": "c",
        "ts": "2026-11-01T00:00:00Z",
        "state": "up",
        "epoch": "e",
        "seq": 1,
    }
    document = {key: value for key, value in (good | change).items() if value is not None}
    with pytest.raises(jsonschema.ValidationError):
        jsonschema.validate(document, schema("observation"))
    with pytest.raises(Refused):
        decode(json.dumps(document).encode())
