"""How long a device has slept (O2): told from what is stored, so that no restart of a collector forgets it."""

from __future__ import annotations

from collections.abc import Iterable

import pytest
from sqlalchemy import Engine, select

from sla.instant import DAY, Ms
from store import facts
from store.database import reading, writing
from store.folding import fold
from store.readings import Readings
from store.readings import reading as said
from store.schema import device_states, devices
from store.sleeping import Sleep, sleep_of, sleepers, slept_through
from store.upsert import insert_or_replace

HOUR = 3_600_000
STEP = 10 * 60_000
NOW = 1_795_219_200_000
WORDS = {
    "awake": said("c-01", "up", (), None, 600),
    "asleep": said("c-01", "up", ("asleep",), None, 600),
    "closed": said("c-01", "degraded", ("asleep", "noApplication"), "refused", 600),
    "stuck": said("c-01", "unknown", (), "stuck", 600),
    "off": said("c-01", "down", (), "timeout", 600),
    "jammed": said("c-01", "down", ("jammed",), None, 600),
}


def lived(engine: Engine, device: str, life: Iterable[tuple[str, int]], until: Ms = NOW) -> int:
    """Its hours of each word, every ten minutes, until then; the device's row number."""
    words = [word for word, hours in life for _ in range(hours * 6)]
    start = until - STEP * len(words)
    with writing(engine) as conn:
        numbers = Readings().intern(conn, WORDS.values())
        n: int = conn.scalars(select(devices.c.n).where(devices.c.id == device)).one()
        rows = [(start + i * STEP, numbers[WORDS[word]]) for i, word in enumerate(words)]
        facts.store(conn, [facts.Fact(n, ts, number, ts // 1000, None, None) for ts, number in rows])
        state = {"device": n, "last_ts": rows[-1][0], "state": "up", "since": 0}
        state["last"] = {"state": "up", "conditions": WORDS[words[-1]].conditions.split("\n")}
        conn.execute(insert_or_replace(conn, device_states, "device"), state)
    return n


@pytest.mark.parametrize(
    ("life", "since_h", "slept_h"),
    [
        ([("awake", 5), ("asleep", 30)], 30, 30),
        ([("awake", 5), ("asleep", 12), ("off", 10), ("asleep", 3)], 25, 15),
        ([("awake", 5), ("asleep", 12), ("stuck", 1), ("closed", 3)], 16, 15),
        ([("asleep", 30), ("awake", 1), ("asleep", 2)], 2, 2),
        ([("asleep", 30), ("jammed", 1), ("asleep", 2)], 2, 2),
        ([("asleep", 4)], 4, 4),
    ],
)
def test_O2_sleep_lasts_from_the_last_answer_on_and_silence_is_none(
    engine: Engine, life: list[tuple[str, int]], since_h: int, slept_h: int
) -> None:
    n = lived(engine, "P-0001", life)
    with reading(engine) as conn:
        assert sleep_of(conn, n, NOW) == Sleep(NOW - since_h * HOUR, slept_h * HOUR)


@pytest.mark.parametrize("word", ["awake", "off", "stuck", "jammed"])
def test_what_says_another_word_does_not_sleep(engine: Engine, word: str) -> None:
    n = lived(engine, "P-0001", [("asleep", 30), (word, 1)])
    with reading(engine) as conn:
        assert sleep_of(conn, n, NOW) is None
        assert slept_through(conn, n, NOW - DAY) == (word != "awake")


def test_T6_a_sleep_of_a_week_is_as_long_when_its_days_are_folded(engine: Engine) -> None:
    n = lived(engine, "P-0001", [("awake", 24), ("asleep", 7 * 24)])
    fold(engine, NOW + HOUR)
    with reading(engine) as conn:
        assert sleep_of(conn, n, NOW) == Sleep(NOW - 7 * DAY, 7 * DAY)
        assert [row.id for row in sleepers(conn)] == ["P-0001"]
        assert slept_through(conn, n, NOW - 7 * DAY)
        assert slept_through(conn, n, NOW - 8 * DAY), "what is folded is left to sleep_of"
