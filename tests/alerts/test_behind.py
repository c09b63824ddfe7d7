"""Tickets of children behind a dead ancestor: O5 (a), K3, K7, in every order in which the facts become known."""

from __future__ import annotations

from typing import Any

import pytest
from sqlalchemy import update

from alerts.tickets import Happening, New, change, report
from sla.judge import Fold
from store.database import reading
from store.inventory import apply, numbers
from store.judged import StateRow, add_outage, outages_since, put_states
from store.schema import notices
from tests.alerts.site import MINUTE, T0, Site, document, seen_down

pytestmark = pytest.mark.slow


def at(minute: float) -> int:
    return T0 + round(minute * MINUTE)


def heard(site: Site, device: str, state: str = "up", **fold: float) -> None:
    """As the recorder judged it: the state, and the fold's instants in minutes after T0."""
    known = Fold(**{name: int(value) if name == "downs" else at(value) for name, value in fold.items()})
    with site.write() as conn:
        row = StateRow(site.numbers[device], T0, {"fold": known.as_document()}, state, T0, None, None, None)
        put_states(conn, [row])


def sent(site: Site) -> None:
    with site.write() as conn:
        conn.execute(update(notices).values(state="sent"))


def behind_too_early(site: Site) -> None:
    """The child's ticket is open when its switch's outage, which began 20 s after its own, is confirmed."""
    site.outage("P-1", 0, last_ok=at(-1))
    site.look(5)
    sent(site)
    site.outage("SW-1", 1 / 3, last_ok=at(-1 / 6))
    site.look(6)


def test_O5_a_a_ticket_is_withdrawn_when_all_of_its_time_was_unreachable_after_all(site: Site) -> None:
    behind_too_early(site)
    assert site.life() == [("opened", 5), ("cancelled", 5)]
    assert site.told() == ["opened", "withdrawn"]
    site.look(60)
    assert len(site.tickets()) == 1


def test_O5_a_a_withdrawal_before_anything_went_out_says_nothing(site: Site) -> None:
    site.outage("P-1", 0)
    site.look(5)
    site.outage("SW-1", 0)
    site.look(6)
    assert site.ticket().state == "cancelled"
    assert site.told(state="waiting") == []


def test_O5_b_the_child_that_is_down_since_the_recovery_opens_another_ticket_in_its_time(site: Site) -> None:
    behind_too_early(site)
    site.outage("SW-1", 1 / 3, 20, last_ok=at(-1 / 6))
    seen_down(site, "P-1", 21, 22, 23, 24)
    heard(site, "P-1", "down")
    site.look(24.9)
    assert len(site.tickets()) == 1
    site.look(25)
    newest, old = sorted(site.tickets(), key=lambda one: -one.n)
    assert (old.state, newest.state, newest.opened_at) == ("cancelled", "opened", at(25))


def test_O5_b_a_switch_that_was_known_only_when_it_was_back_withdraws_and_the_ticket_comes_later(site: Site) -> None:
    site.outage("P-1", 0)
    site.look(5)
    seen_down(site, "P-1", 7, 8, 9, 10)
    site.outage("SW-1", 0, 6)
    site.look(8)
    assert site.ticket().state == "cancelled"
    site.look(11)
    assert [one.state for one in sorted(site.tickets(), key=lambda one: one.n)] == ["cancelled", "opened"]


def test_O5_both_recover_before_anybody_looked_the_ticket_is_withdrawn_not_restored(site: Site) -> None:
    site.outage("P-1", 0)
    site.look(5)
    site.outage("SW-1", 0, 10)
    site.outage("P-1", 0, 10.2)
    site.look(11)
    assert [event for event, _ in site.life()] == ["opened", "cancelled"]


def test_O5_an_outage_that_the_switch_explains_only_in_part_keeps_its_ticket(site: Site) -> None:
    site.outage("P-1", 0)
    site.look(5)
    site.outage("SW-1", 5.5)
    site.look(6)
    assert site.life() == [("opened", 5)]


def test_O5_a_ticket_survives_a_switch_that_was_over_before(site: Site) -> None:
    site.outage("SW-1", -30, -20)
    site.outage("P-1", 0)
    site.look(5)
    site.look(6)
    assert site.life() == [("opened", 5)]


@pytest.mark.parametrize("event", ["acknowledged", "note"])
def test_K2_a_ticket_on_which_a_person_has_acted_stays(site: Site, event: str) -> None:
    site.outage("P-1", 0)
    site.look(5)
    with site.write() as conn:
        change(conn, site.ticket().id, Happening(event, at(5.5), "vendor"), at(5.5))
    site.outage("SW-1", 0)
    site.look(6)
    assert site.life() == [("opened", 5), (event, 5.5)]


def test_K3_a_ticket_that_was_phoned_in_stays(site: Site) -> None:
    with site.write() as conn:
        report(conn, New(site.numbers["P-1"], "phone", "不出纸", "v-1"), T0, "desk", T0)
    site.outage("P-1", 0)
    site.look(5)
    site.outage("SW-1", 0)
    site.look(6)
    assert site.ticket().state == "opened"


def test_O5_a_restart_between_opening_and_withdrawal_changes_nothing(site: Site) -> None:
    site.outage("P-1", 0)
    site.look(5)
    site.alerts = site.started()
    site.look(5.5)
    site.outage("SW-1", 0)
    site.alerts = site.started()
    site.look(6)
    assert site.ticket().state == "cancelled"


def test_O5_a_a_ticket_waits_while_the_switchs_down_is_not_confirmed(site: Site) -> None:
    heard(site, "SW-1", last_ok=-0.5, start=4.9, downs=1)
    site.outage("P-1", 0)
    site.look(5)
    site.look(6.39)
    assert site.tickets() == []
    site.look(6.5)  # two intervals of 30 s and 30 s after the switch's first down
    assert site.life() == [("opened", 5)]


def quick(site: Site) -> None:
    from dataclasses import replace

    site.settings = replace(site.settings, ticket_after_ms=10_000)
    site.alerts = site.started()


def test_O5_a_a_ticket_waits_for_the_switchs_word_and_opens_when_it_is_up(site: Site) -> None:
    quick(site)
    heard(site, "SW-1", last_ok=-0.3)
    site.outage("P-1", 0)
    site.look(0.2)
    assert site.tickets() == []
    heard(site, "SW-1", last_ok=0.22)
    site.look(0.25)
    assert len(site.tickets()) == 1


def test_O5_a_a_ticket_waits_for_the_switchs_word_and_never_opens_when_it_is_down(site: Site) -> None:
    quick(site)
    heard(site, "SW-1", last_ok=-0.3)
    site.outage("P-1", 0)
    site.look(0.2)
    heard(site, "SW-1", "down", last_ok=-0.3, start=0.25, confirmed_at=0.3)
    site.outage("SW-1", 0.25, last_ok=at(-0.3))
    for minute in (0.31, 1, 2, 30):
        site.look(minute)
    assert site.tickets() == []


def test_O5_a_a_switch_that_is_silent_for_good_delays_a_ticket_for_a_bounded_time(site: Site) -> None:
    quick(site)
    heard(site, "SW-1", last_ok=-0.3)
    site.outage("P-1", 0)
    site.look(1.49)
    assert site.tickets() == []
    site.look(1.53)
    assert site.ticket().opened_at == T0 + 10_000


@pytest.mark.slow
def test_O5_a_hall_of_tickets_is_taken_back_in_turn(site: Site) -> None:
    city: dict[str, Any] = document()
    city["devices"] += [
        {"id": f"X-{n}", "kind": "printer", "hall": "h-01", "interval": 60, "vendor": "v-1"} for n in range(120)
    ]
    with site.write() as conn:
        apply(conn, city, T0, "test")
        site.numbers = numbers(conn)
        for n in range(120):
            row = {"device": site.numbers[f"X-{n}"], "start": T0, "until": None, "last_ok": None, "confirmed_at": T0}
            add_outage(conn, {**row, "cause": "silence", "owner": "undetermined"})
    for second in range(2):
        site.look(6 + second / 60)
    assert len(site.tickets()) == 120
    site.outage("SW-1", 0)
    for second in range(2, 5):
        site.look(6 + second / 60)
    assert {one.state for one in site.tickets()} == {"cancelled"}
    with reading(site.engine) as conn:
        assert outages_since(conn, site.numbers["X-0"], None)[0].ticket is None
