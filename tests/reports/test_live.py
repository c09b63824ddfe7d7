"""Live figures: exactly the measurements of the table, and in each point what pages and reports say at that instant."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterator
from dataclasses import replace
from fractions import Fraction
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import delete, insert, update

from reports.asked import Asked
from reports.availability import availability
from reports.live.availability import LEVELS as COUNTED
from reports.live.status import CODES, EVERY_MS
from reports.monthly import document as monthly_document
from reports.monthly import monthly
from reports.monthly_levels import LEVELS
from reports.statement import statement_document
from sla.forecast import Level
from sla.instant import DAY, HOUR, MINUTE, render
from sla.month import month
from sla.profile import ProfileName
from sla.status import Shown
from sla.supply import days_left
from store import changes
from store.database import migrate, open_database, reading, writing
from store.embedded_metrics import EmbeddedMetrics
from store.influx.fault import Rejected
from store.influx.lines import line
from store.inventory import apply, load
from store.measurements import BY_NAME
from store.metrics import Hour
from store.pages import EVERYTHING, cells, hall_totals, totals
from store.schema import device_states, observations, outages
from tests import live_city, live_lines
from tests.live_city import HOSTILE, NOW, ZONE
from tests.live_city_inventory import DEVICES, HALLS, document
from tests.reports.live import MAKERS, Live, by, opened


@pytest.fixture(scope="module")
def city(live_file: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Live]:
    """One for tests that only read."""
    yield from opened(live_file, tmp_path_factory.mktemp("read"))


@pytest.fixture
def fresh(live_file: Path, tmp_path: Path) -> Iterator[Live]:
    """One of one's own."""
    yield from opened(live_file, tmp_path)


def test_exactly_the_measurements_tags_and_fields_of_the_table_are_written(fresh: Live) -> None:
    tags: dict[str, set[frozenset[str]]] = defaultdict(set)
    fields: dict[str, set[str]] = defaultdict(set)
    for point in live_lines.points(fresh.figures):
        tags[point.measurement].add(frozenset(point.tags))
        fields[point.measurement].update(point.fields)
        kinds = BY_NAME[point.measurement]
        assert {name for name, value in point.fields.items() if isinstance(value, str)} <= set(kinds.texts)
    table = {name: one for name, one in BY_NAME.items() if name not in ("device", "device_hour")}
    assert {name: set(one) for name, one in tags.items()} == {
        name: {frozenset(one.tags)} for name, one in table.items()
    }
    assert fields == {name: {*one.numbers, *one.texts} for name, one in table.items()}


def test_every_text_is_in_every_point(city: Live) -> None:
    for figure in ("status", "outages now", "tickets"):
        for point in city.points(figure):
            assert set(BY_NAME[point.measurement].texts) <= set(point.fields), "else the last one would seem to hold"


def test_status_is_the_judged_state_of_every_present_device(city: Live) -> None:
    found = by(city.points("status"), "device")
    with reading(city.engine) as conn:
        rows = {row.id: row for row in cells(conn, EVERYTHING)}
    assert set(found) == set(rows)
    for id, point in found.items():
        assert (point.fields["state"], point.fields["code"]) == (rows[id].state, CODES[rows[id].state])
        assert point.ts == max(NOW // EVERY_MS * EVERY_MS, rows[id].since)
    assert set(CODES) == set(Shown.__args__)  # type: ignore[attr-defined]


def test_a_change_is_a_point_since_it_holds_and_corrects_what_was_written_meanwhile(fresh: Live) -> None:
    fresh.points("changes")
    since, known = NOW + 9 * MINUTE, NOW + 31 * MINUTE
    said = {"device": "PR-0102", "state": "down", "since": render(since), "cause": "jammed", "owner": "vendor"}
    with writing(fresh.engine) as conn:
        changes.add(conn, known, "state", "PR-0102", "v-1", said)
    found = fresh.points("changes", known)
    assert [one.ts for one in found] == [since, NOW + 10 * MINUTE, NOW + 20 * MINUTE, NOW + 30 * MINUTE]
    assert {one.fields["state"] for one in found} == {"down"}
    assert fresh.points("changes", known) == []


def test_after_a_restart_no_change_is_told_twice_and_none_is_missed(fresh: Live) -> None:
    first = fresh.points("changes")
    assert {one.tags["device"] for one in first} == {
        one.id for one in DEVICES if live_city.told_of(one) is not live_city.UP
    }
    later = fresh.again()
    assert later.points("changes") == []
    with writing(later.engine) as conn:
        changes.add(conn, NOW, "state", "PR-0102", None, {"state": "up", "since": NOW})
    assert [one.tags["device"] for one in later.points("changes")] == ["PR-0102"]
    later.close()


def test_changes_of_a_database_that_was_restored_are_read_from_the_first(fresh: Live) -> None:
    first = fresh.points("changes")
    fresh.figures.told.mark("changes/", {"last": "100000"})
    assert fresh.points("changes") == first


def test_many_changes_are_taken_in_parts(fresh: Live) -> None:
    said = {"state": "up", "since": NOW}
    with writing(fresh.engine) as conn:
        rows = [{"at": NOW, "kind": "state", "ref": "PR-0102", "vendor": None, "document": said}] * 1100
        changes.add_all(conn, rows)
    sizes = [len(batch.points) for batch in MAKERS["changes"].make(fresh.figures, NOW)]
    assert len(sizes) == 3
    assert max(sizes) <= 600


def test_fleet_is_what_the_wall_counts(city: Live) -> None:
    found = by(city.points("fleet"), "hall")
    with reading(city.engine) as conn:
        halls, whole = hall_totals(conn, EVERYTHING, [one.id for one in HALLS]), totals(conn, EVERYTHING)
    for id, point in found.items():
        assert {name: point.fields[name] for name in CODES} == {name: halls[id].get(name, 0) for name in CODES}
        assert point.fields["devices"] == sum(halls[id].values())
        assert point.ts == NOW
    assert {name: sum(one.fields[name] for one in found.values()) for name in whole} == whole  # type: ignore[misc]
    assert found["h-01"].fields["tickets"] == 4, "preventive work is no fault"


def test_A3_availability_is_that_of_the_reports(city: Live) -> None:
    begin = month("2026-11", ZONE).start
    asked = Asked(begin, NOW)
    report = monthly(city.engine, asked, city.figures.policies, NOW, zone=ZONE, targets=city.figures.targets)
    found = by(city.points("availability"), "level", "id")
    said = monthly_document(report)["levels"]
    for level in COUNTED:
        profile = LEVELS[level]
        rows = {row["id"] or "-": row for row in said[level]}
        assert rows.keys() == {id for of, id in found if of == level}
        other: ProfileName = "service" if profile == "contract" else "contract"
        more = availability(city.engine, replace(asked, by=level, profile=other), city.figures.policies, NOW)
        for id, row in rows.items():
            fields = found[level, id].fields
            assert fields.get(profile) == row["availability"]
            assert fields.get(other) == {one.id or "-": one for one in more.rows}[id].figures.availability
            assert (fields["raw"], fields["coverage"]) == (row["raw"], row["coverage"])
            assert fields["down_s"] == row["seconds"]["down"]
            if profile == "service":
                assert (fields["outages"], fields["target"]) == (row["outages"], row["target"])
    assert found["kind", "printer"].fields["target"] == float(Fraction("0.98"))
    assert found["hall", "h-03"].tags["branch"] == "b-2"


def test_A3_a_figure_that_is_null_is_no_field(fresh: Live) -> None:
    dark = [one.n for one in _devices(fresh) if one.hall == "h-02"]
    fresh.change(delete(observations).where(observations.c.device.in_(dark)))
    point = by(fresh.points("availability"), "level", "id")["hall", "h-02"]
    assert "service" not in point.fields
    assert float(point.fields["coverage"]) < 0.5


def test_S1_the_score_is_that_of_the_draft(city: Live) -> None:
    found = city.points("scores")
    with reading(city.engine) as conn:
        said = [
            statement_document(conn, load(conn), id, "2026-11", city.figures.policies, NOW) for id in ("c-1", "c-2")
        ]
    scores = by([one for one in found if one.measurement == "score"], "contract")
    lines = by([one for one in found if one.measurement == "score_line"], "contract", "line")
    for one in said:
        fields = scores[one["contract"]].fields
        assert fields["score"] == float(one["score"])
        assert float(one["score"]) < 100
        assert fields["deduction"] == pytest.approx(sum(float(line["deduction"]) for line in one["lines"]))
        assert fields["faults"] == len(one["tickets"])
        assert fields["late"] == sum(ticket["clock"]["breached"] for ticket in one["tickets"] if ticket["clock"]) > 0
        for row in one["lines"]:
            known = {name: float(row[name]) for name in ("value", "allowance", "deduction") if row[name] is not None}
            assert lines[one["contract"], row["id"]].fields == known


def test_scores_are_of_contracts_in_force_in_this_month(fresh: Live) -> None:
    ended = document(NOW)
    ended["contracts"][0]["valid"] = {"from": NOW - 300 * DAY, "until": month("2026-11", ZONE).start}
    ended["contracts"][1]["valid"] = {"from": NOW + 1, "until": NOW + DAY}
    with writing(fresh.engine) as conn:
        apply(conn, ended, NOW, "test")
    assert fresh.points("scores") == []


def test_C3_P3_supplies_are_those_that_the_device_says_with_the_forecast_of_their_hours(city: Live) -> None:
    found = by(city.points("supplies"), "device", "supply")
    toner, drum, box = (found.get(("PR-0102", n)) for n in "123")
    assert drum is None, "some (-3) is no percentage"
    assert toner is not None
    assert box is not None
    hours: dict[int, tuple[int, float]] = {}
    for one in live_city.samples():
        if one.device == "PR-0102":
            hours[one.ts // HOUR] = one.ts // HOUR * HOUR, one.values["supply.1.level"]
    told = days_left([Level(ts, level) for ts, level in hours.values()], NOW)
    assert told is not None
    expected = (told.days, told.low, told.high)
    assert tuple(toner.fields[name] for name in ("days_left", "days_least", "days_most")) == pytest.approx(expected)
    assert toner.tags["supply_name"] == "黑色硒鼓 CF259A"
    assert (box.fields["percent"], "days_left" in box.fields) == (70.0, False), "no use, no forecast"
    assert "days_left" not in found["PR-0201", "1"].fields, "replaced eight days ago"


def test_a_silent_printer_keeps_the_names_of_its_supplies_also_after_a_restart(fresh: Live) -> None:
    (mine,) = [one.n for one in _devices(fresh) if one.id == "PR-0102"]
    fresh.change(update(device_states).where(device_states.c.device != mine).values(last={"values": {}}))
    before = by(fresh.points("supplies"), "device", "supply")["PR-0102", "1"]
    fresh.change(update(device_states).values(last={"values": {}}))
    again = fresh.again()
    after = by(again.points("supplies"), "device", "supply")["PR-0102", "1"]
    assert after.tags == before.tags
    assert after.fields["percent"] == pytest.approx(float(before.fields["percent"]), abs=1), "of its newest hour"
    later = by(again.points("supplies", NOW + 8 * DAY), "device", "supply")
    assert ("PR-0102", "1") not in later, "nobody knows its level now"
    again.close()


def test_what_a_server_cannot_tell_of_one_printer_holds_up_no_other(fresh: Live) -> None:
    every = by(fresh.points("supplies"), "device", "supply")
    asked = fresh.figures.metrics

    class Picky:
        """The wall: a server that takes no question about one device."""

        def hours(self, device: str, field: str, start: int, until: int) -> list[Hour]:
            if device == "PR-0102":
                raise Rejected("influxdb", "max-select-point limit exceeded")
            return asked.hours(device, field, start, until)

    fresh.figures.metrics = Picky()
    told = by(fresh.points("supplies"), "device", "supply")
    assert told == {key: one for key, one in every.items() if key[0] != "PR-0102"}


def test_collectors_are_as_they_are_heard(city: Live) -> None:
    found = by(city.points("collectors"), "collector")
    assert found["c-01"].fields == {
        "online": 1, "silent_s": 4, "backlog": 3, "devices": 20, "skew_s": 0.3, "lost": 0
    }  # fmt: skip
    assert found["c-02"].fields == {
        "online": 0, "silent_s": 26 * 60, "backlog": 120, "devices": 15, "skew_s": -42, "lost": 40
    }  # fmt: skip


def test_the_service_says_what_became_of_messages_and_what_waits(city: Live) -> None:
    found = city.points("service")
    components = by([one for one in found if one.measurement == "service"], "component")
    expected: dict[str, float] = {
        "stored": 52_000,
        "refused": 9,
        "aside": 1,
        "lost": 40,
        "lag_s": 2,
        "lag_most_s": 2,
        "blind": 1,
    }
    expected |= {"blind_share": 1 / len(DEVICES), "notices_waiting": 2, "notices_given_up": 1}
    assert components["centre"].fields == pytest.approx(expected)
    assert components["recorder"].fields == {"queue_points": 12, "queue_oldest_s": 4, "quarantined": 1}
    reasons = by([one for one in found if one.measurement == "refused"], "reason")
    assert {name: one.fields["count"] for name, one in reasons.items()} == {"type": 7, "too_large": 2}


def test_lags_are_of_what_came_lately(city: Live) -> None:
    components = by([one for one in city.points("service", NOW + HOUR) if one.measurement == "service"], "component")
    assert "lag_s" not in components["centre"].fields


def test_an_open_ticket_bears_hostile_words_as_they_are(city: Live) -> None:
    found = by(city.points("tickets"), "device")
    assert found["LI-0101"].fields["symptom"] == HOSTILE
    said = line(*found["LI-0101"])
    assert said is not None
    assert "\n" not in said


def test_nothing_is_written_of_a_time_that_the_store_no_longer_takes(fresh: Live) -> None:
    short = replace(fresh.figures, raw_ms=3 * DAY)
    fresh.figures = short
    for figure in ("all outages", "outages", "changes", "maintenance"):
        assert all(one.ts >= NOW - 3 * DAY for one in fresh.points(figure))
    old = {"device": 1, "start": NOW - 4 * DAY, "last_ok": 0, "confirmed_at": NOW - 4 * DAY, "cause": "x", "owner": "y"}
    fresh.change(insert(outages).values(old))
    assert Counter(one.ts for one in fresh.points("outages"))[NOW - 4 * DAY] == 0, "one that lasts since then"


def test_a_ticket_of_a_city_that_was_imported_anew_has_the_new_names(fresh: Live) -> None:
    fresh.points("tickets")
    renamed = document(NOW)
    renamed["halls"] = [one | {"name": f"新{one['id']}"} for one in renamed["halls"]]
    with writing(fresh.engine) as conn:
        apply(conn, renamed, NOW, "test")
    assert {one.fields["hall_name"] for one in fresh.points("tickets")} == {"新h-01", "新h-03"}


def test_an_empty_database_has_no_figures_but_its_own(tmp_path: Path) -> None:
    migrate(open_database(f"sqlite:///{tmp_path / 'live.db'}"))
    empty = Live(tmp_path, EmbeddedMetrics(tmp_path / "measured.db"))
    found = [
        one
        for figure in ("fleet", "status", "outages", "tickets", "availability", "scores")
        for one in empty.points(figure)
    ]
    assert found == []
    assert "blind_share" not in empty.points("service")[0].fields
    empty.close()


def _devices(live: Live) -> list[Any]:
    with reading(live.engine) as conn:
        return list(load(conn).devices.values())
