"""The monthly availability report: its levels, what was before, its targets, and that it says what it is made of."""

from __future__ import annotations

from collections.abc import Iterator
from fractions import Fraction
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from reports.asked import Asked
from reports.availability import availability
from reports.availability import document as plain_document
from reports.monthly import Targets, document, monthly
from reports.monthly_book import book
from reports.monthly_levels import LEVELS
from sla.instant import MINUTE
from tests.reports.site import T0, Kinds, Site

ZONE = ZoneInfo("Asia/Shanghai")


@pytest.fixture(scope="module")
def seen(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    """P-1 down for ten minutes of either hundred, P-2 behind the switch for ten, P-3 for five; PC-1 was never seen."""
    made = Site(tmp_path_factory.mktemp("seen"))
    made.saw("SW-1", "u" * 100 + "u" * 40 + "d" * 10 + "u" * 50, -100)
    made.saw("P-1", "u" * 90 + "d" * 10 + "u" * 10 + "d" * 10 + "u" * 80, -100)
    made.saw("P-2", "u" * 100 + "u" * 40 + "d" * 10 + "u" * 50, -100)
    made.saw("P-3", "u" * 95 + "d" * 5)
    yield made
    made.engine.dispose()


def told(
    site: Site,
    start: int = 0,
    until: int = 100,
    now: int | None = None,
    targets: Targets | None = None,
    **asked: Any,
) -> dict[str, Any]:
    """The report of minutes after T0; known at the end, if not said otherwise."""
    period = T0 + start * MINUTE, T0 + until * MINUTE
    found = monthly(
        site.engine,
        Asked(*period, **asked),
        {"printer": Kinds()},
        period[1] if now is None else T0 + now * MINUTE,
        zone=ZONE,
        targets=targets or Targets(),
    )
    return document(found)


def row(document: dict[str, Any], by: str, id: str | None) -> dict[str, Any]:
    found: dict[str, Any] = next(one for one in document["levels"][by] if one["id"] == id)
    return found


def test_each_level_says_what_the_availability_report_of_that_grouping_says(seen: Site) -> None:
    found = told(seen)
    for by, profile in LEVELS.items():
        alone = plain_document(seen.report(0, 100, by=by, profile=profile))
        assert [{key: one[key] for key in alone["rows"][0]} for one in found["levels"][by]] == alone["rows"]
        assert {one["profile"] for one in found["levels"][by]} == {profile}


def test_it_has_every_member_of_the_availability_report(seen: Site) -> None:
    found, alone = told(seen, by="kind"), plain_document(seen.report(0, 100, by="kind"))
    assert set(alone) <= set(found)
    same = ("from", "until", "by", "profile", "min_coverage", "calendars", "provisional", "note")
    assert {key: found[key] for key in same} == {key: alone[key] for key in same}
    assert [{key: one[key] for key in alone["rows"][0]} for one in found["rows"]] == alone["rows"]


def test_each_figure_stands_beside_that_of_the_period_before(seen: Site) -> None:
    found = told(seen)
    before = availability(seen.engine, Asked(T0 - 100 * MINUTE, T0, "device"), {"printer": Kinds()}, T0 + 100 * MINUTE)
    for one in plain_document(before)["rows"]:
        assert row(found, "device", one["id"])["before"] == {
            key: value for key, value in one.items() if key not in ("id", "name", "devices", "provisional")
        }
    assert row(found, "device", "P-1")["change"] == 0.9 - 80 / 90  # the hall opens ten minutes later
    assert row(found, "device", "P-3")["change"] is None


def test_A2_a_vendor_is_counted_by_contract_and_all_else_by_service(seen: Site) -> None:
    found = told(seen)
    assert row(found, "vendor", "v-2")["availability"] == 1.0
    assert row(found, "device", "P-2")["availability"] == 0.9
    assert found["profiles"]["vendor"] == "contract"


def test_a_target_is_that_of_the_kind_else_the_sites_and_is_met_exactly(seen: Site) -> None:
    found = told(seen, targets=Targets(Fraction(1), {"printer": Fraction(9, 10)}))
    assert (row(found, "device", "P-1")["target"], row(found, "device", "P-1")["met"]) == (0.9, True)
    assert (row(found, "hall", "h-1")["target"], row(found, "hall", "h-1")["met"]) == (1.0, False)
    assert (row(found, "kind", "pc")["met"], row(told(seen), "kind", "pc")["target"]) == (None, None)


def test_A3_what_was_hardly_seen_is_flagged_and_shows_no_availability(seen: Site) -> None:
    found = told(seen)
    one = row(found, "device", "PC-1")
    assert (one["availability"], one["coverage"], one["low_coverage"]) == (None, 0.0, True)
    assert not row(found, "device", "P-1")["low_coverage"]
    words = " ".join(book(found, str, "en", ZONE).words)
    assert "by Device: 1, such as PC-1" in words


def test_P5_the_scorecard_is_there_where_all_halls_were_counted(seen: Site) -> None:
    card = told(seen)["scorecard"]
    assert card["total"]["time"] == row(told(seen), "city", "city")["availability"]
    assert told(seen, halls=("h-1",))["scorecard"] is None


def test_it_says_by_which_rules_and_calendars_it_was_counted(seen: Site) -> None:
    found = told(seen)
    assert {"A3", "K5", "P5", "O6"} <= set(found["rules"])
    assert found["hours"] == [{"calendar": None, "halls": ["h-2"]}, {"calendar": "hours", "halls": ["h-1"]}]


def test_the_book_has_a_table_a_level_and_every_row_as_many_cells_as_columns(seen: Site) -> None:
    made = book(told(seen, targets=Targets(Fraction(98, 100))), str, "en", ZONE)
    names = [table.name for table in made.tables]
    assert [name for name in names if name in LEVELS] == list(LEVELS)
    assert {"reconciliation", "branches", "scorecard"} <= set(names)
    for table in made.tables:
        assert {len(one) for one in (*table.rows, table.total or table.columns)} == {len(table.columns)}
        assert len({column.key for column in table.columns}) == len(table.columns)


def test_an_empty_inventory_makes_an_empty_report_with_a_word(tmp_path: Path) -> None:
    site = Site(tmp_path, {"devices": []})
    found = told(site)
    assert (found["rows"], found["levels"]["city"], found["total"]["devices"]) == ([], [], 0)
    assert "inventory is empty" in book(found, str, "en", ZONE).words[0]
    site.engine.dispose()
