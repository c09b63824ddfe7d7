"""What all tests share: with HALLWATCH_EXAMPLES=25 every property test tries 25 times its usual examples.

With HALLWATCH_UNSHRUNK=1 a property that fails is not made smaller: who only counts failures need not wait for it.
"""

from __future__ import annotations

import gc
import os
from collections.abc import Iterator
from typing import Any

import hypothesis
import pytest
import structlog
from hypothesis import Phase

LONG = (
    "test_bundle.py", "test_proof.py", "test_demo.py", "test_two_recorders.py", "test_distant.py", "test_flood.py",
    "test_quiet.py", "test_year.py", "test_evidence.py", "test_mutation.py",
)  # fmt: skip
"""Files that take half a minute: first, or one process would be left with them while the other has nothing to do."""


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """The long ones first. The long proofs run the same properties, only longer."""
    items.sort(key=lambda item: item.path.name not in LONG)
    factor = float(os.environ.get("HALLWATCH_EXAMPLES", "1"))
    unshrunk = bool(os.environ.get("HALLWATCH_UNSHRUNK"))
    if factor == 1 and not unshrunk:
        return
    for item in items:
        test: Any = getattr(item, "obj", None)
        if hypothesis.is_hypothesis_test(test):
            if factor > 1:
                item.add_marker(pytest.mark.timeout(3600))
            inner = getattr(test, "__func__", test)
            given: hypothesis.settings = inner._hypothesis_internal_use_settings
            inner._hypothesis_internal_use_settings = hypothesis.settings(
                given,
                max_examples=max(5, round(given.max_examples * factor)),
                deadline=None,
                phases=(Phase.explicit, Phase.generate) if unshrunk else given.phases,
            )


def pytest_collection_finish() -> None:
    """What is imported by now stays: looking through it for garbage takes a sixth of the tests' time."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(20_000, 20, 50)


@pytest.fixture(autouse=True)
def logs_as_they_were() -> Iterator[None]:
    """The command line says where logs go, for the whole process; a test's standard error is gone after it."""
    before = structlog.get_config()
    yield
    structlog.configure(**before)
