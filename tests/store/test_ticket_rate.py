"""Tickets per hall and day."""

from __future__ import annotations

from fractions import Fraction

from sqlalchemy import Engine

from sla.instant import DAY, HOUR
from store.database import reading, writing
from store.inventory import apply, numbers
from store.ticket_rate import Rate, ticket_rate
from store.tickets import add, set_state

NOW = 100 * DAY
CITY = {
    "halls": [{"id": "h-01", "name": "a", "kind": "own"}, {"id": "h-02", "name": "b", "kind": "own"}],
    "vendors": [{"id": "v-1", "name": "v"}],
    "devices": [
        {"id": "P-1", "kind": "printer", "hall": "h-01", "vendor": "v-1"},
        {"id": "P-2", "kind": "printer", "hall": "h-02"},
    ],
}


def opened(engine: Engine, *times: int, vendor: str | None = None, condition: str | None = None) -> None:
    with writing(engine) as conn:
        device = numbers(conn)["P-1"]
        for at in times:
            add(conn, device, "phone", "x", at, vendor=vendor, condition=condition)


def rate(engine: Engine, vendor: str | None = None) -> Rate:
    with reading(engine) as conn:
        return ticket_rate(conn, NOW, vendor)


def test_the_rate_is_that_of_the_last_week(engine: Engine) -> None:
    with writing(engine) as conn:
        apply(conn, CITY, 0, "test")
    assert rate(engine).per_hall_and_day == 0
    opened(engine, NOW - 8 * DAY, *(NOW - day * DAY for day in range(7)))
    assert rate(engine) == Rate(7, 0, 2, 7 * DAY)
    assert rate(engine).per_hall_and_day == Fraction(1, 2)


def test_a_young_installation_counts_since_its_first_ticket_but_an_hour_at_least(engine: Engine) -> None:
    with writing(engine) as conn:
        apply(conn, CITY, 0, "test")
    opened(engine, NOW - 1000)
    assert rate(engine).span == HOUR
    opened(engine, NOW - DAY)
    assert rate(engine) == Rate(2, 0, 2, DAY)


def test_a_vendor_has_its_own_and_preventive_work_is_none_of_it(engine: Engine) -> None:
    with writing(engine) as conn:
        apply(conn, CITY, 0, "test")
    opened(engine, NOW - DAY, vendor="v-1")
    opened(engine, NOW - DAY)
    opened(engine, NOW - DAY, vendor="v-1", condition="lowToner")
    with writing(engine) as conn:
        set_state(conn, 1, "cancelled", NOW)
    assert rate(engine, "v-1") == Rate(1, 1, 1, DAY)


def test_where_nobody_has_halls_there_is_no_rate(engine: Engine) -> None:
    assert rate(engine, "v-9").per_hall_and_day is None
