from __future__ import annotations

import asyncio
import socket
from collections.abc import Coroutine
from contextlib import closing
from typing import Any

from collector.kind import Kind
from collector.probe import Answer, Settings, Steps
from collector.target import Target
from collector.tcp import probe
from collector.wire import Wire


def run(main: Coroutine[Any, Any, Answer]) -> Answer:
    return asyncio.run(main)


async def ask(port: int, steps: Steps | None = None, address: str = "127.0.0.1", within: float = 1.0) -> Answer:
    with closing(Wire()) as wire:
        until = asyncio.get_running_loop().time() + within
        answer = await probe(Target("D", "x", address), Settings(f"tcp:{port}", Kind("x"), wire, steps), until)
        assert answer is not None
        return answer


async def _hang_up(_: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    writer.close()


def test_a_port_that_takes_connections_is_good() -> None:
    async def main() -> Answer:
        server = await asyncio.start_server(_hang_up, "127.0.0.1", 0)
        async with server:
            steps = Steps()
            answer = await ask(server.sockets[0].getsockname()[1], steps)
            assert steps[0].answer == "connected"
            await asyncio.sleep(0.05)  # until both ends are closed
            return answer

    answer = run(main())
    assert answer.ok
    assert answer.rtt_ms is not None


def test_a_closed_port_is_refused() -> None:
    async def main() -> Answer:
        server = await asyncio.start_server(_hang_up, "127.0.0.1", 0)
        port = server.sockets[0].getsockname()[1]
        server.close()
        await server.wait_closed()
        return await ask(port)

    assert run(main()) == Answer(False, "refused")


def test_a_port_without_an_answer_is_a_timeout_at_the_deadline() -> None:
    async def main() -> Answer:
        with socket.socket() as full, socket.socket() as first, socket.socket() as second:
            full.bind(("127.0.0.1", 0))
            full.listen(0)  # nobody accepts, so the queue is full after one or two
            for other in (first, second):
                other.setblocking(False)
                other.connect_ex(full.getsockname())
            await asyncio.sleep(0.05)
            return await ask(full.getsockname()[1], within=0.3)

    assert run(main()) == Answer(False, "timeout")
