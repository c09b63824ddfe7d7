"""What devices say, read as it was meant: texts in many letters, bits as octets, numbers and texts (C2)."""

from __future__ import annotations

import json
from itertools import pairwise
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from collector.observation import Value
from collector.reading import READERS, clean


@pytest.mark.parametrize(
    ("raw", "text"),
    [
        (b"HP LaserJet", "HP LaserJet"),
        ("黑色墨粉盒".encode(), "黑色墨粉盒"),
        ("黑色墨粉盒".encode("gbk"), "黑色墨粉盒"),
        ("纸盒 1 缺纸".encode("gb18030"), "纸盒 1 缺纸"),
        ("黑色墨粉盒".encode("gbk")[:-1], "黑色墨粉"),
        ("黑色墨粉盒".encode()[:-1], "黑色墨粉"),
        ("\ufeff黑色墨粉".encode(), "黑色墨粉"),
        ("Black 黑色".encode("utf-16"), "Black 黑色"),
        ("黑色".encode("utf-16-be").join((b"\xfe\xff", b"\0\0")), "黑色"),
        ("Black Toner".encode("utf-16-le"), "Black Toner"),
        ("Black Toner".encode("utf-16-be"), "Black Toner"),
        ("Bac à papier, début".encode("latin-1"), "Bac à papier, début"),
        ("Tür öffnen".encode("latin-1"), "Tür öffnen"),
        ("Låg nivå, cyan å".encode()[:-1], "Låg nivå, cyan"),
        ("Загрузите бумагу".encode(), "Загрузите бумагу"),
        ("一号盒".encode("gbk")[:2], "一"),
        (b"Toner\x00\x00", "Toner"),
        (b"TK-8115K\x00\xff\xff"[:9], "TK-8115K"),
        (b"Black Toner   ", "Black Toner"),
        (b"\x00\x00", ""),
        (b"a\r\n\x1b[31mb\x07", "a [31mb"),
        ("a\u202eb\u200bc".encode(), "a b c"),
        (b"\xff\xff\xff", "ÿÿÿ"),
        (b"0x426C61636B20546F6E657200", "Black Toner"),
        (b"E9 BB 91 E8 89 B2 00", "黑色"),
        (b"42:6c:61:63:6b", "Black"),
        (b"12 34 56 78", "12 34 56 78"),
        (b"00:1b:a9:74:ec:f9", "00:1b:a9:74:ec:f9"),
        (b"0x00000001", "0x00000001"),
        (b"x" * 5000, "x" * 256),
        ("黑".encode() * 5000, "黑" * 256),
        (b"", ""),
    ],
)
def test_a_description_is_read_in_its_letters_cleaned_and_bounded(raw: bytes, text: str) -> None:
    assert clean(raw) == text


@given(st.binary(max_size=2000) | st.text("0123456789abcdefx :", max_size=1200).map(str.encode))
@settings(max_examples=150)
def test_any_description_is_one_short_line_that_can_be_sent(raw: bytes) -> None:
    text = clean(raw)
    assert len(text) <= 256
    assert text.isprintable()
    json.dumps(text, ensure_ascii=False).encode()


@given(st.text(st.characters(min_codepoint=0x4E00, max_codepoint=0x9FA5), min_size=1, max_size=40))
@settings(max_examples=100)
def test_Chinese_is_read_whether_it_came_as_UTF_8_or_as_GBK(text: str) -> None:
    assert clean(text.encode()) == text
    octets = text.encode("gbk")
    assert clean(octets) == text or _may_be_something_else(octets)


def _may_be_something_else(octets: bytes) -> bool:
    """Whether it is UTF-8 as well, or Latin-1 in which no two octets beyond ASCII follow one another."""
    try:
        return bool(octets.decode())
    except UnicodeDecodeError:
        return not any(a > 0xA0 < b for a, b in pairwise(octets))


@pytest.mark.parametrize(
    ("form", "raw", "value"),
    [
        ("integer", 5, 5),
        ("integer", -3, -3),
        ("integer", b"17", 17),
        ("integer", b" -3\0", -3),
        ("integer", b"--3", None),
        ("integer", b"12 pages", None),
        ("integer", "1.3.6", None),
        ("integer", 1 << 64, None),
        ("integer", float("nan"), None),
        ("text", 5, None),
        ("oid", "1.3.6.1", "1.3.6.1"),
        ("oid", b"x", None),
    ],
)
def test_an_answer_of_the_wrong_type_is_no_value(form: Any, raw: Any, value: Value | None) -> None:
    assert READERS[form](raw) == value


@pytest.mark.parametrize(
    ("raw", "octets"),
    [
        (b"", ""),
        (b"\x40", "40"),
        (b"\x00\x04", "0004"),
        (b"\x20\x00", "2000"),
        ("1.3.6.1", None),
        (b"no paper", None),
        (b"OFFLINE\0", None),
        (b"40", "3430"),
        (b"00", "00"),
        (b"0x40", "40"),
        (b"0x4000", "4000"),
        (b"40 00 ", "4000"),
        (b"4000", "4000"),
        (b"01000000", "40"),
        (b"0100000000000000", "4000"),
        (0, "00"),
        (64, "40"),
        (0x4004, "4004"),
        (-1, None),
        (1 << 16, None),
        (1.5, None),
        (None, None),
        (b"\xff" * 100, "ff" * 16),
    ],
)
def test_C2_bits_are_read_from_octets_a_number_or_a_text(raw: Any, octets: str | None) -> None:
    assert READERS["bits"](raw) == octets
