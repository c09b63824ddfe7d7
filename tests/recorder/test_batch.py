"""Repeats, gaps, refusals and what is kept aside: by the real database."""

from __future__ import annotations

import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st
from sqlalchemy import select

from recorder.batch import REFUSALS_KEPT
from recorder.incoming import Identity, identity_of
from recorder.intake import Message
from store import folding, heard, judged, streams
from store.database import reading
from store.schema import asides, refusals
from tests.recorder.centre import EPOCH, MINUTE, T0, Centre, city, heartbeat, message

LATER = T0 + 60 * MINUTE


def counted(here: Centre) -> dict[str, int]:
    with reading(here.engine) as conn:
        return judged.counted(conn)


def receipt(here: Centre, *messages: Message) -> int | None:
    stream = here.give(*messages, now=LATER).receipts.get(("c-01", EPOCH))
    return None if stream is None else stream.receipt


def test_repeats_change_nothing_and_are_answered_with_the_receipt(here: Centre) -> None:
    came = here.run("P-0001", "uddu")
    assert receipt(here, *came) == 4
    before = here.outages(), here.stored(), here.told()
    again = here.give(*came, *came, now=LATER)
    assert (again.receipts["c-01", EPOCH].receipt, again.again) == (4, {"c-01"})
    assert (here.outages(), here.stored(), here.told()) == before
    assert (counted(here)["stored"], counted(here)["repeated"]) == (4, 8)


def test_facts_beyond_a_gap_are_stored_at_once_and_the_receipt_waits(here: Centre) -> None:
    first, lost, *rest = here.run("P-0001", "uudd")
    assert receipt(here, first, *rest) == 1
    assert [row[0] for row in here.outages()] == [2]
    assert receipt(here, lost) == 4


def test_a_heartbeats_oldest_passes_over_a_gap_that_may_be_filled_later(here: Centre) -> None:
    first, lost, *rest = here.run("P-0001", "uudd")
    assert receipt(here, first, *rest, heartbeat(LATER, oldest=3, next=5)) == 4
    with reading(here.engine) as conn:
        assert streams.lost(conn) == 1
    assert receipt(here, lost) == 4
    with reading(here.engine) as conn:
        assert streams.lost(conn) == 0
    assert here.stored() == 4


def test_a_refused_message_counts_for_the_receipt_and_is_kept_for_a_look(here: Centre) -> None:
    good, bad = here.run("P-0001", "uu")
    bad = bad._replace(payload=bad.payload.replace(b'"up"', b'"on"'))
    assert receipt(here, good, bad, here.seen("P-0001", 2, "up")) == 3
    row = here.rows(select(refusals))[0]
    assert (row.reason, row.payload, row.topic) == ("type", bad.payload, bad.topic)
    assert counted(here)["refused.type"] == 1


def test_only_the_newest_refusals_of_each_reason_are_kept(here: Centre) -> None:
    topic = "hallwatch/v1/obs/c-01/P-0001"
    here.give(*[Message(topic, b"{%d" % i, LATER) for i in range(REFUSALS_KEPT + 5)], Message("x/y", b"", LATER))
    rows = here.rows(select(refusals).order_by(refusals.c.id))
    assert [row.payload for row in rows if row.reason == "not_json"] == [b"{%d" % i for i in range(5, 25)]
    assert counted(here)["refused.not_json"] == 25


@pytest.mark.parametrize(
    ("topic", "reason"),
    [
        ("hallwatch/v1/obs/c-02/P-0001", "foreign_collector"),
        ("hallwatch/v1/obs/c-01/P-0002", "foreign_device"),
        ("hallwatch/v1/obs/c-01", "topic"),
        ("hallwatch/v1/obs/c-01/P-0001/x", "topic"),
        ("hallwatch/v1/obs", "heartbeat.type"),
        ("hallwatch/v1/collectors/", "heartbeat.type"),
        ("", "heartbeat.version"),
    ],
)
def test_a_message_under_another_topic_is_refused(here: Centre, topic: str, reason: str) -> None:
    here.give(here.seen("P-0001", 0, "up")._replace(topic=topic))
    refused = [name for name in counted(here) if name.startswith("refused.")]
    assert len(refused) == 1
    assert here.stored() == 0
    if reason not in ("heartbeat.type", "heartbeat.version"):
        assert refused == [f"refused.{reason}"]


@pytest.mark.parametrize(
    ("payload", "found"),
    [
        (b'{"v":2,"epoch":"e","seq":7}', Identity("c", "e", 7)),
        (b'{"v":1,"device":"P","collector":"c","epoch":"e","seq":7,"ts":"2026', Identity("c", "e", 7)),
        (b'\xff"epoch":"e","seq":7}', Identity("c", "e", 7)),
        (b'{"epoch":"e","seq":7', None),
        (b'{"epoch":"e","seq":70,"x":{"epoch":"f","seq":8,', None),
        (b'{"epoch":"e","seq":0}', None),
        (b'{"epoch":"e","seq":true}', None),
        (b'{"epoch":"","seq":1}', None),
        (b"[]", None),
        (b"", None),
    ],
)
def test_the_number_of_a_refused_message_is_read_where_it_is_beyond_doubt(
    payload: bytes, found: Identity | None
) -> None:
    assert identity_of("c", payload) == found


def test_an_unknown_device_is_kept_aside_and_judged_after_the_import(here: Centre) -> None:
    came = here.run("P-0009", "uddu")
    assert receipt(here, *came) == 4
    assert (here.stored(), len(here.rows(select(asides)))) == (0, 4)
    here.tick(LATER)
    assert here.stored() == 0
    here.adopt(city(**{"P-0009": {}}), LATER)
    here.tick(LATER)
    assert (here.stored(), here.rows(select(asides))) == (4, [])
    assert [row[:2] for row in here.outages("P-0009")] == [(1, 3)]


def test_O7_the_future_waits_for_its_time(here: Centre) -> None:
    five, six = here.seen("P-0001", 65, "up"), here.seen("P-0001", 66, "up")
    assert receipt(here, five, six) == 2
    assert here.stored() == 1
    here.tick(LATER)
    assert here.stored() == 1
    here.tick(LATER + MINUTE)
    assert (here.stored(), here.rows(select(asides))) == (2, [])


def test_what_is_kept_aside_is_bounded(here: Centre, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("recorder.batch.ASIDES_KEPT", 3)
    assert receipt(here, *here.run("P-0009", "uuuuu")) == 5
    assert [row.ts for row in here.rows(select(asides).order_by("id"))] == [T0 + n * MINUTE for n in (2, 3, 4)]
    assert counted(here)["aside.dropped"] == 2


def test_O7_no_fact_of_the_future_goes_for_another(here: Centre, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("recorder.batch.ASIDES_KEPT", 3)
    assert receipt(here, *here.run("P-0001", "uuuuuuuu", 70)) == 8
    here.tick(LATER + 20 * MINUTE)
    assert (here.stored(), counted(here).get("aside.dropped", 0)) == (8, 0)


def test_O7_a_stranger_that_the_inventory_adopts_goes_for_nobody(here: Centre, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("recorder.batch.ASIDES_KEPT", 3)
    here.give(*here.run("P-0009", "uuu", 70), now=LATER)
    here.adopt(city(**{"P-0009": {}}), LATER)
    here.give(*here.run("P-0010", "uuuu"), now=LATER)
    here.tick(LATER + 20 * MINUTE)
    assert here.stored() == 3


def test_O7_what_finds_no_room_is_not_received_and_comes_again(here: Centre, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("recorder.batch.FUTURE_KEPT", 3)
    came = here.run("P-0001", "uuuuuu", 70)
    assert receipt(here, *came[:3]) == 3
    assert receipt(here, *came, here.seen("P-0001", 1, "up")) == 3
    assert (here.stored(), counted(here)["aside.full"]) == (1, 6)
    here.tick(LATER + 20 * MINUTE)
    outcome = here.give(*came[3:], now=LATER + 20 * MINUTE)
    assert (outcome.receipts["c-01", EPOCH].receipt, here.stored()) == (7, 7)


def test_a_message_set_apart_counts_for_the_receipt(here: Centre) -> None:
    poison, *rest = here.run("P-0001", "uuu")
    outcome = here.writer.set_apart(poison, LATER)
    assert outcome.receipts["c-01", EPOCH].receipt == 1
    assert receipt(here, *rest) == 3
    again = here.writer.set_apart(poison._replace(topic="\0\ud800"), LATER)
    assert (again.receipts, counted(here)["refused.fault"]) == ({}, 2)


def test_a_fault_of_the_reading_itself_leaves_no_gap(here: Centre, monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(_: Message) -> None:
        raise ZeroDivisionError

    monkeypatch.setattr("recorder.batch.sort", broken)
    assert here.writer.set_apart(here.seen("P-0001", 0, "up"), LATER).receipts["c-01", EPOCH].receipt == 1


def test_two_epochs_in_one_batch_have_a_receipt_each_and_the_present_ones_stays(here: Centre) -> None:
    here.give(heartbeat(LATER, epoch="new"))
    new, old = (message(1, "P-0001", n, "up", epoch=epoch) for n, epoch in enumerate(("new", "old")))
    outcome = here.give(new, old, now=LATER)
    assert [(epoch, stream.receipt) for (_, epoch), stream in outcome.receipts.items()] == [("old", 1), ("new", 1)]


@pytest.mark.slow
def test_a_repeat_that_says_something_else_is_a_cloned_gateway(here: Centre) -> None:
    first, aside = here.seen("P-0001", 0, "up"), here.seen("P-0009", 1, "up")
    here.give(first, aside, first, heartbeat(LATER), now=LATER)
    here.adopt(city(**{"P-0009": {}}), LATER)
    here.give(first, aside, now=LATER)
    assert counted(here).get("conflict", 0) == 0
    here.give(message(1, "P-0001", 0, "down"), message(1, "P-0002", 0, "up"), first, now=LATER)
    assert counted(here)["conflict"] == 2
    with reading(here.engine) as conn:
        collector = heard.collector(conn, "c-01")
    assert collector is not None
    assert collector.said["cloned_at"] == LATER


def test_a_repeat_of_what_was_folded_is_no_clone(here: Centre) -> None:
    came = here.run("P-0001", "uduu")
    here.give(*came)
    folding.fold(here.engine, T0 + 100 * 1440 * MINUTE)
    here.give(*came, now=T0 + 100 * 1440 * MINUTE)
    assert (counted(here)["repeated"], counted(here).get("conflict", 0)) == (4, 0)


def test_a_device_that_speaks_mqtt_itself_is_known_by_device_and_ts(here: Centre) -> None:
    came = [message(None, "P-0001", minute, "up", collector="P-0001", epoch=None) for minute in (0, 1, 1)]
    outcome = here.give(*came, *came, now=LATER)
    assert outcome.receipts == {}
    assert (here.stored(), counted(here)["stored"], counted(here)["repeated"]) == (2, 2, 4)


def test_numbers_far_beyond_the_receipt_do_not_pile_up(here: Centre, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("recorder.writer.AHEAD_LIMIT", 5)
    here.give(*[message(2 * n, "P-0001", n, "up") for n in range(1, 11)], now=LATER)
    for _ in range(10):
        here.tick(LATER)
    with reading(here.engine) as conn:
        assert judged.crowded(conn, 5) == {}
        assert streams.lost(conn) > 0


def test_a_writer_that_starts_anew_goes_on_where_the_last_stopped(here: Centre) -> None:
    for one in here.run("P-0001", "uddddu"):
        here.restart()
        here.give(one)
    assert [row[:2] for row in here.outages()] == [(1, 5)]
    assert [said["state"] for said in here.told()] == ["up", "down", "up"]


hostile = st.binary(max_size=80) | st.builds(
    lambda a, b: here_payload()[: a % 200] + b + here_payload()[a % 200 :], st.integers(0, 199), st.binary(max_size=5)
)


def here_payload() -> bytes:
    return message(1, "P-0001", 0, "up", epoch=EPOCH).payload


@settings(
    max_examples=60, deadline=None, phases=[Phase.generate], suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(
    payloads=st.lists(hostile, min_size=1, max_size=8),
    topic=st.sampled_from(["obs/c-01/P-0001", "collectors/c-01", "collectors/\ud800", "obs//", "obs/a/b/c", "\0"]),
)
def test_no_payload_raises(here: Centre, payloads: list[bytes], topic: str) -> None:
    here.give(*[Message(f"hallwatch/v1/{topic}", payload, LATER) for payload in payloads])
