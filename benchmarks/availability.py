"""Availability of all devices of a month, beside the obvious way with pandas and a walk minute by minute, in one run.

All three must give the same figures. Ratios are of CPU seconds, since the machine may be shared. The walk takes a
sample of the devices only, and its time is drawn on to all in proportion. Memory is the peak of a process of its own
that makes the city and counts it, once as large and once ten times as large.
`python -m benchmarks.availability [--devices N] [--rounds N] [--sample N] [--json FILE]`
"""

from __future__ import annotations

import argparse
import json
import resource
import statistics
import subprocess
import sys
import time
from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple, TypeVar

import numpy as np

from benchmarks.city import HALLS, NOW, PER_DEVICE, START, UNTIL, City, city, clocks
from sla.availability import Tally
from sla.bulk import Tallies, tallies
from sla.spans import CLASSES

if TYPE_CHECKING:
    import pandas as pd

T = TypeVar("T")
Row = dict[str, str | int | float]


class Spent(NamedTuple):
    """Seconds."""

    wall: float
    cpu: float


def by_hallwatch(subject: City) -> Tallies:
    """Tallies of all devices, from clocks that are not compiled yet, and the availability of devices and halls."""
    found = tallies(replace(subject.columns, clocks=clocks()), START, UNTIL, NOW, "contract")
    found.availability()
    found.grouped(subject.hall, HALLS).availability()
    return found


def compare(devices: int, rounds: int, sample: int) -> list[Row]:
    """The three in turn: medians, and ratios to the first. Raises SystemExit where they disagree."""
    from benchmarks import otherwise  # after the other processes have been measured, which do not know pandas

    subject = city(devices)
    some = np.random.default_rng(2).choice(devices, min(sample, devices), replace=False).tolist()
    taken: list[list[Spent]] = [[], [], []]
    for n in range(rounds):
        progress(f"round {n + 1} of {rounds}")
        found, ours = spent(lambda: by_hallwatch(subject))
        frame, obvious = spent(lambda: otherwise.by_pandas(subject, clocks()))
        walked, minutes = spent(lambda: otherwise.by_minutes(subject, some, clocks()))
        check(found, frame, some, walked)
        for times, one in zip(taken, (ours, obvious, minutes), strict=True):
            times.append(one)
    scale = devices / len(some)
    middles = [median(taken[0]), median(taken[1]), Spent(*(scale * one for one in median(taken[2])))]
    names = ("hallwatch", "pandas", f"minute by minute, drawn on from {len(some)} devices")
    return [row(name, devices, middle, middles[0]) for name, middle in zip(names, middles, strict=True)]


def check(found: Tallies, frame: pd.DataFrame, some: Sequence[int], walked: Sequence[Tally]) -> None:
    """All figures of pandas for all devices, all of the walk for the sample."""
    for name in frame.columns:
        column = found.ms[:, CLASSES.index(name)] if name in CLASSES else getattr(found, name)
        if (frame[name].to_numpy() != column).any():
            raise SystemExit(f"pandas has another {name}")
    if [found[n] for n in some] != list(walked):
        raise SystemExit("minute by minute it is something else")


def alone(devices: int, rounds: int) -> Row:
    """One size in a process that does nothing else: medians and peak memory."""
    progress(f"{devices} devices in a process of their own")
    command = [sys.executable, "-m", "benchmarks.availability", "--alone", f"--devices={devices}", f"--rounds={rounds}"]
    done = subprocess.run(command, check=True, stdout=subprocess.PIPE, text=True)
    found: Row = json.loads(done.stdout)
    return found


def be_alone(devices: int, rounds: int) -> Row:
    """What `alone` gives, in that process."""
    subject = city(devices)
    made = peak_mb()
    middle = median([spent(lambda: by_hallwatch(subject))[1] for _ in range(rounds)])
    return row("hallwatch alone", devices, middle, middle) | {"rss_mb": peak_mb(), "rss_before_counting_mb": made}


def spent(run: Callable[[], T]) -> tuple[T, Spent]:
    """The answer of one call, and what it took."""
    wall, cpu = time.perf_counter(), time.process_time()
    answer = run()
    return answer, Spent(time.perf_counter() - wall, time.process_time() - cpu)


def median(taken: Sequence[Spent]) -> Spent:
    """Of either number."""
    return Spent(*(statistics.median(column) for column in zip(*taken, strict=True)))


def row(name: str, devices: int, middle: Spent, first: Spent) -> Row:
    """One line of the figures."""
    return {
        "subject": name,
        "devices": devices,
        "outages": devices * PER_DEVICE,
        "seconds": round(middle.wall, 2),
        "cpu_seconds": round(middle.cpu, 2),
        "ratio": round(middle.cpu / first.cpu, 2),
    }


def peak_mb() -> int:
    """Resident memory at its highest so far."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024


def progress(text: str) -> None:
    """One line of a terminal that changes."""
    if sys.stderr.isatty():
        print(f"\r\x1b[K{text}\r", end="", file=sys.stderr, flush=True)


def show(figures: Sequence[Row]) -> None:
    for one in figures:
        memory = f"  {one['rss_mb']} MB" if "rss_mb" in one else ""
        print(
            f"{one['subject']:45} {one['devices']:8} devices {one['seconds']:10.2f} s {one['cpu_seconds']:10.2f} CPU s"
            f"  ratio {one['ratio']:.2f}{memory}"
        )


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--devices", type=int, default=100_000)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--sample", type=int, default=20, help="devices that are walked")
    parser.add_argument("--alone", action="store_true", help="measure nothing but hallwatch and print JSON")
    parser.add_argument("--json", type=Path, help="write the figures there as well")
    options = parser.parse_args()
    if options.alone:
        print(json.dumps(be_alone(options.devices, options.rounds)))
        return
    one = alone(options.devices, options.rounds)
    ten = alone(10 * options.devices, 1)
    ten["ratio"] = round(float(ten["cpu_seconds"]) / float(one["cpu_seconds"]), 2)
    figures = [one, ten, *compare(options.devices, options.rounds, options.sample)]
    show(figures)
    if options.json:
        options.json.write_text(json.dumps(figures, indent=2) + "\n")


if __name__ == "__main__":
    main()
