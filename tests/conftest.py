"""What all tests share: with HALLWATCH_EXAMPLES=25 every property test tries so many times its examples."""

from __future__ import annotations

import os
from typing import Any

import hypothesis
import pytest


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """The long proofs run the same properties, only longer."""
    factor = int(os.environ.get("HALLWATCH_EXAMPLES", "1"))
    if factor == 1:
        return
    for item in items:
        test: Any = getattr(item, "obj", None)
        if hypothesis.is_hypothesis_test(test):
            item.add_marker(pytest.mark.timeout(3600))
            inner = getattr(test, "__func__", test)
            given: hypothesis.settings = inner._hypothesis_internal_use_settings
            inner._hypothesis_internal_use_settings = hypothesis.settings(
                given, max_examples=given.max_examples * factor, deadline=None
            )
