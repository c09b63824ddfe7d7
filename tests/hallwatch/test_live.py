"""The loop of the live figures: each at its time, one that fails stops no other, and it stops when it is told to."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import pytest

from hallwatch.centre import Centre
from hallwatch.figures import GENTLE, QUICK, SLOW, Batch, Figure, Figures, Stopping
from hallwatch.live import FAILING, Live
from hallwatch.live_parts import beside, live_parts
from hallwatch.settings_file import load
from reports.live.point import LivePoint, point
from sla.instant import DAY, HOUR, MINUTE
from store.fault import DiskFull
from store.told import Told, key_of
from tests.live_city import ZONE

NOW = 1_795_155_600_000
Make = Callable[[Figures, int], Iterator[Batch]]


@dataclass
class Sink:
    """The wall: keeps what it is given, or refuses."""

    lines: list[tuple[str, str]] = field(default_factory=list)
    full: bool = False

    def write_lines(self, policy: str, lines: Sequence[str]) -> None:
        if self.full:
            raise DiskFull("queue", "no space left")
        self.lines += [(policy, one) for one in lines]


@pytest.fixture
def figures(tmp_path: Path) -> Iterator[Figures]:
    nothing: Any = None
    told = Told(tmp_path / "told.db")
    yield Figures(nothing, nothing, told, {}, ZONE, 90 * DAY)
    told.close()


def counting(made: list[int]) -> Make:
    def make(_: Figures, now: int) -> Iterator[Batch]:
        made.append(now)
        yield Batch([refused(now)])

    return make


def failing(made: list[int], *errors: Exception) -> Make:
    left = list(errors)

    def make(_: Figures, now: int) -> Iterator[Batch]:
        made.append(now)
        yield Batch([refused(now)])
        if left:
            raise left.pop(0)

    return make


def refused(ts: int, reason: str = "type") -> LivePoint:
    return point("refused", {"reason": reason}, {"count": 1}, ts)


def test_each_figure_is_made_once_in_its_time_as_of_the_minute(figures: Figures) -> None:
    often: list[int] = []
    seldom: list[int] = []
    table = [Figure("often", MINUTE, counting(often)), Figure("seldom", 15 * MINUTE, counting(seldom))]
    live = Live(figures, table, Sink())
    for second in range(0, 20 * 60, 20):
        live.step(NOW + 500 + second * 1000)
    assert often == [NOW + minute * MINUTE for minute in range(20)]
    assert seldom == [NOW, NOW + 10 * MINUTE], "20 past and half past"


def test_what_was_missed_is_not_made_up_for(figures: Figures) -> None:
    made: list[int] = []
    live = Live(figures, [Figure("one", MINUTE, counting(made))], Sink())
    for now in (NOW, NOW + DAY, NOW + DAY + 1000, NOW - HOUR):
        live.step(now)
    assert made == [NOW, NOW + DAY, NOW - HOUR], "also when the clock was set back"


def test_one_that_fails_is_tried_again_and_stops_no_other(figures: Figures) -> None:
    bad: list[int] = []
    good: list[int] = []
    make = failing(bad, ValueError("odd"), ValueError("odd"))
    live = Live(figures, [Figure("bad", MINUTE, make), Figure("good", MINUTE, counting(good))], Sink())
    for minute in range(4):
        live.step(NOW + minute * MINUTE)
        live.step(NOW + minute * MINUTE + 30_000)
        assert live.stats()["failing"] == ({"bad": "odd"} if minute < 2 else {})
    assert bad == good == [NOW + minute * MINUTE for minute in range(4)]


def test_what_fails_is_there_to_see_for_who_looks_from_outside(figures: Figures) -> None:
    bad = failing([], ValueError("odd"))
    live = Live(figures, [Figure("bad", MINUTE, bad), Figure("good", MINUTE, counting([]))], Sink())
    live.step(NOW)
    assert figures.told.marks(FAILING) == {"bad": "ValueError: odd"}
    live.step(NOW + MINUTE)
    assert figures.told.marks(FAILING) == {"bad": ""}


def test_what_failed_before_a_restart_is_not_said_after_it(figures: Figures) -> None:
    figures.told.mark(FAILING, {"one": "ValueError: odd"})
    stop = threading.Event()
    stop.set()
    Live(figures, [Figure("one", MINUTE, counting([]))], Sink()).run(stop, lambda: NOW)
    assert figures.told.marks(FAILING) == {"one": ""}


def test_one_that_takes_more_than_its_share_is_made_less_often_but_each_half_hour(figures: Figures) -> None:
    first = NOW // (15 * MINUTE) * 15 * MINUTE
    for share, minutes in ((1.0, [0, 15, 30, 45]), (1e-6, [0, 30])):
        made: list[int] = []

        def make(_: Figures, now: int, made: list[int] = made) -> Iterator[Batch]:
            made.append((now - first) // MINUTE)
            time.sleep(0.01)
            yield Batch([])

        live = Live(figures, [Figure("slow", 15 * MINUTE, make, share=share)], Sink())
        for minute in range(59):
            live.step(first + minute * MINUTE)
        assert made == minutes


def test_a_slow_one_that_fails_is_tried_again_after_ten_minutes(figures: Figures) -> None:
    made: list[int] = []
    live = Live(figures, [Figure("slow", 6 * HOUR, failing(made, ValueError("x")))], Sink())
    for minute in range(30):
        live.step(NOW + minute * MINUTE)
    assert made == [NOW, NOW + 10 * MINUTE]


def test_what_could_not_be_written_is_not_remembered_as_written(figures: Figures) -> None:
    kept: list[str] = []

    def make(_: Figures, now: int) -> Iterator[Batch]:
        yield Batch([refused(now)], lambda: kept.append("done"))

    sink = Sink(full=True)
    live = Live(figures, [Figure("one", MINUTE, make)], sink)
    live.step(NOW)
    assert (kept, sink.lines) == ([], [])
    assert "no space left" in live.stats()["failing"]["one"]
    sink.full = False
    live.step(NOW + MINUTE)
    assert (kept, len(sink.lines), live.stats()["points"]) == (["done"], 1, 1)


def test_lines_go_to_the_policy_of_their_measurement_and_none_beyond_retention(figures: Figures) -> None:
    def make(_: Figures, now: int) -> Iterator[Batch]:
        edge = now - 90 * DAY + HOUR
        yield Batch([refused(now), refused(edge), refused(edge - 1), point("refused", {"reason": "x"}, {}, now)])

    sink = Sink()
    Live(figures, [Figure("one", MINUTE, make)], sink).step(NOW)
    assert sink.lines == [
        ("raw", f"refused,reason=type count=1.0 {NOW}"),
        ("raw", f"refused,reason=type count=1.0 {NOW - 90 * DAY + HOUR}"),
    ]


def test_it_stops_in_the_middle_of_a_figure(figures: Figures) -> None:
    began = threading.Event()

    def make(known: Figures, now: int) -> Iterator[Batch]:
        while True:
            began.set()
            yield Batch([refused(now)])
            time.sleep(0.001)

    stop = threading.Event()
    live = Live(figures, [Figure("endless", MINUTE, make)], Sink())
    thread = threading.Thread(target=live.run, args=(stop, lambda: NOW))
    thread.start()
    assert began.wait(30)
    stop.set()
    thread.join(30)
    assert not thread.is_alive()


def test_a_gentle_one_rests_three_times_as_long_as_it_works(figures: Figures) -> None:
    rests: list[float] = []

    class Stop(threading.Event):
        def wait(self, timeout: float | None = None) -> bool:
            rests.append(timeout or 0.0)
            return False

    def make(_: Figures, now: int) -> Iterator[Batch]:
        for _part in range(3):
            time.sleep(0.02)
            yield Batch([refused(now)])

    known = replace(figures, stop=Stop())
    Live(known, [Figure("one", MINUTE, make), Figure("supplies", HOUR, make, gentle=True)], Sink()).step(NOW)
    assert len(rests) == 3
    assert all(0.06 <= rest <= 5 for rest in rests)


def test_a_long_computation_hears_that_it_is_to_stop(figures: Figures) -> None:
    stopped = replace(figures, stop=threading.Event())
    stopped.going_on(1, 2)
    stopped.stop.set()
    with pytest.raises(Stopping):
        stopped.going_on(1, 2)


def test_every_figure_has_a_name_of_its_own_and_a_time_that_fits_the_clock() -> None:
    table = [*QUICK, *SLOW, *GENTLE]
    assert len({one.name for one in table}) == len(table)
    assert all(DAY % one.every_ms == 0 and one.every_ms % MINUTE == 0 for one in table)


def test_what_was_told_survives_and_is_forgotten_beyond_retention(tmp_path: Path) -> None:
    keys = [key_of(ts, {"device": f"营\n{ts}", "hall": "h"}) for ts in (10, 20, 30)]
    told = Told(tmp_path / "told.db")
    told.note("outage", dict.fromkeys(keys, "a"), [], 0)
    told.note("maintenance", {keys[0]: "m"}, [], 0)
    told.mark("x/", {"last": "7"})
    told.mark("x%", {"no": "8"})
    told.close()
    again = Told(tmp_path / "told.db")
    assert again.since("outage", 20) == dict.fromkeys(keys[1:], "a")
    assert again.since("outage", 30, [10, 30]) == {keys[0]: "a", keys[2]: "a"}
    again.note("outage", {keys[1]: "b"}, [keys[2]], 15)
    assert again.since("outage", 0) == {keys[1]: "b"}
    assert again.since("maintenance", 0) == {keys[0]: "m"}
    assert again.marks("x/") == {"last": "7"}
    again.close()


def centre(folder: Path, metrics: str) -> Centre:
    file = folder / "hallwatch.toml"
    file.write_text(f"[metrics]\n{metrics}\n")
    return Centre(load(file))


def test_with_the_embedded_store_nothing_of_it_runs(tmp_path: Path) -> None:
    made = centre(tmp_path, 'url = "embedded"')
    assert list(live_parts(made)) == []
    made.close()
    assert not beside(tmp_path / "var" / "metrics-queue.db", "told").exists()


def test_in_one_process_the_figures_share_the_queue(tmp_path: Path) -> None:
    made = centre(tmp_path, 'url = "influxdb://127.0.0.1:1"')
    assert made.metrics_queue() is not None
    assert [name for name, _ in live_parts(made)] == ["figures", "slow figures", "supplies"]
    made.close()
    assert not beside(tmp_path / "var" / "metrics-queue.db", "figures").exists()


def test_beside_a_recorder_of_its_own_process_the_figures_have_their_own_queue(tmp_path: Path) -> None:
    recorder = centre(tmp_path, 'url = "influxdb://127.0.0.1:1"')
    assert recorder.metrics_queue() is not None
    alerts = centre(tmp_path, 'url = "influxdb://127.0.0.1:1"')
    assert [name for name, _ in live_parts(alerts)] == ["metrics", "figures", "slow figures", "supplies"]
    assert (recorder.drains_metrics, alerts.drains_metrics) == (True, False)
    alerts.close()
    recorder.close()
