"""Detected faults and their tickets: K1, K3, K6, K7, O5, O8, O10."""

from __future__ import annotations

import pytest
from sqlalchemy import update

from alerts.tickets import Happening, New, change, report
from store.database import reading
from store.judged import outages_since
from store.schema import notices
from tests.alerts.site import MINUTE, T0, Site


def test_K1_a_fault_opens_a_ticket_when_it_has_lasted_five_minutes(site: Site) -> None:
    site.outage("P-1", 0)
    site.look(4.99)
    assert site.tickets() == []
    site.look(5)
    assert site.life() == [("opened", 5)]
    assert (site.ticket().source, site.ticket().vendor, site.ticket().symptom) == ("detected", "v-1", "silence")


def test_K1_the_outage_knows_its_ticket(site: Site) -> None:
    site.outage("P-1", 0)
    site.look(6)
    with reading(site.engine) as conn:
        (row,) = outages_since(conn, site.numbers["P-1"], None)
    assert row.ticket == site.ticket().id


@pytest.mark.slow
def test_K1_a_restart_never_opens_a_second_ticket(site: Site) -> None:
    site.outage("P-1", 0)
    for minute in (5, 6, 7):
        site.alerts = site.started()
        site.look(minute)
    assert site.life() == [("opened", 5)]
    assert site.told() == ["opened"]


def test_K1_alerts_that_were_away_open_the_ticket_at_the_time_that_it_was_due(site: Site) -> None:
    site.outage("P-1", 0)
    site.look(180)
    assert site.life() == [("opened", 5)]


def test_K1_two_alerts_at_once_open_one_ticket(site: Site) -> None:
    site.outage("P-1", 0)
    other = site.started()
    site.look(5)
    other.step(T0 + 5 * MINUTE)
    assert len(site.tickets()) == 1


def test_C5_a_device_without_a_vendor_opens_no_ticket(site: Site) -> None:
    site.outage("PC-1", 0, owner="operator")
    site.look(60)
    assert site.tickets() == []


def test_O5_a_child_behind_a_dead_switch_opens_no_ticket(site: Site) -> None:
    site.outage("SW-1", 0)
    site.outage("P-1", 0)
    site.look(60)
    assert site.tickets() == []


def test_O10_a_printer_that_is_off_at_night_opens_no_ticket_until_after_the_grace(site: Site) -> None:
    site.outage("P-1", 10 * 60)  # 20:00
    site.look(22.5 * 60 + 19)  # 08:49
    assert site.tickets() == []
    site.look(22.5 * 60 + 20)
    assert site.life() == [("opened", 22.5 * 60 + 20)]


def test_K3_the_recovery_restores_the_ticket_at_the_end_of_the_outage(site: Site) -> None:
    site.outage("P-1", 0)
    site.look(5)
    site.outage("P-1", 0, 30)
    site.look(31)
    assert site.life() == [("opened", 5), ("restored", 30)]
    assert (site.ticket().state, site.ticket().closed_at) == ("restored", T0 + 30 * MINUTE)
    assert site.told() == ["opened", "restored"]


def test_K3_a_fault_within_the_merge_gap_inclusive_reopens_the_ticket(site: Site) -> None:
    site.outage("P-1", 0)
    site.look(5)
    site.outage("P-1", 0, 30)
    site.look(30)
    site.outage("P-1", 40)
    site.look(45)
    assert site.life() == [("opened", 5), ("restored", 30), ("reopened", 45)]
    assert site.told() == ["opened", "restored", "reopened"]


def test_K3_a_fault_beyond_the_merge_gap_opens_another_ticket(site: Site) -> None:
    site.outage("P-1", 0)
    site.look(5)
    site.outage("P-1", 0, 30)
    site.look(30)
    site.outage("P-1", 40.001)
    site.look(46)
    assert len(site.tickets()) == 2


def test_K3_a_detected_fault_joins_the_ticket_that_was_phoned_in(site: Site) -> None:
    with site.write() as conn:
        new = New(site.numbers["P-1"], "phone", "不出纸", "v-1")
        report(conn, new, T0, "desk", T0)
    site.outage("P-1", 0)
    site.look(5)
    assert site.life() == [("opened", 0), ("note", 5)]
    assert site.told() == ["opened"]


def test_O8_one_ticket_spans_a_flapping_and_ends_an_hour_after_its_last_edge(site: Site) -> None:
    for start in (0, 8, 16, 24):
        site.outage("P-1", start)
        site.look(start + 5)
        site.outage("P-1", start, start + 6)
        site.look(start + 6.5)
    site.look(60)
    events = [event for event, _ in site.life()]
    assert (events.count("opened"), events[-1], site.ticket().closed_at) == (1, "reopened", None)
    site.look(90)
    assert site.life()[-1] == ("restored", 30)


def test_O8_short_outages_of_one_flapping_add_up(site: Site) -> None:
    for start in (0, 4, 8, 12, 16):
        site.outage("P-1", start, start + 2)
    site.outage("P-1", 20)
    site.look(20.5)
    assert len(site.tickets()) == 1


def test_K7_an_outage_that_is_known_when_it_is_over_gets_a_record_and_no_notice(site: Site) -> None:
    site.outage("P-1", 0, 30)
    site.look(60)
    assert site.life() == [("opened", 5), ("restored", 30)]
    assert site.told() == []


def test_K7_a_short_outage_that_is_over_gets_no_record(site: Site) -> None:
    site.outage("P-1", 0, 4)
    site.look(60)
    assert site.tickets() == []


def test_K7_late_facts_that_remove_the_outage_withdraw_the_ticket_and_correct_what_was_said(site: Site) -> None:
    site.outage("P-1", 0)
    site.look(5)
    with site.write() as conn:
        conn.execute(update(notices).values(state="sent"))
    site.remove_outages("P-1")
    site.look(6)
    assert site.ticket().state == "cancelled"
    assert site.told() == ["opened", "withdrawn"]


def test_K7_a_withdrawal_before_anything_went_out_says_nothing(site: Site) -> None:
    site.outage("P-1", 0)
    site.look(5)
    site.remove_outages("P-1")
    site.look(6)
    assert site.told(state="waiting") == []
    assert site.told("mail", "waiting") == []


def test_K7_a_restored_ticket_whose_outage_never_was_is_withdrawn_too(site: Site) -> None:
    site.outage("P-1", 0)
    site.look(5)
    site.outage("P-1", 0, 30)
    site.look(31)
    site.remove_outages("P-1")
    site.look(40)
    assert site.life()[-1] == ("cancelled", 30)


@pytest.mark.slow
def test_K7_late_facts_that_take_away_the_end_reopen_the_ticket(site: Site) -> None:
    site.outage("P-1", 0)
    site.look(5)
    site.outage("P-1", 0, 30)
    site.look(31)
    site.outage("P-1", 0)
    site.look(32)
    assert site.life() == [("opened", 5), ("restored", 30), ("reopened", 30)]


def test_a_visit_after_the_recovery_does_not_keep_the_ticket_open(site: Site) -> None:
    site.outage("P-1", 0)
    site.look(5)
    with site.write() as conn:
        change(conn, site.ticket().id, Happening("arrived", T0 + 25 * MINUTE, "vendor"), T0 + 25 * MINUTE)
    site.outage("P-1", 0, 20)
    site.look(26)
    assert site.life()[-1] == ("restored", 25)


def test_a_device_that_is_not_in_service_opens_no_ticket(site: Site) -> None:
    with site.write() as conn:
        from store.schema import devices, imports

        conn.execute(update(devices).where(devices.c.id == "P-1").values(retired=T0))
        conn.execute(update(imports).values(digest="other"))
    site.outage("P-1", 0)
    site.look(10)
    assert site.tickets() == []


@pytest.mark.slow
def test_a_thousand_dead_devices_are_looked_at_in_turn(site: Site) -> None:
    from tests.alerts.site import document

    city = document()
    city["devices"] += [
        {"id": f"X-{n}", "kind": "printer", "hall": "h-01", "interval": 60, "vendor": "v-1"} for n in range(250)
    ]
    from store.inventory import apply, numbers

    with site.write() as conn:
        apply(conn, city, T0, "test")
        site.numbers = numbers(conn)
        from store.judged import add_outage

        for n in range(250):
            row = {"device": site.numbers[f"X-{n}"], "start": T0, "until": None, "last_ok": None, "confirmed_at": T0}
            add_outage(conn, {**row, "cause": "silence", "owner": "undetermined"})
    for second in range(4):
        site.look(6 + second / 60)
    with reading(site.engine) as conn:
        open_now = [outages_since(conn, site.numbers[f"X-{n}"], None)[0].ticket for n in range(250)]
    assert len(set(open_now)) == 250
    assert None not in open_now
