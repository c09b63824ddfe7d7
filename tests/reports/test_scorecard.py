"""The branch scorecard over a database: which devices each item is about, both intact rates, what decides (A7, P5)."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, time
from fractions import Fraction
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from reports.asked import Asked, Unknown
from reports.intact import How, Stood, inspection, served
from reports.scorecard import Row, Scorecard, document, report, scorecard
from reports.scorecard_book import book
from reports.workdays import first_working, is_known
from sla.availability import Tally
from sla.instant import DAY, HOUR, MINUTE, first_of, parse, render
from sla.intact import Inspected, Served, inspected
from sla.spans import CLASSES, spans
from sla.workdays import is_working
from store.city import City, city_of
from store.database import reading
from store.device_facts import Period, Selected
from store.inventory import load
from tests.reports.site import T0, Kinds, Site

ZONE = ZoneInfo("Asia/Shanghai")


def city(*devices: tuple[str, str, str]) -> City:
    """Devices as (id, kind, hall); halls h-1 of b-1, h-2 of b-2, h-3 of none."""
    halls = [{"id": "h-1", "branch": "b-1"}, {"id": "h-2", "branch": "b-2"}, {"id": "h-3"}]
    branches = [{"id": "b-1", "name": "柳南"}, {"id": "b-2", "name": "=2+3"}]
    listed = [{"id": id, "kind": kind, "hall": hall} for id, kind, hall in devices]
    return city_of({"branches": branches, "halls": halls, "devices": listed})


def tally(up: int = 0, down: int = 0, blind: int = 0) -> Tally:
    """Hours of each."""
    ms = {"up": up * HOUR, "down": down * HOUR, "unmonitored": blind * HOUR}
    return Tally("contract", tuple(ms.get(class_, 0) for class_ in CLASSES))


def card(known: City, stood: dict[str, Tally], how: How | None = None, seen: dict[str, int] | None = None) -> Scorecard:
    """From hours of devices; `seen`: whether each was found intact."""
    found = {id: Inspected(one, 1, 0) for id, one in (seen or {}).items()}
    given = [Stood(known.devices[id], served(one), found.get(id)) for id, one in stood.items()]
    return scorecard(known, given, Period(0, 100 * DAY, 100 * DAY), how or How(), T0 if seen else None)


def by_id(found: Scorecard) -> dict[str | None, Row]:
    return {row.id: row for row in found.rows}


SMALL = city(
    ("SW-1", "switch", "h-1"), ("P-1", "printer", "h-1"), ("R-2", "router", "h-2"), ("P-2", "printer", "h-2"),
    ("K-3", "kiosk", "h-3"),
)  # fmt: skip


def test_A7_the_rate_of_all_halls_is_that_of_all_devices_together_not_a_mean_of_rates() -> None:
    found = card(SMALL, {"P-1": tally(90, 10), "P-2": tally(10, 0), "K-3": tally(200, 0)})
    assert found.total.time == Fraction(300, 310)
    assert [(row.id, row.time) for row in found.rows] == [
        ("b-1", Fraction(9, 10)),
        ("b-2", Fraction(1)),
        (None, Fraction(1)),
    ]


def test_A7_unreachable_time_is_bad_and_degraded_good_whatever_profile_the_tally_was_made_for() -> None:
    ms = dict.fromkeys(CLASSES, 1) | {"unreachable": 10, "degraded": 100}
    assert served(Tally("raw", tuple(ms.values()))) == Served(101, 11, 1)


def test_A3_a_branch_that_was_hardly_seen_has_no_rate() -> None:
    found = by_id(card(SMALL, {"P-1": tally(49, 0, 51), "P-2": tally(50, 0, 50)}))
    assert (found["b-1"].time, found["b-2"].time) == (None, Fraction(1))


def test_P5_the_network_is_switches_and_routers_and_access_is_everything_else() -> None:
    worked = {"SW-1": tally(70, 30), "R-2": tally(400), "P-1": tally(100), "P-2": tally(300, 100)}
    interruption, access = by_id(card(SMALL, worked))["b-1"].items
    assert (interruption.item, interruption.branch, interruption.all) == (
        "hall network interruption",
        Fraction(7, 10),
        Fraction(470, 500),
    )
    assert (access.item, access.branch, access.all) == ("terminal access", Fraction(1), Fraction(4, 5))
    assert (interruption.score, access.score) == (Fraction(0), Fraction(2, 10))  # 25.5 % below all, and above it


def test_P5_the_score_of_a_branch_is_the_sum_and_none_where_an_item_has_none() -> None:
    found = by_id(card(SMALL, {"SW-1": tally(100), "R-2": tally(100), "P-1": tally(100)}))
    assert found["b-1"].score == Fraction(5, 10)
    assert found["b-2"].items[1].score is None
    assert found["b-2"].score is None


def test_P5_it_says_which_device_decides() -> None:
    one = by_id(card(SMALL, {"P-1": tally(70, 30), "P-2": tally(400), "K-3": tally(500)}))["b-1"].items[1]
    assert (one.score, one.devices, one.warning) == (Fraction(0), ("P-1",), True)


def test_A7_by_count_the_scorecard_goes_by_devices_and_knows_no_hours() -> None:
    by_count = How(intact="count")
    worked = {"P-1": tally(100), "P-2": tally(100), "K-3": tally(100)}
    found = card(SMALL, worked, by_count, seen={"P-1": 0, "P-2": 1, "K-3": 1})
    one = by_id(found)["b-1"].items[1]
    assert (found.total.time, found.total.count) == (Fraction(1), Fraction(2, 3))
    assert (one.branch, one.all, one.score) == (Fraction(0), Fraction(2, 3), Fraction(0))
    assert (list(one.devices), len(one.hours)) == (["P-1"], 0)


def test_A7_without_an_inspection_there_is_no_count() -> None:
    found = card(SMALL, {"P-1": tally(100)}, How(intact="count"))
    assert (found.total.count, found.rows[0].items[1].score) == (None, None)


def test_P5_points_are_tenths_and_the_document_has_every_device_that_decides() -> None:
    said = document(card(SMALL, {"SW-1": tally(100), "R-2": tally(100), "P-1": tally(70, 30), "P-2": tally(400)}))
    row = said["rows"][0]
    assert (row["score"], [one["score"] for one in row["items"]]) == ("0.3", ["0.3", "0.0"])
    assert row["items"][1]["devices"] == ["P-1"]
    assert said["total"]["items"] == []


def test_the_book_has_the_figures_of_the_document_and_a_dash_for_none() -> None:
    said = document(card(SMALL, {"SW-1": tally(100), "P-1": tally(70, 30), "P-2": tally(400), "K-3": tally(50)}))
    made = book(said, str, "en", ZONE)
    first = made.table("branches").rows[0]
    assert first[:5] == ("b-1", "柳南", 2, said["rows"][0]["intact_rate"], said["rows"][0]["time"])
    assert made.table("branches").rows[-1][1] == "without a branch"
    assert (made.table("branches").total or ())[:4] == ("total", "All halls", 4, said["total"]["time"])
    decided = {(row[0], row[2]): row[3:] for row in made.table("scorecard").rows}
    assert decided["b-1", "terminal access"][:2] == ("0.2", "0.0")
    assert decided["b-1", "terminal access"][-1] == "P-1"
    assert any("Beware" in one for one in made.words)


@pytest.mark.parametrize(
    ("start", "until", "name"),
    [
        ("2026-10-01", "2026-11-01", "2026-10"),
        ("2026-10-05", "2026-10-12", "2026-W41"),
        ("2026-10-05", "2026-10-07", "20261005-20261006"),
    ],
)
def test_T1_a_book_is_called_after_its_period_in_the_zone(start: str, until: str, name: str) -> None:
    instants = [render(first_of(date.fromisoformat(one), ZONE)) for one in (start, until)]
    said = document(card(SMALL, {})) | dict(zip(("from", "until"), instants, strict=True))
    assert book(said, str, "en", ZONE).name == f"scorecard-{name}"


def test_a_cell_names_ten_devices_and_says_how_many_more() -> None:
    one = {"item": "terminal access", "devices": [f"P-{n}" for n in range(12)], "hours": ["blind_bad"]}
    blank: dict[str, Any] = dict.fromkeys(("full", "score", "branch", "all", "below", "warning"))
    said = document(card(SMALL, {}))
    rows = [{"id": "b", "name": None, "items": [blank | one]}]
    whole = dict.fromkeys(("devices", "intact_rate", "time", "count", "coverage", "inspected", "score"))
    cells = book(said | {"rows": [rows[0] | whole]}, str, "en", ZONE).table("scorecard").rows[0]
    assert str(cells[-1]).endswith("P-9, and 2 more, one unseen hour, had it been bad")


# ---- working days, and when an inspection is


def test_T3_a_working_day_knows_days_off_and_the_days_that_make_up_for_them() -> None:
    assert first_working(date(2025, 10, 1)) == date(2025, 10, 9)  # a week off
    assert is_working(date(2025, 9, 28))  # a Sunday that makes up for it
    assert first_working(date(2026, 11, 1)) == date(2026, 11, 2)
    assert (is_known(date(2026, 1, 1)), is_known(date(2100, 1, 1))) == (True, False)
    assert first_working(date(2100, 5, 1)) == date(2100, 5, 3)  # a Saturday; not known: Monday to Friday


@pytest.mark.parametrize(
    ("start", "until", "now", "expected"),
    [
        ("2026-10-01", "2026-11-01", "2026-11-02", "2026-10-30T02:00:00.000Z"),  # Friday; 31 October is a Saturday
        ("2025-09-01", "2025-10-01", "2025-10-09", "2025-09-30T02:00:00.000Z"),
        ("2026-10-01", "2026-11-01", "2026-10-21", "2026-10-20T02:00:00.000Z"),  # the month so far
        ("2026-10-31", "2026-11-02", "2026-11-02", None),  # a weekend
        ("2026-10-01", "2026-11-01", "2026-09-01", None),
    ],
)
def test_A7_an_inspection_is_on_the_last_working_day_that_has_had_it(
    start: str, until: str, now: str, expected: str | None
) -> None:
    first, end, known = (first_of(date.fromisoformat(one), ZONE) for one in (start, until, now))
    found = inspection(first, end, known, ZONE, How())
    assert found == (None if expected is None else parse(expected))


def test_A7_an_inspection_at_an_instant_that_was_asked_for() -> None:
    how = How(at=T0 + HOUR)
    assert inspection(T0, T0 + DAY, T0 + DAY, ZONE, how) == T0 + HOUR
    assert inspection(T0, T0 + DAY, T0, ZONE, how) is None
    assert inspection(T0 + 2 * HOUR, T0 + DAY, T0 + DAY, ZONE, how) is None
    early = How(inspection=time(9))
    assert inspection(T0, T0 + DAY, T0 + DAY, ZONE, early) == T0 + 23 * HOUR


# ---- over a database


@pytest.fixture(scope="module")
def seen(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    """P-1 down for ten minutes, P-2 behind the switch for ten, P-3 for five; PC-1 was never seen."""
    made = Site(tmp_path_factory.mktemp("seen"))
    made.saw("SW-1", "u" * 40 + "d" * 10 + "u" * 50)
    made.saw("P-1", "u" * 10 + "d" * 10 + "u" * 80)
    made.saw("P-2", "u" * 40 + "d" * 10 + "u" * 50)
    made.saw("P-3", "u" * 95 + "d" * 5)
    yield made
    made.engine.dispose()


def counted(site: Site, at: int, **asked: Any) -> Scorecard:
    """The first 100 minutes, inspected `at` so many."""
    period = Asked(T0, T0 + 100 * MINUTE, **asked)
    return report(site.engine, period, {"printer": Kinds()}, T0 + 100 * MINUTE, ZONE, How(at=T0 + at * MINUTE))


@pytest.mark.slow
def test_A7_both_rates_of_a_city_in_a_database(seen: Site) -> None:
    found = counted(seen, 45)
    rows = by_id(found)
    assert rows["b-1"].time == Fraction(270, 300)
    assert rows["b-1"].count == Fraction(1, 3)  # the switch and what is behind it
    assert (rows["b-2"].time, rows["b-2"].inspected) == (Fraction(95, 100), Inspected(1, 2, 1))
    assert found.total.time == Fraction(365, 400)
    assert found.total.inspected == Inspected(2, 5, 1)


@pytest.mark.slow
@pytest.mark.parametrize("minute", [0, 15, 45, 97, 99])
def test_A7_an_inspection_finds_what_the_spans_say(seen: Site, minute: int) -> None:
    at, now = T0 + minute * MINUTE, T0 + 100 * MINUTE
    with reading(seen.engine) as conn:
        known = load(conn)
        chosen = Selected.of(conn, known, known.devices.values(), {"printer": Kinds()}, Period(T0, now, now))
        facts = [chosen.facts(conn, one) for one in known.devices.values()]
    beneath = [spans(one, at, at + 1, now, raw=True)[0].class_ for one in facts]
    assert counted(seen, minute).total.inspected == inspected(beneath)


@pytest.mark.slow
def test_P5_one_branch_is_still_compared_with_all_halls(seen: Site) -> None:
    whole, one = counted(seen, 45), counted(seen, 45, branch="b-1")
    assert one.rows == (by_id(whole)["b-1"],)
    assert one.total == whole.total
    with pytest.raises(Unknown):
        counted(seen, 45, branch="b-3")


def test_an_empty_inventory_says_what_to_do(tmp_path: Path) -> None:
    site = Site(tmp_path, {})
    try:
        found = document(counted(site, 45))
    finally:
        site.engine.dispose()
    assert found["rows"] == []
    assert "hallwatch import" in found["note"]
    assert book(found, str, "en", ZONE).table("scorecard").note == found["note"]
