"""Notices: a row first, sent once, retried with patience, the newest state in place of older ones."""

from __future__ import annotations

import threading
import time

import pytest
from sqlalchemy import Engine, select

from store import notices
from store.database import open_database, reading, writing
from store.notices import CLAIM_MS, Notice
from store.schema import notices as table


def _enqueue(engine: Engine, key: str, now: int = 0, target: str = "t", retain: bool = False) -> bool:
    with writing(engine) as conn:
        return notices.enqueue(conn, key, "mqtt", target, f"body of {key}", now, retain=retain)


def _claim(engine: Engine, now: int, limit: int = 10) -> list[Notice]:
    with writing(engine) as conn:
        return notices.claim(conn, now, limit)


def _states(engine: Engine) -> dict[str, str]:
    with reading(engine) as conn:
        return {row.key: row.state for row in conn.execute(select(table.c.key, table.c.state).order_by(table.c.id))}


def test_the_same_cause_never_makes_two(engine: Engine) -> None:
    assert _enqueue(engine, "T-1 opened")
    assert not _enqueue(engine, "T-1 opened", now=99)
    (one,) = _claim(engine, 0)
    with writing(engine) as conn:
        assert notices.done(conn, [one], 5) == 1
    assert not _enqueue(engine, "T-1 opened", now=100)
    assert _claim(engine, 10 * CLAIM_MS) == []


def test_a_claimed_notice_is_nobody_elses_until_the_claim_runs_out(engine: Engine) -> None:
    _enqueue(engine, "a")
    (first,) = _claim(engine, 0)
    assert _claim(engine, CLAIM_MS - 1) == []
    (second,) = _claim(engine, CLAIM_MS)
    with writing(engine) as conn:
        assert notices.done(conn, [first], CLAIM_MS + 1) == 0
        assert not notices.failed(conn, first, CLAIM_MS + 1, "too late")
        assert notices.done(conn, [second], CLAIM_MS + 2) == 1
        assert notices.done(conn, [second], CLAIM_MS + 3) == 0
    assert _states(engine) == {"a": "sent"}


def test_two_workers_never_send_one_row_twice(engine: Engine, url: str) -> None:
    for n in range(60):
        _enqueue(engine, f"n-{n}")
    sent: list[int] = []

    def work() -> None:
        own = open_database(url)
        while some := _claim(own, 0, 7):
            sent.extend(one.id for one in some)
        own.dispose()

    workers = [threading.Thread(target=work) for _ in range(3)]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join()
    assert len(sent) == len(set(sent)) == 60


def test_a_failed_notice_is_tried_again_after_longer_and_longer(engine: Engine) -> None:
    _enqueue(engine, "a")
    now = 0
    waits = []
    for _ in range(12):
        (one,) = _claim(engine, now)
        with writing(engine) as conn:
            assert notices.failed(conn, one, now, "refused", jitter=0.0)
            due = conn.scalar(select(table.c.due_at))
        assert due is not None
        assert _claim(engine, due - 1) == []
        waits.append(due - now)
        now = due
    assert waits[:4] == [2_000, 4_000, 8_000, 16_000]
    assert waits[-1] == 600_000


@pytest.mark.parametrize(("attempts", "jitter", "wait"), [(1, 1.0, 1_000), (1, 0.0, 2_000), (99, 0.0, 600_000)])
def test_the_wait_is_capped_and_spread(attempts: int, jitter: float, wait: int) -> None:
    assert notices.backoff_ms(attempts, jitter) == wait


def test_a_notice_is_given_up_after_so_many_attempts_and_stays_for_a_look(engine: Engine) -> None:
    _enqueue(engine, "a")
    (one,) = _claim(engine, 0)
    with writing(engine) as conn:
        notices.failed(conn, one, 0, "x" * 9_999, give_up_after=1)
        assert notices.prune(conn, before=99) == 0
    assert _states(engine) == {"a": "given_up"}


def test_a_newer_state_takes_the_place_of_those_that_wait(engine: Engine) -> None:
    for key in ("down", "up", "down again"):
        _enqueue(engine, key, target="status/P-0001", retain=True)
    _enqueue(engine, "other", target="status/P-0002", retain=True)
    assert _states(engine) == {"down": "replaced", "up": "replaced", "down again": "waiting", "other": "waiting"}
    assert [one.key for one in _claim(engine, 0)] == ["down again", "other"]


def test_a_newer_state_does_not_overtake_one_that_is_on_its_way(engine: Engine) -> None:
    _enqueue(engine, "down", retain=True)
    (old,) = _claim(engine, 0)
    _enqueue(engine, "up", now=1, retain=True)
    assert _claim(engine, 2) == []
    with writing(engine) as conn:
        assert notices.done(conn, [old], 3) == 1
    assert [one.key for one in _claim(engine, 4)] == ["up"]


def test_a_state_that_failed_after_it_was_replaced_stays_replaced(engine: Engine) -> None:
    _enqueue(engine, "down", retain=True)
    (old,) = _claim(engine, 0)
    _enqueue(engine, "up", now=1, retain=True)
    with writing(engine) as conn:
        notices.failed(conn, old, 2, "no connection")
    assert _states(engine) == {"down": "replaced", "up": "waiting"}
    assert [one.key for one in _claim(engine, 3)] == ["up"]


def test_alerts_are_never_replaced(engine: Engine) -> None:
    for key in ("opened", "restored"):
        _enqueue(engine, key, target="alerts/v-1")
    assert [one.key for one in _claim(engine, 0)] == ["opened", "restored"]


def test_what_waits_survives_a_restart(engine: Engine, url: str) -> None:
    _enqueue(engine, "a")
    _claim(engine, 0)
    engine.dispose()
    again = open_database(url)
    assert [one.key for one in _claim(again, CLAIM_MS)] == ["a"]
    again.dispose()


def test_states_that_are_out_are_forgotten_in_time_but_the_last_of_a_topic_and_alerts_never(engine: Engine) -> None:
    _enqueue(engine, "state", now=5, target="status", retain=True)
    _enqueue(engine, "alert", now=5)
    with writing(engine) as conn:
        assert notices.done(conn, notices.claim(conn, 5, 10), 6) == 2
    with writing(engine) as conn:
        assert notices.prune(conn, before=99) == 0
    _enqueue(engine, "newer", now=7, target="status", retain=True)
    with writing(engine) as conn:
        assert notices.prune(conn, before=5) == 0
        assert notices.prune(conn, before=6) == 1
    assert _states(engine) == {"alert": "sent", "newer": "waiting"}


def test_a_batch_is_claimed_and_recorded_as_a_whole_the_oldest_first(engine: Engine) -> None:
    with writing(engine) as conn:
        for n in range(600):
            assert notices.enqueue(conn, f"n-{n}", "mail" if n % 3 else "mqtt", f"t-{n}", "", n)
    with writing(engine) as conn:
        assert notices.waiting(conn, 2_000, "mqtt")
        taken = notices.claim(conn, 2_000, 550)
        assert [one.key for one in taken] == [f"n-{n}" for n in range(550)]
        assert notices.done(conn, taken, 2_001) == 550
        assert notices.done(conn, taken, 2_002) == 0
        assert {one.channel for one in notices.claim(conn, 2_003, 550, "mqtt")} == {"mqtt"}
        assert not notices.waiting(conn, 2_003, "mqtt")
        assert notices.waiting(conn, 2_003, "mail")


def test_of_a_batch_what_somebody_else_has_by_now_is_not_recorded(engine: Engine) -> None:
    for key in ("a", "b", "c"):
        _enqueue(engine, key)
    mine = _claim(engine, 0)
    (theirs,) = _claim(engine, CLAIM_MS, 1)
    with writing(engine) as conn:
        assert notices.done(conn, mine, CLAIM_MS + 1) == 2
        assert notices.done(conn, [theirs], CLAIM_MS + 2) == 1


@pytest.mark.slow
def test_a_thousand_rows_a_second_go_through_claim_and_record(engine: Engine) -> None:
    with writing(engine) as conn:
        for n in range(1_500):
            notices.enqueue(conn, f"n-{n}", "mqtt", f"t-{n}", "x" * 200, 0, retain=True)
    began = time.process_time()
    while True:
        with writing(engine) as conn:
            taken = notices.claim(conn, 0, 500, "mqtt")
        with writing(engine) as conn:
            notices.done(conn, taken, 1)
        if not taken:
            break
    assert set(_states(engine).values()) == {"sent"}
    assert time.process_time() - began < 1.5
