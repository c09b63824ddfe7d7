"""Real servers full of a small city: InfluxDB with every measurement, PostgreSQL with the views for Grafana.

Everything comes out of the product: the database, the views, and each point (`tests.live_lines`).
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx2
import psycopg

from sla.instant import DAY
from store.influx.lines import line
from store.influx.server import Server, connect
from store.measurements import RAW
from tests import live_city, live_lines
from tests.postgres import postgres
from tests.store.subjects import influxdb_1, influxdb_2

Rows = tuple[list[str], list[tuple[Any, ...]]]


@dataclass(frozen=True)
class City:
    """Both servers; `now` (ms) is the city's. The same query is asked once."""

    influx: httpx2.Client
    bucket: str
    database: psycopg.Connection
    now: int
    _series: dict[str, list[dict[str, Any]]] = field(default_factory=dict)
    _rows: dict[str, Rows] = field(default_factory=dict)

    def influxql(self, query: str) -> list[dict[str, Any]]:
        """The series of an answer, times in ms. Raises where InfluxDB refuses."""
        if query not in self._series:
            said = self.influx.post("/query", data={"q": query, "db": self.bucket, "epoch": "ms"})
            assert said.status_code == 200, (said.text, query)
            refused = [one["error"] for one in said.json()["results"] if "error" in one]
            assert not refused, (refused, query)
            self._series[query] = [one for result in said.json()["results"] for one in result.get("series", [])]
        return self._series[query]

    def sql(self, query: str) -> Rows:
        """Columns and rows. Raises where PostgreSQL refuses."""
        if query not in self._rows:
            cursor = self.database.execute(query.encode())
            self._rows[query] = [one.name for one in cursor.description or ()], cursor.fetchall()
        return self._rows[query]


def write(server: Server, lines: Iterator[tuple[str, str]]) -> None:
    """Lines by their policy."""
    by_policy: dict[str, list[str]] = {}
    for policy, said in lines:
        by_policy.setdefault(policy, []).append(said)
    for policy, some in by_policy.items():
        for start in range(0, len(some), 5_000):
            server.write(policy, some[start : start + 5_000])


def replaced(now: int) -> Iterator[tuple[str, str]]:
    """A cartridge before and after it was changed, as the figures of those days said it (one a six hours)."""
    tags = {"device": "PR-0201", "hall": "h-02", "branch": "b-1", "kind": "printer", "vendor": "v-2"}
    tags |= {"supply": "1", "supply_name": "黑色硒鼓 CF259A"}
    for days, percent in ((8.75, 8.0), (8.5, 8.0), (8.25, 98.0), (8.0, 98.0)):
        said = line("supply", tags, {"percent": percent, "hall_name": "五一路营业厅"}, now - round(days * DAY))
        assert said is not None
        yield RAW, said


@contextmanager
def city(directory: Path, wall: int, *, two: bool = False) -> Iterator[City]:
    """Both servers, seeded as of the newest `live_city.moment` before `wall` (ms).

    InfluxDB is Debian's 1.6.7, or with `two` the 2.x that the environment names.
    """
    now = live_city.moment(wall)
    with influxdb_2() if two else influxdb_1(directory / "influx") as address, postgres() as database:
        url = database.url(database.create())
        engine = live_city.build(directory, now, url)
        connected = connect(address)
        write(connected, live_lines.lines(engine, directory, now))
        write(connected, replaced(now))
        engine.dispose()
        connected.close()
        token = {"Authorization": f"Token {address.token}"} if address.token else {}
        client = httpx2.Client(base_url=address.base, headers=token, timeout=60, trust_env=False)
        with client, psycopg.connect(url, autocommit=True) as conn:
            yield City(client, address.database, conn, now)
