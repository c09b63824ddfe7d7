"""A metrics server: which one it is was asked, never configured."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any, Final, Literal, Self

import httpx2 as httpx

from store.influx.address import Address
from store.influx.fault import Away, Denied, NotInflux, Rejected
from store.influx.query import Result
from store.influx.reader import Bound, Filled, Mute, Reader
from store.influx.wire import Wire, is_page
from store.influx.writer import ByClient, ByWrite, Writer

__all__ = ["Away", "Denied", "Kind", "NotInflux", "Rejected", "Result", "Server", "connect"]

Kind = Literal["v1", "v1.8", "v2", "v3", "victoria"]
TIMEOUT_S: Final = 10.0
_VERSION: Final = re.compile(r"v?(\d+)\.(\d+)")


class Server:
    """One that answered; several threads may use it. `version` is its own word for itself."""

    def __init__(self, kind: Kind, version: str, wire: Wire) -> None:
        self.kind: Kind = kind
        self.version = version
        self.wire = wire
        self._writer = _writer(kind, wire)
        self._reader = _reader(kind, wire)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    @property
    def address(self) -> Address:
        """Where it is."""
        return self.wire.address

    @property
    def name(self) -> str:
        """What it is, for people."""
        return self.version if self.kind == "victoria" else f"InfluxDB {self.version}"

    @property
    def reads(self) -> bool:
        """Whether it answers InfluxQL."""
        return self.kind != "victoria"

    def write(self, policy: str, lines: Sequence[str]) -> None:
        """Keep lines (ms) under a retention policy before returning.

        Raises `Away` and `Denied` (all of it waits), `Rejected` (some of it is at fault).
        """
        if lines:
            self._writer.write(policy, "\n".join(lines).encode())

    def may_write(self, policy: str) -> None:
        """Return if the credentials may write under a policy. Raises what `write` does; writes nothing."""
        self._writer.may(policy)

    def ask(self, influxql: str, params: Mapping[str, Any] | None = None) -> list[Result]:
        """The series of an answer, times in ms; `$name` in the query stands for a parameter.

        Raises `Away`, `Denied`, `Rejected` (a query that the server does not take).
        """
        return self._reader.ask(influxql, params or {})

    def close(self) -> None:
        """Let go of the connections."""
        self._writer.close()
        self.wire.close()


def connect(address: Address, timeout_s: float = TIMEOUT_S) -> Server:
    """Ask who is there. Raises `Away`, `Denied`, `NotInflux` with what else answered."""
    wire = Wire(address, timeout_s)
    try:
        kind, version = _who(wire)
        if kind in ("v2", "v3") and address.username is not None:
            raise Denied(address.base, f"InfluxDB {version} wants metrics.token, not a user name and a password")
        return Server(kind, version, wire)
    except BaseException:
        wire.close()
        raise


def _who(wire: Wire) -> tuple[Kind, str]:
    answer = wire.call("GET", "/ping")
    version = answer.headers.get("X-Influxdb-Version", "") or _told(answer)
    found = _VERSION.match(version)
    if found:
        return _kind(int(found[1]), int(found[2])), version.removeprefix("v")
    if "X-Influxdb-Build" in answer.headers:  # a cloud, which says no version
        return "v2", answer.headers["X-Influxdb-Build"]
    if answer.status_code == 204 and "vm_app_version" in wire.call("GET", "/metrics").text:
        return "victoria", "VictoriaMetrics"
    denied = answer.status_code in (401, 403) and not is_page(answer.text)
    if denied or answer.status_code == 429 or answer.status_code >= 500:
        wire.good(answer)
    raise wire.not_influx(f"something else answers there ({_introduced(answer)}): is it a proxy, or the wrong port?")


def _told(answer: httpx.Response) -> str:
    """The version that 3.x says in its answer."""
    try:
        document = answer.json()
    except ValueError:
        return ""
    return str(document.get("version", "")) if answer.is_success and isinstance(document, dict) else ""


def _kind(major: int, minor: int) -> Kind:
    if major == 1:
        return "v1.8" if minor >= 8 else "v1"
    return "v2" if major == 2 else "v3"


def _introduced(answer: httpx.Response) -> str:
    server = answer.headers.get("Server")
    return f"HTTP {answer.status_code}" + (f", {server[:60]}" if server else "")


def _writer(kind: Kind, wire: Wire) -> Writer:
    return ByWrite(wire) if kind == "v1" else ByClient(wire)


def _reader(kind: Kind, wire: Wire) -> Reader:
    if kind == "victoria":
        return Mute(wire)
    return Filled(wire) if kind == "v3" else Bound(wire)
