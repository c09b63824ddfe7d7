"""A collector away from the centre: its part by HTTP with an ETag, on disk, good without the centre."""

from __future__ import annotations

import asyncio
import json
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest

from collector.inventory_cache import Centre, InventoryCache
from collector.target import Part


class FakeCentre(ThreadingHTTPServer):
    """Answers `part` under its ETag to whoever bears the token."""

    daemon_threads = True

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), Handler)
        self.part: Any = {"collector": "c-01", "version": "1", "devices": [device("P-1")], "gateways": []}
        self.etag = '"1"'
        self.status = 200
        self.asked: list[tuple[str, str | None]] = []

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_address[1]}"


class Handler(BaseHTTPRequestHandler):
    def do_GET(self) -> None:
        centre = self.server
        assert isinstance(centre, FakeCentre)
        centre.asked.append((self.path, self.headers.get("If-None-Match")))
        if self.headers.get("Authorization") != "Bearer t0ken":
            self.send_response(401)
        elif self.headers.get("If-None-Match") == centre.etag and centre.status == 200:
            self.send_response(304)
        else:
            self.send_response(centre.status)
            self.send_header("ETag", centre.etag)
            self.end_headers()
            self.wfile.write(centre.part if isinstance(centre.part, bytes) else json.dumps(centre.part).encode())
            return
        self.end_headers()

    def log_message(self, format: str, *args: Any) -> None:
        pass


def device(name: str) -> dict[str, Any]:
    return {
        "id": name,
        "kind": "printer",
        "address": "127.0.0.1",
        "interval_s": 60,
        "snmp": {"community": "env:NO_SUCH"},
    }


@pytest.fixture
def centre() -> Iterator[FakeCentre]:
    with FakeCentre() as server:
        threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True).start()
        yield server
        server.shutdown()


def cache(centre: FakeCentre, tmp_path: Path, token: str = "t0ken", every_s: float = 0.02) -> InventoryCache:
    return InventoryCache("c-01", Centre(centre.url, token, every_s=every_s), tmp_path / "cache" / "inventory.json")


def devices(part: Part) -> list[str]:
    return [target.device for target in part.targets]


async def refused(source: InventoryCache) -> None:
    """Wait until an answer was refused; no part may come of it."""
    waiting = asyncio.ensure_future(anext(source.parts()))
    while source.error is None:
        await asyncio.sleep(0.01)
    assert not waiting.done()
    waiting.cancel()
    await asyncio.gather(waiting, return_exceptions=True)


async def first(source: InventoryCache, seconds: float = 3.0) -> Part | None:
    try:
        async with asyncio.timeout(seconds):
            return await anext(source.parts())
    except TimeoutError:
        return None


def test_the_part_is_fetched_and_kept_on_disk(centre: FakeCentre, tmp_path: Path) -> None:
    part = asyncio.run(first(cache(centre, tmp_path)))
    assert part is not None
    assert devices(part) == ["P-1"]
    assert centre.asked[0][0] == "/api/v1/collectors/c-01/inventory"
    assert "env:NO_SUCH" in (tmp_path / "cache" / "inventory.json").read_text()


def test_without_the_centre_the_part_on_disk_is_used(centre: FakeCentre, tmp_path: Path) -> None:
    asyncio.run(first(cache(centre, tmp_path)))
    centre.status = 503
    part = asyncio.run(first(cache(centre, tmp_path)))
    assert part is not None
    assert devices(part) == ["P-1"]


def test_an_unchanged_part_is_not_sent_again_even_after_a_restart(centre: FakeCentre, tmp_path: Path) -> None:
    async def main() -> None:
        parts = cache(centre, tmp_path).parts()
        await anext(parts)
        waiting = asyncio.ensure_future(anext(parts))
        await asyncio.sleep(0.1)
        assert not waiting.done()
        centre.part = {"collector": "c-01", "devices": [device("P-2")]}
        centre.etag = '"2"'
        assert devices(await waiting) == ["P-2"]

    asyncio.run(first(cache(centre, tmp_path)))
    centre.asked.clear()
    asyncio.run(main())
    assert {etag for _, etag in centre.asked} == {'"1"', '"2"'} or {etag for _, etag in centre.asked} == {'"1"'}


@pytest.mark.parametrize(
    "wrong",
    [
        b"<html>",
        [],
        {"collector": "c-02", "devices": []},
        {"collector": "c-01", "devices": "none"},
        b"[" * 100_000,
    ],
)
def test_an_answer_that_is_no_part_of_ours_changes_nothing(centre: FakeCentre, tmp_path: Path, wrong: Any) -> None:
    centre.part = wrong
    source = cache(centre, tmp_path)
    asyncio.run(refused(source))
    assert source.error is not None
    assert not (tmp_path / "cache" / "inventory.json").exists()


def test_a_wrong_token_is_said_and_not_shown(centre: FakeCentre, tmp_path: Path) -> None:
    source = cache(centre, tmp_path, token="wr0ng")
    asyncio.run(refused(source))
    assert source.error == "BadAnswer: status 401"
    assert "wr0ng" not in repr(Centre(centre.url, "wr0ng"))


@pytest.mark.parametrize("octets", [b"", b"{", b"[]", b'{"part":{"collector":"c-09","devices":[]}}', b"\xff\xfe"])
def test_a_damaged_cache_is_fetched_anew(centre: FakeCentre, tmp_path: Path, octets: bytes) -> None:
    (tmp_path / "cache").mkdir()
    (tmp_path / "cache" / "inventory.json").write_bytes(octets)
    part = asyncio.run(first(cache(centre, tmp_path)))
    assert part is not None
    assert devices(part) == ["P-1"]
