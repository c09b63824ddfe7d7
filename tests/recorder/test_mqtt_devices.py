"""Devices that publish their own observations (docs/mqtt-devices.md): stored once, judged as others, and no more."""

from __future__ import annotations

import json

import pytest
from sqlalchemy import select

from collector.observation import MAX_BYTES, render_instant
from recorder.batch import Outcome
from recorder.intake import Message
from store import judged, streams
from store.database import reading
from store.schema import asides
from store.schema import streams as streams_table
from tests.recorder.centre import EPOCH, MINUTE, T0, Centre, city, heartbeat, message

LATER = T0 + 60 * MINUTE
KIOSK = city(**{"K-1": {"kind": "kiosk", "checks": ["mqtt"]}})


def said(minute: float, state: str, *, device: str = "K-1", at: int = LATER, **more: object) -> Message:
    """What a device publishes: neither epoch nor seq."""
    document = {
        "v": 1,
        "device": device,
        "collector": "c-01",
        "ts": render_instant(T0 + round(minute * MINUTE)),
        "state": state,
    }
    return Message(f"hallwatch/v1/obs/c-01/{device}", json.dumps(document | more).encode(), at)


def counted(here: Centre) -> dict[str, int]:
    with reading(here.engine) as conn:
        return {name: n for name, n in judged.counted(conn).items() if n}


def give(here: Centre, *messages: Message) -> Outcome:
    return here.give(*messages, now=LATER)


def test_device_and_ts_are_its_facts_identity_however_often_it_comes(here: Centre) -> None:
    here.adopt(KIOSK)
    came = [said(minute, state) for minute, state in enumerate(("up", "down", "down", "up"))]
    outcome = give(here, *came)
    assert outcome.receipts == {}  # it has no outbox, so there is nothing to receipt
    give(here, *came, *reversed(came))
    assert here.stored() == 4
    assert here.outages("K-1")[0][:2] == (1, 3)
    assert counted(here)["repeated"] == 8


def test_late_ones_count_as_if_they_had_come_in_time(here: Centre) -> None:
    here.adopt(KIOSK)
    give(here, said(0, "up"), said(3, "up"))
    give(here, said(2, "down"), said(1, "down"))
    assert here.outages("K-1")[0][:2] == (1, 3)


def test_O6_silence_for_three_intervals_is_blind_time_and_no_outage(here: Centre) -> None:
    here.adopt(KIOSK)
    here.give(said(0, "up", at=T0, interval_s=60), now=T0)
    assert here.state("K-1").state == "up"
    here.tick(T0 + 4 * MINUTE)
    assert here.state("K-1").state == "unmonitored"
    assert here.outages("K-1") == []


def test_O7_one_of_the_future_waits_for_its_time(here: Centre) -> None:
    here.adopt(KIOSK)
    give(here, said(66, "down"))
    assert here.stored() == 0
    assert [row.reason for row in here.rows(select(asides))] == ["future"]
    here.tick(LATER + 2 * MINUTE)
    assert here.stored() == 1


@pytest.mark.parametrize(
    ("wrong", "reason"),
    [
        (said(0, "up", values={"note": "x" * MAX_BYTES}), "refused.too_large"),
        (said(0, "broken"), "refused.type"),
        (said(0, "up")._replace(payload=b"{"), "refused.not_json"),
        (said(0, "up")._replace(topic="hallwatch/v1/obs/c-01/P-0001"), "refused.foreign_device"),
        (said(0, "up")._replace(topic="hallwatch/v1/obs/c-02/K-1"), "refused.foreign_collector"),
    ],
)
def test_what_is_no_observation_of_its_own_is_refused_and_stops_nothing(
    here: Centre, wrong: Message, reason: str
) -> None:
    here.adopt(KIOSK)
    give(here, wrong, said(1, "up"))
    assert counted(here)[reason] == 1
    assert here.stored() == 1


def test_a_device_that_nobody_knows_is_kept_aside_until_an_import_names_it(here: Centre) -> None:
    give(here, said(0, "up"))
    assert here.stored() == 0
    here.adopt(KIOSK)
    here.tick(LATER)
    assert here.stored() == 1


def test_a_device_that_lies_about_numbers_does_not_cost_its_collector_a_fact(here: Centre) -> None:
    """With its collector's epoch and the numbers that come next, whole or broken, it would make repeats of them."""
    here.adopt(KIOSK)
    give(here, heartbeat(LATER, oldest=1, next=4), here.seen("P-0001", 0, "up"))
    whole = [message(seq, "K-1", seq, "up") for seq in (2, 3)]
    broken = message(4, "K-1", 4, "up")._replace(payload=b'{"v":1,"epoch":"%s","seq":4,"state":7}' % EPOCH.encode())
    outcome = give(here, *whole, broken, *(message(9, "K-1", n, "up", epoch=f"e-{n}") for n in range(80)))
    assert outcome.receipts == {}
    assert counted(here)["unnumbered"] == 83
    assert give(here, *here.run("P-0001", "dd", 1)).receipts["c-01", EPOCH].receipt == 3
    assert here.outages("P-0001")[0][0] == 1
    with reading(here.engine) as conn:
        assert streams.lost(conn) == 0


def test_what_a_collector_saw_of_a_device_before_it_spoke_itself_holds_up_no_receipt(here: Centre) -> None:
    """The collector was away while the inventory changed: nothing else will ever bear its numbers."""
    here.adopt(KIOSK)
    give(here, heartbeat(LATER, oldest=1, next=6), here.seen("P-0001", 0, "up"))
    late = [message(seq, "K-1", seq, "up") for seq in (2, 3)] + [message(4, "P-0001", 4, "up")]
    ahead = message(6, "K-1", 6, "up")  # a number that the collector has not given
    for seconds, receipt in ((0, 1), (30, 1), (60, 1), (100, 4), (130, 4)):
        now = LATER + 1000 * seconds
        here.give(heartbeat(now, oldest=1, next=6), *(one._replace(at=now) for one in (*late, ahead)), now=now)
        assert here.rows(select(streams_table.c.receipt)) == [(receipt,)]
    assert here.stored() == 5


def test_a_device_that_lies_about_numbers_for_long_does_not_pass_those_that_come(here: Centre) -> None:
    here.adopt(KIOSK)
    for minute in range(4):
        now = LATER + minute * MINUTE
        lie = message(minute + 2, "K-1", 9, "up")._replace(at=now)
        here.give(heartbeat(now, oldest=1, next=minute + 2), lie, here.seen("P-0001", minute, "up"), now=now)
    with reading(here.engine) as conn:
        assert streams.lost(conn) == 0
    assert here.rows(select(streams_table.c.receipt)) == [(4,)]
    assert here.stored() == 5
