"""`python -m tests.store.full_disk DIRECTORY URL FIRST`: fill the disk under a queue, empty it, and go on.

Prints how many points it took before the disk was full, how many batches it refused, and how many it took afterwards.
"""

from __future__ import annotations

import random
import sys
from pathlib import Path

from store.fault import StoreError
from store.influx.address import Address
from store.influx.server import connect
from store.metrics import Sample
from store.queued_metrics import QueuedMetrics


def main(directory: Path, url: str, first: int) -> None:
    """Fill, empty, go on."""
    rng = random.Random(1)
    metrics = QueuedMetrics(directory / "q.db", lambda: connect(Address.of(url), 5), lambda: first)
    metrics.own()
    kept = refused = 0
    for start in range(0, 1_000_000, 200):
        some = [Sample(f"P-{n % 100}", first + n, {"level": rng.random()}) for n in range(start, start + 200)]
        try:
            metrics.write(some)
            kept += len(some)
        except StoreError:
            refused += 1
            if refused == 20:
                break
    with (directory / "rest").open("wb", buffering=0) as rest:  # not a byte is left
        try:
            while rest.write(b"\0" * 4096):
                pass
        except OSError:
            pass
    while metrics.step():
        pass
    metrics.write([Sample("Q-1", first + n, {"level": 1.0}) for n in range(100)])
    metrics.step()
    assert metrics.stats()["points"] == 0
    print(kept, refused, 100)


if __name__ == "__main__":
    main(Path(sys.argv[1]), sys.argv[2], int(sys.argv[3]))
