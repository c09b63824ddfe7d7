"""K1: files as people's systems write them, and as nobody should."""

from __future__ import annotations

import io
import zipfile
from datetime import datetime, timedelta

import pytest

from alerts.imports import sheet, table
from alerts.imports.bringing import read_table
from alerts.imports.fault import Unreadable
from alerts.imports.mapping import Layout
from alerts.imports.table import Formula, Line
from tests.alerts.imports.files import csv_of, row, xlsx_of


def lines(data: bytes, layout: Layout | None = None) -> list[Line]:
    return list(read_table(data, "a", layout or Layout()).lines)


def reason(data: bytes, layout: Layout | None = None) -> str:
    with pytest.raises(Unreadable) as caught:
        lines(data, layout)
    return caught.value.faults[0].told()


@pytest.mark.parametrize("coding", ["utf-8", "utf-8-sig", "gbk"])
@pytest.mark.parametrize("delimiter", [",", ";", "\t"])
def test_csv_in_every_coding_and_with_every_delimiter(coding: str, delimiter: str) -> None:
    data = csv_of(row(symptom=f"卡纸{delimiter}又卡"), delimiter=delimiter, coding=coding)
    found = read_table(data, "a.csv", Layout())
    assert found.headings[0] == "工单号"
    assert [(line.number, line.cells[13]) for line in found.lines] == [(2, f"卡纸{delimiter}又卡")]


def test_a_row_is_numbered_by_the_line_on_which_it_begins() -> None:
    data = csv_of(row(symptom="一\n二\n三"), row("OA-2"))
    assert [line.number for line in lines(data)] == [2, 5]


def test_headings_may_stand_lower() -> None:
    data = "导出\n\nid,t\n1,2\n".encode()
    assert [line.cells for line in lines(data, Layout(header=3))] == [["1", "2"]]


def test_broken_csv_is_told_with_its_row() -> None:
    with pytest.raises(Unreadable) as caught:
        lines(b'a,b\n1,"never closed\n2,3\n')
    assert caught.value.faults[0].row == 2


def test_what_is_neither_utf_8_nor_gbk_is_refused() -> None:
    assert reason(b"\xff\xff\xff,\x80") == "neither UTF-8 nor GBK"
    assert reason("工".encode("gbk"), Layout(encoding="utf-8")) == "not written in utf-8"


@pytest.mark.parametrize("data", [b"", b"\n\n"])
def test_a_file_without_headings_is_refused(data: bytes) -> None:
    assert reason(data, Layout(header=2)) == "there is no row of headings"


def test_cells_of_a_sheet_keep_their_types() -> None:
    when = datetime(2026, 11, 2, 10, 0)  # noqa: DTZ001 - a spreadsheet's clock has no zone
    (line,) = lines(xlsx_of(row(opened=when, symptom="=1+1", cause=7)))
    assert (line.cells[5], line.cells[13], line.cells[14]) == (when, Formula("=1+1"), 7)


def test_an_unknown_sheet_is_told_with_those_there_are() -> None:
    assert reason(xlsx_of(), Layout(sheet="十一月")) == "there is no sheet 十一月; there are: Sheet"


@pytest.mark.slow
def test_a_zip_bomb_is_refused_before_it_is_unpacked() -> None:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        for i in range(3):
            archive.writestr(f"xl/{i}.xml", b"<" + b" " * 50_000_000)
    assert reason(out.getvalue()) == "unpacked it is larger than 128 MiB"


def test_too_many_parts_are_refused() -> None:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        for i in range(sheet.MAX_PARTS + 1):
            archive.writestr(f"{i}", b"")
    assert "larger" in reason(out.getvalue())


def test_entities_are_refused() -> None:
    source = zipfile.ZipFile(io.BytesIO(xlsx_of(row())))
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        for part in source.infolist():
            data = source.read(part)
            if part.filename == "xl/worksheets/sheet1.xml":
                data = b'<!DOCTYPE x [<!ENTITY a "aaaa"><!ENTITY b "&a;&a;">]>' + data
            archive.writestr(part.filename, data)
    assert reason(out.getvalue()) == "its XML holds declarations that no spreadsheet needs"


@pytest.mark.parametrize("cut", [30, 500, 2000])
def test_a_broken_sheet_is_refused(cut: int) -> None:
    assert "not an XLSX file" in reason(xlsx_of(row())[:cut])


@pytest.mark.slow
def test_a_row_far_below_costs_no_memory() -> None:
    source = zipfile.ZipFile(io.BytesIO(xlsx_of(row())))
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        for part in source.infolist():
            data = source.read(part)
            archive.writestr(part.filename, data.replace(b'r="2"', b'r="1048576"').replace(b'"A2"', b'"A1048576"'))
    assert lines(out.getvalue()) == []


def test_a_file_has_a_bound() -> None:
    assert reason(b"a" * (table.MAX_BYTES + 1)) == "larger than 32 MiB"


def test_too_many_columns_are_refused() -> None:
    assert reason(b"a," * 300 + b"\n") == "more than 200 columns"


def test_the_library_of_sheets_counts_days_as_we_do() -> None:
    assert datetime(2026, 11, 2) - table.EPOCH_1900 == timedelta(days=46_328)  # noqa: DTZ001
