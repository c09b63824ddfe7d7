"""Who is heard: offline, silent, cloned, skewed; and heartbeats that lie."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st
from sqlalchemy import select

from recorder.heartbeats import STRANGERS
from recorder.intake import Message
from recorder.writer import Writer
from sla.judge import Confirmation
from store import heard, judged, streams
from store.database import reading
from store.schema import collector_silences
from tests.recorder.centre import POLICIES, T0, Centre, heartbeat

S = 1000


def collector(here: Centre, id: str = "c-01") -> heard.Collector:
    with reading(here.engine) as conn:
        found = heard.collector(conn, id)
    assert found is not None
    return found


def silences(here: Centre) -> list[tuple[int, int | None]]:
    rows = here.rows(select(collector_silences).order_by("start"))
    return [(row.start - T0, None if row.until is None else row.until - T0) for row in rows]


def cloned(here: Centre) -> int:
    with reading(here.engine) as conn:
        return judged.counted(conn).get("cloned", 0)


def test_a_collector_is_online_with_its_first_heartbeat(here: Centre) -> None:
    outcome = here.give(heartbeat(T0))
    assert collector(here).online
    assert outcome.again == {"c-01"}
    assert here.give(heartbeat(T0 + 10 * S)).again == set()


def test_30_s_without_a_heartbeat_is_offline_and_a_silence_until_the_next(here: Centre) -> None:
    here.give(heartbeat(T0))
    here.tick(T0 + 29_999)
    assert collector(here).online
    here.tick(T0 + 30 * S)
    assert not collector(here).online
    assert silences(here) == [(0, None)]
    here.give(heartbeat(T0 + 45 * S))
    assert silences(here) == [(0, 45 * S)]


def test_a_centre_that_did_not_listen_takes_nobody_for_silent(here: Centre) -> None:
    here.give(heartbeat(T0))
    here.tick(T0 + 3600 * S, listening_since=T0 + 3590 * S)
    assert collector(here).online
    here.tick(T0 + 3620 * S, listening_since=T0 + 3590 * S)
    assert silences(here) == [(0, None)]


def test_a_clock_set_back_does_not_keep_a_dead_collector_alive(here: Centre) -> None:
    here.give(heartbeat(T0 + 3600 * S))
    here.tick(T0 + 29 * S, listening_since=T0)
    assert collector(here).online
    here.tick(T0 + 30 * S, listening_since=T0)
    assert (collector(here).online, silences(here)) == (False, [(0, None)])


def test_a_clock_that_jitters_takes_nobody_for_silent(here: Centre) -> None:
    here.give(heartbeat(T0 + 3600 * S))
    here.tick(T0 + 3599 * S, listening_since=T0)
    assert collector(here).online


def test_a_will_says_offline_whatever_its_ts_says(here: Centre) -> None:
    here.give(heartbeat(T0))
    here.give(heartbeat(T0 + 5 * S, online=False, ts="1999"))
    assert (collector(here).online, silences(here)) == (False, [(5 * S, None)])


def test_the_will_of_an_epoch_that_is_over_says_nothing(here: Centre) -> None:
    here.give(heartbeat(T0, epoch="old"), heartbeat(T0 + S, epoch="new"))
    here.give(heartbeat(T0 + 2 * S, epoch="old", online=False))
    assert collector(here).online
    assert cloned(here) == 0


def test_a_retained_heartbeat_says_nothing_about_now(here: Centre) -> None:
    here.give(heartbeat(T0, retained=True))
    with reading(here.engine) as conn:
        assert heard.collector(conn, "c-01") is None


def test_two_epochs_that_take_turns_are_reported_and_a_new_one_is_not(here: Centre) -> None:
    here.give(heartbeat(T0, epoch="a"), heartbeat(T0 + S, epoch="b"))
    assert cloned(here) == 0
    here.give(heartbeat(T0 + 2 * S, epoch="a"))
    assert cloned(here) == 1
    assert collector(here).said["cloned_at"] == T0 + 2 * S


def test_O7_the_skew_of_a_collectors_clock_is_kept(here: Centre) -> None:
    said = heartbeat(T0 + 40 * S)._replace(at=T0)
    here.give(said)
    assert collector(here).clock_skew_ms == 40 * S


def test_strangers_are_bounded(here: Centre, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("recorder.heartbeats.STRANGERS", 3)
    here.give(*[heartbeat(T0, f"x-{n}") for n in range(5)], heartbeat(T0))
    with reading(here.engine) as conn:
        assert [one.id for one in heard.every(conn)] == ["c-01", "x-0", "x-1", "x-2"]
    assert STRANGERS > 3


@pytest.mark.parametrize(
    "lie",
    [
        {"oldest": 1 << 60, "next": 1 << 61},
        {"oldest": 9, "next": 2},
        {"oldest": 0, "next": 1},
        {"oldest": -1},
        {"oldest": True},
        {"oldest": 1.5},
        {"next": "many"},
        {"epoch": ["e"]},
        {"epoch": "\ud800"},
        {"epoch": "x" * 200},
        {"online": "yes"},
        {"v": 2},
        {"v": True},
        {"devices": -1},
        {"version": {"a": 1}},
    ],
)
@pytest.mark.slow
def test_a_lying_heartbeat_is_refused_and_does_no_harm(here: Centre, lie: dict[str, Any]) -> None:
    here.give(*here.run("P-0001", "u"), heartbeat(T0, **lie))
    with reading(here.engine) as conn:
        assert heard.collector(conn, "c-01") is None
        assert streams.lost(conn) == 0
        assert sum(n for name, n in judged.counted(conn).items() if name.startswith("refused.heartbeat.")) == 1


values = st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5) | st.lists(st.none(), max_size=1)
keys = st.sampled_from(["v", "online", "ts", "epoch", "oldest", "next", "version", "devices", "backlog"])


@settings(
    max_examples=60, deadline=None, phases=[Phase.generate], suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(changes=st.dictionaries(keys, values, max_size=4), retained=st.booleans())
def test_no_heartbeat_raises(here: Centre, changes: dict[str, Any], retained: bool) -> None:
    document = json.loads(heartbeat(T0).payload) | changes
    here.give(Message("hallwatch/v1/collectors/c-01", json.dumps(document).encode(), T0, retained))
    here.tick(T0 + 60 * S)


def test_another_recorders_collectors_are_not_silent_because_it_is_away(here: Centre) -> None:
    here.give(heartbeat(T0))
    ours = Writer(here.engine, None, Confirmation(), POLICIES, frozenset({"c-02"}))
    ours.tick(T0 + 3600 * S, 0)
    assert collector(here).online
    Writer(here.engine, None, Confirmation(), POLICIES, frozenset({"c-01"})).tick(T0 + 3600 * S, 0)
    assert silences(here) == [(0, None)]
