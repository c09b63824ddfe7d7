"""Who is there is asked, never configured; each failure is told by what has to be done about it, without a secret."""

from __future__ import annotations

import json
import socket
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import pytest

from store.fault import StoreError
from store.influx.address import Address
from store.influx.fault import Away, Denied, NotInflux, Rejected
from store.influx.server import connect
from store.influx.setup import setup
from store.metrics import Sample
from store.queued_metrics import QueuedMetrics
from tests.influxd import influxd
from tests.mosquitto import free_port
from tests.store.influx.canned import Answer, canned
from tests.victoria import victoria

SECRET = "s3cret-t0ken"
NOW = time.time_ns() // 1_000_000
PING_18 = Answer(headers={"X-Influxdb-Version": "1.8.10"})


@pytest.mark.parametrize(
    ("ping", "kind"),
    [
        (Answer(headers={"X-Influxdb-Version": "1.7.11"}), "v1"),
        (PING_18, "v1.8"),
        (Answer(headers={"X-Influxdb-Version": "1.11.8"}), "v1.8"),
        (Answer(headers={"X-Influxdb-Version": "v2.7.12"}), "v2"),
        (Answer(headers={"X-Influxdb-Build": "cloud2"}), "v2"),
        (Answer(200, '{"version":"3.4.1","revision":"x"}'), "v3"),
    ],
)
def test_the_version_decides_how_to_speak(ping: Answer, kind: str) -> None:
    with canned({"/ping": ping}) as url, connect(Address.of(url)) as server:
        assert server.kind == kind


@pytest.mark.parametrize(
    "ping",
    [
        Answer(200, "<html>Welcome to nginx!</html>", {"Server": "nginx/1.22"}),
        Answer(302, "", {"Location": "/login"}),
        Answer(204),
        Answer(200, "[1]"),
        Answer(404, "404 page not found"),
    ],
)
def test_something_else_on_the_port_is_one_clear_message(ping: Answer) -> None:
    with canned({"/ping": ping}) as url, pytest.raises(NotInflux) as caught:
        connect(Address.of(url, token=SECRET))
    assert "something else answers there" in caught.value.reason


@pytest.mark.parametrize(("status", "fault"), [(401, Denied), (403, Denied), (502, Away), (429, Away)])
def test_a_proxy_that_lets_nobody_through_says_why(status: int, fault: type[StoreError]) -> None:
    with canned({"/ping": Answer(status, "no: {auth}")}) as url, pytest.raises(fault) as caught:
        connect(Address.of(url, token=SECRET))
    assert str(status) in caught.value.reason
    assert SECRET not in str(caught.value)


def test_a_2_wants_a_token() -> None:
    with canned({"/ping": Answer(headers={"X-Influxdb-Version": "v2.7.12"})}) as url, pytest.raises(Denied) as caught:
        connect(Address.of(url, username="u", password=SECRET))
    assert "wants metrics.token" in caught.value.reason


@pytest.mark.parametrize("path", ["/write", "/api/v2/write"])
@pytest.mark.parametrize(
    ("answer", "fault", "after", "partial"),
    [
        (Answer(400, '{"error":"partial write: field type conflict dropped=1"}'), Rejected, None, True),
        (Answer(422, '{"code":"x","message":"failure: partial write: too old"}'), Rejected, None, True),
        (Answer(400, '{"error":"unable to parse {auth}"}'), Rejected, None, False),
        (Answer(413, "too large"), Rejected, None, False),
        (Answer(401, '{"message":"unauthorized"}'), Denied, None, None),
        (Answer(403, '{"error":"not authorized to write"}'), Denied, None, None),
        (Answer(404, '{"code":"not found","message":"bucket \\"a/raw\\" not found"}'), Away, None, None),
        (Answer(404, '{"error":"database not found: \\"a\\""}'), Away, None, None),
        (Answer(500, '{"error":"retention policy not found: raw"}'), Away, None, None),
        (Answer(503, "", {"Retry-After": "7"}), Away, 7.0, None),
        (Answer(429, "", {"Retry-After": "3"}), Away, 3.0, None),
        (Answer(404, "404 page not found"), NotInflux, None, None),
        (Answer(302, "", {"Location": "http://127.0.0.1:1/"}), NotInflux, None, None),
    ],
)
def test_a_refused_write_is_told_by_what_has_to_be_done(
    path: str, answer: Answer, fault: type[StoreError], after: float | None, partial: bool | None
) -> None:
    version = "1.8.0" if "v2" in path else "1.7.0"
    answers = {"/ping": Answer(headers={"X-Influxdb-Version": version}), path: answer}
    with canned(answers) as url, connect(Address.of(url, token=SECRET)) as server, pytest.raises(fault) as caught:
        server.write("raw", ["device x=1 5"])
    assert type(caught.value) is fault
    assert SECRET not in str(caught.value)
    assert getattr(caught.value, "retry_after_s", None) == after
    assert getattr(caught.value, "partial", None) == partial


@pytest.mark.parametrize("version", ["1.7.0", "1.8.0"])
def test_a_server_that_thinks_for_too_long_is_away(version: str) -> None:
    slow = Answer(after_s=4.0)
    answers = {"/ping": Answer(headers={"X-Influxdb-Version": version})} | dict.fromkeys(
        ("/write", "/api/v2/write", "/query"), slow
    )
    with canned(answers) as url:
        server = connect(Address.of(url), timeout_s=0.2)
        for work in (lambda: server.write("raw", ["device x=1 5"]), lambda: server.ask("SHOW DATABASES")):
            began = time.monotonic()
            with pytest.raises(Away):
                work()
            assert time.monotonic() - began < 3.5
        server.close()


def test_nobody_there_is_away() -> None:
    for where in (f"influxdb://127.0.0.1:{free_port()}", "influxdb://nobody.invalid"):
        with pytest.raises(Away):
            connect(Address.of(where), timeout_s=2)


def test_an_answer_that_is_no_result_is_not_believed() -> None:
    for body in ("<html>", '{"results": 5}', '{"results":[{"series":"x"}]}'):
        answers = {"/ping": PING_18, "/query": Answer(200, body)}
        with canned(answers) as url, connect(Address.of(url)) as server, pytest.raises(NotInflux):
            server.ask("SHOW DATABASES")


def test_a_3_is_asked_in_the_url_and_its_tag_columns_become_tags() -> None:
    rows = [[1, "P-1", "h", 5.0], [2, "P-2", "h", 6.0], [3, "P-1", "h", 7.0]]
    body = {"results": [{"series": [{"name": "device", "columns": ["time", "device", "hall", "x"], "values": rows}]}]}
    asked: list[str] = []
    answers = {"/ping": Answer(200, '{"version":"3.4.1"}'), "/query": Answer(200, json.dumps(body))}
    with canned(answers, asked) as url, connect(Address.of(f"{url}?bucket=m", token=SECRET)) as server:
        found = server.ask(
            'SELECT *::field FROM "raw"."device" WHERE "device"::tag = $device GROUP BY *', {"device": "P'"}
        )
    assert [(one.tags, one.columns, one.rows) for one in found] == [
        ({"device": "P-1", "hall": "h"}, ["time", "x"], [[1, 5.0], [3, 7.0]]),
        ({"device": "P-2", "hall": "h"}, ["time", "x"], [[2, 6.0]]),
    ]
    [query] = [parse_qs(urlsplit(one).query) for one in asked if one.startswith("/query")]
    assert query["db"] == ["m/raw"]
    assert query["q"] == ['SELECT *::field FROM "device" WHERE "device"::tag = \'P\\\'\' GROUP BY *']


def test_a_port_that_speaks_no_http_is_away() -> None:
    with socket.create_server(("127.0.0.1", 0)) as listener, ThreadPoolExecutor(1) as pool:

        def greet() -> None:
            peer, _ = listener.accept()
            with peer:
                peer.sendall(b"SSH-2.0-OpenSSH_9.2\r\n")

        pool.submit(greet)
        with pytest.raises(Away):
            connect(Address.of(f"influxdb://127.0.0.1:{listener.getsockname()[1]}"), timeout_s=2)


@pytest.mark.server
def test_tls_with_users_and_what_it_says_to_the_wrong_ones(tmp_path: Path) -> None:
    with influxd(tmp_path, users=True, tls=True) as real, connect(real.address()) as good:
        assert setup(good, 90, 1826)
        good.write("raw", [f"device,device=P x=1 {NOW}"])
        assert good.ask('SELECT "x" FROM "raw"."device"')[0].rows == [[NOW, 1]]
        wrong = Address.of(real.url, username="root", password="wr0ng-password", ca=real.ca)
        with connect(wrong) as server, pytest.raises(Denied) as caught:
            server.write("raw", ["device x=1 5"])
        assert "wr0ng" not in str(caught.value)
        with pytest.raises(Away, match=r"(?i)certificate"):
            connect(Address.of(real.url))
        with pytest.raises(Away):
            connect(Address.of(f"influxdbs://127.0.0.1:{real.port}", ca=tmp_path / "no.pem"))
        with pytest.raises((Away, NotInflux, Rejected)):
            connect(Address.of(real.url.replace("influxdbs", "influxdb")))


@pytest.mark.server
def test_what_a_real_server_rejects_and_when_it_is_away(tmp_path: Path) -> None:
    with influxd(tmp_path) as real, connect(real.address()) as server:
        with pytest.raises(Away, match="metrics setup"):
            server.write("raw", ["device x=1 5"])
        with pytest.raises(Away, match="metrics setup"):
            server.ask('SELECT * FROM "raw"."device"')
        setup(server, 90, 1826)
        server.write("raw", [f"device,device=P x=1 {NOW}"])
        for lines, partial in (
            ([f'device,device=P x="text" {NOW}', f"device,device=P y=1 {NOW}"], True),
            ([f"device,device=P x=1 {NOW - 100 * 86_400_000}"], True),
            (["device,device=P x=1 99999999999999999999"], False),
        ):
            with pytest.raises(Rejected) as caught:
                server.write("raw", lines)
            assert caught.value.partial == partial
        with pytest.raises(Rejected):
            server.ask("SELECT")
        real.kill()
        with pytest.raises(Away):
            server.ask("SHOW DATABASES")
        real.start()
        assert server.ask('SELECT "y" FROM "raw"."device"')[0].rows == [[NOW, 1]]


@pytest.mark.server
@pytest.mark.parametrize("limit", [0, 2])
def test_a_long_answer_is_whole_whatever_the_server_allows_in_one_piece(tmp_path: Path, limit: int) -> None:
    with influxd(tmp_path, http=f"max-row-limit = {limit}") as real, connect(real.address()) as server:
        setup(server, 90, 1826)
        for name, n in (("P", 25_000), ("Q", 3)):
            server.write("raw", [f"device,device={name} x={n} {NOW - n}" for n in range(n)])
        found = server.ask('SELECT "x" FROM "raw"."device" GROUP BY "device"')
        assert [(one.tags, len(one.rows)) for one in found] == [({"device": "P"}, 25_000), ({"device": "Q"}, 3)]
        assert found[0].rows[0] == [NOW - 24_999, 24_999]
        assert [len(one.rows) for one in server.ask('SELECT "x" FROM "raw"."device"')] == [25_003]


@pytest.mark.server
def test_many_threads_may_read_at_once(tmp_path: Path) -> None:
    with influxd(tmp_path) as real, connect(real.address()) as server:
        setup(server, 90, 1826)
        server.write("raw", [f"device,device=P-{n} x={n} {NOW}" for n in range(40)])
        query = 'SELECT "x" FROM "raw"."device" WHERE "device" = $device'
        with ThreadPoolExecutor(16) as pool:
            found = list(pool.map(lambda n: server.ask(query, {"device": f"P-{n}"})[0].rows[0][1], range(40)))
        assert found == list(range(40))


@pytest.mark.server
def test_victoriametrics_takes_points_and_says_that_it_answers_no_influxql(tmp_path: Path) -> None:
    with victoria(tmp_path) as real, connect(Address.of(real.url)) as server:
        assert (server.kind, server.reads) == ("victoria", False)
        server.write("raw", [f"device,device=P\\ 1,hall=- level=80.5,pages=7 {NOW}"] * 2)
        [step] = setup(server, 90, 1826)
        assert (step.done, "no InfluxQL" in step.told(str)) == ("note", True)
        with pytest.raises(Rejected, match="no InfluxQL"):
            server.ask("SHOW DATABASES")
        found = {one["metric"]["__name__"]: one for one in real.export('{device="P 1"}')}
        assert {name: set(one["values"]) for name, one in found.items()} == {
            "device_level": {80.5},
            "device_pages": {7},
        }
        assert set(found["device_level"]["timestamps"]) == {NOW}


@pytest.mark.server
def test_the_queue_brings_points_to_victoriametrics_and_expects_no_hours_of_it(tmp_path: Path) -> None:
    with victoria(tmp_path / "vm") as real:
        address = Address.of(real.url)
        queued = QueuedMetrics(tmp_path / "queue.db", lambda: connect(address), lambda: NOW)
        queued.own()
        queued.write([Sample("P-1", NOW - 7_200_000 + n, {"level": float(n)}) for n in range(3)])
        while queued.step():
            pass
        queued.maintain(NOW)
        assert (queued.stats()["points"], queued.stats()["dirty"]) == (0, 0)
        assert [set(one["values"]) for one in real.export('{device="P-1"}')] == [{0.0, 1.0, 2.0}]
        queued.close()


def test_a_proxy_that_denies_with_a_page_is_no_metrics_server() -> None:
    page = Answer(403, "<html><body><h1>Access  denied</h1></body></html>")
    with canned({"/ping": page}) as url, pytest.raises(NotInflux, match="something else answers there"):
        connect(Address.of(url, token=SECRET))
    with canned({"/ping": Answer(502, "<html><h1>Bad\ngateway</h1></html>")}) as url, pytest.raises(Away) as caught:
        connect(Address.of(url, token=SECRET))
    assert caught.value.reason == "502 Bad gateway"


def test_why_nobody_answers_is_said_without_the_systems_numbers() -> None:
    with pytest.raises(Away) as caught:
        connect(Address.of(f"influxdb://127.0.0.1:{free_port()}"))
    assert caught.value.reason == "Connection refused"
    with canned({}) as url, pytest.raises(Away, match="no TLS is spoken there: influxdb:// instead of influxdbs://"):
        connect(Address.of(url.replace("influxdb://", "influxdbs://")))
