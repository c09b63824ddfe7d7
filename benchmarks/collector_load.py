"""Asks the exporter for one target after another over HTTP, from the agents' core.

`python -m benchmarks.collector_load SECONDS` takes a JSON list of hosts on standard input and prints how many answers
came, how many failed, and how many values the first answer had.
"""

from __future__ import annotations

import asyncio
import itertools
import json
import os
import sys
import time
from typing import Final

from benchmarks.collector_others import EXPORTER_PORT
from benchmarks.collector_scene import PORT

_CONNECTIONS: Final = 50
_PATIENCE_S: Final = 10.0


class Load:
    """Connections that are kept, one request at a time on each."""

    def __init__(self, hosts: list[str], until: float) -> None:
        self._hosts, self._until, self._turn = hosts, until, itertools.count()
        self.answered = self.failed = self.values = 0

    async def run(self) -> None:
        """Until the time is up."""
        await asyncio.gather(*(self._connection() for _ in range(_CONNECTIONS)))

    async def _connection(self) -> None:
        reader, writer = await asyncio.open_connection("127.0.0.1", EXPORTER_PORT, limit=1 << 20)
        while time.perf_counter() < self._until:
            host = self._hosts[next(self._turn) % len(self._hosts)]
            path = f"/snmp?module=bench&target={host}:{PORT}"
            writer.write(f"GET {path} HTTP/1.1\r\nHost: x\r\n\r\n".encode())
            status, body = await asyncio.wait_for(_response(reader), _PATIENCE_S)
            if time.perf_counter() > self._until:
                break
            if status == 200:
                self.answered += 1
                self.values = self.values or sum(line.startswith(b"value_") for line in body.splitlines())
            else:
                self.failed += 1
        writer.close()


async def _response(reader: asyncio.StreamReader) -> tuple[int, bytes]:
    head = (await reader.readuntil(b"\r\n\r\n")).decode().lower()
    status = int(head.split(" ", 2)[1])
    length = [line for line in head.split("\r\n") if line.startswith("content-length:")]
    if length:
        return status, await reader.readexactly(int(length[0].partition(":")[2]))
    body = b""
    while size := int(await reader.readline(), 16):
        body += await reader.readexactly(size)
        await reader.readline()
    await reader.readline()
    return status, body


def main() -> None:
    """See above."""
    os.sched_setaffinity(0, {(os.cpu_count() or 1) - 1})
    seconds, hosts = float(sys.argv[1]), json.load(sys.stdin)

    async def asked() -> Load:
        load = Load(hosts, time.perf_counter() + seconds)
        await load.run()
        return load

    load = asyncio.run(asked())
    print(json.dumps({"answered": load.answered, "failed": load.failed, "values": load.values}))


if __name__ == "__main__":
    main()
