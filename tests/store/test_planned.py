"""Maintenance and corrections as rows: appended, withdrawn by a row of their own, selected by what they touch."""

from __future__ import annotations

import pytest
from sqlalchemy import Connection, Engine, func, select

from sla.interval import Interval
from sla.spans import Planned
from store import inventory, planned
from store.database import reading, writing
from store.pages import EVERYTHING, Scope
from store.planned import Exemption, Kind, New, ScopeKind, Wanted
from store.schema import exemptions, withdrawals


def said(conn: Connection, kind: Kind, scope: str, start: int, until: int, approved_at: int | None = 0) -> Exemption:
    what: ScopeKind = "hall" if scope.startswith("h-") else "device"
    return planned.record(conn, New(kind, what, scope, start, until, "why", "boss", approved_at, "me"), 5)


def test_what_is_said_of_a_hall_holds_for_its_devices_and_for_no_other(engine: Engine) -> None:
    with writing(engine) as conn:
        said(conn, "maintenance", "h-01", 10, 20)
        said(conn, "maintenance", "P-0002", 30, 40, 7)
        said(conn, "correction", "P-0001", 50, 60)
        found = planned.standing(conn, 0)
    assert found.maintenance("P-0001", "h-01") == [Planned(10, 20, 0)]
    assert found.maintenance("P-0002", "h-02") == [Planned(30, 40, 7)]
    assert found.maintenance("P-0003", "h-02") == []
    assert found.excluded("P-0001", "h-01") == [Interval(50, 60)]
    assert [found.next_edge("P-0001", "h-01", now) for now in (0, 10, 19, 20)] == [10, 20, 20, None]


def test_T5_one_that_is_withdrawn_counts_as_if_it_never_was_and_stays_on_record(engine: Engine) -> None:
    with writing(engine) as conn:
        one = said(conn, "correction", "P-0001", 10, 20)
        gone = planned.withdraw(conn, one, 77, "you")
        again = planned.withdraw(conn, one, 99, "another")
        assert planned.standing(conn, 0).of == {}
        counts = [conn.scalar(select(func.count()).select_from(table)) for table in (exemptions, withdrawals)]
    assert (gone.withdrawn_at, gone.withdrawn_by) == (77, "you")
    assert again == gone
    assert gone[: len(one) - 2] == one[: len(one) - 2]
    assert counts == [1, 1]


@pytest.mark.parametrize(("start", "until", "found"), [(0, 10, 0), (0, 11, 1), (19, 30, 1), (20, 30, 0), (0, None, 1)])
def test_T1_only_what_touches_the_half_open_period_is_selected(
    engine: Engine, start: int, until: int | None, found: int
) -> None:
    with writing(engine) as conn:
        said(conn, "correction", "P-0001", 10, 20)
        assert len(planned.standing(conn, start, until).of) == found
        assert planned.standing(conn, start, until, "maintenance").of == {}
        wanted = Wanted(None, start, until)
        assert len(planned.listed(conn, "correction", EVERYTHING, wanted, None, 9)) == found


def test_a_vendor_and_a_hall_see_only_those_that_touch_their_devices(engine: Engine) -> None:
    with writing(engine) as conn:
        ids = [said(conn, "maintenance", scope, 10, 20).id for scope in ("h-01", "h-02", "P-0001", "P-0002", "SW-0001")]
    assert ids == ["M-000001", "M-000002", "M-000003", "M-000004", "M-000005"]

    def seen(scope: Scope) -> list[str]:
        with reading(engine) as conn:
            rows = planned.listed(conn, "maintenance", scope, Wanted(), None, 9)
            every = [id for id in ids if planned.find(conn, "maintenance", id, scope)]
        assert [one.id for one in rows] == sorted(every, reverse=True)
        return every

    assert seen(EVERYTHING) == ids
    assert seen(Scope(vendor="v-1")) == ["M-000001", "M-000003"]
    assert seen(Scope(hall="h-02")) == ["M-000002", "M-000004"]
    assert seen(Scope(vendor="nobody")) == []


@pytest.mark.parametrize(
    "id", ["M-1", "M-0000001", "C-000001", "M-000002", "m-000001", "", "M-٠٠٠٠٠١", "M-" + "9" * 18]
)
def test_an_id_that_is_none_is_not_found(engine: Engine, id: str) -> None:
    with writing(engine) as conn:
        said(conn, "maintenance", "h-01", 10, 20)
        assert planned.find(conn, "maintenance", id) is None


def test_a_list_goes_on_before_a_number_and_by_what_stands(engine: Engine) -> None:
    with writing(engine) as conn:
        every = [said(conn, "correction", "P-0001", 10 * n, 10 * n + 5) for n in range(1, 5)]
        planned.withdraw(conn, every[1], 9, "me")

        def listed(wanted: Wanted, before: int | None, limit: int) -> list[int]:
            return [one.n for one in planned.listed(conn, "correction", EVERYTHING, wanted, before, limit)]

        assert listed(Wanted(), None, 2) == [4, 3]
        assert listed(Wanted(), 3, 2) == [2, 1]
        assert listed(Wanted(standing=False), None, 9) == [2]
        assert listed(Wanted("P-0001", standing=True), None, 9) == [4, 3, 1]
        assert listed(Wanted("P-0002"), None, 9) == []


def test_the_id_that_was_meant_is_found(engine: Engine) -> None:
    with reading(engine) as conn:
        assert planned.near_scope(conn, "P-001") in ("P-0001", "P-0002", "P-0003")
        assert planned.near_scope(conn, "h-1") == "h-01"
        assert planned.near_scope(conn, "nothing like it") is None
        assert planned.scopes_of(conn, "h-01") == ["hall"]
        assert planned.scopes_of(conn, "P-0001") == ["device"]
        assert planned.scopes_of(conn, "h-1") == []


def test_A1_what_is_said_of_a_branch_holds_for_the_devices_of_its_halls(engine: Engine) -> None:
    with writing(engine) as conn:
        one = planned.record(conn, New("maintenance", "branch", "liunan", 10, 20, "why", "boss", 7, "me"), 5)
        found = planned.standing(conn, 0)
        assert found.maintenance("P-0001", "h-01") == found.maintenance("P-0003", "h-02") == [Planned(10, 20, 7)]
        assert found.maintenance("P-0001", "elsewhere") == []
        assert found.next_edge("P-0002", "h-02", 12) == 20
        every = {row.n for row in inventory.load(conn).devices.values()}
        assert set(planned.devices_of(conn, one)) == every
        assert planned.scopes_of(conn, "liunan") == ["branch"]
        for scope in (Scope(vendor="v-1"), Scope(hall="h-02"), EVERYTHING):
            assert planned.find(conn, "maintenance", one.id, scope) == one
        assert planned.find(conn, "maintenance", one.id, Scope(vendor="v-2")) is None
        planned.withdraw(conn, one, 8, "me")
        assert planned.standing(conn, 0).of == {}


def test_what_of_a_series_has_not_begun_can_be_found(engine: Engine) -> None:
    series = planned.new_series()
    with writing(engine) as conn:
        new = New("maintenance", "hall", "h-01", 10, 20, "why", "boss", 5, "me", series)
        every = [planned.record(conn, new._replace(start=at, until=at + 9), 5) for at in (10, 20, 30, 40)]
        planned.withdraw(conn, every[3], 6, "me")
        said(conn, "maintenance", "P-0001", 30, 39)
        assert planned.future(conn, "maintenance", series, 20) == [every[2]]
        assert planned.future(conn, "correction", series, 20) == []
        found = planned.listed(conn, "maintenance", EVERYTHING, Wanted(series=series), None, 9)
        assert [one.n for one in found] == [one.n for one in every[::-1]]
    assert planned.new_series() != series
