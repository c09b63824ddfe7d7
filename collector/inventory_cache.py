"""A collector away from the centre: its part of the inventory by HTTP, kept on disk, good without the centre."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import quote

import httpx2 as httpx
import structlog

from collector.outbox.segment import write_whole
from collector.target import Part, targets_of

log = structlog.get_logger(__name__)

MAX_BYTES = 64 << 20


@dataclass(frozen=True, slots=True)
class Centre:
    """Where the inventory is: the base URL of the centre, a bearer token (`collector:ID`), a CA file for TLS."""

    url: str
    token: str = field(repr=False)
    ca: Path | None = None
    every_s: float = 60.0
    timeout_s: float = 10.0


class BadAnswer(Exception):
    """The centre answered something that is no part of the inventory for this collector."""


class InventoryCache:
    """Implements `PartSource`: first what is on disk, then what the centre says, whenever it changed.

    The file holds references to secrets, never secrets. An answer that is no part of ours changes nothing.
    """

    def __init__(self, collector: str, centre: Centre, path: Path) -> None:
        self._collector, self._centre, self._path = collector, centre, path
        self._etag: str | None = None
        self.error: str | None = None

    async def parts(self) -> AsyncIterator[Part]:
        """The part on disk, if any, then every new one; asks the centre every `every_s`."""
        cached = self._load()
        if cached is not None:
            yield targets_of(cached)
        async with await asyncio.to_thread(self._client) as client:
            while True:
                document = await self._ask(client)
                if document is not None:
                    yield targets_of(document)
                await asyncio.sleep(self._centre.every_s)

    def _client(self) -> httpx.AsyncClient:
        """Reading the system's certificates takes its time."""
        verify: Any = True
        if self._centre.ca is not None:
            import ssl

            verify = ssl.create_default_context(cafile=self._centre.ca)
        headers = {"Authorization": f"Bearer {self._centre.token}", "Accept": "application/json"}
        return httpx.AsyncClient(verify=verify, headers=headers, timeout=self._centre.timeout_s)

    async def _ask(self, client: httpx.AsyncClient) -> Mapping[str, Any] | None:
        """A new part, None where it is the same or the centre is away (said once for each reason)."""
        try:
            document = await self._fetch(client)
        except (httpx.HTTPError, BadAnswer, OSError) as error:
            reason = f"{type(error).__name__}: {error}"[:200]
            if reason != self.error:
                log.warning("inventory_not_fetched", url=self._centre.url, error=reason)
            self.error = reason
            return None
        self.error = None
        return document

    async def _fetch(self, client: httpx.AsyncClient) -> Mapping[str, Any] | None:
        url = f"{self._centre.url.rstrip('/')}/api/v1/collectors/{quote(self._collector, safe='')}/inventory"
        headers = {"If-None-Match": self._etag} if self._etag else {}
        async with client.stream("GET", url, headers=headers) as answer:
            if answer.status_code == 304:
                return None
            if answer.status_code != 200:
                raise BadAnswer(f"status {answer.status_code}")
            octets = await _bounded(answer)
        document = _part(octets, self._collector)
        self._etag = answer.headers.get("ETag")
        await asyncio.to_thread(self._keep, document)
        return document

    def _keep(self, document: Mapping[str, Any]) -> None:
        """Write the part beside its ETag; a full disk only costs the cache."""
        whole = {"etag": self._etag, "url": self._centre.url, "part": document}
        try:
            self._path.parent.mkdir(parents=True, exist_ok=True)
            write_whole(self._path, json.dumps(whole, ensure_ascii=False).encode())
        except OSError as error:
            log.error("inventory_not_kept", path=str(self._path), error=str(error))

    def _load(self) -> Mapping[str, Any] | None:
        try:
            whole = json.loads(self._path.read_bytes())
            part = _part(json.dumps(whole["part"]).encode(), self._collector)
            etag = whole.get("etag") if whole.get("url") == self._centre.url else None
        except FileNotFoundError:
            return None
        except (OSError, ValueError, KeyError, TypeError, AttributeError, RecursionError, BadAnswer) as error:
            log.error("inventory_cache_damaged", path=str(self._path), error=str(error)[:200])
            return None
        self._etag = etag if isinstance(etag, str) else None
        return part


async def _bounded(answer: httpx.Response) -> bytes:
    octets = bytearray()
    async for chunk in answer.aiter_bytes():
        octets += chunk
        if len(octets) > MAX_BYTES:
            raise BadAnswer("too large")
    return bytes(octets)


def _part(octets: bytes, collector: str) -> Mapping[str, Any]:
    try:
        document = json.loads(octets)
    except (ValueError, RecursionError) as error:
        raise BadAnswer("not JSON") from error
    if not isinstance(document, dict) or not isinstance(document.get("devices"), list):
        raise BadAnswer("no devices in it")
    if document.get("collector") != collector:
        raise BadAnswer(f"the part of {str(document.get('collector'))[:50]!a}")
    return document
