"""The queue before a metrics server: what is put in leaves as written, quarantined or lost, and is counted."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator, Sequence
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from store.database import writing
from store.delivery import deliver
from store.fault import Busy, NewerDatabase, NotADatabase, StoreError
from store.influx.fault import Away, Rejected
from store.influx.lines import carried, device_line
from store.metrics import Sample, Tags
from store.metrics_queue import Limits, Mark, MetricsQueue, is_owned
from store.quarantine import device_hours, put_back, quarantined
from store.queue_file import Bad, batches

NOW = 1_790_000_000_000
DAY = 86_400_000


@pytest.fixture
def queue(tmp_path: Path) -> Iterator[MetricsQueue]:
    made = MetricsQueue(tmp_path / "q.db")
    yield made
    made.close()


def _lines(*numbers: int) -> list[str]:
    return [f"device,device=P-1 level={n}.0 {NOW + n}" for n in numbers]


def _put(queue: MetricsQueue, *numbers: int, now: int = NOW) -> None:
    queue.put("raw", _lines(*numbers), [("P-1", NOW // 3_600_000)], now)


def _taken(queue: MetricsQueue, most: int = 100, *, newest: bool = False) -> list[str]:
    found = queue.take(most, newest=newest)
    return found.lines if found else []


def test_what_was_taken_stays_until_it_is_done(queue: MetricsQueue, tmp_path: Path) -> None:
    _put(queue, 1, 2)
    _put(queue, 3)
    assert _taken(queue) == _lines(1, 2, 3)
    queue.close()
    again = MetricsQueue(tmp_path / "q.db")
    found = again.take(100)
    assert found is not None
    assert found.lines == _lines(1, 2, 3)
    again.done(found, [], NOW)
    assert again.take(100) is None
    assert again.stats() == dict.fromkeys(again.stats(), 0) | {"written": 3, "dirty": 1, "oldest_ms": None}
    again.close()


def test_done_twice_counts_once(queue: MetricsQueue) -> None:
    _put(queue, 1, 2)
    found = queue.take(100)
    assert found is not None
    queue.done(found, [], NOW)
    queue.done(found, [], NOW)
    assert (queue.stats()["points"], queue.stats()["bytes"], queue.stats()["written"]) == (0, 0, 2)


def test_the_oldest_and_the_newest_can_be_taken_one_policy_at_a_time(queue: MetricsQueue) -> None:
    _put(queue, 1)
    queue.put("hourly", ["x v=1 1"], [], NOW)
    _put(queue, 2)
    _put(queue, 3)
    assert _taken(queue, 2) == _lines(1, 2)
    assert _taken(queue, 1, newest=True) == _lines(3)
    assert _taken(queue, 9) == _lines(1, 2, 3)


def test_points_that_are_written_again_keep_their_order(queue: MetricsQueue) -> None:
    """The last word on a point must come last: only observations, which never change, go the newest first."""
    queue.put("raw", ["outage,device=P-1 open=1 1"], (), NOW)
    _put(queue, 1)
    queue.put("raw", ["outage,device=P-1 open=0 1"], (), NOW)
    _put(queue, 2)
    assert _taken(queue, 2, newest=True) == _lines(2, 1)
    assert _taken(queue, 1, newest=True) == _lines(2)
    whole = queue.take(9)
    assert whole is not None
    assert [one for one in whole.lines if "open" in one] == ["outage,device=P-1 open=1 1", "outage,device=P-1 open=0 1"]
    device = queue.take(9, newest=True)
    assert device is not None
    queue.done(device, [], NOW)
    assert _taken(queue, 9, newest=True) == ["outage,device=P-1 open=1 1", "outage,device=P-1 open=0 1"]


def test_lines_with_new_lines_and_any_text_come_out_as_they_went_in(queue: MetricsQueue) -> None:
    odd = ['s,a=b t="one\ntwo" 1', "s,a=卷纸 v=1 2", "s v=1 3"]
    queue.put("raw", odd, [], NOW)
    assert _taken(queue) == odd


def test_quarantined_lines_are_bounded_counted_and_shown_newest_first(tmp_path: Path) -> None:
    queue = MetricsQueue(tmp_path / "q.db", Limits(quarantined=3))
    _put(queue, 1, 2, 3, 4, 5, 6)
    found = queue.take(100)
    assert found is not None
    queue.done(found, [Bad(one, "too old") for one in found.lines[:5]], NOW + 7)
    said = queue.stats()
    assert (said["written"], said["quarantined"], said["quarantine"], said["quarantine_dropped"]) == (1, 5, 3, 2)
    assert [(one.line, one.reason, one.at) for one in quarantined(queue, 2)] == [
        (line, "too old", NOW + 7) for line in _lines(5, 4)
    ]
    queue.close()


def test_quarantined_lines_can_be_put_back_and_mark_their_hours(queue: MetricsQueue) -> None:
    _put(queue, 1, 2)
    found = queue.take(100)
    assert found is not None
    queue.done(found, [Bad(found.lines[0], "conflict")], NOW)
    queue.unmark(queue.marks(1 << 40, 9))
    assert put_back(queue, NOW + 1) == 1
    again = queue.take(100)
    assert again is not None
    queue.done(again, [], NOW)
    assert again.lines == _lines(1)
    assert queue.marks(1 << 40, 9) == [Mark(NOW // 3_600_000, "P-1", 1)]
    assert (queue.stats()["points"], queue.stats()["quarantine"], queue.stats()["written"]) == (0, 0, 2)


@given(st.text(max_size=12), st.text(max_size=8), st.text(min_size=1, max_size=8))
def test_the_device_of_a_line_of_ours_is_read_back(device: str, hall: str, field: str) -> None:
    line = device_line(Sample(device, NOW, {field: 1.0}, Tags(hall, kind=",device=x ")))
    assert device_hours([line or ""]) == [(carried(device), NOW // 3_600_000)]
    assert device_hours(["fleet,hall=h-1 up=3 5", "", "device", f"fleet,device={hall}"]) == []


def test_a_row_that_cannot_be_read_is_quarantined_and_stops_no_other(queue: MetricsQueue) -> None:
    _put(queue, 1, 2)
    _put(queue, 3)
    with writing(queue.engine) as conn:
        conn.execute(batches.update().where(batches.c.id == 1).values(lines=b"damaged"))
    found = queue.take(100)
    assert found is not None
    assert found.lines == _lines(3)
    queue.done(found, [], NOW)
    said = queue.stats()
    assert (said["points"], said["written"], said["quarantined"]) == (0, 1, 2)
    assert put_back(queue, NOW) == 0


def test_what_waits_too_long_is_lost_and_counted(queue: MetricsQueue) -> None:
    _put(queue, 1, 2, now=NOW - 31 * DAY)
    _put(queue, 3)
    assert queue.trim(NOW) == 2
    assert _taken(queue) == _lines(3)
    assert (queue.stats()["lost"], queue.stats()["points"], queue.stats()["oldest_ms"]) == (2, 1, NOW)


def test_beyond_the_bytes_the_oldest_are_lost_and_counted(tmp_path: Path) -> None:
    queue = MetricsQueue(tmp_path / "q.db", Limits(max_bytes=1500))
    for n in range(20):
        _put(queue, n)
    said = queue.stats()
    assert said["bytes"] <= 1500
    assert said["lost"] + said["points"] == 20
    assert _taken(queue, 99) == _lines(*range(said["lost"], 20))
    queue.close()


def test_a_mark_made_meanwhile_is_not_taken_off(queue: MetricsQueue) -> None:
    queue.mark([("P-1", 5), ("P-2", 5), ("P-1", 9)])
    seen = queue.marks(9, 10)
    assert seen == [(5, "P-1", 1), (5, "P-2", 1)]
    queue.mark([("P-1", 5)])
    queue.unmark(seen)
    assert queue.marks(10, 10) == [(5, "P-1", 2), (9, "P-1", 1)]


def test_one_process_owns_a_queue_and_others_may_look_and_put(queue: MetricsQueue, tmp_path: Path) -> None:
    assert not is_owned(queue.path)
    queue.own()
    queue.own()
    other = MetricsQueue(queue.path)
    assert is_owned(queue.path)
    with pytest.raises(Busy, match="another process"):
        other.own()
    _put(other, 1)
    assert queue.stats()["points"] == 1
    queue.close()
    other.own()
    other.close()


def test_files_of_another_kind_are_refused(tmp_path: Path) -> None:
    (tmp_path / "text").write_text("not a database " * 100)
    with pytest.raises(NotADatabase):
        MetricsQueue(tmp_path / "text")
    with sqlite3.connect(tmp_path / "newer") as conn:
        conn.execute("PRAGMA user_version=99")
    conn.close()
    with pytest.raises(NewerDatabase):
        MetricsQueue(tmp_path / "newer")


class Picky:
    """Takes what is not in `bad`; says as much of it as its kind of server does."""

    def __init__(self, bad: set[str], partial: bool, reason: str = "refused") -> None:
        self.bad, self.partial, self.reason = bad, partial, reason
        self.got: set[str] = set()
        self.asked = 0

    def write(self, policy: str, lines: Sequence[str]) -> None:
        self.asked += 1
        found = [one for one in lines if one in self.bad]
        if self.partial or not found:
            self.got.update(one for one in lines if one not in self.bad)
        if found:
            dropped = f" dropped={len(found)}" if self.partial else ""
            raise Rejected("influx", f"partial write: {self.reason}{dropped}", self.partial)


@given(st.sets(st.integers(0, 40)), st.sets(st.integers(0, 40)), st.booleans(), st.sampled_from(["x", "retention"]))
def test_every_line_is_written_or_bad_never_both_or_neither(
    good: set[int], bad: set[int], partial: bool, reason: str
) -> None:
    lines = _lines(*(good | bad))
    server = Picky(set(_lines(*bad)), partial, reason)
    found = deliver(server, "raw", lines)
    assert sorted(one.line for one in found) == sorted(_lines(*bad))
    assert server.got == set(_lines(*(good - bad)))


def test_the_field_in_conflict_is_found_in_three_requests_however_many_have_it() -> None:
    clash = [f"device,device=P-{n} pages=1.0 {NOW + n}" for n in range(2000)]
    fine = [f"device,device=P-{n} level=1.0 {NOW + n}" for n in range(2000)]
    mixed = [one for pair in zip(clash, fine, strict=True) for one in pair]
    reason = 'field type conflict: input field "pages" on measurement "device" is type float, already exists as string'
    server = Picky(set(clash), partial=True, reason=reason)
    assert len(deliver(server, "raw", mixed)) == 2000
    assert (len(server.got), server.asked) == (2000, 3)


class Breaking:
    """A server behind a library that breaks on some lines."""

    def __init__(self, on: str) -> None:
        self.on = on

    def write(self, policy: str, lines: Sequence[str]) -> None:
        if any(self.on in one for one in lines):
            raise TypeError("cannot be sent")


def test_a_line_that_breaks_us_is_found_and_where_all_do_nothing_is_quarantined() -> None:
    found = deliver(Breaking("level=3"), "raw", _lines(1, 2, 3, 4, 5))
    assert [(one.line, one.reason) for one in found] == [(_lines(3)[0], "fault: TypeError: cannot be sent")]
    with pytest.raises(TypeError):
        deliver(Breaking("device"), "raw", _lines(1, 2, 3))


class Gone:
    """Takes a number of requests, then is away."""

    def __init__(self, requests: int) -> None:
        self.left = requests

    def write(self, policy: str, lines: Sequence[str]) -> None:
        self.left -= 1
        if self.left < 0:
            raise Away("influx", "not reachable")
        raise Rejected("influx", "400 no")


def test_a_server_that_goes_in_the_middle_of_a_split_quarantines_nothing() -> None:
    with pytest.raises(StoreError, match="not reachable"):
        deliver(Gone(3), "raw", _lines(*range(8)))
