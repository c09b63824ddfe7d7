"""All examples together, whoever reads them: enough, of every rule, each named once, none left unread."""

from __future__ import annotations

import re
from collections import Counter
from functools import cache
from typing import Any, Final

from tests.sla import test_examples_hours, test_examples_states, test_examples_supplies, test_examples_verification
from tests.sla.example_states import FOLDER, load, read

RULES: Final = (
    *("T1", "T2", "T3", "T4", "T5"),
    *("O1", "O2", "O3", "O4", "O5", "O6", "O7", "O8", "O10"),  # O9 is the inventory's
    *("C1", "C3", "C4", "C5"),  # C2 is the collector's
    *("A1", "A2", "A3", "A4", "A5", "A6", "A7"),
    "K6",
    *("R1", "R2", "R3", "R4", "R5", "R6", "R7"),
    *("S1", "S2", "S3", "S4", "S7", "S9"),
    *("P3", "P4", "P5"),
)


@cache
def told() -> tuple[tuple[str, dict[str, Any]], ...]:
    """Every example with the rule that its file names."""
    documents = [load(path) for path in sorted(FOLDER.glob("*.yaml"))]
    return tuple((document["rule"], one) for document in documents for one in document["examples"])


def test_there_are_at_least_150_examples() -> None:
    assert len(told()) >= 150


def test_every_rule_has_examples() -> None:
    assert [rule for rule in RULES if rule not in {one for one, _ in told()}] == []


def test_every_example_is_named_once_after_its_rule() -> None:
    assert [id for id, n in Counter(one["id"] for _, one in told()).items() if n > 1] == []
    assert [one["id"] for rule, one in told() if not re.fullmatch(rf"{rule}-\d\d", one["id"])] == []


def test_every_example_says_what_it_shows_and_expects_something() -> None:
    assert [one["id"] for _, one in told() if not (one.get("says") and one.get("expect"))] == []


def test_every_expectation_is_checked_by_one_reader() -> None:
    readers = (test_examples_states, test_examples_hours, test_examples_supplies, test_examples_verification)
    known = Counter(key for reader in readers for key in reader.CHECKS)
    assert [key for key, n in known.items() if n > 1] == []
    assert [(one.id, key) for one in read() for key in one.expect if key not in known] == []
