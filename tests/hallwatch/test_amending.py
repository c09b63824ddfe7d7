"""The loop that looks at the sealed months once a day (S6)."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from hallwatch.amending import Amending
from sla.instant import DAY
from store.database import writing
from tests.reports.stated import LATER, SEPTEMBER, Stated, made

pytestmark = pytest.mark.slow


@pytest.fixture
def city(tmp_path: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stated]:
    """September of both vendors is sealed."""
    found = Stated(tmp_path, made(tmp_path_factory.mktemp("made")))
    found.sealed(SEPTEMBER)
    found.sealed(SEPTEMBER, contract="c-2")
    yield found
    found.engine.dispose()


def test_s6_once_a_day_a_later_fact_makes_an_amendment(city: Stated) -> None:
    amending = Amending(city.engine, city.policies)
    assert amending.step(LATER) == 0
    city.found(SEPTEMBER)
    assert amending.step(LATER + DAY - 1) == 0
    assert amending.step(LATER + DAY) == 1
    assert amending.step(LATER + 2 * DAY) == 0
    assert [(one.number, one.by) for one in city.chain()] == [(0, "ann"), (0, "ann"), (1, "hallwatch")]


def test_s6_one_month_that_cannot_be_counted_holds_up_no_other(city: Stated) -> None:
    with writing(city.engine) as conn:
        conn.exec_driver_sql(
            "update papers set packed = x'' where digest in (select statement from seals where contract = 'c-1')"
        )
    city.found(SEPTEMBER, "h-2", "c-2")
    assert Amending(city.engine, city.policies).step(LATER + DAY) == 1


def test_s6_told_to_stop_it_stops(city: Stated) -> None:
    stop = threading.Event()
    stop.set()
    city.found(SEPTEMBER)
    amending = Amending(city.engine, city.policies)
    assert amending.step(LATER + DAY, stop) == 0
    amending.run(stop, lambda: LATER)
    assert amending.step(LATER + DAY) == 1
