"""The JSON interface as contracts, HTTP, has it."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from itertools import pairwise
from typing import Any

import pytest

from api.paging import render
from recorder.heartbeat import read_heartbeat
from store import heard
from store.database import writing
from tests.api.conftest import NOW, Served

RFC3339 = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z")


def test_devices_bear_the_judged_state(city: Served) -> None:
    device = city.as_("viewer").get("/api/v1/devices/PR-0101").json()
    assert device["state"] == "down"
    assert device["since"] == "2026-11-20T23:48:00.000Z"
    assert (device["cause"], device["owner"], device["hall"], device["vendor"]) == ("jammed", "vendor", "h-01", "v-1")
    assert device["last"]["conditions"] == ["jammed"]
    assert RFC3339.fullmatch(device["last"]["ts"])


def test_a_list_goes_on_at_its_cursor_and_gives_each_once(city: Served) -> None:
    reader, ids, cursor = city.as_("viewer"), [], None
    while True:
        query: dict[str, Any] = {"limit": 7} | ({"cursor": cursor} if cursor else {})
        answer = reader.get("/api/v1/devices", params=query).json()
        ids += [row["id"] for row in answer["items"]]
        cursor = answer["next"]
        if cursor is None:
            break
    assert len(ids) == len(set(ids)) == 45
    assert ids == sorted(ids)


@pytest.mark.parametrize("noun", ["halls", "outages", "tickets"])
def test_every_list_goes_on_at_its_cursor(city: Served, noun: str) -> None:
    reader = city.as_("viewer")
    whole = reader.get(f"/api/v1/{noun}").json()["items"]
    first = reader.get(f"/api/v1/{noun}", params={"limit": 1}).json()
    rest = reader.get(f"/api/v1/{noun}", params={"cursor": first["next"]}).json()
    assert first["items"] + rest["items"] == whole
    assert rest["next"] is None


@pytest.mark.parametrize(
    "cursor", ["x", "!!", "é", render([1]), render(["a", "b"]), "W10", "bnVsbA", "e30", render([1 << 70]), "A" * 511]
)
def test_a_foreign_cursor_is_refused(city: Served, cursor: str) -> None:
    answer = city.as_("viewer").get("/api/v1/devices", params={"cursor": cursor})
    assert answer.status_code == 400
    assert answer.headers["content-type"] == "application/problem+json"


def test_devices_are_found_by_hall_kind_and_state(city: Served) -> None:
    query = {"hall": "h-05", "kind": "switch", "state": "down"}
    rows = city.as_("viewer").get("/api/v1/devices", params=query).json()["items"]
    assert [row["id"] for row in rows] == ["SW-0500"]


def test_a_hall_counts_its_states(city: Served) -> None:
    hall = city.as_("viewer").get("/api/v1/halls/h-05").json()
    assert hall["states"] == {"down": 1, "unreachable": 8}
    assert hall["state"] == "down"
    assert len(hall["devices"]) == 9


def test_outages_touch_the_asked_period(city: Served) -> None:
    reader = city.as_("viewer")
    whole = reader.get("/api/v1/outages").json()["items"]
    query = {"from": "2026-11-20T04:05:00Z", "until": "2026-11-20T04:06:00Z"}
    part = reader.get("/api/v1/outages", params=query).json()["items"]
    assert len(whole) == 8
    assert len(part) == 4
    assert all(row["from"] < query["until"] and (row["until"] or "9") > query["from"] for row in part)
    assert {row["ticket"] for row in whole} == {None, "T-000001", "T-000002"}


@pytest.mark.parametrize("path", ["/outages", "/devices/PR-0101/spans", "/devices/PR-0101/metrics"])
@pytest.mark.parametrize("instant", ["yesterday", "2026-11-20", "2026-11-20T00:00:00", "", "99999-01-01T00:00:00Z"])
def test_an_instant_without_zone_or_sense_is_refused(city: Served, path: str, instant: str) -> None:
    answer = city.as_("viewer").get(f"/api/v1{path}", params={"from": instant})
    assert answer.status_code == 422
    assert answer.json()["errors"][0]["place"] == ["query", "from"]


def test_A1_spans_cover_the_period_exactly(city: Served) -> None:
    answer = city.as_("viewer").get("/api/v1/devices/PR-0101/spans").json()
    spans = answer["spans"]
    assert spans[0]["from"] == answer["from"] == "2026-11-20T00:00:00.000Z"
    assert spans[-1]["until"] == answer["until"] == "2026-11-21T00:00:00.000Z"
    assert all(one["until"] == two["from"] for one, two in pairwise(spans))
    assert sum(one["seconds"] for one in spans) == 86_400
    assert {one["class"] for one in spans} == {"up", "down", "unmonitored"}
    assert (spans[-1]["class"], spans[-1]["cause"]) == ("down", "jammed")


def test_a_period_that_is_empty_or_too_long_is_refused(city: Served) -> None:
    path = "/api/v1/devices/PR-0101/spans"
    for start, until in (("2026-11-20T00:00:00Z", "2026-11-20T00:00:00Z"), ("1970-01-01T00:00:00Z", None)):
        query = {"from": start} | ({"until": until} if until else {})
        assert city.as_("viewer").get(path, params=query).status_code == 422


def test_metrics_name_the_fields_and_reduce_a_series(city: Served) -> None:
    path = "/api/v1/devices/PR-0101/metrics"
    names = city.as_("viewer").get(path).json()
    drawn = city.as_("viewer").get(path, params={"field": "rtt_ms", "points": 24}).json()
    assert "rtt_ms" in names["fields"]
    assert 20 < len(drawn["points"]) <= 24
    assert drawn["points"][0]["min"] <= drawn["points"][0]["mean"] <= drawn["points"][0]["max"]
    assert city.as_("viewer").get(path, params={"field": "none"}).json()["points"] == []


def test_a_ticket_comes_with_its_events(city: Served) -> None:
    ticket = city.as_("viewer").get("/api/v1/tickets/T-000001").json()
    assert [event["event"] for event in ticket["events"]] == ["opened", "acknowledged"]
    assert ticket["clock"] is None
    assert city.as_("viewer").get("/api/v1/tickets?open=false").json()["items"] == []


def test_a_collector_asks_again_for_what_it_has_and_gets_304(city: Served) -> None:
    collector = city.as_("collector:c-01")
    first = collector.get("/api/v1/collectors/c-01/inventory")
    tag = first.headers["etag"]
    assert first.json()["collector"] == "c-01"
    assert len(first.json()["devices"]) == 45
    for known in (tag, f'"other", {tag}', f"W/{tag}", "*"):
        again = collector.get("/api/v1/collectors/c-01/inventory", headers={"if-none-match": known})
        assert (again.status_code, again.content, again.headers["etag"]) == (304, b"", tag)


class Importer:
    """Takes what is YAML to it."""

    def __init__(self) -> None:
        self.asked: list[tuple[str, bool, str]] = []

    def __call__(self, text: str, dry_run: bool, by: str) -> Any:
        self.asked.append((text, dry_run, by))
        return _Result("bad" not in text)


class _Result:
    def __init__(self, ok: bool) -> None:
        self.ok = ok

    def document(self) -> dict[str, Any]:
        return {"added": 1} if self.ok else {"faults": [{"line": 1, "reason": "bad"}]}


def test_an_inventory_is_taken_dry_or_whole_or_refused_with_every_fault(fresh: Callable[..., Any]) -> None:
    importer = Importer()
    with fresh(import_inventory=importer) as city:
        admin = city.as_("admin")
        assert admin.put("/api/v1/inventory?dry_run=true", content="halls: []").json() == {"added": 1}
        assert admin.put("/api/v1/inventory", content="halls: []").status_code == 200
        refused = admin.put("/api/v1/inventory", content="bad")
        assert admin.put("/api/v1/inventory", content=b"\xff\xfe").status_code == 422
        assert admin.put("/api/v1/inventory", content=b"#" * (33 << 20)).status_code == 413
    assert [(text, dry) for text, dry, _ in importer.asked] == [
        ("halls: []", True),
        ("halls: []", False),
        ("bad", False),
    ]
    assert refused.status_code == 422
    assert refused.headers["content-type"] == "application/problem+json"
    assert refused.json()["errors"] == [{"line": 1, "reason": "bad"}]


def test_alive_ready_and_figures(city: Served) -> None:
    assert city.as_(None).get("/healthz").json() == {"alive": True}
    assert city.as_(None).get("/readyz").status_code == 200
    text = city.as_("viewer").get("/metrics").text
    assert 'hallwatch_devices{state="down"} 4.0' in text
    assert "hallwatch_tickets_open 2.0" in text
    assert city.as_("vendor:v-1").get("/metrics").status_code == 403


def test_prometheus_reads_what_collectors_said_of_themselves_and_no_text_for_a_number(
    fresh: Callable[..., Any],
) -> None:
    beat: dict[str, object] = {
        "v": 1,
        "online": True,
        "backlog": 3,
        "snmp_forged": 2,
        "icmp_late": 7,
        "traps_refused": 5,
        "traps_replayed": 2,
        "asleep": 4,
    }
    beat |= {"lag_s": 0.25, "snmp_late": "many", "utilisation": True}
    with fresh() as city:
        with writing(city.engine) as conn:
            said = read_heartbeat(json.dumps(beat).encode(), "c-09").as_document()
            heard.put(conn, heard.Collector("c-09", None, True, NOW, 0, said))
        lines = [one for one in city.as_("viewer").get("/metrics").text.splitlines() if 'collector="c-09"' in one]
    told = {name: float(value) for name, _, value in (one.rpartition(" ") for one in lines) if "silent" not in name}
    assert told == {
        'hallwatch_collector_online{collector="c-09"}': 1,
        'hallwatch_collector_backlog{collector="c-09"}': 3,
        'hallwatch_collector_lag_seconds{collector="c-09"}': 0.25,
        'hallwatch_collector_asleep{collector="c-09"}': 4,
        'hallwatch_collector_traps_total{collector="c-09",outcome="refused"}': 5,
        'hallwatch_collector_traps_refused_total{collector="c-09",reason="replayed"}': 2,
        'hallwatch_collector_strays_total{collector="c-09",protocol="snmp",what="forged"}': 2,
        'hallwatch_collector_strays_total{collector="c-09",protocol="icmp",what="late"}': 7,
    }


@pytest.mark.slow
def test_not_ready_says_what_is_missing(fresh: Callable[..., Any]) -> None:
    with fresh(health=lambda: {"subscribed": False}) as city:
        answer = city.as_(None).get("/readyz")
    assert answer.status_code == 503
    assert answer.json() == {"ready": False, "checks": {"inventory": True, "subscribed": False}}


def test_the_interface_describes_itself(city: Served) -> None:
    document = city.as_(None).get("/api/v1/openapi.json").json()
    paths = set(document["paths"])
    wanted = (
        "devices devices/{id} devices/{id}/spans devices/{id}/metrics halls halls/{id} outages tickets tickets/{id}"
    )
    assert {f"/api/v1/{path}" for path in wanted.split()} <= paths
    assert {"/api/v1/collectors/{id}/inventory", "/api/v1/inventory", "/api/v1/stream", "/metrics"} <= paths
    assert not {path for path in paths if path == "/" or path.startswith("/sign")}


@pytest.mark.parametrize(
    ("method", "path", "status"),
    [
        ("GET", "/api/v1/nothing", 404),
        ("POST", "/api/v1/devices", 405),
        ("GET", "/api/v1/devices?limit=0", 422),
        ("GET", "/api/v1/devices?limit=x", 422),
        ("GET", "/api/v1/devices/%00", 404),
        ("GET", "/api/v1/devices/%ff%fe", 404),
        ("GET", "/api/v1/stream?after=-1", 422),
        ("GET", "/api/v1/stream?after=99999999999999999999999", 422),
    ],
)
def test_every_error_is_a_problem_document(city: Served, method: str, path: str, status: int) -> None:
    answer = city.as_("viewer").request(method, path)
    assert answer.status_code == status
    assert answer.headers["content-type"] == "application/problem+json"
    assert answer.json()["status"] == status


def test_an_error_of_ours_is_a_problem_without_a_trace(fresh: Callable[..., Any]) -> None:
    class Broken:
        def fields(self, device: str) -> list[str]:
            raise RuntimeError("secret")

    with fresh(metrics=Broken()) as city:
        answer = city.as_("viewer").get("/api/v1/devices/PR-0101/metrics")
        page = city.as_("viewer").get("/devices/PR-0101")
    assert (answer.status_code, page.status_code) == (500, 500)
    assert answer.headers["content-type"] == "application/problem+json"
    assert "secret" not in answer.text + page.text
    assert "traceback" not in (answer.text + page.text).lower()


@pytest.mark.parametrize("path", ["/", "/api/v1/devices", "/healthz", "/nothing", "/sign-in", "/api/v1/nothing"])
def test_every_answer_bears_the_headers(city: Served, path: str) -> None:
    headers = city.as_("viewer").get(path).headers
    policy = headers["content-security-policy"]
    assert "default-src 'none'" in policy
    assert "frame-ancestors 'none'" in policy
    assert "unsafe" not in policy
    assert headers["x-content-type-options"] == "nosniff"
    assert headers["referrer-policy"] == "same-origin"


@pytest.mark.parametrize(
    ("query", "reason"),
    [
        ("/devices?vendors=v-2", "did you mean `vendor`?"),
        ("/outages?after=-5", "known: cursor"),
        ("/outages?form=2026-11-20T00:00:00Z", "did you mean `from`?"),
        ("/devices/PR-0101?hall=h-01", "there are none"),
        ("/devices?hall=h-01&hall=h-02", "given more than once"),
        ("/devices?state=broken", "Input should be"),
    ],
)
def test_a_query_that_would_be_ignored_is_refused_with_the_near_miss(city: Served, query: str, reason: str) -> None:
    answer = city.as_("viewer").get(f"/api/v1{query}")
    assert answer.status_code == 422
    assert reason in answer.json()["errors"][0]["reason"]
    assert city.as_(None).get(f"/api/v1{query}").status_code == 401


def test_devices_are_found_by_vendor_within_the_scope(city: Served) -> None:
    path = "/api/v1/devices?vendor=v-2"
    assert {row["vendor"] for row in city.as_("viewer").get(path).json()["items"]} == {"v-2"}
    assert city.as_("vendor:v-1").get(path).json()["items"] == []


def test_a_lone_api_is_ready_only_while_a_recorder_writes_down_what_it_hears(fresh: Callable[..., Any]) -> None:
    now = [NOW]
    with fresh(health=dict, now=lambda: now[0]) as city:
        reader = city.as_(None)
        assert reader.get("/readyz").status_code == 200
        now[0] += 61_000
        gone = reader.get("/readyz")
    assert gone.status_code == 503
    assert gone.json()["checks"] == {"inventory": True, "recorder": False}
