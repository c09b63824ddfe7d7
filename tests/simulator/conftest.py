"""A simulated city on free loopback ports, in a thread of its own."""

from __future__ import annotations

import asyncio
import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager

import pytest

from simulator.city import City, Device, build
from simulator.fault import Fault
from simulator.scenario import Scenario
from simulator.serve import BadModel, PortTaken, SimulatedClock, serve

START = 1_793_800_000_000


def free_port(kind: int = socket.SOCK_DGRAM) -> int:
    with socket.socket(socket.AF_INET, kind) as sock:
        sock.bind(("0.0.0.0", 0))
        return int(sock.getsockname()[1])


def small_city(halls: int = 2, devices: int = 26) -> City:
    tcp = free_port(socket.SOCK_STREAM)
    return build(7, halls, devices, port=free_port(), http_port=tcp, print_port=tcp)


def told(*faults: Fault) -> Scenario:
    return Scenario(START, iter(sorted(faults)))


def one(city: City, kind: str, model: str | None = None) -> Device:
    return next(d for d in city.devices if d.kind == kind and model in (None, d.model))


@contextmanager
def serving(city: City, scenario: Scenario, clock: SimulatedClock | None = None) -> Iterator[SimulatedClock]:
    clock = clock or SimulatedClock(scenario.start)
    ready, stop, failed = threading.Event(), asyncio.Event(), []
    loop = asyncio.new_event_loop()

    def run() -> None:
        try:
            loop.run_until_complete(serve(city, scenario, city.devices[0].port, clock.speed, stop, ready.set, clock))
        except (PortTaken, BadModel) as error:
            failed.append(error)
            ready.set()

    thread = threading.Thread(target=run)
    thread.start()
    try:
        assert ready.wait(60)
        if failed:
            raise failed[0]
        yield clock
    finally:
        if thread.is_alive():
            loop.call_soon_threadsafe(stop.set)
        thread.join(60)
        loop.run_until_complete(loop.shutdown_asyncgens())
        loop.close()


@pytest.fixture(scope="module")
def city() -> City:
    return small_city()


@pytest.fixture(scope="module")
def calm(city: City) -> Iterator[City]:
    with serving(city, told()):
        yield city
