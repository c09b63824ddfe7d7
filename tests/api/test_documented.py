"""Every route is documented, and no other."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from api.openapi import described
from tests.api.conftest import Served

PAGE = Path(__file__).parents[2] / "docs" / "http.md"


@pytest.mark.slow
def test_every_route_is_documented_and_no_other(city: Served) -> None:
    paths = city.as_(None).get("/api/v1/openapi.json").json()["paths"]
    real = {f"{method.upper()} {path}" for path, methods in paths.items() for method in methods}
    told = set(re.findall(r"^\| `((?:GET|PUT|POST|DELETE) [^`]+)`", PAGE.read_text(encoding="utf-8"), re.MULTILINE))
    assert told == real


@pytest.mark.slow
def test_the_committed_description_is_up_to_date() -> None:
    committed = (PAGE.parent / "schemas" / "openapi.json").read_text(encoding="utf-8")
    assert committed == described(), "run: .venv/bin/python -m api.openapi > docs/schemas/openapi.json"
