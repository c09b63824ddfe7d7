"""What the panels answer is what the city is: states, tickets, what is broken, pages."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from typing import Any

import httpx2
import pytest

from sla.instant import DAY, HOUR, MINUTE
from store.influx.lines import device_tags, line
from store.influx.server import connect
from store.measurements import HOURLY, RAW
from store.metrics import Tags
from tests.dashboards.answered import EVERY, frames_of, view_of
from tests.dashboards.grafana import ALL, View, filled
from tests.dashboards.seeded import City
from tests.live_city import told_of
from tests.live_city_inventory import DEVICES
from tests.store.subjects import NOW, influxdb_1

pytestmark = [pytest.mark.server, pytest.mark.slow]


def _panel(dashboard: Any, title: str) -> Any:
    return next(one for one in dashboard["panels"] if one["title"] == title)


def _answer(seeded: City, dashboard: Any, title: str, **chosen: str) -> dict[str, list[Any]]:
    (frame,) = frames_of(seeded, _panel(dashboard, title), view_of(dashboard, seeded.now, **chosen))
    return frame.columns


@pytest.mark.parametrize("hall", [ALL, "h-01", "h-03"])
def test_states_in_numbers_are_those_of_the_city(hall: str, seeded: City, built: Any) -> None:
    told = Counter(told_of(one).state for one in DEVICES if hall in (ALL, one.hall))
    said = _answer(seeded, built["metrics/zh/hw-city.json"], "设备状态分布", hall=hall)
    assert {state: number for state, (number,) in said.items() if state != "Time"} == {
        state: told[state] for state in said if state != "Time"
    }
    blind = _answer(seeded, built["metrics/zh/hw-city.json"], "监测盲区", hall=hall)["blind"]
    assert blind == [pytest.approx(told["unmonitored"] / told.total())]


def test_both_sets_say_the_same_is_broken_and_open(seeded: City, built: Any) -> None:
    metrics, sql = (built[f"{store}/zh/hw-city.json"] for store in ("metrics", "sql"))
    broken = [_answer(seeded, one, "当前故障设备") for one in (metrics, sql)]
    rows = [
        sorted(zip(one["device"], one["hall"], one["cause"], one["owner"], one["ticket"], strict=True))
        for one in broken
    ]
    assert rows[0] == rows[1]
    assert {device for device, *_ in rows[0]} == {
        one.id for one in DEVICES if told_of(one).state in ("down", "unreachable")
    }
    starts = [dict(zip(one["device"], one["start"], strict=True)) for one in broken]
    assert starts[0] == {device: start.timestamp() * 1000 for device, start in starts[1].items()}
    for each in (metrics, sql):
        assert sum(_answer(seeded, each, "未结工单")["tickets"]) == 5


@pytest.mark.parametrize(
    ("name", "title"), [("city", "未结工单"), ("vendors", "已超时工单"), ("vendors", "暂停计时工单")]
)
def test_no_ticket_is_0_and_no_figures_are_no_0(name: str, title: str, seeded: City, built: Any) -> None:
    dashboard = built[f"metrics/zh/hw-{name}.json"]
    (numbers,) = (v for k, v in _answer(seeded, dashboard, title, vendor="nobody").items() if k != "Time")
    assert sum(numbers) == 0
    assert _panel(dashboard, title)["options"]["reduceOptions"]["calcs"] == ["sum"]
    later = view_of(dashboard, seeded.now + HOUR)
    assert not [frame for frame in frames_of(seeded, _panel(dashboard, title), later) if len(frame)]


def test_a_wall_that_is_told_nothing_shows_no_figure(seeded: City, built: Any) -> None:
    for path, dashboard in built.items():
        later = view_of(dashboard, seeded.now + 40 * DAY)
        for panel in dashboard["panels"]:
            if panel["type"] == "stat" and not any("rawSql" in one for one in panel["targets"]):
                rows = [len(frame) for frame in frames_of(seeded, panel, later)]
                assert not sum(rows), (path, panel["title"])


def test_a_device_that_has_moved_is_where_it_is_now(built: Any, tmp_path: Any) -> None:
    moved = {"h-01": NOW - 15 * MINUTE, "h-02": NOW - 5 * MINUTE}
    texts = {"state": "up", "cause": "-", "owner": "-", "branch_name": "b"}
    with influxdb_1(tmp_path) as address:
        server = connect(address)
        for hall, at in moved.items():
            tags = {"device": "P-1", "hall": hall, "branch": "b-1", "kind": "printer", "vendor": "v-1"}
            said = line("status", tags, {"code": 2.0, "hall_name": hall, **texts}, at)
            server.write(RAW, [said or ""])
        (target,) = _panel(built["metrics/zh/hw-device.json"], "当前状态")["targets"]
        (answer,) = server.ask(filled(target["query"], View(NOW - DAY, NOW, {"device": "P-1"}, EVERY)))
        server.close()
    assert [row[answer.columns.index("hall")] for row in answer.rows] == ["h-02"]


def test_after_the_turn_of_a_month_the_month_before_is_gone(built: Any, tmp_path: Any) -> None:
    of = {"vendor": "v-1", "vendor_name": "V", "contract": "c-1"}
    figures = {"score": 90.0, "deduction": 10.0, "faults": 3.0, "late": 1.0}
    with influxdb_1(tmp_path) as address:
        server = connect(address)
        for month, at in (("2026-10", NOW - 65 * MINUTE), ("2026-11", NOW - 5 * MINUTE)):
            lines = [line("score", {**of, "month": month}, figures, at)]
            value = {"value": 1.0} if month == "2026-10" else {}
            tags = {**of, "month": month, "line": "T1", "term": "satisfaction"}
            lines.append(line("score_line", tags, {"allowance": 0.0, "deduction": 0.0, **value}, at))
            server.write(RAW, [one or "" for one in lines])
        for title in ("各合同当前得分", "扣分明细"):
            (target,) = _panel(built["metrics/zh/hw-vendors.json"], title)["targets"]
            (answer,) = server.ask(filled(target["query"], View(NOW - DAY, NOW, {"vendor": ALL}, EVERY)))
            assert [row[answer.columns.index("month")] for row in answer.rows] == ["2026-11"]
        assert answer.rows[0][answer.columns.index("value")] is None
        server.close()


def test_clocks_that_run_and_clocks_that_stand_still_are_told_apart(seeded: City, built: Any) -> None:
    running = _answer(seeded, built["metrics/zh/hw-city.json"], "即将超时的维修时限")
    due = dict(zip(running["device"], zip(running["due_in"], running["share"], strict=True), strict=True))
    assert set(due) == {"PR-0101", "LI-0101", "PR-0302"}
    assert due["LI-0101"] == (-55, pytest.approx(175 / 120))
    assert _answer(seeded, built["metrics/zh/hw-city.json"], "暂停计时的工单")["device"] == ["CO-0101"]


def _counter() -> Iterator[tuple[int, float]]:
    """Ten pages an hour of two days, and a counter that begins anew in the middle of the second."""
    first = NOW // DAY * DAY - 3 * DAY - 8 * HOUR
    for hour in range(48):
        yield first + hour * HOUR, 1000.0 + 10 * hour if hour < 36 else 10.0 * (hour - 36)


def test_pages_of_a_counter_that_begins_anew_are_never_negative(built: Any, tmp_path: Any) -> None:
    tags = device_tags("P-1", Tags("h-01", "b-1", "printer", "", "v-1"))
    with influxdb_1(tmp_path) as address:
        server = connect(address)
        some = [line("device_hour", tags, {"pages_last": pages}, at) for at, pages in _counter()]
        server.write(HOURLY, [one for one in some if one is not None])
        server.close()
        (target,) = _panel(built["metrics/zh/hw-device.json"], "日打印量")["targets"]
        query = filled(target["query"], View(NOW - 7 * DAY, NOW, {"device": "P-1"}, EVERY))
        with httpx2.Client(base_url=address.base, trust_env=False) as client:
            said = client.post("/query", data={"q": query, "db": address.database, "epoch": "ms"}).json()
    days = said["results"][0]["series"][0]["values"]
    assert [pages for _, pages in days] == [230, 230]
    assert all(at % DAY == 16 * HOUR for at, _ in days)
