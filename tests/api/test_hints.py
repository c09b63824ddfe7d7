"""Who reads a page knows whether it is silence, sleep, refusal or death, and what to do next."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from markupsafe import escape
from sqlalchemy import delete, select, update

from api.hints import ASLEEP, BEHIND, BLIND, NO_SNMP, OVERSLEPT, SILENT, UNKNOWN, UNLIKE, hint_of
from api.last import Last
from collector.kind import load_kinds
from hallwatch.checkup_devices import not_judged, of_another_kind
from hallwatch.compose import unlike
from hallwatch.settings_file import load
from store import facts
from store.database import writing
from store.readings import Readings, reading
from store.schema import device_states, devices, observations
from tests.api.conftest import NOW
from tests.silence.table import ANSWERED, combinations
from tests.silence.test_collector import expected

ENGLISH = {"hallwatch_language": "en"}
AUTH = "It refuses the credentials"


@pytest.mark.parametrize(
    ("shown", "cause", "last", "hint"),
    [
        ("unmonitored", None, Last("unknown", (), "auth"), UNKNOWN["auth"]),
        ("unmonitored", None, Last("unknown", ("asleep",), "asleep"), UNKNOWN["asleep"]),
        ("unmonitored", None, Last("up"), BLIND),
        ("unmonitored", "not_in_service", Last("up"), ""),
        ("unreachable", "silence", Last("down", (), "timeout"), BEHIND),
        ("up", None, Last("up", ("asleep",)), ASLEEP),
        ("up", None, Last("up"), ""),
        ("degraded", "noSnmp", Last("degraded", ("noSnmp",), "refused"), NO_SNMP["refused"]),
        ("degraded", "noSnmp", Last("degraded", ("noSnmp",), "another"), NO_SNMP["timeout"]),
        ("down", "silence", Last("down", (), "timeout"), SILENT["timeout"]),
        ("down", "silence", Last("down", (), "refused"), SILENT["refused"]),
        ("down", "jammed", Last("down", ("jammed",)), ""),
    ],
)
def test_a_device_page_says_what_it_is_and_what_to_do(shown: str, cause: str | None, last: Last, hint: str) -> None:
    assert hint_of(shown, cause, last) == hint


@pytest.mark.parametrize(
    ("shown", "last", "hint"),
    [
        ("up", Last("up", ("asleep",)), OVERSLEPT),
        ("unmonitored", Last("unknown", ("asleep",), "asleep"), OVERSLEPT),
        ("unreachable", Last("up", ("asleep",)), BEHIND),
        ("up", Last("up"), ""),
    ],
)
def test_O2_the_page_of_a_device_that_sleeps_for_too_long_says_that_it_may_hang(
    shown: str, last: Last, hint: str
) -> None:
    assert hint_of(shown, None, last, overslept=True) == hint


@pytest.mark.parametrize(
    ("shown", "last", "hint"),
    [
        ("up", Last("up"), UNLIKE),
        ("degraded", Last("degraded", ("highLoss",)), UNLIKE),
        ("degraded", Last("degraded", ("noSnmp",), "refused"), NO_SNMP["refused"]),
        ("up", Last("up", ("asleep",)), ASLEEP),
        ("down", Last("down", ("jammed",)), ""),
    ],
)
def test_the_page_of_a_device_that_looks_like_another_kind_says_so(shown: str, last: Last, hint: str) -> None:
    assert hint_of(shown, None, last, unlike=True) == hint


def test_no_line_of_the_table_of_silence_leaves_the_reader_alone() -> None:
    for one in combinations(ANSWERED):
        state, cause, conditions = expected(one)
        speaks = (state == "up" and not conditions) or "noApplication" in conditions
        assert hint_of(state, cause, Last(state, conditions, cause)) or speaks, one


def refusing(city: Any, count: int) -> None:
    """So many devices refuse the credentials."""
    with writing(city.engine) as conn:
        some = conn.execute(select(devices.c.n).where(devices.c.kind != "switch").limit(count)).scalars().all()
        said = reading("c-01", "unknown", (), "auth", 60)
        number = Readings().intern(conn, [said])[said]
        facts.store(conn, [facts.Fact(n, NOW - 5000, number, NOW // 1000, None, None) for n in some])
        mine = update(device_states).where(device_states.c.device.in_(some))
        conn.execute(mine.values(state="unmonitored", last_ts=NOW - 5000, cause=None))


def sleeping(city: Any, hours: int) -> str:
    """A printer that has slept for so long; its id."""
    with writing(city.engine) as conn:
        n, id = conn.execute(select(devices.c.n, devices.c.id).where(devices.c.kind == "printer").limit(1)).one()
        said = reading("c-01", "up", ("asleep",), None, 3600)
        number = Readings().intern(conn, [said])[said]
        every = [NOW - 1000 - hour * 3_600_000 for hour in range(hours + 1)]
        conn.execute(delete(observations).where(observations.c.device == n, observations.c.ts >= every[-1]))
        facts.store(conn, [facts.Fact(n, ts, number, NOW // 1000, None, None) for ts in every])
        word = {"state": "up", "conditions": ["asleep"], "collector": "c-01"}
        mine = update(device_states).where(device_states.c.device == n)
        conn.execute(mine.values(state="up", last_ts=every[0], last=word, cause=None))
    return str(id)


def alien(city: Any) -> str:
    """A copier whose agent says no more than how long it runs; its id."""
    with writing(city.engine) as conn:
        n, id = conn.execute(select(devices.c.n, devices.c.id).where(devices.c.kind == "copier").limit(1)).one()
        word = {"state": "up", "conditions": [], "collector": "c-01", "values": {"uptime": 5, "cpu.1.load": 3}}
        conn.execute(update(device_states).where(device_states.c.device == n).values(state="up", last=word, cause=None))
    return str(id)


@pytest.mark.slow
def test_O2_many_devices_with_one_reason_are_one_line_of_the_wall_and_of_doctor_and_others_have_their_own(
    fresh: Callable[..., Any], tmp_path: Path
) -> None:
    with fresh(longest_sleep={"printer": 24 * 3_600_000}, unlike=unlike(load_kinds())) as city:
        refusing(city, 8)  # of which one is mended and sleeps
        page = city.as_("viewer", cookies=ENGLISH).get("/").text
        sleeper = city.as_("viewer", cookies=ENGLISH).get(f"/devices/{sleeping(city, 25)}").text
        (tmp_path / "hallwatch.toml").write_text(f'[database]\nurl = "sqlite:///{city.engine.url.database}"\n')
        (found,) = not_judged(load(tmp_path / "hallwatch.toml"))
        strange = alien(city)
        other = city.as_("viewer", cookies=ENGLISH).get(f"/devices/{strange}").text
        (looks,) = of_another_kind(load(tmp_path / "hallwatch.toml"))
    assert str(escape(UNLIKE)) in other
    assert (looks.grade, looks.values["devices"]) == ("look", strange)
    assert "Asleep since" in sleeper
    assert str(escape(OVERSLEPT)) in sleeper
    assert page.count(AUTH) == 1
    assert "<b>7</b>" in page.partition(AUTH)[0].rpartition("<li")[2]
    assert (found.grade, found.values["n"]) == ("bad", 7)
    assert found.values["devices"].endswith(", …")
