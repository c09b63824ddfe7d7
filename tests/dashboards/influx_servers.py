"""The InfluxDBs that dashboards and rules are tried on: 1.6.7, and a 2.x where the environment names one."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Final

from store.influx.server import Server, connect
from tests.store.subjects import HAS_2, influxdb_1, influxdb_2

SERVERS: Final = ("influxdb-1.6.7", *(["influxdb-2"] if HAS_2 else []))


@contextmanager
def server_of(which: str, folder: Path) -> Iterator[Server]:
    """One of `SERVERS`, set up and empty."""
    with influxdb_2() if which == "influxdb-2" else influxdb_1(folder) as address:
        connected = connect(address)
        yield connected
        connected.close()


def series(server: Server, query: str) -> list[dict[str, Any]]:
    """An answer as InfluxDB's JSON has it, times in ms."""
    return [{"tags": one.tags, "columns": one.columns, "values": one.rows} for one in server.ask(query)]
