"""The centre started before any of its servers: it waits, says so, and goes on; then what deploy/ says of them."""

from __future__ import annotations

import json
import os
import subprocess
import urllib.error
import urllib.parse
import urllib.request
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path

import psycopg
import pytest

from tests.deploy.broker import DEPLOY, Deployed, deployed
from tests.mosquitto import free_port
from tests.postgres import Postgres, _programs, postgres
from tests.proof.process import HALLWATCH, Process, listening, wait_until

pytestmark = [pytest.mark.server, pytest.mark.slow, pytest.mark.timeout(500)]

CITY = {
    "calendars": {"always": {"zone": "UTC", "week": {"mon-sun": ["00:00-24:00"]}}},
    "branches": [{"id": "b", "name": "b"}],
    "halls": [{"id": "h-1", "name": "one", "branch": "b", "kind": "own", "calendar": "always", "collector": "c-01"}],
    "devices": [{"id": "K-1", "kind": "kiosk", "hall": "h-1", "address": "127.0.0.1"}],
}


@dataclass
class Late:
    """Recorder and pages that were started alone, and their servers, which came one after the other."""

    folder: Path
    server: Postgres
    broker: Deployed
    recorder: Process
    api: Process
    port: int
    said: dict[str, str]

    def secret(self, name: str) -> str:
        return (self.broker.made / "secrets" / name).read_text().strip()


def roles(server: Postgres, made: Path) -> None:
    """deploy/postgres/roles.sh as the image's first start runs it."""
    where = {"PGHOST": "127.0.0.1", "PGPORT": str(server.port), "SECRETS": str(made / "secrets")}
    path = f"{_programs()}:{os.environ['PATH']}"
    subprocess.run(["bash", str(DEPLOY / "postgres" / "roles.sh")], env={**where, "PATH": path}, check=True)


def settings(late: Late) -> dict[str, str]:
    """As compose.yaml sets them, with this machine's addresses."""
    return {
        "HALLWATCH_DATABASE__URL": f"postgresql://hallwatch@127.0.0.1:{late.server.port}/hallwatch",
        "HALLWATCH_DATABASE__PASSWORD": f"file:{late.broker.made}/secrets/postgres-hallwatch",
        "HALLWATCH_METRICS__URL": f"influxdb://127.0.0.1:{free_port()}?org=hallwatch&bucket=hallwatch",
        "HALLWATCH_METRICS__TOKEN": f"file:{late.broker.made}/secrets/influxdb-hallwatch",
        "HALLWATCH_METRICS__QUEUE": str(late.folder / "queue.db"),
        "HALLWATCH_MQTT__URL": late.broker.url,
        "HALLWATCH_MQTT__CA": str(late.broker.ca),
        "HALLWATCH_MQTT__USERNAME": "hallwatch-recorder",
        "HALLWATCH_MQTT__PASSWORD": f"file:{late.broker.made}/secrets/mqtt-recorder",
        "HALLWATCH_HTTP__LISTEN": f"127.0.0.1:{late.port}",
        "HALLWATCH_INVENTORY__FILES": '["halls.json"]',
        "HALLWATCH_PULSE": str(late.folder / "pulse"),
    }


@pytest.fixture(scope="module")
def late(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Late]:
    folder = tmp_path_factory.mktemp("late")
    (folder / "halls.json").write_text(json.dumps(CITY))
    with ExitStack() as stack:
        broker = stack.enter_context(deployed(folder / "broker", spy=False))
        server = stack.enter_context(postgres())
        server.run("DROP ROLE hallwatch")
        broker.kill()
        server.stop()
        empty = Process("", [], folder)
        found = Late(folder, server, broker, empty, empty, free_port(), {})
        (folder / "hallwatch.toml").write_text("")
        found.recorder = Process("recorder", [*HALLWATCH, "recorder"], folder, settings(found))
        found.api = Process("api", [*HALLWATCH, "api"], folder, settings(found))
        for process in (found.recorder, found.api):
            stack.callback(process.kill)
            process.start()
        waiting = "waiting for the database"
        wait_until(
            "both to wait", lambda: all(waiting in one.log.read_text() for one in (found.recorder, found.api)), 180
        )
        found.said["waiting"] = found.recorder.log.read_text()
        found.said["pulse"] = str((folder / "pulse").exists())
        server.start()
        roles(server, broker.made)
        wait_until("the pages", lambda: listening(found.port), 120)
        wait_until("the inventory", lambda: "inventory taken in" in found.recorder.log.read_text(), 120)
        found.said["alone"] = found.recorder.log.read_text()
        broker.start()
        wait_until("the subscription", lambda: "recorder.subscribed" in found.recorder.log.read_text(), 120)
        yield found
        assert found.recorder.stop() == 0
        assert found.api.stop() == 0


def test_a_database_that_comes_later_is_waited_for_and_named(late: Late) -> None:
    assert "Traceback" not in late.said["waiting"]
    assert f"127.0.0.1:{late.server.port}" in late.said["waiting"]
    assert late.secret("postgres-hallwatch") not in late.said["waiting"]


def test_who_waits_is_not_healthy_yet_and_who_works_is(late: Late) -> None:
    assert late.said["pulse"] == "False"
    wait_until("a pulse", (late.folder / "pulse").exists, 60)


def test_a_broker_that_comes_later_is_found_without_a_restart(late: Late) -> None:
    assert "recorder.subscribed" not in late.said["alone"]
    assert late.recorder.alive()
    assert late.api.alive()


def test_two_processes_that_make_the_schema_at_once_do_not_disturb_each_other(late: Late) -> None:
    text = late.recorder.log.read_text() + late.api.log.read_text()
    assert "Traceback" not in text
    assert "already exists" not in text


def test_a_metrics_server_that_is_away_or_refuses_holds_nothing_up(late: Late) -> None:
    gateway = late.broker.client("c-01")
    now = "2026-11-22T12:00:00Z"
    seen = {"v": 1, "device": "K-1", "collector": "c-01", "ts": now, "state": "up", "rtt_ms": 1.5}
    gateway.publish(["hallwatch/v1/obs/c-01/K-1"], json.dumps(seen).encode())
    password = late.secret("postgres-hallwatch")

    def stored() -> int:
        with psycopg.connect(late.server.url("hallwatch", password=password)) as conn:
            row = conn.execute("SELECT count(*) FROM observations").fetchone()
            return int(row[0]) if row else 0

    wait_until("the fact", lambda: stored() == 1, 60)
    gateway.close()


def test_the_services_role_owns_its_database_and_administers_nothing(late: Late) -> None:
    with psycopg.connect(late.server.url("hallwatch", password=late.secret("postgres-hallwatch"))) as conn:
        query = (
            "SELECT rolsuper, rolcreaterole, rolcreatedb, rolreplication, rolbypassrls FROM pg_roles WHERE rolname = %s"
        )
        assert conn.execute(query, ["hallwatch"]).fetchone() == (False,) * 5


def test_grafanas_role_reads_its_views_and_nothing_else(late: Late) -> None:
    url = late.server.url("hallwatch", "hallwatch_grafana", late.secret("postgres-grafana"))
    with psycopg.connect(url, autocommit=True) as conn:
        for view in ("grafana_outages", "grafana_tickets", "grafana_maintenance"):
            conn.execute(f"SELECT * FROM {view} LIMIT 1")
        for refused in (
            "SELECT * FROM tokens",
            "SELECT * FROM devices",
            "SELECT * FROM observations",
            "DELETE FROM grafana_tickets",
            "SET default_transaction_read_only = off; CREATE TABLE mine (a int)",
            "SET default_transaction_read_only = off; CREATE TEMPORARY TABLE mine (a int)",
            "COPY (SELECT 1) TO PROGRAM 'true'",
        ):
            with pytest.raises(psycopg.Error, match=r"permission denied|read-only|cannot delete|must be superuser"):
                conn.execute(refused)


def test_nobody_comes_to_the_database_without_a_password(late: Late) -> None:
    for user, password in (
        ("hallwatch", ""),
        ("hallwatch_grafana", "wrong"),
        ("hallwatch", late.secret("postgres-grafana")),
    ):
        with pytest.raises(psycopg.OperationalError, match=r"password|authentication"):
            psycopg.connect(late.server.url("hallwatch", user, password))


def test_behind_a_proxy_with_tls_the_session_is_for_tls_only(late: Late) -> None:
    made = [*HALLWATCH, "token", "create", "me", "--role", "admin"]
    environment = {**os.environ, **settings(late)}
    done = subprocess.run(made, cwd=late.folder, env=environment, capture_output=True, text=True, check=True)
    token = done.stdout.split()[-1]
    assert "; secure" in cookie(late.port, token, {"X-Forwarded-Proto": "https", "Host": "hallwatch.example"}).lower()
    assert "; secure" not in cookie(late.port, token, {}).lower()


class _Stay(urllib.request.HTTPRedirectHandler):
    def redirect_request(self, *_: object) -> None:
        return None


def cookie(port: int, token: str, headers: dict[str, str]) -> str:
    """What signing in sets."""
    form = urllib.parse.urlencode({"token": token}).encode()
    request = urllib.request.Request(f"http://127.0.0.1:{port}/sign-in", form, headers)
    opener = urllib.request.build_opener(_Stay)
    with pytest.raises(urllib.error.HTTPError) as caught:
        opener.open(request, timeout=60)
    with caught.value as answer:
        assert answer.code == 303
        return str(answer.headers["set-cookie"])
