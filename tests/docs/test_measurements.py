"""Every measurement, tag and field is documented, and nothing else."""

from __future__ import annotations

from pathlib import Path

from store.measurements import MEASUREMENTS
from tests.docs.measurements import page

PAGE = Path(__file__).parents[2] / "docs" / "measurements.md"


def test_the_page_is_the_table() -> None:
    assert PAGE.read_text(encoding="utf-8") == page(), "python -m tests.docs.measurements > docs/measurements.md"


def test_no_field_is_called_as_a_tag_and_none_twice() -> None:
    for one in MEASUREMENTS:
        assert not {*one.numbers, *one.texts} & set(one.tags)
        assert not set(one.numbers) & set(one.texts)
