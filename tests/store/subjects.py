"""The metrics stores of the contract suite: embedded, InfluxDB 1.6.7, and a 2.x where the environment names one."""

from __future__ import annotations

import os
import time
import uuid
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import pytest

from store.embedded_metrics import EmbeddedMetrics
from store.influx.address import Address
from store.influx.server import Server, connect
from store.influx.setup import setup
from store.metrics import Metrics
from store.queued_metrics import QueuedMetrics
from tests.influxd import influxd

DAY: Final = 86_400_000
HOUR: Final = 3_600_000
RAW_DAYS: Final = 90
NOW: Final = time.time_ns() // 1_000_000
NOON: Final = NOW // DAY * DAY - 20 * DAY + DAY // 2  # servers refuse what is beyond retention, so it is of late
VARIABLES: Final = ("HALLWATCH_TEST_INFLUXDB2_URL", "HALLWATCH_TEST_INFLUXDB2_ORG", "HALLWATCH_TEST_INFLUXDB2_TOKEN")
HAS_2: Final = all(os.environ.get(name) for name in VARIABLES)
SUBJECTS: Final = (
    "embedded",
    pytest.param("influxdb-1.6.7", marks=pytest.mark.server),
    *([pytest.param("influxdb-2", marks=pytest.mark.server)] if HAS_2 else []),
)


@dataclass
class Subject:
    """`settle` brings what was written to where it is read, hours and all; `age` ends the life of raw points."""

    metrics: Metrics
    settle: Callable[[], None]
    age: Callable[[], None]
    again: Callable[[], Subject]
    server: Server | None = None


def embedded(path: Path) -> Subject:
    """In a file."""
    store = EmbeddedMetrics(path / "metrics.db", raw_days=RAW_DAYS, hourly_days=1826)

    def age() -> None:
        for later in (200, 202):
            store.maintain(NOW + later * DAY)

    def again() -> Subject:
        store.close()
        return embedded(path)

    return Subject(store, lambda: store.maintain(NOW), age, again)


def queued(path: Path, address: Address) -> Subject:
    """On a server, through the queue."""
    store = QueuedMetrics(path / "queue.db", lambda: connect(address), lambda: NOW, raw_days=RAW_DAYS)
    store.own()

    def settle() -> None:
        while store.step():
            pass
        store.maintain(NOW)

    def age() -> None:
        store.server.ask(f'DELETE FROM "device" WHERE time < {NOW}ms')

    def again() -> Subject:
        store.close()
        return queued(path, address)

    return Subject(store, settle, age, again, store.server)


@contextmanager
def influxdb_1(path: Path) -> Iterator[Address]:
    """A server that is set up."""
    with influxd(path) as server:
        _set_up(server.address())
        yield server.address()


def address_of_2() -> Address:
    """On the server that the environment names; buckets of a name that nobody else has."""
    url, org, token = (os.environ[name] for name in VARIABLES)
    scheme, _, host = url.rstrip("/").partition("://")
    bucket = f"hallwatch-test-{uuid.uuid4().hex[:12]}"
    return Address.of(f"influxdb{'s' if scheme.endswith('s') else ''}://{host}?org={org}&bucket={bucket}", token=token)


@contextmanager
def influxdb_2() -> Iterator[Address]:
    """A 2.x that is set up, and cleaned afterwards."""
    address = address_of_2()
    try:
        _set_up(address)
        yield address
    finally:
        clean(address)


def clean(address: Address) -> None:
    """Remove the buckets and the mappings of a test."""
    server = connect(address)
    for policy in ("raw", "hourly"):
        answer = server.wire.call("GET", "/api/v2/buckets", {"name": f"{address.database}/{policy}"})
        for one in answer.json().get("buckets", []):
            org = one["orgID"]
            known = server.wire.call("GET", "/api/v2/dbrps", {"orgID": org, "db": address.database}).json()["content"]
            for mapping in (one for one in known if not one.get("virtual")):
                server.wire.call("DELETE", f"/api/v2/dbrps/{mapping['id']}", {"orgID": org})
            server.wire.good(server.wire.call("DELETE", f"/api/v2/buckets/{one['id']}"))
    server.close()


def _set_up(address: Address) -> None:
    server = connect(address)
    assert {step.done for step in setup(server, RAW_DAYS, 1826)} <= {"made", "changed", "kept"}
    server.close()
