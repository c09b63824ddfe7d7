"""Files that mean harm: never a traceback, never much time or memory."""

from __future__ import annotations

import json

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from hallwatch.inventory import read_inventory
from tests.hallwatch.inventories import CITY, judged

BOMB = "a0: &a0 [x,x,x,x,x,x,x,x,x]\n" + "".join(
    f"a{n}: &a{n} [{','.join([f'*a{n - 1}'] * 9)}]\n" for n in range(1, 20)
)


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        (BOMB, "more than 2000000 entries"),
        ("[" * 100_000, "nested deeper than 32 levels"),
        ('{"a":' * 100_000, "nested deeper than 32 levels"),
        ("- " * 100_000, "nested deeper than 32 levels"),
        ("&a [*a]", "an alias within what it names"),
        ("a: *b", "*b names nothing above it"),
        ("a: 1\n---\nb: 2", "a second document in one file"),
        (
            "!!python/object/apply:os.system [id]",
            "the tag tag:yaml.org,2002:python/object/apply:os.system is not taken",
        ),
        ("a: \0", "a character that no text may hold"),
        ("a: \ud800", "a character that no text may hold"),
        ('{"a": "\\ud800"}', "a character that no text may hold"),
        ("<<: 3", "<< takes a mapping, not 3"),
        ("? [a]\n: b", "a key must be a word"),
        (" " * (21 << 20), "larger than 20 MiB"),
        ('{"a": [}', "not JSON: Expecting value"),
    ],
)
def test_a_hostile_text_is_one_fault(text: str, reason: str) -> None:
    assert [fault.reason for fault in read_inventory(text, "x").faults] == [reason]


def test_the_line_of_a_bad_character_is_told() -> None:
    assert read_inventory("a: 1\nb: \x01\n", "x").faults[0].line == 2


def test_a_thousand_faults_are_told_and_the_rest_counted() -> None:
    checked = judged("devices:\n" + "  - {}\n" * 2000)
    assert (len(checked.faults), checked.left_out) == (1000, 5000)


@pytest.mark.parametrize("key", ["id", "name", "notify"])
@pytest.mark.parametrize("value", ["{a: {b: c}}", "[[x]]", '"\\n"', '"a\\u202e\\x07"', "1.0e999", "''", '"a/b+#"'])
def test_a_wrong_type_anywhere_is_a_fault_and_no_traceback(key: str, value: str) -> None:
    judged("vendors: [{" + f"{key}: {value}" + "}]")


def test_a_hostile_name_is_told_on_one_printable_line() -> None:
    fault = judged('devices: [{"x\\e[31m\\n\\u202e": 1}]').faults[0]
    assert (fault.place + fault.reason).isprintable()


NAMES = (
    "id kind hall halls all parent valid from until covers kinds repair targets travel default minutes pauses terms"
    " term allowance per_100 unit points round cap payment bands snmp version 3 2c community 2026-01-01 2h 90m h-01"
    " c-2026 P-0001 printer week mon-fri 08:30-18:00 dates closed cn 1e400 -1 0 ~ 9999-12-31T23:59:59Z 0001-01-01 count"
)
WORDS = st.sampled_from(NAMES.split())
LEAVES = st.one_of(WORDS, st.none(), st.booleans(), st.integers(), st.floats(), st.text(max_size=8))
TREES = st.recursive(
    LEAVES,
    lambda below: st.lists(below, max_size=3) | st.dictionaries(WORDS, below, max_size=4),
    max_leaves=12,
)
TOPS = st.sampled_from(["calendars", "branches", "halls", "vendors", "contracts", "devices"])


@pytest.mark.slow
@settings(max_examples=200, deadline=None)
@given(st.dictionaries(TOPS, TREES | st.lists(st.dictionaries(WORDS, TREES, max_size=6), max_size=2), max_size=6))
def test_no_tree_makes_a_traceback(tree: object) -> None:
    judged(json.dumps(tree))


@settings(max_examples=200, deadline=None)
@given(st.integers(0, len(CITY) - 1), st.text(max_size=6), st.integers(0, 40))
def test_no_damage_to_a_good_file_makes_a_traceback(at: int, put: str, cut: int) -> None:
    judged(CITY[:at] + put + CITY[at + cut :])


@settings(max_examples=100, deadline=None)
@given(st.text(max_size=60))
def test_no_text_makes_a_traceback(text: str) -> None:
    judged(text)
    judged("{" + text)
