"""A scan: many addresses, each asked by one at a time, until all are or somebody has enough."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterator, Sequence
from contextlib import suppress
from typing import Final

import structlog

from collector.wire import Wire
from hallwatch.discover.asking import Manner, ask
from hallwatch.discover.found import Found

_AT_ONCE: Final = 256

_log: Final = structlog.get_logger()

Places = Callable[[str], Sequence[int]]


async def scan(
    addresses: Sequence[str], places: Places, manner: Manner, wire: Wire, done: Callable[[Found], None]
) -> None:
    """Ask every address; `places` gives the credentials to try at each, `done` takes each result as it comes.

    Whoever has enough cancels it: what was given to `done` until then stands.
    """
    waiting = iter(addresses)
    # enough that those that do not answer hold nobody up, and no more, so that results come from the first on
    at_once = min(_AT_ONCE, 2 + round(manner.pace.per_s * manner.timeout_s))
    workers = [asyncio.ensure_future(_work(waiting, places, manner, wire, done)) for _ in range(at_once)]
    try:
        await asyncio.gather(*workers)
    finally:
        for worker in workers:
            worker.cancel()
        with suppress(asyncio.CancelledError):
            await asyncio.gather(*workers, return_exceptions=True)


async def _work(
    waiting: Iterator[str], places: Places, manner: Manner, wire: Wire, done: Callable[[Found], None]
) -> None:
    for address in waiting:
        try:
            found = await ask(address, places(address), manner, wire)
        except Exception:  # noqa: BLE001 - one address must not end a scan of hours
            _log.exception("an address could not be asked", address=address)
            found = Found(address)
        done(found)
