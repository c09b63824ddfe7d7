"""Hosts far away: 10.88.0.0/16 behind a TUN device, each answering an echo request after so many ms.

`with far(delay_ms) as name:` gives a network namespace of that name in which they are; needs root. The kernels of small
machines come without netem, so a process plays the way to them and back.
"""

from __future__ import annotations

import fcntl
import heapq
import os
import select
import struct
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Final

_TUNSETIFF, _IFF_TUN, _IFF_NO_PI = 0x400454CA, 0x0001, 0x1000
_DEVICE: Final = "far0"


def hosts(count: int) -> list[str]:
    """So many of them."""
    return [f"10.88.{1 + n // 250}.{1 + n % 250}" for n in range(count)]


@contextmanager
def far(delay_ms: float) -> Iterator[str]:
    """The name of a network namespace in which the hosts answer."""
    name = f"hallwatch-far-{os.getpid()}"
    subprocess.run(["ip", "netns", "add", name], check=True)
    command = ["ip", "netns", "exec", name, sys.executable, "-m", "benchmarks.collector_far", str(delay_ms)]
    try:
        subprocess.run(["ip", "-n", name, "link", "set", "lo", "up"], check=True)
        with subprocess.Popen(command, stdout=subprocess.PIPE) as process:
            assert process.stdout is not None
            process.stdout.readline()
            try:
                yield name
            finally:
                process.terminate()
    finally:
        subprocess.run(["ip", "netns", "del", name], check=True)


def _device() -> int:
    tun = os.open("/dev/net/tun", os.O_RDWR | os.O_NONBLOCK)
    fcntl.ioctl(tun, _TUNSETIFF, struct.pack("16sH14x", _DEVICE.encode(), _IFF_TUN | _IFF_NO_PI))
    for line in (f"addr add 10.88.0.1/16 dev {_DEVICE}", f"link set {_DEVICE} txqueuelen 10000 up"):
        subprocess.run(["ip", *line.split()], check=True)
    return tun


def answer(packet: bytes) -> bytes | None:
    """The echo reply to an IPv4 packet; None if it is no echo request."""
    if len(packet) < 28 or packet[0] != 0x45 or packet[9] != 1 or packet[20] != 8:
        return None
    checksum = int.from_bytes(packet[22:24], "big") + 0x0800  # RFC 1624: the type fell from 8 to 0
    checksum = (checksum & 0xFFFF) + (checksum >> 16)
    turned = packet[12:16]
    return (
        packet[:12] + packet[16:20] + turned + bytes(2) + checksum.to_bytes(2, "big") + packet[24:]
    )  # source and destination in turn: the header's checksum stays


def serve(delay_s: float) -> None:
    """Answer until the parent process is gone."""
    tun, parent = _device(), os.getppid()
    waiting: list[tuple[float, int, bytes]] = []
    number = 0
    sys.stdout.write("ready\n")
    sys.stdout.flush()
    while os.getppid() == parent:
        now = time.monotonic()
        while waiting and waiting[0][0] <= now:
            os.write(tun, heapq.heappop(waiting)[2])
        patience = max(0.0, waiting[0][0] - now) if waiting else 0.5
        if select.select([tun], [], [], patience)[0]:
            reply = answer(os.read(tun, 2048))
            if reply is not None:
                number += 1
                heapq.heappush(waiting, (time.monotonic() + delay_s, number, reply))


if __name__ == "__main__":
    serve(float(sys.argv[1]) / 1000)
