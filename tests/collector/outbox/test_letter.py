"""What the outbox holds is the message of contracts.md, and nothing hostile gets into a topic."""

from __future__ import annotations

import json

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from collector.observation import MAX_BYTES, Observation, Value, decode
from collector.outbox.letter import Unsendable, seal, unseal

texts = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"), max_size=20)
words = st.text(st.characters(exclude_categories=["Cs", "Cc"]), min_size=1, max_size=20)
numbers = st.floats(0, 1e9)
values = st.dictionaries(
    texts, texts | st.integers(-(2**63), 2**64 - 1) | st.floats(allow_nan=False, allow_infinity=False)
)
names = st.text(st.characters(exclude_categories=["Cs", "Cc"], exclude_characters="/+#"), min_size=1, max_size=20)


@settings(max_examples=200, deadline=None)
@given(
    device=names,
    ts=st.integers(0, 4_102_444_800_000),
    conditions=st.lists(words, max_size=4, unique=True),
    interval_s=st.floats(0.001, 1e6) | st.none(),
    rtt_ms=numbers | st.none(),
    cause=texts | st.none(),
    values=values,
)
def test_a_sealed_observation_is_the_one_that_was_seen(
    device: str,
    ts: int,
    conditions: list[str],
    interval_s: float | None,
    rtt_ms: float | None,
    cause: str | None,
    values: dict[str, Value],
) -> None:
    told = tuple(sorted(conditions))
    seen = Observation(device, "c-01", ts, "degraded", told, interval_s, rtt_ms, 0.5, cause, values, "e-1", 42)
    topic, message = unseal(seal(seen), "e-1", 42)
    assert topic == device
    assert decode(message, collector="c-01", device=device) == seen
    assert json.loads(message) == json.loads(seen.encode())


@pytest.mark.parametrize("device", ["", "a/b", "a+", "#", "a\nb", "x" * 129])
def test_a_device_that_no_topic_can_name_is_refused(device: str) -> None:
    with pytest.raises(Unsendable):
        seal(Observation(device, "c-01", 0, "up"))


@pytest.mark.parametrize("value", [float("nan"), float("inf"), "\ud800", "x" * MAX_BYTES, b"octets"])
def test_values_that_no_message_can_hold_are_refused(value: Value) -> None:
    with pytest.raises(Unsendable):
        seal(Observation("P-1", "c-01", 0, "up", values={"x": value}))
