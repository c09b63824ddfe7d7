"""Stickers: what they hold, and that hostile texts stay texts."""

from __future__ import annotations

import re
import zlib
from io import BytesIO
from pathlib import Path

import pytest
import segno
import typst
from PIL import Image
from typer.testing import CliRunner, Result

from hallwatch import cli
from reports.fonts import NoFont
from reports.labels import LONGEST, MOST, Label, TooMany, address, code, plain, sheets
from tests.reports.site import Site

pytestmark = pytest.mark.slow

SITE = "https://hallwatch.example"
HOSTILE = ('#image("/etc/passwd")', "*x* _y_ $a$ @ref <label> \\ // /* [", '"} #panic("out")', "=1+1", "${7*7}{{7*7}}")
CHINESE = any("CJK SC" in name for name in typst.Fonts().families())
needs_fonts = pytest.mark.skipif(not CHINESE, reason="no Chinese font is installed; scripts/test installs it")


def label(id: str, kind: str = "printer", hall: str = "h-01") -> Label:
    return Label(id, kind, hall, address(SITE, id))


def printed(labels: list[Label]) -> list[bytes]:
    return sheets(labels, "stickers", "Scan to report a fault", "en")


def pictures(labels: list[Label]) -> list[Image.Image]:
    made = sheets(labels, "stickers", "Scan to report a fault", "en", "png")
    return [Image.open(BytesIO(one)).convert("L") for one in made]


def text_of(pdf: bytes) -> str:
    """Every character that the fonts of a PDF stand for, by their ToUnicode tables."""
    found = ""
    for stream in re.findall(rb"stream\r?\n(.*?)\r?\nendstream", pdf, re.DOTALL):
        try:
            table = zlib.decompress(stream)
        except zlib.error:
            continue
        for pairs in re.findall(rb"beginbfchar(.*?)endbfchar", table, re.DOTALL):
            for text in re.findall(rb"<[0-9A-F]+>\s*<([0-9A-F]+)>", pairs):
                found += bytes.fromhex(text.decode()).decode("utf-16-be")
    return found


def modules(page: Image.Image, url: str, column: int, row: int) -> list[list[int]]:
    """The code of a sticker read back from the printed page: 1 for a dark module."""
    size = int(segno.make(url, micro=False, error="m").symbol_size(border=0)[0])
    mm = page.width / 210
    left, top = (column * 70 + 6) * mm, (0.5 + row * 37 + 5.5) * mm
    step = 26 * mm / size
    at = [(int(left + (x + 0.5) * step), int(top + (y + 0.5) * step)) for y in range(size) for x in range(size)]
    dark = [int(int(page.getpixel(one)) < 128) for one in at]  # type: ignore[arg-type]  # one band: a number
    return [dark[y * size : (y + 1) * size] for y in range(size)]


def test_a_code_holds_an_address_with_the_id_and_no_secret() -> None:
    assert address("https://hallwatch.example/", "PR-0101") == "https://hallwatch.example/d/PR-0101"
    assert address(SITE, "打印 1?&") == "https://hallwatch.example/d/%E6%89%93%E5%8D%B0%201%3F%26"


def test_a_single_code_is_a_picture_without_scripts_and_styles() -> None:
    drawn = code(address(SITE, '"><script>')).decode()
    assert "<svg" in drawn
    assert "script" not in drawn
    assert "style" not in drawn


def test_texts_lose_what_is_not_seen_and_what_turns_their_direction() -> None:
    assert plain("a\u202eb\u200d\x07c\u2066\u2028") == "abc"
    assert plain("x" * 10_000) == "x" * (LONGEST - 1) + "…"


def test_every_code_on_a_sheet_is_the_one_of_its_device() -> None:
    labels = [label(f"PR-01{n:02d}") for n in range(24)]
    page = pictures(labels)[0]
    for n in (0, 1, 5, 22, 23):
        matrix = [list(row) for row in segno.make(labels[n].url, micro=False, error="m").matrix]
        assert modules(page, labels[n].url, n % 3, n // 3) == matrix, n


def test_a_sheet_has_24_stickers_and_the_next_one_begins_a_page() -> None:
    assert len(pictures([label(f"A-{n}") for n in range(25)])) == 2


@needs_fonts
def test_hostile_texts_come_out_as_texts() -> None:
    made = printed([label(text, text, text) for text in HOSTILE])[0]
    letters = text_of(made)
    for text in HOSTILE:
        assert set(text) - {" "} <= set(letters), text
    assert "root:" not in letters
    assert b"/Count 1" in made


@needs_fonts
def test_a_name_of_10000_characters_spoils_no_neighbour() -> None:
    plain_page = pictures([label("A-1"), label("B-2")])[0]
    long = Label("A-1" * 5000, "打" * 10_000, "很长" * 5000, address(SITE, "A-1"))
    beside = pictures([long, label("B-2")])[0]
    mm = plain_page.width / 210
    second = (int(72.5 * mm), int(3 * mm), int(137 * mm), int(35 * mm))
    assert beside.crop(second).tobytes() == plain_page.crop(second).tobytes()
    under = (int(3 * mm), int(40 * mm), int(207 * mm), int(290 * mm))
    assert beside.crop(under).tobytes() == plain_page.crop(under).tobytes()


@needs_fonts
def test_chinese_names_are_printed_as_such() -> None:
    letters = text_of(printed([label("资产-1", "打印机", "飞鹅路营业厅")])[0])
    assert set("资产打印机飞鹅路营业厅") <= set(letters)


def test_without_a_chinese_font_chinese_is_an_error_that_says_what_to_install() -> None:
    bare = typst.Fonts(include_system_fonts=False)
    with pytest.raises(NoFont, match="fonts-noto-cjk"):
        sheets([label("A-1", "打印机")], "t", "h", "zh", fonts=bare)
    assert sheets([label("A-1", "printer")], "t", "h", "en", fonts=bare)[0].startswith(b"%PDF")


def test_one_file_holds_no_more_than_is_printed_at_once() -> None:
    with pytest.raises(TooMany):
        printed([label("A-1")] * (MOST + 1))


def test_a_hall_without_devices_has_an_empty_sheet() -> None:
    assert len(pictures([])) == 1


@pytest.fixture
def site(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    Site(tmp_path).engine.dispose()
    (tmp_path / "hallwatch.toml").write_text(
        '[database]\nurl = "sqlite:///site.db"\n[http]\nurl = "https://hw.example/"\n'
    )
    return tmp_path


def say(*words: str) -> Result:
    return CliRunner().invoke(cli.app_of(cli.COMMANDS), list(words), catch_exceptions=False)


@needs_fonts
def test_the_command_writes_a_halls_stickers(site: Path) -> None:
    done = say("labels", "h-1", "-o", "out.pdf")
    assert (done.exit_code, done.stderr) == (0, "")
    assert "out.pdf" in done.stdout
    assert set("P-1飞鹅路") <= set(text_of((site / "out.pdf").read_bytes()))


@needs_fonts
def test_the_command_says_that_codes_lead_to_this_machine_where_no_address_is_set(site: Path) -> None:
    (site / "hallwatch.toml").write_text('[database]\nurl = "sqlite:///site.db"\n')
    done = say("labels", "h-1", "-o", "out.pdf")
    assert done.exit_code == 0
    assert "http.url" in done.stderr


def test_the_command_says_what_it_cannot_do(site: Path) -> None:
    assert "did you mean h-" in say("labels", "h-11", "-o", "out.pdf").stderr
    assert say("labels", "h-11", "-o", "out.pdf").exit_code == 1
    assert say("labels", "h-2", "-o", "no/such/place.pdf").exit_code == 1
    assert say("labels", "h-2").exit_code == 2
