"""The observation: what it says survives the wire, and no payload does worse than be refused."""

from __future__ import annotations

import json

import msgspec
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from collector.observation import (
    MAX_BYTES,
    MAX_INSTANT,
    STATES,
    Observation,
    Reason,
    Refused,
    decode,
    judged,
    parse_instant,
    read,
    render_instant,
    usual,
)

SEEN = Observation("P-0001", "c-01", 1_790_000_000_123, "up", values={"pages": 10231}, epoch="e", seq=42)

names = st.text(st.characters(exclude_characters="/+#\x7f", exclude_categories=["Cc", "Cs"]), min_size=1, max_size=128)
words = st.text(st.characters(exclude_characters="\0", exclude_categories=["Cs"]), max_size=60)
conditions = st.text(st.characters(exclude_categories=["Cc", "Cs"]), min_size=1, max_size=60)
observations = st.builds(
    Observation,
    device=names,
    collector=names,
    ts=st.integers(0, MAX_INSTANT - 1),
    state=st.sampled_from(STATES),
    conditions=st.sets(conditions, max_size=5).map(lambda found: tuple(sorted(found))),
    interval_s=st.none() | st.floats(0.001, 1e9),
    rtt_ms=st.none() | st.floats(0, 1e9),
    loss=st.none() | st.floats(0, 1),
    cause=st.none() | words,
    values=st.dictionaries(
        words,
        st.integers(-(1 << 64) + 1, (1 << 64) - 1) | st.floats(allow_nan=False, allow_infinity=False) | words,
        max_size=5,
    ),
    epoch=st.just("e"),
    seq=st.integers(1, (1 << 63) - 1),
)
texts = st.text(st.characters(), max_size=8)  # lone surrogates among them
scalars = st.none() | st.booleans() | st.integers() | st.floats() | texts
json_values = scalars | st.lists(scalars, max_size=3) | st.dictionaries(texts, scalars, max_size=3)
KEYS = (*json.loads(SEEN.encode()), "conditions", "rtt_ms", "loss", "interval_s", "cause")


def refusal(payload: bytes) -> Reason:
    with pytest.raises(Refused) as caught:
        decode(payload, collector="c-01", device="P-0001")
    return caught.value.reason


def altered(**changes: object) -> bytes:
    document = json.loads(SEEN.encode()) | changes
    return json.dumps({key: value for key, value in document.items() if value is not ...}).encode()


@settings(max_examples=150)
@given(observations)
def test_O1_what_is_encoded_is_decoded(seen: Observation) -> None:
    payload = seen.encode()
    if len(payload) <= MAX_BYTES:
        assert decode(payload, collector=seen.collector, device=seen.device) == seen


@settings(max_examples=200)
@given(st.binary(max_size=200))
def test_no_bytes_raise_anything_but_refused(payload: bytes) -> None:
    assert refusal(payload) in {"not_json", "type", "missing"}


@settings(max_examples=200, suppress_health_check=[HealthCheck.too_slow])
@given(st.dictionaries(st.sampled_from(KEYS), json_values, max_size=13), st.booleans())
def test_no_document_raises_anything_but_refused(changes: dict[str, object], ascii_only: bool) -> None:
    document = json.loads(SEEN.encode()) | changes
    payload = json.dumps(document, ensure_ascii=ascii_only).encode("utf-8", "surrogatepass")
    try:
        seen = decode(payload, collector="c-01", device="P-0001")
    except Refused:
        return
    assert (seen.device, seen.collector) == ("P-0001", "c-01")
    seen.encode()  # whatever was accepted can be stored and told on
    render_instant(seen.ts)


@pytest.mark.parametrize(
    ("payload", "reason"),
    [
        (b" " * (MAX_BYTES + 1), "too_large"),
        (b"\xff\xfe\x00", "not_json"),
        (SEEN.encode().decode().encode("utf-16"), "not_json"),
        (b"[" * 16000, "not_json"),
        (b"9" * 5000, "not_json"),
        (b"[]", "type"),
        (altered(v=...), "missing"),
        (altered(v=2), "version"),
        (altered(v=True), "version"),
        (altered(state=...), "missing"),
        (altered(state="off"), "type"),
        (altered(state=["up"]), "type"),
        (altered(device="a/b"), "type"),
        (altered(device="\ud800"), "type"),
        (altered(device=""), "type"),
        (altered(device="a" * 129), "type"),
        (altered(collector="c-02"), "foreign_collector"),
        (altered(device="P-0002"), "foreign_device"),
        (altered(ts="2026-11-01T00:00:00"), "type"),
        (altered(ts="0001-01-01T00:00:00+23:59"), "type"),
        (altered(ts=1_790_000_000), "type"),
        (altered(seq=0), "type"),
        (altered(seq=True), "type"),
        (altered(seq=...), "type"),
        (altered(epoch=""), "type"),
        (altered(loss=1.5), "type"),
        (altered(loss=float("nan")), "type"),
        (altered(interval_s=0), "type"),
        (altered(rtt_ms=True), "type"),
        (altered(conditions="jammed"), "type"),
        (altered(conditions=[""]), "type"),
        (altered(conditions=["noPaper\nnoPaper"]), "type"),
        (altered(conditions=["a\0b"]), "type"),
        (altered(conditions=["a\x7f"]), "type"),
        (altered(cause="a\0b"), "type"),
        (altered(values={"a": "\0"}), "type"),
        (altered(values={"\0": 1}), "type"),
        (altered(values={"a": True}), "type"),
        (altered(values={"a": float("inf")}), "type"),
        (altered(values={"a": 1 << 64}), "type"),
        (altered(values={"\ud800": 1}), "type"),
        (altered(values={str(n): n for n in range(513)}), "type"),
    ],
)
def test_O1_a_faulty_message_is_refused_with_its_reason(payload: bytes, reason: str) -> None:
    assert refusal(payload) == reason


def test_unknown_fields_are_ignored_and_any_age_is_accepted() -> None:
    payload = altered(firmware={"a": [1]}, ts="1970-01-01T00:00:00Z")
    assert decode(payload).ts == 0


@pytest.mark.parametrize("odd", [b"NaN", b"1e999", b'"\\ud800"', b"1" + b"0" * 400, b"[" * 900 + b"]" * 900, b'"\xff"'])
def test_O1_a_message_with_more_than_we_know_is_not_kept_as_it_came(odd: bytes) -> None:
    payload = SEEN.encode()[:-1] + b',"x":' + odd + b"}"
    try:
        assert read(payload) == (SEEN, False)
    except Refused:
        return
    assert read(SEEN.encode()) == (SEEN, True)


@settings(max_examples=200)
@given(st.binary(max_size=6), st.integers(0, 300), st.integers(0, 4))
def test_O1_what_is_kept_as_it_came_is_strict_json(junk: bytes, at: int, cut: int) -> None:
    whole = altered(conditions=["a"], cause="b", rtt_ms=1.5, interval_s=60)
    payload = whole[:at] + junk + whole[at + cut :]
    if usual(payload) is not None:
        assert msgspec.json.decode(payload)["v"] == json.loads(payload)["v"] == 1


def test_O1_conditions_are_a_sorted_set() -> None:
    assert decode(altered(conditions=["b", "a", "b"])).conditions == ("a", "b")


def test_a_device_that_speaks_mqtt_itself_leaves_epoch_and_seq_out() -> None:
    seen = decode(altered(epoch=..., seq=...))
    assert (seen.epoch, seen.seq) == (None, None)


@given(st.integers(0, MAX_INSTANT - 1))
def test_T1_an_instant_survives_its_text(ms: int) -> None:
    assert parse_instant(render_instant(ms)) == ms


def test_T1_finer_digits_are_cut_and_zones_are_read() -> None:
    assert parse_instant("2026-11-01T08:00:00.123999+08:00") == parse_instant("2026-11-01T00:00:00.123Z")


@settings(max_examples=200, suppress_health_check=[HealthCheck.too_slow])
@given(st.dictionaries(st.sampled_from(KEYS), json_values, max_size=13))
def test_the_fast_reading_takes_nothing_that_the_judge_would_not_take_alike(changes: dict[str, object]) -> None:
    for payload in (altered(**changes), altered(**{key: changes[key] for key in list(changes)[:1]})):
        fast = usual(payload)
        if fast is not None:
            assert repr(fast) == repr(judged(payload))


@settings(max_examples=150)
@given(observations)
def test_the_fast_reading_takes_what_collectors_send(seen: Observation) -> None:
    assert usual(seen.encode()) == judged(seen.encode())
