"""One fault never stops the others (K1), what comes late finds its place (K3, K7), devices leave, clocks step."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
from sqlalchemy import event, select, update

from alerts import fault as fault_module
from alerts.channels import MailChannel
from alerts.delivery import Delivery
from alerts.detected import open_ticket
from alerts.message import Case, alert
from alerts.settings import Mail
from alerts.tickets import Happening, ImpossibleOrder, New, change, report
from store import notices as rows
from store.database import reading
from store.fault import StoreError
from store.inventory import apply
from store.schema import notices, ticket_events, tickets
from tests.alerts.site import MINUTE, T0, Site, document, seen_down

pytestmark = pytest.mark.slow


def at(minute: float) -> int:
    return T0 + round(minute * MINUTE)


def happen(site: Site, what: str, minute: float, ticket: str = "T-000001", by: str = "staff") -> None:
    with site.write() as conn:
        change(conn, ticket, Happening(what, at(minute), by), at(minute))


def lives(site: Site, device: str) -> list[list[tuple[str, float]]]:
    """The events of each ticket of a device in order, with their minutes after T0."""
    with reading(site.engine) as conn:
        query = select(tickets.c.n, ticket_events.c.event, ticket_events.c.at).join(tickets)
        rows = conn.execute(
            query.where(tickets.c.device == site.numbers[device]).order_by(tickets.c.n, ticket_events.c.entry)
        ).all()
    return [[(row[1], (row[2] - T0) / MINUTE) for row in rows if row[0] == n] for n in sorted({row[0] for row in rows})]


def sent(site: Site) -> None:
    with site.write() as conn:
        conn.execute(update(notices).values(state="sent"))


def test_K7_a_late_fault_before_staff_verified_gets_its_own_record_and_stops_nobody(site: Site) -> None:
    site.outage("P-1", 0, 11)
    site.look(12)
    happen(site, "verified", 40)
    site.outage("P-1", 13, 23)
    site.outage("P-2", 50)
    site.look(60)
    assert lives(site, "P-1") == [
        [("opened", 5), ("restored", 11), ("verified", 40)],
        [("opened", 18), ("restored", 23)],
    ]
    assert lives(site, "P-2") == [[("opened", 55)]]


def test_K3_a_call_about_the_time_before_staff_verified_opens_another_ticket(site: Site) -> None:
    site.outage("P-1", 0, 11)
    site.look(12)
    happen(site, "verified", 40)
    with site.write() as conn:
        found = report(conn, New(site.numbers["P-1"], "phone", "不出纸", "v-1"), at(13), "desk", at(60))
    assert (found.how, found.ticket.state) == ("new", "opened")


def test_O7_an_end_ahead_of_our_clock_is_waited_for(site: Site) -> None:
    site.outage("P-1", 0, 9)
    site.outage("P-2", 0)
    for minute in (6, 8.9):
        site.look(minute)
    assert (lives(site, "P-1"), lives(site, "P-2")) == ([], [[("opened", 5)]])
    site.look(9.1)
    assert lives(site, "P-1") == [[("opened", 5), ("restored", 9)]]


def test_O7_a_ticket_is_restored_when_the_end_ahead_has_come(site: Site) -> None:
    site.outage("P-1", 0)
    site.look(5)
    site.outage("P-1", 0, 9)
    site.look(6)
    assert site.life() == [("opened", 5)]
    site.look(9)
    assert site.life() == [("opened", 5), ("restored", 9)]


def test_K1_a_fault_that_fails_stops_no_other_and_is_left_alone_for_longer_and_longer(
    site: Site, monkeypatch: pytest.MonkeyPatch
) -> None:
    tried: list[int] = []
    opening = open_ticket

    def failing(conn: Any, due: Any, now: int, gap: int) -> str | None:
        if due.place.device.id != "P-1":
            return opening(conn, due, now, gap)
        tried.append(now)
        opening(conn, due, now, gap)
        raise RuntimeError("a fault in the program")

    monkeypatch.setattr("alerts.loop.open_ticket", failing)
    site.outage("P-1", 0)
    site.outage("P-2", 0)
    for second in range(60):
        site.look(5 + second / 60)
    assert (lives(site, "P-1"), lives(site, "P-2")) == ([], [[("opened", 5)]])
    assert [round((now - at(5)) / 1000) for now in tried] == [0, 10, 30]
    monkeypatch.undo()
    site.look(7)
    assert lives(site, "P-1") == [[("opened", 5)]]


@pytest.mark.slow
def test_K1_a_fault_that_cannot_be_judged_stops_no_other(site: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    judging = fault_module.due_of

    def failing(conn: Any, place: Any, fault: Any, now: int) -> int | None:
        if place.device.id == "P-1":
            raise ZeroDivisionError
        return judging(conn, place, fault, now)

    monkeypatch.setattr("alerts.detected.due_of", failing)
    site.outage("P-1", 0)
    site.outage("P-2", 0)
    site.look(5)
    assert (lives(site, "P-1"), lives(site, "P-2")) == ([], [[("opened", 5)]])


def test_K2_a_recovery_that_is_refused_stops_no_other(site: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    for device in ("P-1", "P-2"):
        site.outage(device, 0)
    site.look(5)
    (poisoned,) = (one.id for one in site.tickets() if one.device == site.numbers["P-1"])
    for device in ("P-1", "P-2"):
        site.outage(device, 0, 10)
    changing = change

    def refusing(conn: Any, ticket: str, happening: Happening, now: int) -> object:
        done = changing(conn, ticket, happening, now)
        if ticket == poisoned:
            raise ImpossibleOrder("restored", "none", "no")
        return done

    monkeypatch.setattr("alerts.recovery.change", refusing)
    site.look(11)
    assert (lives(site, "P-1"), lives(site, "P-2")) == ([[("opened", 5)]], [[("opened", 5), ("restored", 10)]])


def test_O6_blind_time_opens_no_ticket(site: Site) -> None:
    site.outage("P-1", 0)
    seen_down(site, "P-1", 0, 0.05)
    for minute in (*range(1, 12), 600):
        site.look(minute)
    assert site.tickets() == []


def test_O6_a_ticket_waits_while_its_last_observation_may_yet_turn_blind(site: Site) -> None:
    site.settings = replace(site.settings, ticket_after_ms=2 * MINUTE)
    site.alerts = site.started()
    site.outage("P-1", 0)
    seen_down(site, "P-1", 0, 0.05)
    for minute in (2, 2.5, 3, 3.1, 4, 600):
        site.look(minute)
    assert site.tickets() == []


def test_O6_the_next_observation_ends_the_doubt(site: Site) -> None:
    site.settings = replace(site.settings, ticket_after_ms=2 * MINUTE)
    site.alerts = site.started()
    site.outage("P-1", 0)
    seen_down(site, "P-1", 0, 0.05)
    site.look(2)
    assert site.tickets() == []
    seen_down(site, "P-1", 2.9, interval_s=30)
    site.look(3)
    assert site.life() == [("opened", 2)]


def test_O6_what_was_seen_before_and_after_a_blind_time_adds_up(site: Site) -> None:
    site.outage("P-1", 0)
    seen_down(site, "P-1", 0, 1, 2, 20, 21, 22)
    site.look(21.9)
    assert site.tickets() == []
    site.look(22)
    assert site.life() == [("opened", 22)]


def test_O6_a_jump_of_the_clock_opens_nothing_early(site: Site) -> None:
    site.outage("P-1", 0)
    seen_down(site, "P-1", 0, 1)
    site.look(2)
    site.look(62)
    assert site.tickets() == []


def without(device: str) -> dict[str, Any]:
    city = document()
    city["devices"] = [one for one in city["devices"] if one["id"] != device]
    return city


def adopt(site: Site, city: dict[str, Any], minute: float) -> None:
    with site.write() as conn:
        apply(conn, city, at(minute), "test")


def test_K3_the_ticket_of_a_device_that_left_the_inventory_is_ended_and_corrected(site: Site) -> None:
    site.outage("P-1", 0)
    site.look(5)
    sent(site)
    adopt(site, without("P-1"), 9)
    site.look(10)
    assert site.life() == [("opened", 5), ("cancelled", 9)]
    assert site.told() == ["opened", "withdrawn"]
    for minute in (11, 60, 600):
        site.look(minute)
    assert len(site.tickets()) == 1


def test_K3_the_ticket_of_a_retired_device_is_ended(site: Site) -> None:
    site.outage("P-1", 0)
    site.look(5)
    city = document()
    city["devices"][1]["retired"] = at(20)
    adopt(site, city, 9)
    site.look(19)
    assert site.ticket().state == "opened"
    site.look(20)
    assert site.life() == [("opened", 5), ("cancelled", 20)]


def test_K3_a_device_that_comes_back_into_the_inventory_as_it_went_opens_another_ticket(site: Site) -> None:
    site.outage("P-1", 0)
    site.look(5)
    adopt(site, without("P-1"), 9)
    site.look(10)
    adopt(site, document(), 30)
    site.look(31)
    site.look(36)
    assert [life[-1][0] for life in lives(site, "P-1")] == ["cancelled", "opened"]


def test_K7_a_ticket_on_which_a_person_acted_stays_with_a_note_when_its_outage_is_removed(site: Site) -> None:
    site.outage("P-1", 0)
    site.look(5)
    happen(site, "dispatched", 6)
    site.remove_outages("P-1")
    for minute in (7, 8, 9):
        site.look(minute)
    assert site.life() == [("opened", 5), ("dispatched", 6), ("note", 6)]
    assert site.ticket().closed_at is None


def test_K7_a_ticket_that_a_call_joined_stays_with_a_note_when_its_outage_is_removed(site: Site) -> None:
    site.outage("P-1", 0)
    site.look(5)
    with site.write() as conn:
        report(conn, New(site.numbers["P-1"], "phone", "不出纸", "v-1"), at(6), "desk", at(6))
    site.remove_outages("P-1")
    for minute in (7, 8):
        site.look(minute)
    assert [what for what, _ in site.life()] == ["opened", "note", "note"]
    assert site.ticket().state == "opened"


def test_K7_a_verified_ticket_whose_outage_is_removed_gets_one_note(site: Site) -> None:
    site.outage("P-1", 0)
    site.look(5)
    site.outage("P-1", 0, 10)
    site.look(11)
    happen(site, "verified", 20)
    site.remove_outages("P-1")
    for minute in (30, 32, 34):
        site.look(minute)
    assert [what for what, _ in site.life()] == ["opened", "restored", "verified", "note"]


def restored_behind(site: Site) -> None:
    site.outage("P-1", 0)
    site.look(5)
    site.outage("P-1", 0, 10)
    site.look(11)
    sent(site)


def test_O5_K7_a_restored_ticket_whose_time_was_unreachable_after_all_is_withdrawn(site: Site) -> None:
    restored_behind(site)
    site.outage("SW-1", 0, 10)
    for minute in (20, 22, 60):
        site.look(minute)
    assert [what for what, _ in site.life()] == ["opened", "restored", "cancelled"]
    assert site.told() == ["opened", "restored", "withdrawn"]


def test_O5_K7_a_restored_ticket_on_which_a_person_acted_stays(site: Site) -> None:
    restored_behind(site)
    happen(site, "note", 12)
    site.outage("SW-1", 0, 10)
    site.look(20)
    assert site.ticket().state == "restored"


def test_K7_late_facts_that_take_away_the_end_reopen_a_verified_ticket(site: Site) -> None:
    restored_behind(site)
    happen(site, "verified", 20)
    site.outage("P-1", 0)
    site.look(21)
    assert site.life()[-1] == ("reopened", 20)


def test_T1_after_the_clock_stepped_back_everything_is_looked_at_at_once(site: Site) -> None:
    site.outage("P-2", 0)
    site.look(120)
    site.outage("P-1", 0, 30)  # known late
    site.look(60)
    assert lives(site, "P-1") == [[("opened", 5), ("restored", 30)]]


def test_O7_an_idle_look_writes_nothing_after_a_note(site: Site) -> None:
    site.outage("P-1", 0)
    site.look(5)
    happen(site, "acknowledged", 6)
    site.remove_outages("P-1")
    site.look(7)
    written: list[str] = []
    event.listen(site.engine, "before_cursor_execute", lambda *args: written.append(args[2]))
    site.look(8)
    assert not [one for one in written if one.startswith(("INSERT", "UPDATE", "BEGIN IMMEDIATE"))]


def claims(site: Site, minute: float) -> list[str]:
    with site.write() as conn:
        return [one.key for one in rows.claim(conn, at(minute), 10)]


def test_R2_a_notice_made_before_the_clock_stepped_back_goes_out_at_once(site: Site) -> None:
    with site.write() as conn:
        rows.enqueue(conn, "a", "mqtt", "t", "", at(60))
    assert claims(site, 57) == ["a"]


def test_R2_a_retry_does_not_wait_for_the_clock_to_catch_up(site: Site) -> None:
    with site.write() as conn:
        rows.enqueue(conn, "a", "mqtt", "t", "", at(60))
        (one,) = rows.claim(conn, at(60), 1)
        rows.failed(conn, one, at(60), "no")
    assert claims(site, 60) == []
    assert claims(site, 0) == ["a"]


def test_R2_a_claim_made_before_the_clock_stepped_back_runs_out_at_once(site: Site) -> None:
    with site.write() as conn:
        rows.enqueue(conn, "old", "mqtt", "t", "", at(60), retain=True)
        (one,) = rows.claim(conn, at(60), 1)
        rows.enqueue(conn, "new", "mqtt", "t", "", at(0), retain=True)
    assert claims(site, 60.2) == []
    assert claims(site, 0) == ["new"]
    with site.write() as conn:
        assert rows.done(conn, [one], at(0)) == 1


@pytest.mark.slow
def test_K7_an_event_that_cannot_be_put_into_words_silences_no_other(
    site: Site, monkeypatch: pytest.MonkeyPatch
) -> None:
    def failing(case: Case) -> str:
        if case.device.id == "P-1":
            raise OverflowError
        return alert(case)

    monkeypatch.setattr("alerts.notify.alert", failing)
    site.outage("P-1", 0)
    site.outage("P-2", 0)
    site.look(5)
    assert [len(lives(site, device)) for device in ("P-1", "P-2")] == [1, 1]
    assert site.told() == ["opened"]


def test_K1_a_fault_of_the_database_is_no_fault_of_the_device(site: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    def failing(*_: object) -> None:
        raise StoreError("site.db", "full")

    monkeypatch.setattr("alerts.loop.open_ticket", failing)
    site.outage("P-1", 0)
    with pytest.raises(StoreError):
        site.look(5)
    monkeypatch.undo()
    site.look(5.02)
    assert site.life() == [("opened", 5)]


def test_R2_a_jump_of_the_clock_gives_up_no_notice_at_its_first_failure(site: Site) -> None:
    with site.write() as conn:
        rows.enqueue(conn, "a", "mail", "duty@vendor.example", '{"text": "", "html": ""}', T0)
    Delivery(site.engine, "mail", MailChannel(Mail("smtp://127.0.0.1:1"))).step(lambda: at(3 * 24 * 60))
    with reading(site.engine) as conn:
        assert conn.execute(select(notices.c.state, notices.c.attempts)).one() == ("waiting", 1)
