"""Every alert rule against a real influxd, both ways: healthy figures do not fire it, its own trouble does."""

from __future__ import annotations

import itertools
import time
from collections.abc import Iterator, Mapping
from functools import partial
from typing import Any

import pytest

from dashboards.alerting import groups
from store.influx.lines import line
from store.influx.server import Server
from tests.dashboards.alert_engine import state
from tests.dashboards.influx_servers import SERVERS, series, server_of

pytestmark = pytest.mark.server
MINUTE = 60_000
_DOCUMENT: Any = groups("en", "http://127.0.0.1:8080")
RULES: dict[str, Any] = {rule["uid"]: rule for rule in _DOCUMENT["groups"][0]["rules"]}
Figures = dict[str, dict[str, Any]]
HEALTHY: Figures = {
    "collector": {"online": 1.0, "silent_s": 7.0, "backlog": 12.0, "devices": 20.0, "skew_s": 0.1, "lost": 3.0},
    "service": {
        "stored": 100.0,
        "refused": 2.0,
        "aside": 0.0,
        "lost": 3.0,
        "lag_s": 2.0,
        "lag_most_s": 9.0,
        "blind": 1.0,
        "blind_share": 0.01,
        "notices_waiting": 1.0,
        "notices_given_up": 1.0,
    },
    "queue": {"queue_points": 40.0, "queue_oldest_s": 2.0, "quarantined": 5.0},
}
_DAY = itertools.count(2)


@pytest.fixture(scope="module", params=SERVERS)
def server(tmp_path_factory: pytest.TempPathFactory, request: pytest.FixtureRequest) -> Iterator[Server]:
    with server_of(request.param, tmp_path_factory.mktemp("influx") / "one") as one:
        yield one


@pytest.fixture
def now() -> int:
    """A time of its own for each test, so that all share one server."""
    return (int(time.time()) // 60 - next(_DAY) * 600) * MINUTE


def write(server: Server, now: int, changed: Mapping[str, Mapping[str, Any]] = {}, minutes: int = 40) -> None:
    """Figures of every minute up to `now`; `changed` fields are numbers, or functions of the minutes before `now`."""
    tags = {
        "collector": ("collector", [{"collector": "c-01"}, {"collector": "c-02"}]),
        "service": ("service", [{"component": "centre"}]),
        "queue": ("service", [{"component": "recorder"}]),
    }
    lines = []
    for before in range(minutes, -1, -1):
        for name, (measurement, several) in tags.items():
            for at, each in enumerate(several):
                fields = HEALTHY[name] | (dict(changed.get(name, {})) if at == 0 else {})
                said = {key: float(one(before)) if callable(one) else one for key, one in fields.items()}
                lines.append(line(measurement, each, said, now - before * MINUTE))
    server.write("raw", [one for one in lines if one])


def states(server: Server, now: int) -> dict[str, dict[str, str] | str]:
    """What each rule says that does not say that all is well."""
    found = {uid: state(rule, partial(series, server), now) for uid, rule in RULES.items()}
    return {uid: said for uid, said in found.items() if said}


def grown(limit: float) -> Any:
    return lambda before: limit - 10 * before


TROUBLES: dict[str, tuple[Figures, str]] = {
    "hw-collector-silent": ({"collector": {"silent_s": lambda before: 180 - 60 * before}}, "c-01"),
    "hw-facts-lost": ({"service": {"lost": lambda before: 3 if before > 10 else 4}}, "centre"),
    "hw-backlog": ({"collector": {"backlog": grown(1100)}}, "c-01"),
    "hw-lag": ({"service": {"lag_most_s": 301.0}}, "centre"),
    "hw-queue-old": ({"queue": {"queue_oldest_s": 601.0}}, "recorder"),
    "hw-queue-grows": ({"queue": {"queue_points": grown(10_400)}}, "recorder"),
    "hw-quarantined": ({"queue": {"quarantined": lambda before: 5 if before > 20 else 6}}, "recorder"),
    "hw-blind": ({"service": {"blind_share": 0.11}}, "centre"),
    "hw-notices": ({"service": {"notices_given_up": lambda before: 1 if before > 3 else 2}}, "centre"),
}


def test_healthy_figures_fire_no_rule(server: Server, now: int) -> None:
    write(server, now)
    assert states(server, now) == {}


@pytest.mark.parametrize("uid", TROUBLES)
def test_each_trouble_fires_its_own_rule_and_no_other(server: Server, now: int, uid: str) -> None:
    changed, who = TROUBLES[uid]
    write(server, now, changed)
    assert states(server, now) == {uid: {who: "Alerting"}}


def test_every_rule_has_its_trouble() -> None:
    assert set(RULES) == {*TROUBLES, "hw-no-figures"}


def test_no_figures_for_five_minutes_fire_one_rule_and_keep_the_others(server: Server, now: int) -> None:
    write(server, now - 6 * MINUTE, TROUBLES["hw-facts-lost"][0])
    found = states(server, now)
    assert found.pop("hw-no-figures") == "NoData: Alerting"
    assert found.pop("hw-facts-lost") == {"centre": "Alerting"}, "what was lost stays lost"
    assert set(found.values()) == {"NoData: KeepLast"}
    assert "hw-no-figures" not in states(server, now - 2 * MINUTE)


def test_a_count_that_begins_anew_after_a_restart_is_no_loss(server: Server, now: int) -> None:
    write(server, now, {"service": {"lost": lambda before: 900 if before > 10 else 0}})
    assert states(server, now) == {}


def test_a_great_backlog_that_shrinks_does_not_fire(server: Server, now: int) -> None:
    write(server, now, {"collector": {"backlog": lambda before: 5000 + 10 * before}})
    assert states(server, now) == {}


def test_a_metrics_store_that_cannot_be_asked_fires_one_rule() -> None:
    alerting = [rule["uid"] for rule in RULES.values() if rule["execErrState"] == "Alerting"]
    assert alerting == ["hw-no-figures"]
    assert {rule["execErrState"] for rule in RULES.values()} == {"Alerting", "KeepLast"}
