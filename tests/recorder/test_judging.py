"""From messages to outages and states, through the real database."""

from __future__ import annotations

import pytest
from sqlalchemy import Text, type_coerce, update

from recorder.writer import Writer
from sla.judge import Confirmation
from store import pages
from store.database import reading, writing
from store.schema import device_states
from tests.recorder.centre import MINUTE, POLICIES, T0, Centre


def test_O3_two_downs_are_an_outage_from_the_first(here: Centre) -> None:
    here.give(*here.run("P-0001", "uddu"))
    assert here.outages() == [(1, 3, "silence", "undetermined")]


def test_O3_one_up_breaks_an_unconfirmed_run(here: Centre) -> None:
    here.give(*here.run("P-0001", "ududu"))
    assert here.outages() == []


def test_O3_an_outage_may_begin_last_and_end_in_three_batches(here: Centre) -> None:
    for message in here.run("P-0001", "uddddu"):
        here.give(message)
    assert here.outages() == [(1, 5, "silence", "undetermined")]
    assert [said["state"] for said in here.told()] == ["up", "down", "up"]


def test_C1_cause_and_owner_follow_what_was_last_seen(here: Centre) -> None:
    here.give(*here.run("P-0001", "u"), *here.run("P-0001", "dd", 1, conditions=["noPaper"]))
    assert here.outages() == [(1, None, "noPaper", "hall")]
    here.give(*here.run("P-0001", "d", 3, conditions=["jammed"]))
    assert here.outages() == [(1, None, "jammed", "vendor")]
    here.give(*here.run("P-0001", "u", 4))
    assert here.outages() == [(1, 4, "jammed", "vendor")]


def test_O7_a_late_up_splits_an_outage_and_a_late_down_makes_one(here: Centre) -> None:
    early, late = here.run("P-0001", "ud.ddu"), here.seen("P-0001", 2, "up")
    here.give(*early)
    assert here.outages() == [(1, 5, "silence", "undetermined")]
    here.give(late)
    assert here.outages() == [(3, 5, "silence", "undetermined")]


def test_O7_an_outage_that_late_facts_do_not_touch_keeps_its_row(here: Centre) -> None:
    from sqlalchemy import select

    from store.schema import outages

    here.give(*here.run("P-0001", "uddu"), *here.run("P-0001", "uddu", 10))
    before = [(row.id, row.start) for row in here.rows(select(outages).order_by("start"))]
    here.give(here.seen("P-0001", 0.5, "up"), here.seen("P-0001", 9, "down"))
    assert [(row.id, row.start) for row in here.rows(select(outages).order_by("start"))] == before


def test_O5_what_stands_behind_a_dead_switch_is_unreachable(here: Centre) -> None:
    here.give(*here.run("SW-0001", "udd"), *here.run("P-0001", "udd"), now=T0 + 2 * MINUTE + 1000)
    assert here.state("SW-0001").state == "down"
    assert here.state("P-0001").state == "unreachable"
    here.give(*here.run("SW-0001", "u", 3), *here.run("P-0001", "u", 3), now=T0 + 3 * MINUTE + 1000)
    assert here.state("P-0001").state == "up"
    assert [said["state"] for said in here.told()] == ["unreachable", "up"]


def test_O5_a_parent_that_dies_later_in_the_records_changes_its_children(here: Centre) -> None:
    here.give(*here.run("P-0001", "udd"), now=T0 + 2 * MINUTE + 1000)
    assert here.state().state == "down"
    here.give(*here.run("SW-0001", "udd"), now=T0 + 2 * MINUTE + 2000)
    assert here.state().state == "unreachable"


def test_O5_a_child_that_is_still_down_after_its_parents_recovery_is_down_since_then(here: Centre) -> None:
    for minute, parent in enumerate("udddddddduu"):
        now = T0 + minute * MINUTE + 200
        here.give(*here.run("SW-0001", parent, minute), now=now)
        here.give(*here.run("P-0001", "d" if minute else "u", minute + 0.1), now=now + 6000)
        here.tick(now + 6500)
    assert (here.state().state, here.state().since) == ("down", T0 + 9 * MINUTE)
    assert [said["state"] for said in here.told()][-2:] == ["unreachable", "down"]


def test_O6_silence_becomes_unmonitored_by_time_alone(here: Centre) -> None:
    here.give(*here.run("P-0001", "uu"), now=T0 + MINUTE + 1000)
    here.tick(T0 + 4 * MINUTE)
    assert here.state().state == "up"
    here.tick(T0 + 4 * MINUTE + 2)
    row = here.state()
    assert (row.state, row.since) == ("unmonitored", T0 + 2 * MINUTE)
    here.give(*here.run("P-0001", "u", 6), now=T0 + 6 * MINUTE + 5)
    assert here.state().state == "up"


@pytest.mark.slow
def test_since_stays_while_a_state_goes_on(here: Centre) -> None:
    for minute in range(0, 300, 2):
        here.give(here.seen("P-0001", minute, "up"), now=T0 + minute * MINUTE + 10)
    row = here.state()
    assert (row.state, row.since) == ("up", T0)
    assert len(here.told()) == 1
    assert row.check_at == T0 + (298 + 3) * MINUTE + 1


def test_a_degraded_device_says_why(here: Centre) -> None:
    here.give(*here.run("P-0001", "g", conditions=["lowToner"]), now=T0 + 10)
    row = here.state()
    assert (row.state, row.cause, row.owner) == ("degraded", "lowToner", "vendor")
    assert here.told()[-1] == {
        "v": 1, "device": "P-0001", "hall": "h-01", "state": "degraded", "since": "2026-09-21T14:13:00.000Z",
        "cause": "lowToner", "owner": "vendor", "ticket": None,
    }  # fmt: skip


@pytest.mark.parametrize("states", ["?", "??", "u?"])
def test_O2_unknown_is_never_down(here: Centre, states: str) -> None:
    here.give(*here.run("P-0001", states), now=T0 + len(states) * MINUTE)
    assert here.outages() == []
    assert here.state().state == "unmonitored"


def test_the_last_observation_is_kept_in_full(here: Centre) -> None:
    here.give(here.seen("P-0001", 1, "up", values={"pages": 7}), here.seen("P-0001", 0, "down"))
    assert here.state().last["values"] == {"pages": 7}
    here.give(here.seen("P-0001", 0.5, "up", values={"pages": 6}))
    assert here.state().last["values"] == {"pages": 7}


@pytest.mark.parametrize("odd", [b"NaN", b"1e999", b'"\\ud800"', b"1" + b"0" * 400])
def test_O1_an_unknown_field_does_not_break_the_list_of_devices(here: Centre, odd: bytes) -> None:
    seen = here.seen("P-0001", 0, "up", values={"pages": 7})
    payload = seen.payload[:-1] + b',"x":' + odd + b"}"
    here.give(seen._replace(payload=payload))
    assert here.state().last["values"] == {"pages": 7}
    if here.engine.dialect.name == "sqlite":  # as an older version kept it; a server would not have
        with writing(here.engine) as conn:
            conn.execute(update(device_states).values(last=type_coerce(payload.decode(), Text)))
    with reading(here.engine) as conn:
        rows = pages.device_rows(conn, pages.EVERYTHING, "", 10)
    told = [row.last["values"] for row in rows if row.last]
    assert told == [{"pages": 7}] * len(told) != []


def test_a_backlog_is_judged_once_it_is_in(here: Centre) -> None:
    here.give(*here.run("P-0001", "udduu"), now=T0 + 90 * MINUTE)
    here.tick(T0 + 90 * MINUTE)
    told = len(here.told())
    for one in here.run("P-0001", "u" * 20, 5):
        here.give(one, now=T0 + 90 * MINUTE)
    assert len(here.told()) == told
    here.tick(T0 + 90 * MINUTE + 1)
    assert (here.state().state, here.state().since) == ("unmonitored", T0 + 25 * MINUTE)
    assert here.outages() == [(1, 3, "silence", "undetermined")]
    here.give(*here.run("P-0001", "u", 90), now=T0 + 90 * MINUTE + 2)
    assert here.state().state == "up"


@pytest.mark.slow
def test_K7_an_outage_that_late_facts_remove_leaves_its_ticket_in_the_changes(here: Centre) -> None:
    from store.schema import outages

    here.give(*here.run("P-0001", "u.dd"))
    with writing(here.engine) as conn:
        conn.execute(update(outages).values(ticket="T-1"))
    here.give(here.seen("P-0001", 2.5, "up"))
    assert here.outages() == []
    mark = next(row for row in here.changes() if row.kind == "ticket")
    assert (mark.ref, mark.document["outage"], mark.vendor) == ("T-1", "removed", "v-1")


def test_K7_an_outage_whose_start_moves_keeps_its_row_and_ticket(here: Centre) -> None:
    from sqlalchemy import select

    from store.schema import outages

    here.give(*here.run("P-0001", "u.dd"))
    with writing(here.engine) as conn:
        conn.execute(update(outages).values(ticket="T-1"))
    here.give(here.seen("P-0001", 1, "down"))
    assert [(row.ticket, row.start) for row in here.rows(select(outages))] == [("T-1", T0 + MINUTE)]


@pytest.mark.parametrize("restarts", [1, 2])
def test_T5_outages_follow_a_change_of_the_rule(here: Centre, monkeypatch: pytest.MonkeyPatch, restarts: int) -> None:
    months = 30 * 1440
    monkeypatch.setattr("recorder.writer.ANEW_AT_ONCE", 1)
    here.give(*here.run("P-0001", "uddudddu"), *here.run("P-0001", "udd", 2 * months), now=T0 + 2 * months * MINUTE)
    here.give(*here.run("P-0002", "udd"))
    assert [row[:2] for row in here.outages()] == [(1, 3), (4, 7), (2 * months + 1, None)]
    assert here.tick(T0 + 3 * months * MINUTE) is False
    for restart in range(restarts):
        here.writer = Writer(here.engine, None, Confirmation(3, 1), POLICIES)
        assert here.tick(T0 + 3 * months * MINUTE) is (restart == 0)
    here.give(here.seen("P-0001", 2 * months + 3, "down"), now=T0 + 3 * months * MINUTE)
    here.tick(T0 + 3 * months * MINUTE)
    assert [row[:2] for row in here.outages()] == [(4, 7), (2 * months + 1, None)]
    assert here.outages("P-0002") == []
    here.restart()
    while here.tick(T0 + 3 * months * MINUTE):
        pass
    assert [row[:2] for row in here.outages()] == [(1, 3), (4, 7), (2 * months + 1, None)]


def test_many_states_due_at_once_are_judged_in_parts(here: Centre, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("recorder.writer.DUE_LIMIT", 2)
    assert here.tick(T0) is True
    assert here.tick(T0) is False
    assert [here.state(device).state for device in ("P-0001", "P-0002", "SW-0001")] == ["unmonitored"] * 3


def test_O10_a_closed_hall_shows_closed_and_opens_by_time_alone(here: Centre) -> None:
    from tests.recorder.centre import city

    hours = {"zone": "Asia/Shanghai", "week": {"mon-sun": ["08:00-22:00"]}}
    document = city()
    document["calendars"] = {"hours": hours}
    document["halls"][0]["calendar"] = "hours"
    here.adopt(document)
    opening = 587  # T0 is 22:13 in Shanghai
    here.give(*here.run("P-0001", "uuu", opening - 3))
    here.tick(T0 + (opening - 1) * MINUTE)
    assert (here.state().state, here.state().check_at) == ("closed", T0 + opening * MINUTE)
    here.tick(T0 + opening * MINUTE)
    assert (here.state().state, here.state().since) == ("up", T0 + opening * MINUTE)


def test_a_refresh_on_request_tells_the_ticket(here: Centre) -> None:
    from recorder.status import refresh
    from store.schema import tickets

    here.give(*here.run("P-0001", "udd"))
    n = here.number("P-0001")
    row = {"id": "T-9", "device": n, "source": "detected", "symptom": "", "opened_at": T0, "state": "opened"}
    with writing(here.engine) as conn:
        conn.execute(tickets.insert(), row)
        refresh(conn, T0 + 2 * MINUTE + 200, n)
    here.tick(T0 + 2 * MINUTE + 200)
    assert [(said["state"], said["ticket"]) for said in here.told()] == [("down", None), ("down", "T-9")]
