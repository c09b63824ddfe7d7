"""Line protocol: the full tag set from the first point on, floats, and nothing that a device says breaks out."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from store.influx.lines import carried, carried_field, device_line, line
from store.influx.query import filled, ident, literal
from store.metrics import Sample, Tags


def test_a_device_has_all_six_tags_and_floats_from_the_first_point_on() -> None:
    told = device_line(Sample("P-1", 1_700_000_000_000, {"level": 80, "rtt_ms": 1.25}))
    tags = "branch=-,device=P-1,hall=-,kind=-,model=-,vendor=-"
    assert told == f"device,{tags} level=80.0,rtt_ms=1.25 1700000000000"


def test_what_is_not_finite_is_left_out_and_nothing_left_is_no_line() -> None:
    values = {"a": float("nan"), "b": float("inf"), "c": 1.0}
    assert line("m", {}, values, 5) == "m c=1.0 5"
    assert line("m", {}, {"a": float("nan")}, 5) is None
    assert line("m", {}, {}, 5) is None


@pytest.mark.parametrize(
    ("said", "written"),
    [
        ("a b", r"a\ b"),
        ("a,b=c", r"a\,b\=c"),
        ("", "-"),
        ("end\\", "end＼"),
        ("a\\,b", r"a＼\,b"),
        ("a\\b", "a\\b"),
        ("two\nlines", "two␊lines"),
        ("tab\tnul\0", "tab␉nul␀"),
        ("\ud800", "\ufffd"),
        ("柜员 😀", "柜员\\ 😀"),
        ('"', '"'),
    ],
)
def test_names_are_escaped_and_what_cannot_be_carried_is_replaced_visibly(said: str, written: str) -> None:
    assert line("m", {"t": said}, {"f": 1.0}, 5) == f"m,t={written} f=1.0 5"
    assert line("m", {}, {said: 1.0}, 5) == f"m {written}=1.0 5"


def test_texts_are_quoted_and_stay_in_their_line() -> None:
    assert line("m", {}, {"cause": 'a "b" \\ c\nd, e=f'}, 5) == 'm cause="a \\"b\\" \\\\ c␊d, e=f" 5'


def test_a_field_called_time_is_not_the_points_time() -> None:
    assert (carried_field("time"), carried("time")) == ("time_", "time")


@given(st.text(), st.text())
def test_a_line_is_one_line(tag: str, text: str) -> None:
    told = line("m", {"t": tag}, {tag: 1.0, "text": text}, 5)
    assert told is not None
    assert len(told.splitlines()) == 1
    assert told.encode()
    assert carried(carried(tag)) == carried(tag)


def test_names_and_values_in_a_query_cannot_become_a_clause() -> None:
    assert ident('a" OR 1=1 --\\') == '"a\\" OR 1=1 --\\\\"'
    assert literal("a' OR 'x'='x\\\n") == "'a\\' OR \\'x\\'=\\'x\\\\\\n'"
    assert filled("WHERE a = $device AND b < $n", {"device": "x' $n", "n": 5}) == "WHERE a = 'x\\' $n' AND b < 5"


def test_tags_are_those_of_the_sample() -> None:
    told = device_line(Sample("P-1", 5, {"x": 1.0}, Tags("h-1", "b", "printer", "M 1", "v")))
    assert told == "device,branch=b,device=P-1,hall=h-1,kind=printer,model=M\\ 1,vendor=v x=1.0 5"
