"""Floods: a hall that went dark is one message, too many for a minute are one; no ticket untold, none told twice."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from sqlalchemy import Row, func, select

from alerts.floods import release
from alerts.places import load_places
from alerts.settings import AlertSettings, Floods, Mail
from alerts.tickets import New, report
from alerts.values import Room
from store.cases import Cases
from store.database import reading
from store.inventory import load
from store.notices import claim, done, failed
from store.schema import device_states, notices
from tests.alerts.clocks import city as city_with_contract
from tests.alerts.site import MINUTE, T0, Site, document

pytestmark = pytest.mark.slow

SECOND = 1000 / MINUTE
MANY = 45
BY_DEFAULT = Floods()


def city(devices: int = MANY) -> dict[str, Any]:
    found = document()
    found["devices"] += [
        {"id": f"X-{n:02d}", "kind": "printer", "hall": "h-01", "interval": 60, "vendor": "v-1"} for n in range(devices)
    ]
    return {**found, "contracts": city_with_contract(start="notified")["contracts"]}


def site_of(path: Path, floods: Floods = BY_DEFAULT) -> Site:
    settings = AlertSettings(mail=Mail("smtp://127.0.0.1:1"), url="http://site.example", floods=floods)
    return Site(path, settings, city())


@pytest.fixture
def hall(tmp_path: Path) -> Iterator[Site]:
    """A hall of many devices, and the settings as they are by default."""
    made = site_of(tmp_path)
    yield made
    made.engine.dispose()


def phoned(site: Site, devices: list[str], minute: float) -> list[str]:
    at = T0 + round(minute * MINUTE)
    with site.write() as conn:
        new = (New(site.numbers[one], "phone", "jammed", "v-1") for one in devices)
        return [report(conn, one, at, "desk", at).ticket.id for one in new]


def some(n: int) -> list[str]:
    return [f"X-{i:02d}" for i in range(n)]


def mails(site: Site, *states: str) -> list[Row[Any]]:
    with reading(site.engine) as conn:
        query = select(notices).where(notices.c.channel == "mail", notices.c.state.in_(states))
        return list(conn.execute(query.order_by(notices.c.id)))


def titles(site: Site) -> list[str]:
    """What goes out."""
    return [row.subject for row in mails(site, "waiting", "sent")]


def delivered(site: Site, minute: float) -> None:
    """All that waits is sent."""
    now = T0 + round(minute * MINUTE)
    with site.write() as conn:
        while taken := claim(conn, now, 500, "mail"):
            done(conn, taken, now)


def notified(site: Site, minute: float) -> dict[str, int | None]:
    """When each ticket's vendor was told, as the clocks know it."""
    tickets = site.tickets()
    with reading(site.engine) as conn:
        cases = Cases.of(conn, load(conn), tickets, {}, T0 + round(minute * MINUTE))
    return {one.id: cases.by_number[one.n].notified_at for one in tickets}


def test_one_fault_is_told_after_its_window_but_the_alert_at_once(hall: Site) -> None:
    phoned(hall, ["X-00"], 0)
    hall.look(0)
    assert hall.told("mqtt", "waiting") == ["opened"]
    hall.look(29 * SECOND)
    assert titles(hall) == []
    hall.look(30 * SECOND)
    assert titles(hall) == ["[T-000001] New fault: X-00, 飞鹅路营业厅"]


def test_a_hall_that_went_dark_is_one_message_with_its_list(hall: Site) -> None:
    phoned(hall, some(40), 0)
    hall.look(0)
    hall.look(30 * SECOND)
    assert titles(hall) == ["飞鹅路营业厅 is dark: 40 devices"]
    (row,) = mails(hall, "waiting")
    body = json.loads(row.body)
    assert "T-000001 X-00 printer : jammed" in body["text"]
    assert "T-000040 X-39" in body["text"]
    assert "http://site.example/halls/h-01" in body["text"]
    assert (body["document"]["event"], len(body["document"]["tickets"])) == ("hall_dark", 40)
    assert len(hall.told("mqtt")) == 40


def test_more_devices_than_a_message_lists_are_counted(hall: Site) -> None:
    phoned(hall, some(44), 0)
    hall.look(0)
    hall.look(1)
    assert "and 4 more" in json.loads(mails(hall, "waiting")[0].body)["text"]


def test_devices_that_fail_one_after_the_other_prolong_the_window_up_to_a_bound(hall: Site) -> None:
    for n in range(9):
        phoned(hall, [f"X-{n:02d}"], n * 15 * SECOND)
        hall.look(n * 15 * SECOND)
        assert (titles(hall) == []) is (n * 15 < 90)
    assert titles(hall)[0] == "飞鹅路营业厅 is dark: 6 devices"


def test_fewer_than_five_devices_are_told_one_by_one(hall: Site) -> None:
    phoned(hall, some(4), 0)
    hall.look(0)
    hall.look(1)
    assert len(titles(hall)) == 4


@pytest.mark.parametrize(("state", "messages"), [("down", 1), ("up", 2)])
def test_two_devices_of_a_hall_whose_gateway_is_down_are_one_message(hall: Site, state: str, messages: int) -> None:
    with hall.write() as conn:
        conn.execute(device_states.insert().values(device=hall.numbers["SW-1"], state=state, since=T0))
    phoned(hall, some(2), 0)
    hall.look(0)
    hall.look(1)
    assert len(titles(hall)) == messages
    text = json.loads(mails(hall, "waiting")[0].body)["text"]
    assert ("the gateway SW-1 is down" in text) is (state == "down")


def test_R2_every_ticket_of_a_joint_message_is_told_when_that_is(hall: Site) -> None:
    tickets = phoned(hall, some(6), 0)
    hall.look(0)
    hall.look(1)
    assert set(notified(hall, 1).values()) == {None}
    delivered(hall, 2)
    assert notified(hall, 2) == dict.fromkeys(tickets, T0 + 2 * MINUTE)
    assert mails(hall, "joined", "waiting", "held") == []


def test_R2_no_ticket_of_a_joint_message_that_was_given_up_is_told(hall: Site) -> None:
    phoned(hall, some(6), 0)
    hall.look(0)
    hall.look(1)
    with hall.write() as conn:
        (taken,) = claim(conn, T0 + MINUTE, 1, "mail")
        failed(conn, taken, T0 + MINUTE, "550 no", give_up_after=1)
    assert len(mails(hall, "given_up")) == 7
    assert set(notified(hall, 1).values()) == {None}


def test_what_a_recipient_gets_above_ten_a_minute_is_one_digest(tmp_path: Path) -> None:
    site = site_of(tmp_path, Floods(window_ms=0))
    phoned(site, some(40), 0.1)
    site.look(0.1)
    assert len(titles(site)) == 10
    site.look(0.9)
    assert len(titles(site)) == 10
    site.look(1)
    assert titles(site)[10:] == ["30 messages in one"]
    (digest,) = mails(site, "waiting")[10:]
    body = json.loads(digest.body)
    assert "[T-000011] New fault: X-10, 飞鹅路营业厅" in body["text"]
    assert [one["ticket"] for one in body["document"]["messages"]][:2] == ["T-000011", "T-000012"]
    delivered(site, 1)
    assert None not in notified(site, 1).values()
    site.engine.dispose()


def test_a_single_message_too_many_is_told_as_it_is_in_the_next_minute(tmp_path: Path) -> None:
    site = site_of(tmp_path, Floods(window_ms=0))
    phoned(site, some(11), 0.1)
    site.look(0.1)
    site.look(1)
    assert titles(site)[-1] == "[T-000011] New fault: X-10, 飞鹅路营业厅"
    site.engine.dispose()


def test_each_recipient_has_a_minute_of_its_own(tmp_path: Path) -> None:
    both = {**city(), "vendors": [{"id": "v-1", "name": "v", "notify": ["mailto:a@x", "mailto:b@x"]}]}
    site = Site(tmp_path, AlertSettings(mail=Mail("smtp://h"), floods=Floods(window_ms=0)), both)
    phoned(site, some(12), 0)
    site.look(0)
    site.look(1)
    assert [row.target for row in mails(site, "waiting")].count("a@x") == 11
    assert [row.target for row in mails(site, "waiting")].count("b@x") == 11
    site.engine.dispose()


def test_two_dark_halls_are_two_messages(tmp_path: Path) -> None:
    found = city()
    found["halls"].append({"id": "h-02", "name": "柳石路营业厅", "branch": "liunan", "kind": "own"})
    for one in found["devices"][-10:]:
        one["hall"] = "h-02"
    site = Site(tmp_path, AlertSettings(mail=Mail("smtp://h")), found)
    phoned(site, [f"X-{n:02d}" for n in range(30, 45)], 0)
    site.look(0)
    site.look(1)
    assert sorted(titles(site)) == ["柳石路营业厅 is dark: 10 devices", "飞鹅路营业厅 is dark: 5 devices"]
    site.engine.dispose()


def test_a_ticket_of_which_more_is_said_is_told_before(hall: Site) -> None:
    hall.outage("X-00", -5)
    hall.look(0)
    hall.outage("X-00", -5, 0.1)
    hall.look(0.2)
    assert [title.split("] ")[1][:9] for title in titles(hall)] == ["New fault", "Restored:"]


def test_K7_a_ticket_that_is_withdrawn_while_its_message_waits_is_never_told(hall: Site) -> None:
    hall.outage("X-00", -5)
    hall.look(0)
    hall.remove_outages("X-00")
    hall.look(0.2)
    hall.look(5)
    assert titles(hall) == []


def test_K7_a_ticket_that_was_told_in_a_joint_message_is_taken_back_aloud(hall: Site) -> None:
    for device in some(6):
        hall.outage(device, -5)
    hall.look(0)
    hall.look(1)
    hall.remove_outages("X-03")
    hall.look(2)
    assert [title.split("] ")[-1][:9] for title in titles(hall)] == ["飞鹅路营业厅 is dark: 6 devices"[:9], "Withdrawn"]


@pytest.mark.parametrize("seconds", [0, 29, 30, 31, 45, 60, 61])
def test_a_restart_at_any_time_leaves_no_ticket_untold_and_tells_none_twice(hall: Site, seconds: int) -> None:
    tickets = phoned(hall, some(14), 0)
    phoned(hall, ["P-1"], 20 * SECOND)
    for at in range(0, seconds, 10):
        hall.look(at * SECOND)
    hall.alerts = hall.started()
    for at in (seconds, 100, 200, 300):
        hall.look(at * SECOND)
        delivered(hall, at * SECOND)
    told = notified(hall, 6)
    assert len(told) == len(tickets) + 1
    assert None not in told.values()
    with reading(hall.engine) as conn:
        joint = conn.scalar(select(func.count()).where(notices.c.key.startswith("dark/")))
    assert (joint, len(mails(hall, "sent"))) == (1, 16)


@pytest.mark.parametrize("back", [-60, 30])
def test_a_clock_that_steps_an_hour_keeps_nothing_back(hall: Site, back: int) -> None:
    phoned(hall, some(6), 0)
    hall.look(0)
    hall.look(back)
    assert titles(hall) == ["飞鹅路营业厅 is dark: 6 devices"]


def test_a_kill_between_two_steps_does_all_of_them_again(hall: Site) -> None:
    """The whole look is one transaction: what dies before its end has done nothing."""
    phoned(hall, some(6), 0)
    hall.look(0)
    with reading(hall.engine) as conn:
        room = Room(load_places(conn, {}, None), hall.settings, str, ZoneInfo("Asia/Shanghai"), {})
    with hall.engine.connect() as conn, conn.begin() as dying:
        assert release(conn, room, T0 + MINUTE) == 1
        dying.rollback()
    assert len(mails(hall, "held")) == 6
    hall.alerts = hall.started()
    hall.look(2)
    assert titles(hall) == ["飞鹅路营业厅 is dark: 6 devices"]
