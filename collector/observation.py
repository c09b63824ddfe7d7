"""The observation: one poll of one device by one collector, the type both sides share (O1, contracts: MQTT)."""

from __future__ import annotations

import json
import math
import re
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from typing import Annotated, Final, Literal, get_args

import msgspec
from msgspec import Meta

State = Literal["up", "degraded", "down", "unknown"]
Value = float | int | str

STATES: Final[tuple[State, ...]] = get_args(State)
VERSION: Final = 1
MAX_BYTES: Final = 16 * 1024
MAX_CONDITIONS: Final = 64
MAX_VALUES: Final = 512
MAX_INSTANT: Final = 253_402_300_800_000  # the year 10000: what a clock can say ends before it
_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)
_MILLISECOND: Final = timedelta(milliseconds=1)
_NAME: Final = re.compile(r"[^\x00-\x1f/+#\x7f\ud800-\udfff]{1,128}")
_WORD: Final = re.compile(r"[^\x00-\x1f\x7f\ud800-\udfff]{1,64}")
_SURROGATE: Final = re.compile(r"[\ud800-\udfff]")
_LARGEST: Final = (1 << 64) - 1
_LONG: Final = re.compile(rb"\d{20}")
_REQUIRED: Final = ("device", "collector", "ts", "state")

Reason = Literal["too_large", "not_json", "version", "type", "missing", "foreign_collector", "foreign_device"]


class Refused(Exception):
    """A message that is not an observation; `reason` is counted, `detail` is kept for a look."""

    def __init__(self, reason: Reason, detail: str = "") -> None:
        super().__init__(f"{reason}: {detail}" if detail else reason)
        self.reason: Reason = reason
        self.detail = detail


class Observation(msgspec.Struct, frozen=True):
    """What one collector saw of one device at `ts` (ms since 1970, UTC; when the first request was sent).

    `interval_s` says when the next one is due (None: the device's own interval). `cause` is why it is not `up`, in
    a word of the probe's (timeout, refused, auth, no_such_object, bad_answer …), or None. Its identity is (collector,
    epoch, seq), or (device, ts) where a device speaks MQTT itself and leaves both out.
    """

    device: str
    collector: str
    ts: int
    state: State
    conditions: tuple[str, ...] = ()
    interval_s: float | None = None
    rtt_ms: float | None = None
    loss: float | None = None
    cause: str | None = None
    values: Mapping[str, Value] = msgspec.field(default_factory=dict)
    epoch: str | None = None
    seq: int | None = None

    def encode(self) -> bytes:
        """The JSON message of contracts, MQTT; keys without a value are left out."""
        document: dict[str, object] = {
            "v": VERSION,
            "device": self.device,
            "collector": self.collector,
            "epoch": self.epoch,
            "seq": self.seq,
            "ts": render_instant(self.ts),
            "state": self.state,
            "conditions": list(self.conditions) or None,
            "rtt_ms": self.rtt_ms,
            "loss": self.loss,
            "interval_s": self.interval_s,
            "cause": self.cause,
            "values": dict(self.values) or None,
        }
        present = {key: value for key, value in document.items() if value is not None}
        return json.dumps(present, ensure_ascii=False, separators=(",", ":")).encode()


_Name = Annotated[str, Meta(min_length=1, max_length=128)]
_Text = Annotated[str, Meta(max_length=128)]
_Words = Annotated[list[Annotated[str, Meta(min_length=1, max_length=64)]], Meta(max_length=MAX_CONDITIONS)]
_Values = Annotated[dict[_Text, int | float | Annotated[str, Meta(max_length=1024)]], Meta(max_length=MAX_VALUES)]


class _Usual(msgspec.Struct, gc=False, forbid_unknown_fields=True):
    """A message that is plainly in order, read and checked in one typed pass.

    A field that we do not know could hold what is no JSON (NaN, 1e999): nothing checks what is passed over.
    """

    v: Literal[1]
    device: _Name
    collector: _Name
    ts: str
    state: State
    conditions: _Words = []
    interval_s: Annotated[float, Meta(ge=0.001, le=1e9)] | None = None
    rtt_ms: Annotated[float, Meta(ge=0.0, le=1e9)] | None = None
    loss: Annotated[float, Meta(ge=0.0, le=1.0)] | None = None
    cause: _Text | None = None
    values: _Values = {}
    epoch: _Name | None = None
    seq: Annotated[int, Meta(ge=1, le=(1 << 63) - 1)] | None = None


_DECODER: Final = msgspec.json.Decoder(_Usual)


def decode(payload: bytes, *, collector: str | None = None, device: str | None = None) -> Observation:
    """Read one message; `collector` and `device` are those of its topic. Raises `Refused`."""
    return read(payload, collector, device)[0]


def read(payload: bytes, collector: str | None = None, device: str | None = None) -> tuple[Observation, bool]:
    """As `decode`, and whether the payload is plainly in order: strict JSON of the known fields, fit to be kept."""
    found = usual(payload)
    seen = found or judged(payload)
    if collector is not None and seen.collector != collector:
        raise Refused("foreign_collector", f"{seen.collector} in the topic of {collector}")
    if device is not None and seen.device != device:
        raise Refused("foreign_device", f"{seen.device} in the topic of {device}")
    return seen, found is not None


def usual(payload: bytes) -> Observation | None:
    """The observation, in less than half the time of `judged`; None where the message is not plainly in order."""
    if len(payload) > MAX_BYTES:
        return None
    try:
        said = _DECODER.decode(payload)
        ts = parse_instant(said.ts)
    except (ValueError, RecursionError):
        return None
    if b"\\u0000" in payload or not all(map(_is_word, said.conditions)):
        return None
    if (said.epoch is None) != (said.seq is None) or not _is_name(said.device) or not _is_name(said.collector):
        return None
    if _LONG.search(payload) and any(
        value.__class__ is int and abs(value) > _LARGEST for value in said.values.values()
    ):
        return None
    conditions = tuple(sorted(set(said.conditions))) if said.conditions else ()
    numbers = said.interval_s, said.rtt_ms, said.loss
    return Observation(
        said.device, said.collector, ts, said.state, conditions, *numbers, said.cause, said.values, said.epoch, said.seq
    )


@lru_cache(maxsize=65_536)
def _is_name(text: str) -> bool:
    return _NAME.fullmatch(text) is not None


@lru_cache(maxsize=4_096)
def _is_word(text: str) -> bool:
    return _WORD.fullmatch(text) is not None


def judged(payload: bytes) -> Observation:
    """The observation of any message that is one; says why of one that is none. Raises `Refused`."""
    document = _document(payload)
    for key in _REQUIRED:
        if key not in document:
            raise Refused("missing", key)
    return _observation(document)


def _document(payload: bytes) -> dict[str, object]:
    if len(payload) > MAX_BYTES:
        raise Refused("too_large", f"{len(payload)} bytes")
    try:
        document = json.loads(payload.decode())
    except (ValueError, RecursionError) as error:
        raise Refused("not_json", str(error)[:200]) from error
    if not isinstance(document, dict):
        raise Refused("type", "not an object")
    version = document.get("v")
    if version is None:
        raise Refused("missing", "v")
    if version != VERSION or isinstance(version, bool):
        raise Refused("version", repr(version)[:50])
    return document


def _observation(document: Mapping[str, object]) -> Observation:
    epoch, seq = _identity(document)
    return Observation(
        device=_name(document, "device"),
        collector=_name(document, "collector"),
        ts=_instant(document["ts"]),
        state=_state(document["state"]),
        conditions=_conditions(document.get("conditions")),
        interval_s=_number(document, "interval_s", low=0.001),
        rtt_ms=_number(document, "rtt_ms"),
        loss=_number(document, "loss", high=1.0),
        cause=_text(document, "cause"),
        values=_values(document.get("values")),
        epoch=epoch,
        seq=seq,
    )


def _name(document: Mapping[str, object], key: str) -> str:
    value = document[key]
    if not isinstance(value, str) or _NAME.fullmatch(value) is None:
        raise Refused("type", f"{key}: not a name of 1 to 128 characters that a topic may hold")
    return value


def _text(document: Mapping[str, object], key: str) -> str | None:
    value = document.get(key)
    if value is None:
        return None
    if not isinstance(value, str) or len(value) > 128 or not _storable(value):
        raise Refused("type", f"{key}: not a short text")
    return value


def _storable(text: str) -> bool:
    """What every database takes: no zero byte, no lone surrogate."""
    return "\0" not in text and (text.isascii() or _SURROGATE.search(text) is None)


def _state(value: object) -> State:
    if value not in STATES:
        raise Refused("type", "state: none of up, degraded, down, unknown")
    return value


def _instant(value: object) -> int:
    if not isinstance(value, str):
        raise Refused("type", "ts: not a text")
    try:
        return parse_instant(value)
    except ValueError as error:
        raise Refused("type", f"ts: {error}"[:200]) from error


def _number(document: Mapping[str, object], key: str, low: float = 0.0, high: float = 1e9) -> float | None:
    value = document.get(key)
    if value is None:
        return None
    if isinstance(value, bool) or not isinstance(value, int | float) or not low <= value <= high:
        raise Refused("type", f"{key}: not a number from {low:g} to {high:g}")
    return float(value)


def _conditions(value: object) -> tuple[str, ...]:
    if value is None:
        return ()
    if not isinstance(value, list) or len(value) > MAX_CONDITIONS:
        raise Refused("type", "conditions: not a short list")
    if not all(isinstance(word, str) and _is_word(word) for word in value):
        raise Refused("type", "conditions: not all are words")
    return tuple(sorted(set(value)))


def _values(value: object) -> dict[str, Value]:
    if value is None:
        return {}
    if not isinstance(value, dict) or len(value) > MAX_VALUES:
        raise Refused("type", "values: not an object of at most 512 entries")
    for key, entry in value.items():
        if len(key) > 128 or not _storable(key) or not _is_value(entry):
            raise Refused("type", f"values: {key[:50]!a}")
    return value


def _is_value(entry: object) -> bool:
    if type(entry) is int:  # a bool is none
        return -_LARGEST <= entry <= _LARGEST
    if isinstance(entry, float):
        return math.isfinite(entry)
    return isinstance(entry, str) and len(entry) <= 1024 and _storable(entry)


def _identity(document: Mapping[str, object]) -> tuple[str | None, int | None]:
    epoch, seq = _text(document, "epoch"), document.get("seq")
    if epoch is None and seq is None:
        return None, None
    if not epoch or isinstance(seq, bool) or not isinstance(seq, int) or not 1 <= seq < 1 << 63:
        raise Refused("type", "epoch and seq: a name and a number from 1, or neither")
    return epoch, seq


def parse_instant(text: str) -> int:
    """RFC 3339 to whole ms since 1970, UTC; finer digits are cut. Raises ValueError without a zone or before 1970."""
    when = datetime.fromisoformat(text)
    if when.tzinfo is None:
        raise ValueError("no zone")
    since = when - _EPOCH
    ms = since.days * 86_400_000 + since.seconds * 1000 + since.microseconds // 1000
    if not 0 <= ms < MAX_INSTANT:
        raise ValueError("not between 1970 and 9999")
    return ms


def render_instant(ms: int) -> str:
    """Whole ms since 1970 to RFC 3339 in UTC with milliseconds."""
    return (_EPOCH + ms * _MILLISECOND).isoformat(timespec="milliseconds").replace("+00:00", "Z")
