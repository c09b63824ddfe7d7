"""Pings alone: our own sockets beside fping and icmplib, in one run at one rate.

`python -m benchmarks.collector_ping [--targets 2000] [--rounds 3]` prints, for hosts on loopback and, as root, for
hosts that answer after 20 ms, the median of the targets' round trips, how far it is from that of fping, and the CPU
seconds that 1,000 pings took; one ping a ms from each, on one core, in turn.
"""

from __future__ import annotations

import argparse
import asyncio
import importlib.util
import json
import os
import resource
import shutil
import statistics
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, Final, NamedTuple

from benchmarks.collector_far import far, hosts
from collector.icmp.asked import Ping, Told
from collector.icmp.pinger import Pinger
from collector.icmp.probe import open_pinger

GAP_MS: Final = 1
_PATIENCE_S: Final = 2.0
_DELAY_MS: Final = 20.0


class Round(NamedTuple):
    """One pass over all targets: the median round trip in ms, the CPU seconds of 1,000 pings, how many were lost."""

    rtt_ms: float
    cpu: float
    lost: int


Subject = Callable[[list[str]], Round]


def near(count: int) -> list[str]:
    """So many addresses of loopback."""
    return [f"127.3.{1 + n // 250}.{1 + n % 250}" for n in range(count)]


def _round(rtts: list[float], targets: int, cpu: float) -> Round:
    return Round(statistics.median(rtts) if rtts else float("nan"), cpu / targets * 1000, targets - len(rtts))


def _cpu(who: int) -> float:
    used = resource.getrusage(who)
    return used.ru_utime + used.ru_stime


def fping(targets: list[str]) -> Round:
    """One ping a target; its time-out is that of ours."""
    with tempfile.NamedTemporaryFile("w", suffix=".txt") as file:
        file.write("\n".join(targets) + "\n")
        file.flush()
        command = ["fping", "-C", "1", "-q", "-i", str(GAP_MS), "-t", str(int(_PATIENCE_S * 1000)), "-f", file.name]
        before = _cpu(resource.RUSAGE_CHILDREN)
        done = subprocess.run(command, stderr=subprocess.PIPE, text=True, check=False)
        cpu = _cpu(resource.RUSAGE_CHILDREN) - before
    words = [line.rpartition(" : ")[2] for line in done.stderr.splitlines()]
    return _round([float(word) for word in words if word.strip() not in ("", "-")], len(targets), cpu)


async def _paced(targets: list[str], ask: Callable[[str], None]) -> None:
    """As fping does it: never two within the gap, however late the first was."""
    clock = asyncio.get_running_loop().time
    due = clock()
    for target in targets:
        while (wait := due - clock()) > 0:
            await asyncio.sleep(wait)
        ask(target)
        due = clock() + GAP_MS / 1000


def _ours(platform: str) -> Subject:
    async def asked(targets: list[str]) -> Round:
        pings = list[Ping]()
        pinger: Pinger = open_pinger(platform)
        if not pinger.can(targets[0]):
            raise SystemExit(pinger.lacking)
        clock = asyncio.get_running_loop().time
        before = _cpu(resource.RUSAGE_SELF)
        await _paced(targets, lambda target: pinger.ask(Told(pings.append), target, clock(), clock() + _PATIENCE_S))
        while len(pings) < len(targets):
            await asyncio.sleep(0.01)
        cpu = _cpu(resource.RUSAGE_SELF) - before
        pinger.close()
        return _round([ping.rtt_ms for ping in pings if ping.rtt_ms is not None], len(targets), cpu)

    return lambda targets: asyncio.run(asked(targets))


def gufo(targets: list[str]) -> Round:
    """gufo-ping, where somebody has installed it: it is no dependency."""
    library: Any = importlib.import_module("gufo.ping")

    async def asked() -> Round:
        rtts: list[float | None] = []
        ping, running = library.Ping(timeout=_PATIENCE_S), set[asyncio.Task[None]]()

        async def one(target: str) -> None:
            rtts.append(await ping.ping(target))

        before = _cpu(resource.RUSAGE_SELF)
        await _paced(targets, lambda target: running.add(asyncio.create_task(one(target))))
        await asyncio.gather(*running)
        cpu = _cpu(resource.RUSAGE_SELF) - before
        return _round([rtt * 1000 for rtt in rtts if rtt is not None], len(targets), cpu)

    return asyncio.run(asked())


def subjects() -> Iterator[tuple[str, Subject]]:
    """By name; gufo-ping only where it is there."""
    yield "fping", fping
    yield "own", _ours("linux")
    yield "icmplib", _ours("elsewhere")
    if importlib.util.find_spec("gufo") and importlib.util.find_spec("gufo.ping"):
        yield "gufo-ping", gufo


def rounds(targets: list[str], count: int) -> dict[str, dict[str, float]]:
    """Medians of so many rounds, all subjects in turn; `rtt_error`: how far from fping's median, as a share of it."""
    found: dict[str, list[Round]] = {}
    for _ in range(count):
        for name, subject in subjects():
            found.setdefault(name, []).append(subject(targets))
    figures = {
        name: {
            "rtt_ms": statistics.median(one.rtt_ms for one in all_),
            "cpu": statistics.median(one.cpu for one in all_),
            "lost": statistics.median(one.lost for one in all_),
        }
        for name, all_ in found.items()
    }
    for one in figures.values():
        one["rtt_error"] = one["rtt_ms"] / figures["fping"]["rtt_ms"] - 1
    return figures


def measure(targets: int, count: int) -> dict[str, Any]:
    """Near and, where we may make a network namespace, far."""
    figures: dict[str, Any] = {"targets": targets, "gap_ms": GAP_MS}
    if shutil.which("fping") is None:
        sys.stderr.write("fping is not installed: nothing to compare with\n")
        return figures
    figures["near"] = rounds(near(targets), count)
    if os.geteuid() == 0:
        with far(_DELAY_MS) as name:
            inside = ["ip", "netns", "exec", name, sys.executable, "-m", __spec__.name, "--inside"]
            done = subprocess.run(
                [*inside, "--targets", str(targets), "--rounds", str(count)], check=True, stdout=subprocess.PIPE
            )
        figures |= {"delay_ms": _DELAY_MS, "far": json.loads(done.stdout)}
    return figures


def render(figures: dict[str, Any]) -> str:
    """For people."""
    lines = []
    for where in ("near", "far"):
        for name, one in figures.get(where, {}).items():
            lines.append(
                f"{where:5} {name:10} {one['rtt_ms']:8.4f} ms ({one['rtt_error']:+7.1%} of fping's)"
                f" {one['cpu']:.4f} CPU s per 1,000  {one['lost']:.0f} lost"
            )
    return "\n".join(lines)


def main() -> None:
    """Print what was found."""
    parser = argparse.ArgumentParser(description="Our pings beside fping's.")
    parser.add_argument("--targets", type=int, default=2000)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--json", type=Path, help="write the figures there as well")
    parser.add_argument("--inside", action="store_true", help=argparse.SUPPRESS)
    given = parser.parse_args()
    os.sched_setaffinity(0, {0})
    if given.inside:
        print(json.dumps(rounds(hosts(given.targets), given.rounds)))
        return
    figures = measure(given.targets, given.rounds)
    print(render(figures))
    if given.json:
        given.json.write_text(json.dumps(figures, indent=2) + "\n")


if __name__ == "__main__":
    main()
