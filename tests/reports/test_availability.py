"""The availability report over a database: what is selected, how it groups, and that all ways show the same."""

from __future__ import annotations

import csv as reader
import io
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from sqlalchemy import create_engine

import reports.availability
from reports.asked import GROUPINGS, Asked, Unknown
from reports.asked_table import asked_table
from reports.availability import EMPTY, NOBODY, Report, availability, document
from reports.book import Book
from reports.forms.csv_form import table_of
from sla.availability import figures, tally
from sla.instant import DAY, MINUTE
from sla.profile import ProfileName
from sla.spans import CLASSES
from store.database import journal_of, moment, reading
from store.device_facts import Period, Selected, around
from store.folding import fold
from store.pages import Scope
from tests.reports.site import T0, Kinds, Site, by_id, minutes
from tests.reports.site import document as inventory

pytestmark = pytest.mark.slow


@pytest.fixture
def site(tmp_path: Path) -> Iterator[Site]:
    made = Site(tmp_path)
    yield made
    made.engine.dispose()


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


def csv(report: Report) -> str:
    """As the command line and the HTTP interface write it."""
    table = asked_table(document(report), str)
    return table_of(Book("n", "t", "s", "en", ZoneInfo("UTC"), tables=(table,)), None)


def test_A1_A3_a_device_has_its_seconds_of_each_class_and_its_ratios(seen: Site) -> None:
    found = by_id(seen.report(0, 100, by="device"))
    assert minutes(found["P-1"]) == {"down": 10, "up": 90}
    assert minutes(found["P-2"]) == {"unreachable": 10, "up": 90}
    assert minutes(found["PC-1"]) == {"unmonitored": 100}
    assert found["P-1"].figures.availability == found["P-2"].figures.availability == 0.9
    assert (found["PC-1"].figures.availability, found["PC-1"].figures.coverage) == (None, 0)


def test_A2_the_profile_says_what_counts(seen: Site) -> None:
    figures = {name: by_id(seen.report(0, 100, by="device", profile=name)) for name in ("contract", "service", "raw")}
    assert figures["contract"]["P-2"].figures.availability == 1
    assert figures["contract"]["SW-1"].figures.availability == 1
    assert figures["service"]["SW-1"].figures.availability == 0.9
    assert figures["raw"]["P-2"].figures.availability == 0.9


def test_A4_totals_add_seconds_never_percentages(seen: Site) -> None:
    for by, ids in {
        "hall": ["h-1", "h-2"],
        "branch": ["b-1", "b-2"],
        "vendor": ["v-1", "v-2", None],
        "kind": ["pc", "printer", "switch"],
        "city": ["city"],
        "device": ["P-1", "P-2", "P-3", "PC-1", "SW-1"],
    }.items():
        report = seen.report(0, 100, by=by)
        assert [row.id for row in report.rows] == ids
        assert sum(row.devices for row in report.rows) == report.total.devices == 5
        for class_ in CLASSES:
            assert sum(row.figures.ms[class_] for row in report.rows) == report.total.figures.ms[class_]
        assert sum(row.figures.outages for row in report.rows) == report.total.figures.outages == 4
    assert by_id(seen.report(0, 100, by="hall"))["h-1"].figures.availability == 0.9
    assert report.total.figures.availability == 365 / 400


def test_A5_A6_an_outage_that_lasts_counts_up_to_now_and_has_no_end_yet(seen: Site) -> None:
    row = by_id(seen.report(0, 100, by="device"))["P-3"]
    assert row.figures.outages == 1
    assert row.figures.mttr_ms is None
    assert row.figures.mtbf_ms == 95 * MINUTE


def test_A6_an_outage_over_the_border_ends_in_the_second_period_with_its_whole_length(site: Site) -> None:
    site.saw("P-1", "u" * 20 + "d" * 40 + "u" * 60)
    first = by_id(site.report(0, 30, now=120, by="device"))["P-1"].figures
    second = by_id(site.report(30, 120, by="device"))["P-1"].figures
    assert (first.outages, second.outages) == (1, 0)
    assert first.mttr_ms is None
    assert second.mttr_ms == 40 * MINUTE


@pytest.mark.slow
@pytest.mark.parametrize("profile", ["contract", "service", "raw"])
@pytest.mark.parametrize("period", [(0, 100), (-300, 45), (42, 47), (99, 2000), (300, 400)])
def test_the_report_the_spans_and_one_by_one_agree(seen: Site, profile: ProfileName, period: tuple[int, int]) -> None:
    """What `GET /devices/{id}/spans` cuts is what the report adds, before and after folding."""
    start, until = (T0 + minute * MINUTE for minute in period)
    now = T0 + 110 * MINUTE
    found = by_id(seen.report(*period, now=110, by="device", profile=profile))
    with reading(seen.engine) as conn:
        for id, row in found.items():
            city = around(conn, str(id))
            one = Selected.of(conn, city, [city.devices[str(id)]], {"printer": Kinds()}, Period(start, until, now))
            alone = tally(one.facts(conn, city.devices[str(id)]), start, until, now, profile)
            assert figures(alone) == row.figures


@pytest.mark.slow
def test_T6_folding_changes_no_figure(tmp_path: Path) -> None:
    site = Site(tmp_path)
    site.saw("P-1", "u" * 300 + "d" * 70 + "g" * 400, -700)
    site.saw("SW-1", "u" * 310 + "d" * 20 + "u" * 400, -700)
    before = [document(site.report(*period, now=100, by="device")) for period in ((-800, 100), (-650, -300), (0, 50))]
    fold(site.engine, T0 + 30 * DAY)
    assert [document(site.report(*p, now=100, by="device")) for p in ((-800, 100), (-650, -300), (0, 50))] == before
    site.engine.dispose()


def test_T5_maintenance_and_corrections_count_at_once_and_not_after_their_withdrawal(site: Site) -> None:
    site.saw("P-1", "u" * 10 + "d" * 20 + "u" * 70)
    before = document(site.report(0, 100, by="device"))
    planned = site.exempt("maintenance", "h-1", 10, 20)
    correction = site.exempt("correction", "b-1", 20, 30)
    row = by_id(site.report(0, 100, by="device"))["P-1"]
    assert minutes(row) == {"maintenance": 10, "excluded": 10, "up": 80}
    assert (row.figures.availability, row.figures.raw) == (1, 0.8)
    site.withdraw(planned)
    assert minutes(by_id(site.report(0, 100, by="device"))["P-1"]) == {"down": 10, "excluded": 10, "up": 80}
    site.withdraw(correction)
    assert document(site.report(0, 100, by="device")) == before


def test_A1_closed_hours_are_the_halls_and_a_hall_without_a_calendar_is_always_open(site: Site) -> None:
    report = site.report(-1440, 0)
    found = by_id(report)
    assert minutes(found["h-1"]) == {"closed": 3 * (1440 - 570), "unmonitored": 3 * 570}
    assert minutes(found["h-2"]) == {"unmonitored": 2 * 1440}
    assert report.calendars == ("hours",)


def test_a_device_counts_where_it_is_now_with_all_its_past(site: Site) -> None:
    site.saw("P-3", "u" * 50 + "d" * 50)
    moved = inventory()
    moved["devices"][3]["hall"] = "h-1"
    site.adopt(moved, T0 + 60 * MINUTE)
    found = by_id(site.report(0, 100))
    assert found["h-1"].devices == 4
    assert minutes(found["h-1"])["down"] == 50


def test_who_is_gone_was_retired_when_it_went_and_is_in_no_later_report(site: Site) -> None:
    site.saw("P-3", "u" * 100)
    smaller = inventory()
    del smaller["devices"][3]
    smaller["devices"][3]["retired"] = T0 + 30 * MINUTE
    site.adopt(smaller, T0 + 60 * MINUTE)
    found = by_id(site.report(0, 100, by="device"))
    assert minutes(found["P-3"]) == {"up": 60, "not_in_service": 40}
    assert minutes(found["PC-1"]) == {"unmonitored": 30, "not_in_service": 70}
    assert set(by_id(site.report(30, 100, by="device"))) == {"P-1", "P-2", "P-3", "SW-1"}
    assert set(by_id(site.report(60, 100, by="device"))) == {"P-1", "P-2", "SW-1"}


def test_a_period_that_lies_ahead_is_unmonitored(seen: Site) -> None:
    total = seen.report(200, 300, now=100).total
    assert (total.figures.availability, total.figures.coverage) == (None, 0)


def test_an_empty_inventory_says_what_to_do_next(tmp_path: Path) -> None:
    site = Site(tmp_path, {})
    report = site.report(0, 100)
    assert (report.rows, report.total.devices, report.note) == ((), 0, EMPTY)
    assert len(csv(report).splitlines()) == 2
    site.adopt({"halls": [{"id": "h"}], "devices": [{"id": "D", "kind": "pc", "hall": "h", "retired": 5}]}, T0)
    assert site.report(0, 100).note == NOBODY
    site.engine.dispose()


@pytest.mark.parametrize(
    ("asked", "ids"),
    [
        ({"halls": ("h-1",)}, {"P-1", "P-2", "SW-1"}),
        ({"halls": ("h-1", "h-2"), "kind": "printer"}, {"P-1", "P-2", "P-3"}),
        ({"branch": "b-2"}, {"P-3", "PC-1"}),
        ({"vendor": "v-1"}, {"P-1", "P-3"}),
        ({"scope": Scope(vendor="v-1")}, {"P-1", "P-3"}),
        ({"scope": Scope(vendor="v-1"), "halls": ("h-2",)}, {"P-3"}),
        ({"scope": Scope(hall="h-2")}, {"P-3", "PC-1"}),
        ({"scope": Scope(vendor="nobody")}, set()),
    ],
)
def test_only_what_is_asked_for_and_may_be_seen_counts(seen: Site, asked: dict[str, Any], ids: set[str]) -> None:
    report = seen.report(0, 100, by="device", **asked)
    assert {row.id for row in report.rows} == ids
    assert report.total.devices == len(ids)


@pytest.mark.parametrize(
    ("asked", "near"),
    [
        ({"halls": ("h-11",)}, "h-1"),
        ({"kind": "priner"}, "printer"),
        ({"vendor": "v1"}, "v-1"),
        ({"branch": "x"}, None),
        ({"scope": Scope(vendor="v-2"), "halls": ("h-2",)}, "h-1"),
        ({"scope": Scope(vendor="v-2"), "vendor": "v-1"}, "v-2"),
    ],
)
def test_what_does_not_exist_for_who_asks_is_refused_with_the_near_miss(
    seen: Site, asked: dict[str, Any], near: str | None
) -> None:
    with pytest.raises(Unknown) as caught:
        seen.report(0, 100, **asked)
    assert caught.value.near == near


@pytest.mark.slow
def test_T3_a_year_whose_holidays_are_not_known_is_provisional(tmp_path: Path) -> None:
    city = inventory()
    city["calendars"]["hours"] = city["calendars"]["hours"] | {"holidays": "cn"}
    site = Site(tmp_path, city)
    assert not site.report(0, 100).total.provisional
    far = document(site.report(40 * 365 * 1440, 40 * 365 * 1440 + 60, now=100))
    assert (far["provisional"], [row["provisional"] for row in far["rows"]]) == (True, [True, False])
    site.engine.dispose()


def test_csv_and_json_show_the_same_figures(seen: Site) -> None:
    for by in GROUPINGS:
        report = seen.report(0, 100, by=by)
        shown, text = document(report), csv(report)
        assert text.startswith("\ufeff")
        rows = list(reader.DictReader(io.StringIO(text.removeprefix("\ufeff"))))
        assert len(rows) == len(shown["rows"]) + 1
        assert rows[-1]["id"] == "total"
        for cells, row in zip(rows, [*shown["rows"], shown["total"]], strict=True):
            flat = row | row["seconds"]
            for name, cell in cells.items():
                if name not in ("id", "name"):
                    assert cell == ("–" if flat[name] is None else json.dumps(flat[name])), name


def test_names_that_want_to_be_formulas_stay_text(seen: Site) -> None:
    text = csv(seen.report(0, 100, by="branch"))
    assert "'=2+3" in text
    for row in reader.reader(io.StringIO(text.removeprefix("\ufeff"))):
        assert not any(cell.startswith(("=", "+", "-", "@", "\t")) for cell in row)


def test_O3_what_comes_between_two_pieces_is_never_seen_without_the_outage_that_it_makes(
    site: Site, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A backlog arrives while the first device is counted: of the next one the down time counts as down, not as up."""
    monkeypatch.setattr(reports.availability, "_CHUNK", 1)
    for device in ("P-1", "P-3"):
        site.saw(device, "u" * 20)
    asked = Asked(T0, T0 + 40 * MINUTE, by="device", kind="printer")

    def progress(done: int, _all: int) -> None:
        if done == 1:
            site.saw("P-3", "d" * 10 + "u" * 10, 20)
            site.exempt("correction", "P-3", 0, 40)

    found = availability(site.engine, asked, {}, T0 + 40 * MINUTE, progress)
    pieces = journal_of(site.engine) == "truncate"
    assert minutes(by_id(found)["P-3"]) == ({"up": 30, "down": 10} if pieces else {"up": 20, "unmonitored": 20})
    assert minutes(found.total)["up"] == sum(minutes(row).get("up", 0) for row in found.rows)


def test_one_transaction_where_readers_keep_nobody_waiting_and_short_ones_where_they_do(site: Site) -> None:
    with moment(site.engine) as parts, parts() as first, parts() as second:
        assert (first is second) == (journal_of(site.engine) == "wal")
    elsewhere = create_engine(site.url)  # not ours, so another journal
    with moment(elsewhere) as parts, parts() as first, parts() as second:
        assert first is second
    elsewhere.dispose()


def test_hours_that_cannot_be_read_are_always_open_and_a_parent_that_is_none_explains_nothing(tmp_path: Path) -> None:
    city = inventory()
    city["calendars"]["hours"] = {"zone": "Nowhere"}
    city["devices"][1]["parent"] = "none such"
    site = Site(tmp_path, city)
    site.saw("SW-1", "u" * 40 + "d" * 10 + "u" * 50)
    site.saw("P-1", "u" * 40 + "d" * 10 + "u" * 50)
    assert minutes(by_id(site.report(0, 100, by="device"))["P-1"]) == {"down": 10, "up": 90}
    with reading(site.engine) as conn:
        assert set(around(conn, "P-1").devices) == {"P-1"}
    site.engine.dispose()


def test_T6_days_that_are_packed_and_days_that_are_not_make_one_period(site: Site) -> None:
    """P-1 was seen on two days, of which the older one is folded; an unknown between is no word."""
    site.saw("P-1", "u" * 60 + "?", -1440)
    fold(site.engine, T0 + 10 * DAY)
    site.saw("P-1", "?" + "d" * 30 + "u" * 30)
    found = by_id(site.report(-1440, 61, by="device"))["P-1"]
    assert minutes(found) == {"up": 90, "down": 30, "closed": 870, "unmonitored": 1501 - 870 - 120}
    early = by_id(site.report(-1440, -1380, now=61, by="device"))["P-1"]
    assert minutes(early) == {"up": 60}
