"""Since when anything is known of devices."""

from __future__ import annotations

from sqlalchemy import Engine

from store import facts
from store.database import reading, writing
from store.facts import DAY_MS, Fact
from store.folding import fold
from store.readings import Readings
from store.readings import reading as said
from store.traces import first_known


def test_S6_a_folded_day_is_known_from_its_first_observation_and_not_from_midnight(engine: Engine) -> None:
    seen = 50 * DAY_MS + 16 * 3_600_000
    with writing(engine) as conn:
        up = said("c-01", "up", (), None, 60)
        n = Readings().intern(conn, [up])[up]
        facts.store(conn, [Fact(1, seen + late, n, 90 * 86_400, None, None) for late in (0, 60_000)])
    with reading(engine) as conn:
        assert first_known(conn, [1]) == seen
    assert fold(engine, 100 * DAY_MS).days == 1
    with reading(engine) as conn:
        assert first_known(conn, [1, 2]) == seen
        assert first_known(conn, [2]) is None
