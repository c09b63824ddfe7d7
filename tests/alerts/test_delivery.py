"""Workers on one outbox: limits kept by all of them, attempts written down, one that hangs holds up no other."""

from __future__ import annotations

import threading
from collections import Counter
from collections.abc import Iterator

import pytest

from alerts.channels import channels
from alerts.delivery import Delivery
from alerts.end_point import EndPoint
from alerts.outbox import ask, short_key
from alerts.recipient import BadRecipient, Recipient
from alerts.settings import AlertSettings, Patience
from store import attempts
from store.attempts import LONGEST_HOLD_MS, Hold, Limit
from store.database import reading
from tests.alerts.chats import KEY, MESSAGE, end_point, queue, states, tried, worker
from tests.alerts.ear import Ear, Reply, listening, said
from tests.alerts.site import HOUR, MINUTE, T0, Site

pytestmark = pytest.mark.slow

GOOD = said({"errcode": 0, "errmsg": "ok", "code": 0})


@pytest.fixture
def ear() -> Iterator[Ear]:
    with listening(Ear(usual=GOOD)) as heard:
        yield heard


def deliver(work: Delivery, now: int, most: int = 1000) -> int:
    """How many go out while the clock stands still."""
    made = 0
    while made < most and work.step(lambda: now):
        made += 1
    return made


SLOWLY = pytest.mark.slow


@pytest.mark.parametrize(
    ("kind", "first"),
    [("feishu", 5), pytest.param("wecom", 20, marks=SLOWLY), pytest.param("dingtalk", 20, marks=SLOWLY)],
)
def test_no_more_go_out_than_a_robot_takes(site: Site, ear: Ear, kind: str, first: int) -> None:
    place = end_point(ear, kind)  # type: ignore[arg-type]
    queue(site, place, 30)
    assert deliver(worker(site, place), T0) == first
    assert deliver(worker(site, place), T0 + 900) == 0
    assert deliver(worker(site, place), T0 + MINUTE + 1) == min(first, 30 - first)


@pytest.mark.slow
def test_feishu_takes_a_hundred_in_a_minute(site: Site, ear: Ear) -> None:
    place = end_point(ear, "feishu")
    queue(site, place, 110)
    made = [deliver(worker(site, place), T0 + second * 1001) for second in range(25)]
    assert made == [5] * 20 + [0] * 5


def test_end_points_with_one_address_share_its_limit(site: Site, ear: Ear) -> None:
    one, other = end_point(ear, "wecom", "a"), end_point(ear, "wecom", "b")
    queue(site, one, 15)
    queue(site, other, 15)
    assert deliver(worker(site, one), T0) == 15
    assert deliver(worker(site, other), T0) == 5


def test_a_restart_forgets_no_limit_and_no_hold(site: Site, ear: Ear) -> None:
    place = end_point(ear, "dingtalk")
    queue(site, place, 2)
    ear.replies.append(said({"errcode": 130101, "errmsg": "send too fast"}))
    assert deliver(worker(site, place), T0) == 1
    with reading(site.engine) as conn:
        assert attempts.held(conn, place.limit_key, T0) == Hold(T0 + 10 * MINUTE, "130101 send too fast")
    assert deliver(worker(site, place), T0 + 9 * MINUTE) == 0
    assert deliver(worker(site, place), T0 + 10 * MINUTE + 1) == 2
    assert {state for state, _ in states(site)} == {"sent"}


@pytest.mark.parametrize("step", [-HOUR, HOUR])
def test_a_clock_that_steps_leaves_no_hold_for_longer_than_any(site: Site, ear: Ear, step: int) -> None:
    place = end_point(ear, "dingtalk")
    queue(site, place, 2)
    ear.replies.append(said({"errcode": 130101, "errmsg": "send too fast"}))
    deliver(worker(site, place), T0)
    if step < 0:
        assert deliver(worker(site, place), T0 + step) == 0  # nothing early
    assert deliver(worker(site, place), T0 + step + LONGEST_HOLD_MS + 1) == 2
    assert {state for state, _ in states(site)} == {"sent"}


def test_a_hold_from_before_a_step_back_lasts_no_longer_than_any(site: Site) -> None:
    limit = Limit("k", ((20, MINUTE),))
    with site.write() as conn:
        attempts.hold(conn, "k", T0 + HOUR, 10 * MINUTE, "blocked")
        attempts.lock(conn, limit, T0)
        assert attempts.slots(conn, limit, T0 + LONGEST_HOLD_MS - 1, 1) == 0
        assert attempts.slots(conn, limit, T0 + LONGEST_HOLD_MS, 1) == 1


def test_each_attempt_is_written_down_with_what_was_said(site: Site, ear: Ear) -> None:
    place = end_point(ear, "wecom")
    queue(site, place)
    ear.replies += [Reply(500, b"oops"), said({"errcode": 93000, "errmsg": "bad key=0123456789abcdef"})]
    for minute in (0, 1, 2):
        deliver(worker(site, place), T0 + minute * MINUTE)
    assert [(one.outcome, one.answer) for one in tried(site)] == [
        ("failed", "HTTP 500: oops"),
        ("refused", "93000 bad …"),
        ("sent", "0 ok"),
    ]
    assert [one.at for one in tried(site)] == [T0, T0 + MINUTE, T0 + 2 * MINUTE]
    assert states(site) == [("sent", 3)]


def test_what_is_refused_for_good_is_given_up_soon(site: Site, ear: Ear) -> None:
    place = end_point(ear, "dingtalk")
    queue(site, place)
    ear.usual = said({"errcode": 310000, "errmsg": "sign not match"})
    for minute in range(3):
        deliver(worker(site, place, Patience(refusals=2)), T0 + minute * MINUTE)
    assert states(site) == [("given_up", 2)]


def test_an_attempt_of_somebody_who_died_counts_and_is_said_to_be_unknown(site: Site, ear: Ear) -> None:
    place = end_point(ear, "wecom")
    queue(site, place)
    worker(site, place)._take(T0)
    assert [one.outcome for one in tried(site)] == ["begun"]
    assert deliver(worker(site, place), T0 + 1000) == 0
    assert deliver(worker(site, place), T0 + MINUTE + 1) == 1
    assert [one.outcome for one in tried(site)] == ["unknown", "sent"]


@pytest.mark.slow
def test_two_workers_on_one_outbox_send_each_once(site: Site, ear: Ear) -> None:
    place = end_point(ear, "webhook", secret=KEY)
    queue(site, place, 40)
    workers = [threading.Thread(target=deliver, args=(worker(site, place), T0)) for _ in range(3)]
    for one in workers:
        one.start()
    for one in workers:
        one.join()
    assert Counter(one.headers["webhook-id"] for one in ear.heard).most_common(1)[0][1] == 1
    assert len(ear.heard) == 40
    assert states(site) == [("sent", 1)] * 40


@pytest.mark.slow
def test_two_workers_share_a_limit(site: Site, ear: Ear) -> None:
    place = end_point(ear, "wecom")
    queue(site, place, 30)
    workers = [threading.Thread(target=deliver, args=(worker(site, place), T0)) for _ in range(3)]
    for one in workers:
        one.start()
    for one in workers:
        one.join()
    assert len(ear.heard) == 20


@pytest.mark.slow
def test_an_end_point_that_hangs_holds_up_no_other(site: Site, ear: Ear) -> None:
    with listening(Ear(usual=Reply(late_s=5))) as stuck:
        places = [end_point(stuck, "wecom", "stuck", timeout_s=1.5), end_point(ear, "wecom", "good")]
        site.settings = AlertSettings(end_points=tuple(places), every_s=0.05)
        for place in places:
            queue(site, place, 3, at=T0)
        stop = threading.Event()
        ear.on_heard = lambda _heard: stop.set() if len(ear.heard) == 3 else None
        thread = threading.Thread(target=site.started().run, args=(stop,))
        thread.start()
        assert stop.wait(10)
        assert len(stuck.heard) == 1
        thread.join(20)
    assert Counter(states(site)) == Counter({("sent", 1): 3, ("waiting", 1): 1, ("waiting", 0): 2})


def test_a_message_for_an_end_point_that_is_not_there_waits_a_day_for_it(site: Site) -> None:
    with site.write() as conn:
        ask(conn, "k1", Recipient("wecom", "gone"), MESSAGE, {}, T0)
        ask(conn, "k2", Recipient("sms", "13800138000"), MESSAGE, {}, T0)
        ask(conn, "k3", Recipient("mail", "a@b.example"), MESSAGE, {}, T0)
    lost = Delivery(site.engine, "nowhere", channels(AlertSettings())["nowhere"])
    for minute in (0, 11, 22, 33, 44, 24 * 60 + 1):
        lost.step(lambda minute=minute: T0 + minute * MINUTE)  # type: ignore[misc]
    assert states(site) == [("given_up", 6)] * 3
    said = {one.answer for one in tried(site)}
    assert "the settings have no end point 'gone' of kind wecom" in said
    assert "mail.url is not set" in said


def test_a_telephone_without_an_end_point_goes_by_the_first(site: Site, ear: Ear) -> None:
    text = {"body": "{phone} {text}", "success": "0", "headers": {"Content-Type": "text/plain"}}
    places = tuple(end_point(ear, "sms", name, **text) for name in ("a", "b"))
    with site.write() as conn:
        for n, target in enumerate(("111111", "222222@a", "333333@b", "444444@c")):
            ask(conn, f"k{n}", Recipient("sms", target), MESSAGE, {}, T0)
    found = channels(AlertSettings(end_points=places))
    assert list(found) == ["sms:a", "sms:b", "nowhere"]
    for name, channel in found.items():
        deliver(Delivery(site.engine, name, channel), T0)
        ear.heard.append(ear.heard[-1]._replace(body=name.encode()))
    assert [one.body.split()[0] for one in ear.heard] == [
        b"111111",
        b"222222",
        b"sms:a",
        b"333333",
        b"sms:b",
        b"nowhere",
    ]
    assert states(site)[-1] == ("waiting", 1)


@pytest.mark.parametrize("step", [-HOUR, HOUR])
def test_a_message_for_later_is_not_early_and_not_lost_when_the_clock_steps(site: Site, ear: Ear, step: int) -> None:
    place = end_point(ear, "wecom")
    with site.write() as conn:
        ask(conn, "k", Recipient("wecom", "duty"), MESSAGE, {}, T0, due_at=T0 + 2 * HOUR)
    work = worker(site, place)
    assert deliver(work, T0 + 1) == 0
    assert deliver(work, T0 + step) == 0
    assert deliver(work, T0 + 2 * HOUR - 1) == 0
    assert deliver(work, T0 + 2 * HOUR) == 1


def test_a_message_asked_for_at_once_goes_after_a_step_back(site: Site, ear: Ear) -> None:
    place = end_point(ear, "wecom")
    queue(site, place)
    assert deliver(worker(site, place), T0 - HOUR) == 1


def test_a_key_asks_once_and_a_long_one_stays_its_own(site: Site) -> None:
    place = EndPoint("duty", "wecom", "https://x.example/")
    with site.write() as conn:
        made = [ask(conn, "k" * 300 + end, Recipient(place.kind, "duty"), MESSAGE, {}, T0) for end in "aab"]
        with pytest.raises(BadRecipient):
            ask(conn, "r", Recipient("rota", "night"), MESSAGE, {}, T0)
    assert made == [True, False, True]
    assert len(short_key("k" * 300)) == 256
