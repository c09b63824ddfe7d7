"""Server-sent events: what changed, to those who may see it, and nothing lost in between."""

from __future__ import annotations

import json
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import httpx2
import pytest

from api import stream
from store import changes
from store.database import writing
from tests.api.conftest import NOW, Served
from tests.api.seed import Told, change_state

pytestmark = pytest.mark.slow

DOWN = Told("down", 0, "jammed", "vendor")


@contextmanager
def listening(city: Served, role: str, after: int | None = None, **headers: str) -> Iterator[Iterator[dict[str, str]]]:
    """The events of a stream, as name to text."""
    query = {} if after is None else {"after": after}
    with city.as_(role).stream("GET", "/api/v1/stream", params=query, headers=headers) as answer:
        assert answer.status_code == 200
        assert answer.headers["content-type"].startswith("text/event-stream")
        yield _events(answer)


def _events(answer: httpx2.Response) -> Iterator[dict[str, str]]:
    event: dict[str, str] = {}
    for line in answer.iter_lines():
        if not line and event:
            yield event
            event = {}
        elif line and not line.startswith(":"):
            name, _, text = line.partition(": ")
            assert name in ("id", "event", "data", "retry"), line
            event[name] = text


def _told(events: Iterator[dict[str, str]], n: int) -> list[dict[str, str]]:
    found: list[dict[str, str]] = []
    for event in events:
        if event.get("event") not in (None, "beat"):
            found.append(event)
        if len(found) == n:
            break
    return found


def test_a_change_arrives_within_a_moment(fresh: Callable[..., Any]) -> None:
    with fresh() as city, listening(city, "viewer") as events:
        next(event for event in events if event.get("event") == "beat")
        began = time.monotonic()
        change_state(city.engine, "PR-0101", DOWN, NOW)
        (event,) = _told(events, 1)
        assert time.monotonic() - began < 15
        assert event["event"] == "state"
        said = json.loads(event["data"])
        assert (said["ref"], said["document"]["state"], said["document"]["hall"]) == ("PR-0101", "down", "h-01")


def test_a_stream_resumes_behind_the_last_event_without_loss_or_repeat(fresh: Callable[..., Any]) -> None:
    with fresh() as city:
        for device in ("PR-0101", "PR-0102", "LI-0103"):
            change_state(city.engine, device, DOWN, NOW)
        with listening(city, "viewer", after=1) as events:
            first = _told(events, 1)
        with listening(city, "viewer", after=0, **{"last-event-id": first[0]["id"]}) as events:
            rest = _told(events, 2)
    assert [json.loads(event["data"])["ref"] for event in first + rest] == ["PR-0101", "PR-0102", "LI-0103"]


@pytest.mark.parametrize(
    ("role", "seen"), [("vendor:v-1", "PR-0101"), ("vendor:v-2", "PR-0201"), ("hall:h-01", "PR-0101")]
)
@pytest.mark.slow
def test_a_scoped_stream_tells_its_own_changes_only(fresh: Callable[..., Any], role: str, seen: str) -> None:
    with fresh() as city:
        for device in ("PR-0101", "PR-0201"):
            change_state(city.engine, device, DOWN, NOW)
        with writing(city.engine) as conn:
            changes.add(conn, NOW, "inventory", "digest", None, {})
        with listening(city, role, after=1) as events:
            told = _told(events, 2)
    assert [event["event"] for event in told] == ["state", "inventory"]
    assert json.loads(told[0]["data"])["ref"] == seen


@pytest.mark.parametrize("after", [0, 99])
def test_a_stream_that_missed_something_says_so(fresh: Callable[..., Any], after: int) -> None:
    with fresh() as city:
        for _ in range(3):
            change_state(city.engine, "PR-0101", DOWN, NOW)
        with writing(city.engine) as conn:
            changes.prune(conn, 2)
        with listening(city, "viewer", after=after) as events:
            (event,) = _told(events, 1)
    assert event["event"] == "reset"
    assert event["id"] == "4"


def test_no_text_ends_an_event_or_begins_another(fresh: Callable[..., Any]) -> None:
    nasty = "x\n\nevent: reset\ndata: {}\r\n\r\nid: 9\u2028\u2029\x00"
    with fresh() as city:
        with writing(city.engine) as conn:
            changes.add(conn, NOW, "ticket", nasty, None, {"symptom": nasty, "hall": nasty})
        with listening(city, "viewer", after=1) as events:
            (event,) = _told(events, 1)
    assert event["event"] == "ticket"
    assert json.loads(event["data"])["ref"] == nasty


def test_heartbeats_come_while_nothing_happens(fresh: Callable[..., Any], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(stream, "HEARTBEAT_S", 0.2)
    with fresh() as city, city.as_("viewer").stream("GET", "/api/v1/stream") as answer:
        lines = answer.iter_lines()
        beats = 0
        while beats < 3:
            beats += next(lines) == ": heartbeat"


def test_streams_end_when_the_feed_closes(fresh: Callable[..., Any]) -> None:
    with fresh() as city, listening(city, "viewer") as events:
        next(events)
        threading.Timer(0.2, city.app.state.feed.close).start()
        began = time.monotonic()
        list(events)
        assert time.monotonic() - began < 15
