"""K1: each row is checked alone; every fault is told at once with its row, column, reason and near miss."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from alerts.imports.mapping import USUAL_TIMES
from alerts.imports.table import EPOCH_1900
from alerts.imports.times import NoInstant, instant
from sla.instant import render
from tests.alerts.imports.files import MAPPING, at, bring_in, counts, events, row, take, told, xlsx_of
from tests.alerts.site import Site

SHANGHAI = ZoneInfo("Asia/Shanghai")


def read(cell: Any, *formats: str) -> str:
    return render(instant(cell, formats or USUAL_TIMES, SHANGHAI, EPOCH_1900))


@pytest.mark.parametrize(
    "cell",
    [
        "2026-11-02 10:00:00",
        "2026/11/2 10:00",
        " 2026-11-02T10:00:00 ",
        "2026-11-02T02:00:00Z",
        "2026-11-02T12:00:00+10:00",
        "46328.4166666667",
        46328.4166666667,
        datetime(2026, 11, 2, 10),  # noqa: DTZ001 - a spreadsheet's clock has no zone
    ],
)
def test_T1_an_instant_is_read_however_it_is_written(cell: Any) -> None:
    assert read(cell) == "2026-11-02T02:00:00.000Z"


@pytest.mark.parametrize(
    "cell",
    ["2026-02-30 10:00", "2026-11-02", date(2026, 11, 2), True, "10:00", "soon", "9" * 40, 3e9, -1, float("nan"), 60],
)
def test_T1_what_is_no_instant_is_none(cell: Any) -> None:
    with pytest.raises(NoInstant):
        read(cell)


def test_T1_a_date_alone_is_taken_where_a_format_says_so() -> None:
    assert read("2026-11-02", "%Y-%m-%d") == read(date(2026, 11, 2), "%Y-%m-%d") == "2026-11-01T16:00:00.000Z"


def test_T1_an_hour_that_a_zone_has_twice_is_its_first() -> None:
    berlin = ZoneInfo("Europe/Berlin")
    assert render(instant("2026-10-25 02:30", USUAL_TIMES, berlin, EPOCH_1900)) == "2026-10-25T00:30:00.000Z"


def test_every_fault_of_a_file_is_told_at_once(site: Site) -> None:
    found = take(
        site,
        row("OA-1", device="P-11"),
        row("OA-2", opened="2026-02-30 08:00"),
        row("OA-3", restored="2026-11-02 09:00"),
        row("OA-4", opened="2027-01-01 08:00", source="电活"),
        row(""),
        row("OA-6", how="丢了", opened=""),
        row("OA-7", arrived="1970-01-02 08:00"),
        row("OA-8"),
    )
    formats = ", ".join(USUAL_TIMES)
    assert told(found) == [
        (2, "资产编号", "no device has the asset number P-11"),
        (3, "报障时间", f"2026-02-30 08:00 is no instant by the formats {formats}"),
        (4, "恢复时间", "before the ticket was opened"),
        (5, "来源", "电活 is not among the mapping's values; known: 电话, 巡检, 投诉"),
        (5, "报障时间", "it lies in the future"),
        (6, "工单号", "empty"),
        (7, "报障时间", "empty"),
        (7, "处理方式", "丢了 is not among the mapping's values; known: 修复, 换备机"),
        (8, "到场时间", "it lies before the year 2000"),
    ]
    near = {one.row: one.near_miss for one in found.faults.listed() if one.near_miss}
    assert (near[2], near[5]) == ("P-1", "电话")
    assert counts(found) == {"new": 1, "refused": 7}
    assert not found.outcome.taken
    assert site.tickets() == []


def test_a_missing_column_is_told_with_the_near_miss(site: Site) -> None:
    found = bring_in(site, "工单,资产编号,报障时间,报障时间\n".encode())
    missing = [one for one in found.faults.listed() if one.column == "工单号"]
    assert (missing[0].told(), missing[0].near_miss) == ("there is no such column", "工单")
    assert (0, "报障时间", "there are 2 columns of this heading") in told(found)


@pytest.mark.parametrize(
    ("said", "reason"),
    [
        ({"symptom": "=HYPERLINK(1)"}, "a formula; save the file with values"),
        ({"opened": "=NOW()"}, "a formula; save the file with values"),
        ({"symptom": "x" * 10_001}, "longer than 10000 characters"),
        ({"external_id": "x" * 129}, "longer than 128 characters"),
        ({"external_id": 12345678901234567890.0}, "a number that a spreadsheet has rounded; write the column as text"),
        ({"external_id": "a\u202eb"}, "holds characters that cannot be seen"),
        ({"external_id": "a\nb"}, "holds characters that cannot be seen"),
        ({"opened": True}, "True is no instant by the formats " + ", ".join(USUAL_TIMES)),
    ],
)
def test_hostile_cells_are_refused(site: Site, said: dict[str, Any], reason: str) -> None:
    assert told(bring_in(site, xlsx_of(row() | said)))[0][2] == reason


def test_texts_lose_what_cannot_be_seen_and_are_cut(site: Site) -> None:
    found = take(site, row(symptom="卡\u202e纸\x07\t又\n卡" + "x" * 600))
    assert told(found) == [(2, "现象", "cut to 512 characters")]
    assert found.ok
    assert site.ticket().symptom.startswith("卡纸 又 卡xxx")
    assert len(site.ticket().symptom) == 512


def test_a_text_that_looks_like_a_formula_is_a_text_in_csv(site: Site) -> None:
    take(site, row(symptom="=cmd|' /C calc'!A0"))
    assert site.ticket().symptom == "=cmd|' /C calc'!A0"


def test_numbers_of_a_sheet_are_ids_without_a_point(site: Site) -> None:
    bring_in(site, xlsx_of(row() | {"external_id": 2026110001.0}))
    assert site.ticket().external_id == "2026110001"


@pytest.mark.parametrize(
    ("said", "reason"),
    [
        ({"device": "p-1"}, None),
        ({"device": "", "hall": "飞鹅路营业厅", "kind": "pc"}, None),
        ({"device": "", "hall": "H-01", "kind": "PC"}, None),
        ({"device": "", "hall": "h-01", "kind": "printer"}, "2 devices of h-01 may be meant by printer"),
        ({"device": "", "hall": "h-01", "kind": "kiosk"}, "h-01 has no device kiosk"),
        ({"device": "", "hall": "飞鹅厅", "kind": "pc"}, "there is no hall 飞鹅厅"),
        ({"device": ""}, "it names no device"),
        ({"device": "", "serial": "S-9"}, "no device has the serial number S-9"),
    ],
)
def test_a_device_is_found_by_what_people_write(site: Site, said: dict[str, str], reason: str | None) -> None:
    found = take(site, row(**said))
    assert [one[2] for one in told(found)] == ([] if reason is None else [reason])


def test_the_same_id_twice_is_refused_where_it_says_something_else(site: Site) -> None:
    found = take(site, row(), row(), row(symptom="冒烟"))
    assert told(found) == [(4, "工单号", "OA-1 is in row 2 already, and says something else")]
    assert counts(take(site, row(), row())) == {"new": 1}


def test_a_column_may_say_only_whether_it_was_cancelled(site: Site) -> None:
    take(site, row(acknowledged="2026-11-02 10:05", cancelled="是", reason="误报"), row("OA-2", cancelled="否"))
    cancelled = [one for ticket in site.tickets() for one in events(site, ticket) if one.event == "cancelled"]
    assert [(one.at, one.detail["reason"]) for one in cancelled] == [(at("10:05"), "误报")]


def test_an_unknown_zone_of_times_is_that_of_the_site_or_of_the_mapping(site: Site) -> None:
    bring_in(site, xlsx_of(row()), MAPPING.replace('system = "oa"', 'zone = "UTC"'), now=at("23:00"))
    assert events(site)[0].at == at("18:00")
