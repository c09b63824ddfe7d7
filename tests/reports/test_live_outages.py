"""Outages and maintenance as points: at their starts, written again when they change, void where they are no more."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import delete, update

from hallwatch.figures import again
from sla.instant import DAY, HOUR, MINUTE
from store import planned
from store.database import reading, writing
from store.inventory import apply
from store.pages import EVERYTHING, Wanted, cells, outage_rows
from store.schema import device_states, outages
from tests.live_city import NOW
from tests.live_city_inventory import document
from tests.reports.live import Live, by, opened


@pytest.fixture
def fresh(live_file: Path, tmp_path: Path) -> Iterator[Live]:
    """A city of one's own."""
    yield from opened(live_file, tmp_path)


def test_outages_are_those_of_the_list(fresh: Live) -> None:
    found = fresh.points("all outages")
    with reading(fresh.engine) as conn:
        rows = outage_rows(conn, EVERYTHING, Wanted(start=NOW - 80 * DAY))
    assert {(one.tags["device"], one.ts): (one.fields["until"], one.fields["open"]) for one in found} == {
        (row.device_id, row.start): (row.until or NOW, float(row.until is None)) for row in rows
    }
    for one in found:
        assert one.fields["duration_s"] == (float(one.fields["until"]) - one.ts) / 1000
        assert one.fields["valid"] == 1


def test_an_outage_is_written_again_when_it_changes_and_else_every_ten_minutes_while_it_lasts(fresh: Live) -> None:
    assert len(fresh.points("outages")) == 11
    assert fresh.points("outages", NOW + 9 * MINUTE) == []
    ten = fresh.points("outages", NOW + 10 * MINUTE)
    assert {one.fields["open"] for one in ten} == {1.0}
    assert {one.fields["until"] for one in ten} == {NOW + 10 * MINUTE}
    fresh.change(update(outages).where(outages.c.cause == "noPaper", outages.c.until.is_(None)).values(until=NOW))
    over = fresh.points("outages", NOW + 11 * MINUTE)
    assert [(one.tags["device"], one.fields["open"], one.fields["until"]) for one in over] == [("KI-0101", 0.0, NOW)]


def test_K7_an_outage_that_later_facts_removed_is_void_also_after_a_restart(fresh: Live) -> None:
    written = {(one.tags["device"], one.ts): one for one in fresh.points("all outages")}
    again = fresh.again()
    lately = next(key for key in written if key[0] == "PR-0301" and key[1] > NOW - 2 * DAY)
    early = next(key for key in written if key[0] == "CO-0401")
    for _, ts in (lately, early):
        again.change(delete(outages).where(outages.c.start == ts))
    for figure, key in (("outages", lately), ("all outages", early)):
        (gone,) = [one for one in again.points(figure) if not one.fields["valid"]]
        assert (gone.tags, gone.ts) == (written[key].tags, written[key].ts), "the same point"
        assert gone.fields == {"valid": 0.0, "open": 0.0}
        assert [one for one in again.points(figure) if not one.fields["valid"]] == [], "once"
    again.close()


def test_K7_an_outage_whose_start_moved_is_void_where_it_was(fresh: Live) -> None:
    fresh.points("outages")
    fresh.change(
        update(outages).where(outages.c.cause == "noPaper", outages.c.until.is_(None)).values(start=NOW - 3 * MINUTE)
    )
    found = fresh.points("outages")
    assert sorted((one.ts - NOW, one.fields["valid"]) for one in found) == [(-180_000, 1.0), (-90_000, 0.0)]


def test_an_outage_that_began_after_a_slow_figure_did_is_not_void(fresh: Live) -> None:
    newest = max(one.ts for one in fresh.points("outages"))
    late = fresh.points("all outages", newest - 1)
    assert all(one.fields["valid"] for one in late), "the hourly look works for minutes, and others write meanwhile"


def test_an_outage_that_another_thread_told_meanwhile_is_not_void(fresh: Live) -> None:
    told = fresh.figures.told
    before = told.since("outage", NOW - DAY)
    fresh.points("outages")
    batch = again("outage", fresh.figures, [], before, NOW)
    assert not batch.points, "what was told after the look began says nothing of what is gone"


def test_a_server_that_lost_everything_is_told_everything_once_more(fresh: Live) -> None:
    every = fresh.points("all outages")
    fresh.points("maintenance")
    assert fresh.points("all outages") == []
    fresh.figures.lacks = {"outage": True}.__getitem__
    assert fresh.points("all outages") == every
    assert fresh.points("maintenance")


def test_a_device_that_moved_has_its_outages_in_one_place(fresh: Live) -> None:
    fresh.points("all outages")
    moved = document(NOW)
    moved["devices"] = [one | ({"hall": "h-01"} if one["id"] == "LI-0201" else {}) for one in moved["devices"]]
    with writing(fresh.engine) as conn:
        apply(conn, moved, NOW, "test")
    found = fresh.points("all outages", NOW)
    assert {(one.tags["hall"], one.fields["valid"]) for one in found} == {("h-02", 0.0), ("h-01", 1.0)}


def test_outages_now_are_those_of_devices_that_are_down_or_unreachable(fresh: Live) -> None:
    found = fresh.points("outages now")
    with reading(fresh.engine) as conn:
        states = {row.id: row.state for row in cells(conn, EVERYTHING) if row.state in ("down", "unreachable")}
    assert {one.tags["device"]: one.fields["state"] for one in found} == states
    assert all(one.fields["lasts_s"] == (NOW - float(one.fields["start"])) / 1000 for one in found)
    fresh.change(update(device_states).where(device_states.c.state == "down").values(state="closed"))
    assert {one.fields["state"] for one in fresh.points("outages now")} == {"unreachable"}


def test_a_withdrawn_maintenance_is_void_and_of_one_scope_and_start_one_that_stands_counts(fresh: Live) -> None:
    found = by(fresh.points("maintenance"), "scope")
    assert {id: one.fields["valid"] for id, one in found.items()} == {
        "HA-0101": 1.0, "h-02": 1.0, "b-2": 1.0, "CO-0201": 0.0
    }  # fmt: skip
    assert fresh.points("maintenance", NOW + MINUTE) == []
    with writing(fresh.engine) as conn:
        gone = planned.listed(conn, "maintenance", EVERYTHING, planned.Wanted("CO-0201"), None, 9)[0]
        again = planned.New(
            "maintenance", "device", "CO-0201", gone.start, gone.until + HOUR, "again", "x", gone.start, "me"
        )
        one = planned.record(conn, again, NOW)
    assert [(p.fields["valid"], p.fields["until"]) for p in fresh.points("maintenance")] == [(1.0, gone.until + HOUR)]
    with writing(fresh.engine) as conn:
        planned.withdraw(conn, one, NOW, "me")
    assert [p.fields["valid"] for p in fresh.points("maintenance")] == [0.0]
