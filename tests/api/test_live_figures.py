"""What the JSON interface answers at an instant is what the live figures of that instant say."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from typing import Any

import pytest

from reports.live.point import LivePoint
from sla.instant import parse, render
from sla.month import month
from store.embedded_metrics import EmbeddedMetrics
from tests import live_city
from tests.api.conftest import Served, serving
from tests.live_city import NOW, ZONE
from tests.reports.live import Live

API = "/api/v1"


@pytest.fixture(scope="module")
def live(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Live]:
    place = tmp_path_factory.mktemp("live")
    live_city.build(place).dispose()
    made = Live(place, EmbeddedMetrics(place / "measured.db"))
    yield made
    made.close()


@pytest.fixture(scope="module")
def served(live: Live) -> Iterator[Served]:
    given: dict[str, Any] = {"policies": live.figures.policies, "targets": live.figures.targets}
    with serving(live.engine, now=lambda: NOW, **given) as city:
        yield city


def asked(served: Served, path: str, **query: Any) -> Any:
    answer = served.as_("operator").get(f"{API}{path}", params=query)
    assert answer.status_code == 200, answer.text
    return answer.json()


def points(live: Live, figure: str, measurement: str) -> list[LivePoint]:
    return [one for one in live.points(figure) if one.measurement == measurement]


def test_R5_the_clocks_of_open_tickets(live: Live, served: Served) -> None:
    found = {one.tags["ticket"]: one for one in live.points("tickets")}
    said = {one["id"]: one for one in asked(served, "/tickets", open=True)["items"]}
    assert found.keys() == said.keys()
    for id, one in said.items():
        fields, clock = found[id].fields, one["clock"]
        assert fields["opened"] == parse(one["opened_at"])
        assert (fields["state"], fields["purpose"], fields["symptom"]) == (one["state"], one["purpose"], one["symptom"])
        if clock is None:
            assert not {"counted_s", "target_s", "due", "breached", "paused"} & set(fields)
            continue
        assert (fields["counted_s"], fields.get("target_s")) == (clock["counted_s"], clock["target_s"])
        assert (fields["breached"], fields["paused"]) == (clock["breached"], clock["state"] == "paused")
        due = None if clock["due"] is None else parse(clock["due"])
        assert fields.get("due") == due
        assert fields.get("due_in_s") == (None if due is None else (due - NOW) / 1000)


def test_outages(live: Live, served: Served) -> None:
    found = {(one.tags["device"], one.ts): one.fields for one in live.points("all outages")}
    said = asked(served, "/outages", limit=200)["items"]
    assert len(said) == len(found)
    for one in said:
        fields = found[one["device"], parse(one["from"])]
        assert fields["until"] == (NOW if one["until"] is None else parse(one["until"]))
        assert (fields["cause"], fields["owner"]) == (one["cause"], one["owner"])
        assert fields["ticket"] == (one["ticket"] or "-")


@pytest.mark.parametrize("level", ["branch", "hall", "kind", "vendor"])
def test_A3_availability_of_this_month_so_far(live: Live, served: Served, level: str) -> None:
    found = {one.tags["id"]: one.fields for one in live.points("availability") if one.tags["level"] == level}
    period = {"from": render(month("2026-11", ZONE).start), "until": render(NOW)}
    for profile in ("service", "contract"):
        rows = asked(served, "/reports/availability", by=level, profile=profile, **period)["rows"]
        assert {row["id"] or "-": row["availability"] for row in rows} == {
            id: fields.get(profile) for id, fields in found.items()
        }


def test_S1_scores_so_far(live: Live, served: Served) -> None:
    for one in points(live, "scores", "score"):
        said = asked(served, f"/vendors/{one.tags['vendor']}/statements/2026-11")
        assert (said["state"], float(said["score"])) == ("draft", one.fields["score"])
        assert said["contract"] == one.tags["contract"]
        assert len(said["tickets"]) == one.fields["faults"]


def test_states_of_halls(live: Live, served: Served) -> None:
    for one in live.points("fleet"):
        said = asked(served, f"/halls/{one.tags['hall']}")
        assert said["name"] == one.tags["hall_name"]
        states = {name: number for name, number in one.fields.items() if name not in ("devices", "tickets") and number}
        assert Counter(device["state"] for device in said["devices"]) == states


def test_what_prometheus_reads(live: Live, served: Served) -> None:
    text = served.as_("operator").get("/metrics").text
    (centre,) = [one for one in points(live, "service", "service") if one.tags["component"] == "centre"]
    assert f'hallwatch_devices{{state="unmonitored"}} {centre.fields["blind"]}' in text
    assert f'hallwatch_notices{{state="given_up"}} {centre.fields["notices_given_up"]}' in text
    for one in live.points("collectors"):
        assert f'hallwatch_collector_backlog{{collector="{one.tags["collector"]}"}} {one.fields["backlog"]}' in text
