"""What devices say of themselves by MQTT (`hallwatch/v1/said/{device}`), and the probe `mqtt` that looks at it."""

from __future__ import annotations

import threading
from collections import Counter
from collections.abc import Callable, Container, Iterable, Mapping
from typing import Any, Final, NamedTuple

from collector.json_value import decode_json, json_values
from collector.kind import Kind, kind_of
from collector.observation import MAX_BYTES, VERSION, Value, parse_instant
from collector.probe import Answer, Settings
from collector.target import Target

CHECK: Final = "mqtt"
FRESH_INTERVALS: Final = 3
_FUTURE_MS: Final = 300_000  # as far ahead as the centre takes an observation (O7)
_PLAIN: Final = 64  # values taken by their own names where the kind names none
_RESERVED: Final = ("v", "ts")


class Saying(NamedTuple):
    """A device's last message: the document, and when it was said, in ms since 1970."""

    document: Mapping[str, Any]
    at: int


class Refused(Exception):
    """A message that says nothing; `reason` is counted."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


class Sayings:
    """The last of each device of `follow`, and no other's. `hear` may be called from any thread.

    `changed` is told the device whose values are not those of before, on the thread that hears.
    """

    def __init__(self, wall: Callable[[], int], changed: Callable[[str], None] = lambda _device: None) -> None:
        self.wall, self.changed = wall, changed
        self._lock = threading.Lock()
        self._said: dict[str, Saying] = {}
        self.devices: frozenset[str] = frozenset()
        self.counts: Counter[str] = Counter()

    def follow(self, devices: Iterable[str]) -> None:
        """Listen to exactly these from now on."""
        with self._lock:
            self.devices = frozenset(devices)
            self._said = {device: said for device, said in self._said.items() if device in self.devices}

    def of(self, device: str) -> Saying | None:
        """The last that it said, of whatever age."""
        return self._said.get(device)

    def hear(self, device: str, payload: bytes, *, retained: bool = False) -> None:
        """Take a message; one that is none is counted and changes nothing."""
        try:
            said = self._read(device, payload, retained)
        except Refused as refused:
            self.counts[refused.reason] += 1
            return
        with self._lock:
            before = self._said.get(device)
            if device not in self.devices:
                return
            if before is not None and said.at < before.at:
                self.counts["late"] += 1
                return
            self._said[device] = said
            self.counts["taken"] += 1
        if before is None or _values(before.document) != _values(said.document):
            self.changed(device)

    def _read(self, device: str, payload: bytes, retained: bool) -> Saying:
        if device not in self.devices:
            raise Refused("unknown_device")
        if len(payload) > MAX_BYTES:
            raise Refused("too_large")
        try:
            document = decode_json(payload)
        except ValueError as error:
            raise Refused("not_json") from error
        if not isinstance(document, dict):
            raise Refused("not_json")
        if document.get("v", VERSION) != VERSION:
            raise Refused("version")
        return Saying(document, self._instant(document.get("ts"), retained))

    def _instant(self, ts: object, retained: bool) -> int:
        """When it was said. Of a retained message nobody knows unless it tells: it may be of last year."""
        now = self.wall()
        if ts is None:
            if retained:
                raise Refused("undated")
            return now
        try:
            at = parse_instant(ts) if isinstance(ts, str) else -1
        except ValueError:
            at = -1
        if at < 0:
            raise Refused("ts")
        if at > now + _FUTURE_MS:
            raise Refused("future")
        return min(at, now)

    @property
    def refused(self) -> int:
        """How many messages changed nothing."""
        return sum(n for reason, n in self._counted().items() if reason != "taken")

    def _counted(self) -> dict[str, int]:
        """As they are now: another thread counts on."""
        return dict(self.counts)

    def stats(self) -> dict[str, Any]:
        """How many devices may speak, how many did, and what became of their messages."""
        counted = self._counted()
        taken = counted.pop("taken", 0)
        return {
            "devices": len(self.devices),
            "heard": len(self._said),
            "taken": taken,
            "refused": sum(counted.values()),
            "refused_for": dict(sorted(counted.items())),
        }


def _values(document: Mapping[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in document.items() if name not in _RESERVED}


async def probe(target: Target, settings: Settings, deadline: float) -> Answer | None:
    """The values of the device's last message, as its kind's `mqtt` names them, else by their own names.

    Cause timeout where the last is older than three intervals or there is none, bad_answer where it has none of the
    values. Left out where nobody listens (`hallwatch poll` beside a collector).
    """
    del deadline
    sayings = settings.wire.said
    if target.device not in sayings.devices:
        return None
    said = sayings.of(target.device)
    age_s = None if said is None else (sayings.wall() - said.at) / 1000
    if said is None or age_s is None or age_s > FRESH_INTERVALS * target.interval_s:
        told = "nothing was said" if age_s is None else f"said {age_s:.0f} s ago"
        answer = Answer(False, "timeout")
    else:
        values = _named(settings.kind, said.document)
        told = f"said {age_s:.0f} s ago: {len(values)} values"
        answer = Answer(True, values=values) if values else Answer(False, "bad_answer")
    if settings.steps is not None:
        settings.steps.note(CHECK, f"what {target.device} last said", told)
    return answer


def _named(kind: Kind, document: Mapping[str, Any]) -> dict[str, Value]:
    if kind.mqtt is not None:
        return json_values(document, kind.mqtt.values)
    plain = [name for name in _values(document) if name.isidentifier() and len(name) <= 64][:_PLAIN]
    return json_values(document, {name: name for name in plain})


def listened(targets: Iterable[Target], kinds: Mapping[str, Kind]) -> Iterable[str]:
    """The devices whose sayings a collector looks at: those with `mqtt` among other checks."""
    for target in targets:
        kind = kind_of(kinds, target.kind, target.model)
        checks: Container[str] = target.checks or (() if kind is None else kind.checks)
        if CHECK in checks and not speaks_itself(target):
            yield target.device


def speaks_itself(target: Target) -> bool:
    """Whether the device publishes whole observations and is polled by nobody: `checks: [mqtt]` and nothing else."""
    return target.checks == (CHECK,)
