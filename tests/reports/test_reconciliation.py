"""The reconciliation report over a database: what is selected, by whom it may be seen, and that all ways agree (K5)."""

from __future__ import annotations

import csv as reader
import io
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from sqlalchemy import insert

from alerts.tickets import Happening, New, change
from reports.asked import Asked, Unknown
from reports.availability import EMPTY
from reports.forms.csv_form import table_of
from reports.reconciliation import NOTHING, Report, Row, document, reconciliation
from reports.reconciliation_book import book
from sla.instant import DAY, MINUTE
from store import complaints, tickets
from store.database import writing
from store.inventory import apply
from store.pages import Scope
from store.schema import outages
from tests.reports.site import T0, Kinds, Site
from tests.reports.site import document as inventory

pytestmark = pytest.mark.slow


def csv(report: Report) -> str:
    """As the command line and the HTTP interface write it."""
    return table_of(book(document(report), str, "en", ZoneInfo("UTC"), "2026-10"), None)


class Calls(Site):
    """A site where people phone and complain; minutes after T0."""

    def opened(self, device: str, minute: float, source: str = "phone", vendor: str | None = "v-1") -> str:
        at = T0 + round(minute * MINUTE)
        with writing(self.engine) as conn:
            new = New(self.numbers[device], source, "x", vendor)
            return change(conn, new, Happening("opened", at, "who", {"source": source}), at + MINUTE).id

    def said(self, ticket: str, what: str, minute: float, by: str = "vendor", **detail: Any) -> None:
        at = T0 + round(minute * MINUTE)
        with writing(self.engine) as conn:
            change(conn, ticket, Happening(what, at, by, detail), at + MINUTE)

    def outage(self, device: str, start: float, until: float | None, ticket: str | None = None) -> None:
        end = None if until is None else T0 + round(until * MINUTE)
        row = {"device": self.numbers[device], "start": T0 + round(start * MINUTE), "until": end, "ticket": ticket}
        with writing(self.engine) as conn:
            more = {"last_ok": None, "confirmed_at": row["start"], "cause": "silence", "owner": "undetermined"}
            conn.execute(insert(outages).values(row | more))

    def complains(self, hall: str, minute: float, device: str | None = None, kind: str = "late_repair") -> None:
        at = T0 + round(minute * MINUTE)
        n = None if device is None else self.numbers[device]
        with writing(self.engine) as conn:
            complaints.record(conn, complaints.New(hall, n, None, kind, "slow", at, "customer"), at)  # type: ignore[arg-type]

    def reconciled(self, start: float = 0, until: float = 600, now: float = 600, **asked: Any) -> Report:
        period = Asked(T0 + round(start * MINUTE), T0 + round(until * MINUTE), **asked)
        return reconciliation(self.engine, period, {"printer": Kinds()}, T0 + round(now * MINUTE))


@pytest.fixture
def calls(tmp_path: Path) -> Iterator[Calls]:
    """P-1: seen at 10, phoned at 20, and 60 to 120; P-2: phoned, never seen; P-3: seen, never phoned."""
    made = Calls(tmp_path)
    first = made.opened("P-1", 20)
    made.outage("P-1", 10, 30, first)
    made.said(first, "restored", 30)
    second = made.opened("P-1", 65, source="detected")
    made.outage("P-1", 60, 130, second)
    made.said(second, "note", 120, by="desk", source="phone", reported=True, reported_at=T0 + 120 * MINUTE)
    made.said(second, "restored", 130)
    made.opened("P-2", 40, vendor="v-2")
    third = made.opened("P-3", 55, source="detected")
    made.outage("P-3", 50, 90, third)
    made.said(third, "restored", 90)
    made.complains("h-1", 60)
    made.complains("h-2", 60, "P-3")
    made.complains("h-2", 61, kind="other")
    yield made
    made.engine.dispose()


def row(report: Report, id: str | None) -> dict[str, Any]:
    (one,) = [one for one in (*report.rows, report.total) if one.id == id]
    return dict(_flat(one))


def _flat(one: Row) -> dict[str, Any]:
    found = one.figures
    return {name: n for name, n in found.classes.items() if n} | {"phoned": found.phoned, "first": found.first}


def test_K5_the_classes_of_a_month_by_hall(calls: Calls) -> None:
    report = calls.reconciled()
    assert row(report, "h-1") == {"matched": 2, "phone_only": 1, "phoned_late": 1, "phoned": 3, "first": 2}
    assert row(report, "h-2") == {"detected_only": 1, "complaint_without_call": 1, "phoned": 0, "first": 0}
    assert row(report, None) == {
        "matched": 2, "phone_only": 1, "detected_only": 1, "phoned_late": 1, "complaint_without_call": 1,
        "phoned": 3, "first": 2,
    }  # fmt: skip
    assert report.total.figures.median_lead_ms == 35 * MINUTE
    assert (report.total.figures.complaints, report.total.figures.faults, report.note) == (2, 4, None)


def test_K5_the_faults_and_the_complaints_behind_the_figures_are_named(calls: Calls) -> None:
    shown = document(calls.reconciled())
    assert [(one["ticket"], one["classes"], one["lead_s"]) for one in shown["faults"]] == [
        ("T-000001", ["matched"], 600),
        ("T-000003", ["phone_only"], None),
        ("T-000004", ["detected_only"], None),
        ("T-000002", ["matched", "phoned_late"], 3600),
    ]
    assert [(one["hall"], one["device"]) for one in shown["complaints_without_call"]] == [("h-2", "P-3")]
    assert {"K5", "K6", "O10"} <= set(shown["rules"])


def test_K5_a_fault_belongs_to_the_period_in_which_it_was_opened(calls: Calls) -> None:
    assert calls.reconciled(0, 40).total.figures.faults == 1
    assert calls.reconciled(40, 600).total.figures.faults == 3
    early = calls.reconciled(65, 600)
    assert (early.total.figures.faults, row(early, "h-2")["phoned"]) == (1, 0)


def test_K5_a_complaint_about_what_was_phoned_in_before_the_period_was_called(calls: Calls) -> None:
    calls.complains("h-1", 300, "P-2")
    assert row(calls.reconciled(200, 600), "h-1") == {"phoned": 0, "first": 0}
    assert calls.reconciled(200, 600).total.figures.complaints == 1


def test_K6_what_was_said_to_be_repaired_and_was_still_down(calls: Calls) -> None:
    calls.saw("PC-1", "u" + "d" * 60 + "u" * 5, 200)
    ticket = calls.opened("PC-1", 210, vendor=None)
    with writing(calls.engine) as conn:
        conn.execute(outages.update().where(outages.c.device == calls.numbers["PC-1"]).values(ticket=ticket))
    calls.said(ticket, "restored", 220)
    found = calls.reconciled(200, 600)
    assert row(found, "h-2")["restored_but_still_down"] == 1


def test_cancelled_and_preventive_tickets_are_no_faults(calls: Calls) -> None:
    gone = calls.opened("PC-1", 300)
    calls.said(gone, "cancelled", 310, reason="twice")
    with writing(calls.engine) as conn:
        new = New(calls.numbers["P-1"], "detected", "lowToner", "v-1", condition="lowToner")
        change(conn, new, Happening("opened", T0 + 300 * MINUTE, "hallwatch", {"source": "detected"}), T0 + 10**8)
    assert calls.reconciled().total.figures.faults == 4


def test_what_came_after_now_is_not_known(calls: Calls) -> None:
    report = calls.reconciled(0, 600, now=35)
    assert (report.total.figures.faults, report.total.figures.complaints) == (1, 0)


@pytest.mark.parametrize(
    ("asked", "halls", "faults", "complained"),
    [
        ({"halls": ("h-1",)}, ["h-1"], 3, 1),
        ({"branch": "b-2"}, ["h-2"], 1, 1),
        ({"vendor": "v-1"}, ["h-1", "h-2"], 3, 1),
        ({"kind": "pc"}, ["h-2"], 0, 0),
        ({"scope": Scope(vendor="v-1")}, ["h-1", "h-2"], 3, 1),
        ({"scope": Scope(vendor="v-2")}, ["h-1"], 1, 0),
        ({"scope": Scope(hall="h-1")}, ["h-1"], 3, 1),
        ({"scope": Scope(hall="h-2")}, ["h-2"], 1, 1),
        ({"scope": Scope(vendor="nobody")}, [], 0, 0),
    ],
)
def test_only_what_is_asked_for_and_may_be_seen_counts(
    calls: Calls, asked: dict[str, Any], halls: list[str], faults: int, complained: int
) -> None:
    report = calls.reconciled(**asked)
    assert [one.id for one in report.rows] == halls
    assert (report.total.figures.faults, report.total.figures.complaints) == (faults, complained)


def test_what_does_not_exist_is_refused_with_the_near_miss(calls: Calls) -> None:
    with pytest.raises(Unknown) as caught:
        calls.reconciled(halls=("h-11",))
    assert caught.value.near == "h-1"


def test_csv_and_json_show_the_same_figures(calls: Calls) -> None:
    report = calls.reconciled()
    shown, text = document(report), csv(report)
    rows = list(reader.DictReader(io.StringIO(text.removeprefix("\ufeff"))))
    assert [one["id"] for one in rows] == ["h-1", "h-2", "total"]
    for cells, one in zip(rows, [*shown["rows"], shown["total"]], strict=True):
        for name, cell in cells.items():
            if name not in ("id", "name"):
                assert cell == ("–" if one[name] is None else json.dumps(one[name])), name


def test_nothing_to_count_says_so(tmp_path: Path) -> None:
    empty = Calls(tmp_path, {})
    assert (empty.reconciled().note, len(csv(empty.reconciled()).splitlines())) == (EMPTY, 2)
    with writing(empty.engine) as conn:
        apply(conn, inventory(), T0, "test")
    found = empty.reconciled()
    assert (found.note, found.total.figures.share, [one.id for one in found.rows]) == (NOTHING, None, ["h-1", "h-2"])
    assert document(found)["calendars"] == ["hours"]
    empty.engine.dispose()


@pytest.mark.slow
def test_a_month_of_a_thousand_calls_is_counted_in_pieces(tmp_path: Path) -> None:
    calls = Calls(tmp_path)
    with writing(calls.engine) as conn:
        for n in range(1000):
            at = T0 + n * 30 * MINUTE
            ticket = tickets.add(conn, calls.numbers["P-1"], "phone", "x", at, vendor="v-1")
            tickets.append(conn, ticket.n, "opened", at, at, "desk", {"source": "phone"})
            tickets.append(conn, ticket.n, "restored", at + 10 * MINUTE, at, "vendor", {})
            tickets.set_state(conn, ticket.n, "restored", at + 10 * MINUTE)
    heard: list[tuple[int, int]] = []
    asked = Asked(T0, T0 + 31 * DAY)
    found = reconciliation(
        calls.engine, asked, {"printer": Kinds()}, T0 + 31 * DAY, lambda done, whole: heard.append((done, whole))
    )
    assert (found.total.figures.faults, heard[0], heard[-1]) == (1000, (0, 1000), (1000, 1000))
    calls.engine.dispose()
