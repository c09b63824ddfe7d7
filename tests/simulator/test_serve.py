"""The city at work, asked over the wire by others' programs: gufo-snmp, net-snmp's tools, plain sockets."""

from __future__ import annotations

import dataclasses
import shutil
import socket
import subprocess
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import pytest
from gufo.snmp import SnmpVersion
from gufo.snmp.sync import SnmpSession

from simulator.agent import PortTaken
from simulator.city import City, Device
from simulator.fault import fault
from simulator.proof import proof
from simulator.serve import SimulatedClock
from tests.simulator.conftest import START, one, serving, small_city, told

UPTIME = "1.3.6.1.2.1.1.3.0"
NAME = "1.3.6.1.2.1.1.5.0"
ERRORS = "1.3.6.1.2.1.25.3.5.1.2.1"
tools = pytest.mark.skipif(shutil.which("snmpget") is None, reason="needs Debian's package snmp")


class HeldClock(SimulatedClock):
    """One that stands at `at` until the test moves it, however long the asking takes."""

    def __init__(self, at: int) -> None:
        super().__init__(at)
        self.at = at

    def __call__(self) -> int:
        return self.at


def answers(device: Device, timeout: float = 3.0) -> bool:
    """Whether it answers within `timeout` (s): plenty where an answer is awaited, less where silence is."""
    try:
        with session(device, timeout) as snmp:
            return snmp.get(UPTIME) is not None
    except (TimeoutError, OSError):
        return False


@contextmanager
def session(device: Device, timeout: float = 2.0, version: SnmpVersion = SnmpVersion.v2c) -> Iterator[SnmpSession]:
    with SnmpSession(
        addr=device.address, port=device.port, community=device.community, version=version, timeout=timeout
    ) as snmp:
        yield snmp


def refuses(device: Device) -> bool:
    try:
        with socket.create_connection((device.address, device.tcp or 0), timeout=1):
            return False
    except ConnectionRefusedError:
        return True


def run(tool: str, version: str, device: Device, *names: str) -> subprocess.CompletedProcess[str]:
    to = ["-v", version, "-c", device.community, "-t", "2", "-r", "1", "-On", f"{device.address}:{device.port}"]
    return subprocess.run([tool, *to, *names], capture_output=True, text=True, check=False, timeout=30)


def test_every_device_answers_under_its_own_address_and_name(calm: City) -> None:
    for device in calm.devices:
        with session(device) as snmp:
            assert snmp.get(NAME) == device.id.encode()


@pytest.mark.parametrize("version", [SnmpVersion.v1, SnmpVersion.v2c])
def test_gufo_gets_and_walks(calm: City, version: SnmpVersion) -> None:
    printer = one(calm, "printer")
    with session(printer, version=version) as snmp:
        assert snmp.get_many([NAME, ERRORS])[NAME] == printer.id.encode()
        levels = dict(snmp.getnext("1.3.6.1.2.1.43.11.1.1.9"))
    assert levels
    assert all(name.startswith("1.3.6.1.2.1.43.11.1.1.9.1.") for name in levels)


def test_gufo_walks_in_bulk(calm: City) -> None:
    with session(one(calm, "switch")) as snmp:
        assert len(list(snmp.getbulk("1.3.6.1.2.1.2.2.1.8"))) == 24


def test_another_community_gets_silence(calm: City) -> None:
    device = one(calm, "pc")
    with (
        SnmpSession(addr=device.address, port=device.port, community="wrong", timeout=0.2) as snmp,
        pytest.raises(TimeoutError),
    ):
        snmp.get(UPTIME)


def test_a_kiosk_says_over_http_that_it_is_well(calm: City) -> None:
    kiosk = one(calm, "kiosk")
    with socket.create_connection((kiosk.address, kiosk.tcp or 0), timeout=2) as sock:
        sock.sendall(b"GET /health HTTP/1.1\r\nHost: kiosk\r\n\r\n")
        assert sock.recv(4096).startswith(b"HTTP/1.1 200 OK\r\n")


def test_a_port_in_use_is_one_clear_error(calm: City) -> None:
    with pytest.raises(PortTaken, match=str(calm.devices[0].port)), serving(calm, told()):
        pass


def test_a_kiosk_in_use_is_one_clear_error() -> None:
    city = small_city()
    kiosk = one(city, "kiosk")
    with socket.create_server((kiosk.address, kiosk.tcp or 0)), pytest.raises(PortTaken), serving(city, told()):
        pass


@pytest.mark.slow
def test_the_dead_refuse_and_are_silent_and_come_back() -> None:
    city = small_city()
    kiosk = one(city, "kiosk")
    story = told(
        fault(kiosk.id, "dead", START + 1000, START + 2000),
        fault(kiosk.id, "application", START + 2500, START + 90_000),
    )
    clock = HeldClock(START)
    with serving(city, story, clock=clock):
        for at, silent, closed in ((0, False, False), (1500, True, True), (2200, False, False), (3000, False, True)):
            clock.at = START + at
            wait_for(lambda: refuses(kiosk) == closed)  # noqa: B023
            assert answers(kiosk, 0.3 if silent else 3.0) is not silent


def test_a_sleeping_printer_takes_connections_but_no_snmp() -> None:
    city = small_city()
    printer = next(device for device in city.devices if device.tcp and device.kind != "kiosk")
    with serving(city, told(fault(printer.id, "asleep", START, START + 60_000))):
        assert not answers(printer, timeout=0.3)
        assert not refuses(printer)


@pytest.mark.slow
def test_a_lazy_device_answers_late_but_answers() -> None:
    city = small_city()
    device = one(city, "pc")
    with serving(city, told(fault(device.id, "lazy", START, START + 60_000))):
        before = time.monotonic()
        assert answers(device)
        assert time.monotonic() - before > 0.5


@pytest.mark.slow
def test_the_truth_is_what_the_wire_says_whenever_it_is_asked() -> None:
    city = small_city()
    told_twice = [proof(city, 3, START, every=2_000, hold=(40_000, 120_000), first=1_000) for _ in range(2)]
    story = told_twice[1]
    seen = compared = 0
    clock = HeldClock(START)
    with serving(city, told_twice[0], clock=clock):
        for at in range(START, START + 90_000, 6_000):
            clock.at = at
            for device in city.devices[at // 6_000 % 4 :: 4]:
                if story.state_at(device.id, at).silent:
                    assert not answers(device, timeout=0.05)
                    seen += 1
                else:
                    assert answers(device)
                    compared += 1
    assert compared > 20
    assert seen > 1


def wait_for(true: Callable[[], bool], seconds: float = 30.0) -> None:
    end = time.monotonic() + seconds
    while not true():
        assert time.monotonic() < end, "took too long"
        time.sleep(0.005)


@tools
@pytest.mark.server
def test_net_snmp_gets_walks_and_bulkwalks(calm: City) -> None:
    for device in {d.model: d for d in calm.devices}.values():
        got = run("snmpget", "2c", device, NAME, UPTIME)
        assert (got.returncode, got.stderr) == (0, "")
        assert f'"{device.id}"' in got.stdout
        walked, bulk = (run(tool, "2c", device, ".1.3") for tool in ("snmpwalk", "snmpbulkwalk"))
        assert (walked.stderr, bulk.stderr) == ("", "")
        names = [[line.split(" ")[0] for line in of.stdout.splitlines()] for of in (walked, bulk)]
        assert names[0] == names[1]
        assert len(names[0]) > 20


@tools
@pytest.mark.server
def test_net_snmp_reads_errors_as_each_version_says_them(calm: City) -> None:
    switch = one(calm, "switch")
    octets = "1.3.6.1.2.1.31.1.1.1.6.1"
    assert "noSuchName" in run("snmpget", "1", switch, octets).stderr
    assert "Counter64" in run("snmpget", "2c", switch, octets).stdout
    assert "No Such Instance" in run("snmpget", "2c", switch, "1.3.6.1.2.1.31.1.1.1.6.99").stdout
    assert "No Such Object" in run("snmpget", "2c", switch, "1.3.6.1.2.1.99.1.1.1.6.99").stdout
    assert "Counter64" not in run("snmpwalk", "1", switch, ".1.3").stdout


def test_a_simulator_that_was_killed_goes_on_where_the_story_is() -> None:
    first = SimulatedClock(START, speed=10)
    again = SimulatedClock(START, speed=10, started=first.started)
    assert abs(first() - again()) < 50
    assert first.real(START + 10_000) == first.started + 1000


@pytest.mark.slow
def test_two_cities_do_not_answer_for_each_other() -> None:
    one_city, other = small_city(), small_city(1, 3)
    with serving(one_city, told()), serving(other, told()):
        assert answers(other.devices[0])
        assert answers(one_city.devices[-1])
        stranger = dataclasses.replace(one_city.devices[-1], port=other.devices[0].port)
        assert not answers(stranger, timeout=0.3)
