"""What the wall lists to be seen to."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from sqlalchemy import select, update

from store import facts
from store.database import writing
from store.readings import Readings, reading
from store.schema import device_states, devices
from tests.api.conftest import NOW

ENGLISH = {"hallwatch_language": "en"}


@pytest.mark.parametrize(
    ("state", "cause", "listed"),
    [("unknown", "auth", True), ("unknown", "config", True), ("unknown", "isolated", False), ("up", "", False)],
)
@pytest.mark.slow
def test_O2_a_device_that_cannot_be_judged_is_listed_with_what_to_do(
    fresh: Callable[..., Any], state: str, cause: str, listed: bool
) -> None:
    with fresh() as city:
        with writing(city.engine) as conn:
            n = conn.execute(select(devices.c.n).where(devices.c.id == "PR-0102")).scalar_one()
            said = reading("c-01", state, (), cause, 60)
            number = Readings().intern(conn, [said])[said]
            facts.store(conn, [facts.Fact(n, NOW - 5000, number, NOW // 1000, None, None)])
            mine = update(device_states).where(device_states.c.device == n)
            conn.execute(mine.values(state="unmonitored", last_ts=NOW - 5000, cause=None))
        page = city.as_("viewer", cookies=ENGLISH).get("/").text
        theirs = city.as_("vendor:v-2", cookies=ENGLISH).get("/").text
    assert ("hallwatch poll PR-0102" in page) is listed
    assert "hallwatch poll PR-0102" not in theirs
