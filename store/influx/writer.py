"""Line protocol to the server: `/write` by hand before 1.8, `influxdb-client` from there on."""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING, Final, Protocol

from store.influx.wire import Wire

if TYPE_CHECKING:
    from influxdb_client.client.influxdb_client import InfluxDBClient
    from influxdb_client.client.write_api import WriteApi

_MS: Final = "ms"  # what the library's WritePrecision.MS is


class Writer(Protocol):
    """Takes lines for good, or raises `Away`, `Denied`, `Rejected`."""

    def write(self, policy: str, body: bytes) -> None:
        """Lines with times in ms."""

    def may(self, policy: str) -> None:
        """Write nothing; raises what a write would where the credentials may not."""

    def close(self) -> None:
        """Let go of connections of its own."""


class ByWrite:
    """The interface of 1.x."""

    def __init__(self, wire: Wire) -> None:
        self._wire = wire

    def write(self, policy: str, body: bytes) -> None:
        """Lines with times in ms."""
        query = {"db": self._wire.address.database, "rp": policy, "precision": "ms"}
        self._wire.good(self._wire.call("POST", "/write", query, content=body))

    def may(self, policy: str) -> None:
        """The same without a line: rights are looked at first."""
        self.write(policy, b"")

    def close(self) -> None:
        """Nothing of its own."""


class ByClient:
    """The library's synchronous mode; its batching one drops points silently, and is not for us."""

    def __init__(self, wire: Wire) -> None:
        self._wire = wire
        self._lock = threading.Lock()
        self._client: InfluxDBClient | None = None
        self._api: WriteApi | None = None

    def write(self, policy: str, body: bytes) -> None:
        """Lines with times in ms."""
        from influxdb_client.rest import ApiException
        from urllib3.exceptions import HTTPError

        address = self._wire.address
        bucket = f"{address.database}/{policy}"
        try:
            self._opened().write(bucket, address.org or "-", body, write_precision=_MS)  # type: ignore[arg-type]
        except ApiException as error:
            if not error.status:
                raise self._wire.away(" ".join(str(error.reason).split())) from error
            raise self._wire.fault(error.status, _text(error.body), error.headers or {}) from error
        except (HTTPError, OSError) as error:
            raise self._wire.away(str(error) or error.__class__.__name__) from error

    def may(self, policy: str) -> None:
        """The same without a line, which the library does not send: rights are looked at first."""
        address = self._wire.address
        query = {"bucket": f"{address.database}/{policy}", "org": address.org or "-", "precision": _MS}
        self._wire.good(self._wire.call("POST", "/api/v2/write", query, content=b""))

    def close(self) -> None:
        """Let go of the library's connections."""
        with self._lock:
            if self._api is not None:
                self._api.close()  # type: ignore[no-untyped-call]
            if self._client is not None:
                self._client.close()  # type: ignore[no-untyped-call]
            self._api = self._client = None

    def _opened(self) -> WriteApi:
        with self._lock:
            if self._api is None:
                self._api = self._open()
            return self._api

    def _open(self) -> WriteApi:
        from influxdb_client.client.influxdb_client import InfluxDBClient
        from influxdb_client.client.write_api import SYNCHRONOUS

        address = self._wire.address
        pair = f"{address.username}:{address.password}" if address.username is not None else None
        self._client = InfluxDBClient(
            address.base,
            address.token or pair or "",
            timeout=round(self._wire.timeout_s * 1000),
            ssl_ca_cert=str(address.ca) if address.ca else None,
            retries=False,
        )
        return self._client.write_api(write_options=SYNCHRONOUS)


def _text(body: object) -> str:
    return body.decode(errors="replace") if isinstance(body, bytes) else str(body or "")
