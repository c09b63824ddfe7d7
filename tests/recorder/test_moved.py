"""A device that moves to another hall leaves no status behind (contracts, MQTT)."""

from __future__ import annotations

from typing import Any

from sqlalchemy import select

from store.schema import notices
from tests.recorder.centre import MINUTE, T0, Centre, city


def two_halls(hall: str) -> dict[str, Any]:
    """The city with a second hall; P-0002 stands in `hall`."""
    document = city()
    document["halls"].append({"id": "h-02", "name": "Other", "kind": "own", "collector": "c-01"})
    document["devices"][2] |= {"hall": hall}
    return document


def topic(hall: str, device: str = "P-0002") -> str:
    return f"hallwatch/v1/status/{hall}/{device}"


def newest(here: Centre) -> dict[str, str]:
    """What is said last on each topic: the state, or nothing."""
    rows = here.rows(select(notices).order_by(notices.c.id))
    return {row.target: row.body and "said" for row in rows}


def moved(here: Centre, hall: str, minute: int) -> None:
    here.adopt(two_halls(hall), T0 + minute * MINUTE)
    while here.tick(T0 + minute * MINUTE):
        pass


def test_the_topic_in_the_old_hall_is_cleared_and_nobody_elses(here: Centre) -> None:
    moved(here, "h-01", 0)
    before = newest(here)
    moved(here, "h-02", 1)
    assert before[topic("h-01")] == "said"
    assert newest(here) == {**before, topic("h-01"): "", topic("h-02"): "said"}
    row = here.rows(select(notices).where(notices.c.body == ""))[0]
    assert (row.retain, row.state, row.channel) == (1, "waiting", "mqtt")


def test_a_device_that_comes_back_has_one_status_again(here: Centre) -> None:
    for minute, hall in enumerate(("h-01", "h-02", "h-01", "h-02", "h-01")):
        moved(here, hall, minute)
    said = newest(here)
    assert (said[topic("h-01")], said[topic("h-02")]) == ("said", "")


def test_a_topic_is_cleared_once(here: Centre) -> None:
    for minute, hall in enumerate(("h-01", "h-02", "h-02", "h-02")):
        moved(here, hall, minute)
    assert len(here.rows(select(notices).where(notices.c.body == ""))) == 1
