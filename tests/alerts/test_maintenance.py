"""Planned maintenance opens no ticket; a fault that outlasts it goes on counting where it stopped (A1, K1)."""

from __future__ import annotations

from pathlib import Path

import pytest

from store import planned
from store.planned import New, ScopeKind
from tests.alerts.site import HOUR, MINUTE, T0, Site, seen_down


@pytest.fixture
def site(tmp_path: Path) -> Site:
    return Site(tmp_path)


def plan(site: Site, start: float, until: float, scope: str = "P-1", approved: float = -60) -> planned.Exemption:
    """Minutes after T0."""
    at = [T0 + round(minute * MINUTE) for minute in (start, until, approved)]
    what: ScopeKind = "branch" if scope == "liunan" else "hall" if scope.startswith("h-") else "device"
    with site.write() as conn:
        said = New("maintenance", what, scope, at[0], at[1], "why", "boss", at[2], "me")
        return planned.record(conn, said, T0 - HOUR)


@pytest.mark.parametrize("scope", ["P-1", "h-01", "liunan"])
def test_K1_no_ticket_opens_for_an_outage_within_maintenance(site: Site, scope: str) -> None:
    plan(site, -10, 120, scope)
    site.outage("P-1", 0, 60)
    for minute in (5, 30, 60, 130):
        site.look(minute)
    assert site.tickets() == []


def test_K1_a_fault_that_outlasts_maintenance_opens_its_ticket_five_minutes_after_it(site: Site) -> None:
    plan(site, -10, 30)
    seen_down(site, "P-1", *range(60))
    site.outage("P-1", 0)
    for minute in (5, 10, 29, 34):
        site.look(minute)
    assert site.tickets() == []
    site.look(35)
    assert site.life() == [("opened", 35)]


def test_K1_time_before_maintenance_counts_with_the_time_after_it(site: Site) -> None:
    plan(site, 3, 63)
    seen_down(site, "P-1", *range(70))
    site.outage("P-1", 0)
    for minute in (3, 40, 64):
        site.look(minute)
    assert site.tickets() == []
    site.look(65)
    assert site.life() == [("opened", 65)]


@pytest.mark.slow
def test_A1_maintenance_that_was_approved_too_late_or_withdrawn_holds_nothing_up(site: Site) -> None:
    plan(site, -10, 600, approved=-10)
    one = plan(site, -20, 600)
    with site.write() as conn:
        planned.withdraw(conn, one, T0, "me")
    site.outage("P-1", 0)
    site.look(5)
    assert site.life() == [("opened", 5)]


def test_maintenance_of_another_device_holds_nothing_up(site: Site) -> None:
    plan(site, -10, 600, "P-2")
    site.outage("P-1", 0)
    site.look(5)
    assert site.life() == [("opened", 5)]
