"""What devices say by MQTT: the last of each that is listened to, bounded, fresh for three intervals; changes hurry."""

from __future__ import annotations

import asyncio
import json
from dataclasses import replace
from types import SimpleNamespace
from typing import cast

import pytest

from collector.kind import Kind, Said
from collector.observation import MAX_BYTES, render_instant
from collector.probe import Answer, Settings
from collector.said import Sayings, listened, probe, speaks_itself
from collector.target import Target
from collector.wire import Wire

NOW = 1_790_000_000_000
TARGET = Target("Q-1", "queue", "10.0.0.1", 60.0)
QUEUE = Kind("queue", checks=("icmp", "mqtt"), mqtt=Said("mqtt", {"waiting": "queue.waiting", "open": "desks[0]"}))


class Clock:
    now = NOW

    def __call__(self) -> int:
        return self.now


def listening(*devices: str) -> tuple[Sayings, Clock, list[str]]:
    clock, changed = Clock(), list[str]()
    sayings = Sayings(clock, changed.append)
    sayings.follow(devices or ("Q-1",))
    return sayings, clock, changed


def asked(sayings: Sayings, target: Target = TARGET, kind: Kind = QUEUE) -> Answer | None:
    wire = cast("Wire", SimpleNamespace(said=sayings))

    async def main() -> Answer | None:
        return await probe(target, Settings("mqtt", kind, wire), 0.0)

    return asyncio.run(main())


def test_the_kind_names_the_values_by_their_paths() -> None:
    sayings, _, _ = listening()
    sayings.hear("Q-1", b'{"v":1,"queue":{"waiting":7},"desks":[true]}')
    assert asked(sayings) == Answer(True, values={"waiting": 7, "open": 1})


def test_a_kind_that_names_none_takes_them_by_their_own_names() -> None:
    sayings, _, _ = listening()
    sayings.hear("Q-1", b'{"v":1,"ts":"2026-01-01T00:00:00Z","waiting":7,"note":"paper","more":{"x":1},"a b":1}')
    answer = asked(sayings, TARGET, Kind("queue", checks=("icmp", "mqtt")))
    assert answer is not None
    assert answer.cause == "timeout"  # of January
    sayings.hear("Q-1", b'{"waiting":7,"note":"paper","more":{"x":1},"a b":1}')
    answer = asked(sayings, TARGET, Kind("queue", checks=("icmp", "mqtt")))
    assert answer == Answer(True, values={"waiting": 7, "note": "paper"})


@pytest.mark.parametrize(("age_s", "cause"), [(0, None), (180, None), (181, "timeout")])
def test_what_was_said_is_good_for_three_intervals(age_s: int, cause: str | None) -> None:
    sayings, clock, _ = listening()
    sayings.hear("Q-1", b'{"queue":{"waiting":7}}')
    clock.now += age_s * 1000
    answer = asked(sayings)
    assert answer is not None
    assert answer.cause == cause


def test_a_device_that_said_nothing_yet_or_nothing_of_use_is_told_apart() -> None:
    sayings, _, _ = listening()
    assert asked(sayings) == Answer(False, "timeout")
    sayings.hear("Q-1", b'{"queue":[]}')
    assert asked(sayings) == Answer(False, "bad_answer")


def test_where_nobody_listens_the_check_is_left_out() -> None:
    assert asked(Sayings(Clock())) is None


@pytest.mark.parametrize(
    ("payload", "retained", "reason"),
    [
        (b"", False, "not_json"),
        (b"[1]", False, "not_json"),
        (b"{" * 3000, False, "not_json"),
        (b'{"a":"' + b"x" * MAX_BYTES + b'"}', False, "too_large"),
        (b'{"v":2}', False, "version"),
        (b'{"ts":"yesterday"}', False, "ts"),
        (b'{"ts":17}', False, "ts"),
        (json.dumps({"ts": render_instant(NOW + 300_001)}).encode(), False, "future"),
        (b'{"waiting":1}', True, "undated"),
    ],
)
def test_what_is_no_saying_is_counted_and_changes_nothing(payload: bytes, retained: bool, reason: str) -> None:
    sayings, _, changed = listening()
    sayings.hear("Q-1", payload, retained=retained)
    assert sayings.stats()["refused_for"] == {reason: 1}
    assert sayings.of("Q-1") is None
    assert changed == []


def test_a_retained_message_counts_where_it_says_of_when_it_is() -> None:
    sayings, _, _ = listening()
    document = {"ts": render_instant(NOW - 60_000), "queue": {"waiting": 2}}
    sayings.hear("Q-1", json.dumps(document).encode(), retained=True)
    assert asked(sayings) == Answer(True, values={"waiting": 2})


def test_of_several_the_newest_by_its_own_time_stands_whatever_came_last() -> None:
    sayings, _, changed = listening()
    for ago, waiting in ((10, 2), (20, 1)):
        document = {"ts": render_instant(NOW - ago * 1000), "queue": {"waiting": waiting}}
        sayings.hear("Q-1", json.dumps(document).encode())
    assert asked(sayings) == Answer(True, values={"waiting": 2})
    assert sayings.stats()["refused_for"] == {"late": 1}
    assert changed == ["Q-1"]


def test_only_a_change_of_values_hurries_the_next_poll() -> None:
    sayings, clock, changed = listening()
    for waiting in (1, 1, 1, 2):
        clock.now += 1000
        document = {"ts": render_instant(clock.now), "waiting": waiting}
        sayings.hear("Q-1", json.dumps(document).encode())
    assert changed == ["Q-1", "Q-1"]


def test_a_device_that_is_not_listened_to_is_not_kept() -> None:
    sayings, _, changed = listening("Q-1", "Q-2")
    sayings.hear("Q-2", b'{"waiting":1}')
    sayings.follow(["Q-1"])
    for n in range(100):
        sayings.hear(f"X-{n}", b'{"waiting":1}')
    assert sayings.stats() == {
        "devices": 1,
        "heard": 0,
        "taken": 1,
        "refused": 100,
        "refused_for": {"unknown_device": 100},
    }
    assert changed == ["Q-2"]


def test_mqtt_beside_other_checks_is_listened_to_and_mqtt_alone_is_a_device_that_observes_itself() -> None:
    kinds: dict[str, Kind] = {"queue": QUEUE, "pc": Kind("pc")}
    values: list[tuple[str, tuple[str, ...] | None]] = [
        ("queue", None),
        ("queue", ("icmp",)),
        ("pc", ("icmp", "mqtt")),
        ("pc", ("mqtt",)),
        ("other", ("icmp",)),
    ]
    targets = [replace(TARGET, device=f"D-{n}", kind=kind, checks=checks) for n, (kind, checks) in enumerate(values)]
    assert list(listened(targets, kinds)) == ["D-0", "D-2"]
    assert [speaks_itself(target) for target in targets] == [False, False, False, True, False]
