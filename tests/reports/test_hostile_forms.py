"""Names that mean harm appear as text in every form: no formula, no markup, no command, nothing hidden or endless."""

from __future__ import annotations

import csv
import dataclasses
import html
import re
from pathlib import Path
from typing import Final
from xml.etree import ElementTree

import pytest
import typst

from reports.book import Book, Chart, Column, Fact, Table
from reports.fonts import NoFont
from reports.forms import FORMS
from reports.forms.pdf_form import pdf
from reports.forms.sheet_names import SheetNames
from reports.forms.texts import clean, file_name
from reports.forms.xlsx_form import LONGEST, text
from tests.reports.books import DOCUMENT, ZONE, identity, month
from tests.reports.form_readers import Page, converted, csv_rows, parts, pdf_text, sheets

FORMULAS: Final = (
    "=1+1",
    "+1+1",
    "-2+3",
    "@SUM(A1)",
    "\t=1+1",
    "\r=1+1",
    "＝1+1",
    '=HYPERLINK("http://x.example","y")',
    "=cmd|' /C calc'!A0",
    "{=1+1}",
    "'=1",
)
MARKUP: Final = (
    '<script>alert(1)</script><img src=x onerror="alert(2)">',
    "</title></style></table>&amp;&lt;",
    '#read("/etc/passwd")',
    '#image("x.png") *bold* _it_ $x^2$ @ref <label> `raw` \\ // /* [ ] ${7*7} {{7*7}} {%x%}',
    '"); #panic("out"); //',
    "http://x.example/?a=1&b=2",
    "_x0041_",
    "]]>",
    "{title} {0} %s %(x)s",
)
UNSEEN: Final = (
    "a\u202eb\u2066c\u200fd",
    "nul\x00bell\x07esc\x1b[31m",
    "half\ud800\udfff",
    "non\ufffe\uffff",
    "one\r\ntwo\u2028three",
)
PLAIN: Final = ("👩‍🚒🇨🇳🖨️", "飞鹅路", "", " ", "é́́́́", "ﷺ שלום")
LONG: Final = ("x" * 10_000, "打" * 10_000, "印 " * 5_000)
HOSTILE: Final = (*FORMULAS, *MARKUP, *UNSEEN, *PLAIN, *LONG)


def book(names: tuple[str, ...] = HOSTILE) -> Book:
    """A book that has nothing but such names, in every place where data may stand."""
    last = names[0]
    columns = (Column("id", last), Column("name", names[-1]), Column("count", last, "count"))
    return Book(
        last,
        last,
        names[-1],
        "zh",
        ZONE,
        tuple(Fact(f"f{n}", one, one) for n, one in enumerate(names)),
        tuple(Fact(f"g{n}", one, one) for n, one in enumerate(names[:4])),
        names,
        tuple(Chart(one, "bars", ((one, 0.5), (last, None))) for one in names[:3]),
        tuple(
            Table(f"t{n}", one, columns, tuple((name, name, name) for name in names), (one, one, None), one)
            for n, one in enumerate((last, names[-1], last))
        ),
        names[:3],
    )


def write(form: str, names: tuple[str, ...] = HOSTILE) -> bytes:
    return FORMS[form].write(DOCUMENT, book(names), identity)


def test_a_csv_has_each_text_with_a_mark_before_what_a_spreadsheet_would_count() -> None:
    rows = csv_rows(write("csv"))[1:-1]
    for name, row in zip(HOSTILE, rows, strict=True):
        meant = name.encode("utf-8", "replace").decode()
        assert row[0] in {meant, f"'{meant}"}
        assert not row[0].startswith(tuple("=+-@\t\r＝"))


def test_a_workbook_has_strings_and_neither_formulas_nor_links() -> None:
    raw = write("xlsx")
    for name, xml in parts(raw).items():
        ElementTree.fromstring(xml)
        assert "<f>" not in xml
        assert "<f " not in xml
        assert "<hyperlink" not in xml, name
    found = list(sheets(raw).values())[1][1:]
    for name, row in zip(HOSTILE, found, strict=False):
        assert (row[0] or "").replace("_x005F_", "_") == text(name)  # type: ignore[attr-defined]  # escaped as OOXML has it


def test_a_page_has_texts_and_no_element_of_them() -> None:
    raw = write("html")
    page = Page(raw)
    assert not page.tags & {"script", "img", "iframe", "a", "object", "link", "base", "form"}
    assert not {one for one in page.attributes if one.startswith("on") or one in {"src", "href", "style"}}
    for name, row in zip(HOSTILE, page.tables[0][1:], strict=False):
        assert row[0].endswith(clean(name))
    assert "\u202e" not in html.unescape(raw.decode())


@pytest.mark.slow
def test_a_pdf_has_texts_and_runs_none_of_them(tmp_path: Path) -> None:
    raw = write("pdf")
    said = re.sub(r"\s", "", pdf_text(raw, tmp_path, "-raw"))
    for name in (*FORMULAS, *MARKUP, "飞鹅路", "x" * 150, "打" * 150):
        assert re.sub(r"\s", "", clean(name)) in said.replace("\u200b", ""), name
    assert "root:" not in said
    for kind in (b"/URI", b"/JavaScript", b"/Launch", b"/OpenAction", b"/EmbeddedFile"):
        assert kind not in raw, kind


@pytest.mark.slow
def test_a_name_of_10000_characters_takes_no_page_of_its_own(tmp_path: Path) -> None:
    def pages(names: tuple[str, ...]) -> int:
        return pdf_text(write("pdf", names), tmp_path).count("\f")

    assert pages(("飞鹅路", *LONG)) <= pages(("飞鹅路",) * 4) + 4


@pytest.mark.slow
def test_the_same_report_is_the_same_file() -> None:
    assert write("pdf", ("飞鹅路",)) == write("pdf", ("飞鹅路",))


@pytest.mark.slow
def test_without_a_chinese_font_there_is_an_error_that_says_what_to_install() -> None:
    bare = typst.Fonts(include_system_fonts=False)
    with pytest.raises(NoFont, match="fonts-noto-cjk"):
        pdf(month(2), identity, fonts=bare)
    latin = Book("a", "Report", "", "en", ZONE, tables=(Table("t", "Table", (Column("id", "Id"),), (("A",),)),))
    assert pdf(latin, identity, fonts=bare).startswith(b"%PDF")


def test_names_of_sheets_are_such_as_spreadsheets_take_and_no_two_alike() -> None:
    names = SheetNames()
    found = [names.name(one) for one in (*HOSTILE, *HOSTILE, "History", "a/b:c*d?[e]", "A", "a", "'a'")]
    assert len({one.casefold() for one in found}) == len(found)
    for one in found:
        assert 1 <= len(one.encode("utf-16-le")) // 2 <= 31
        assert not set(one) & set("[]:*?/\\")
        assert one.strip("'") == one
        assert one.casefold() != "history"


def test_a_cell_holds_as_many_units_as_a_spreadsheet_takes() -> None:
    for one in ("x" * 40_000, "🖨" * 20_000):
        units = len(text(one).encode("utf-16-le")) // 2
        assert LONGEST - 1 <= units <= LONGEST
        assert text(one).endswith("…")


def test_a_files_name_has_nothing_that_a_system_minds() -> None:
    assert file_name("../../etc/passwd") == "etc_passwd"
    assert file_name("飞鹅路 / b-1") == "飞鹅路_b-1"
    assert file_name("\x00\u202e") == "report"


@pytest.mark.server
def test_libreoffice_counts_nothing_in_the_csv_nor_in_the_workbook(tmp_path: Path) -> None:
    few = (*FORMULAS, *MARKUP, *UNSEEN)
    small = dataclasses.replace(book(few), tables=book(few).tables[:1])
    for form in ("csv", "xlsx"):
        file = tmp_path / f"{form}.{form}"
        file.write_bytes(FORMS[form].write(DOCUMENT, small, identity))
        target = (
            "xlsx" if form == "csv" else "csv:Text - txt - csv (StarCalc):44,34,76,1,,0,false,true,false,false,false,2"
        )
        out = converted(file, target)
        if form == "csv":
            again = out.read_bytes()
            assert all("<f" not in re.sub("<fo|<fi|<fgColor|<family", "", xml) for xml in parts(again).values())
            found = [row[0] for row in next(iter(sheets(again).values()))[1:]]
            assert all(isinstance(one, str) for one in found if one is not None)
        else:
            made = next(out.parent.glob("xlsx*.csv"))
            rows = list(csv.reader(made.read_text("utf-8").splitlines()))
            assert "=1+1" in {row[0] for row in rows}
            assert "2" not in {row[0] for row in rows}
