"""What the collector's benchmark stands on: its agents, its pictures, its distant hosts."""

from __future__ import annotations

import re
from xml.etree import ElementTree

import pytest

from benchmarks.collector_far import answer
from benchmarks.collector_plot import Panel, plot
from benchmarks.collector_scene import OIDS, SCENES, addresses
from benchmarks.responder import Answers
from collector.snmp.message import GET, Request, read_response
from collector.snmp.shape import values_of
from tests.proof.collector_figures import collector, growth


@pytest.mark.parametrize("scene", SCENES, ids=lambda scene: scene.name)
def test_the_dead_are_the_share_that_the_scene_says_and_spread_evenly(scene: object) -> None:
    share = getattr(scene, "dead", 0.0)
    for part in (addresses(1000, share), addresses(10_000, share)[5000:6000]):
        assert sum(host.startswith("10.99.") for host in part) == 1000 * share
        assert len(set(part)) == 1000


def test_the_agents_answer_with_the_requests_own_id_and_names_and_two_values_that_change() -> None:
    request, answers = bytes(Request("2c", "public", GET, OIDS).octets(0x40000007)), Answers()
    said = []
    for _ in range(2):
        data = answers.answer(request)
        response = read_response(data)
        assert (response.number, response.status, len(response.spans)) == (0x40000007, 0, len(OIDS))
        said.append(values_of(data, response))
    assert [one != other for one, other in zip(*said, strict=True)] == [False] * 12 + [True] * 2


def test_a_distant_host_answers_an_echo_request_with_a_right_checksum() -> None:
    ip = bytes.fromhex("4500001c000040004001") + bytes(2) + bytes((10, 88, 0, 1, 10, 88, 1, 1))
    request = bytes.fromhex("0800") + (0xFFFF - (0x0800 + 7 + 9)).to_bytes(2, "big") + bytes((0, 7, 0, 9))
    reply = answer(ip + request)
    assert reply is not None
    assert (reply[12:16], reply[16:20]) == (ip[16:20], ip[12:16])
    total = sum(int.from_bytes(reply[n : n + 2], "big") for n in range(20, 28, 2))
    assert (total & 0xFFFF) + (total >> 16) == 0xFFFF
    assert answer(ip[:9] + bytes((17,)) + ip[10:] + request) is None


def test_a_plot_names_its_axes_and_stays_within_its_frame() -> None:
    text = plot("Growth <1>", "devices", [1000, 10_000, 50_000], [Panel("CPU, %", [0.0, 3.0, 99.0])])
    root = ElementTree.fromstring(text)
    words = "".join(root.itertext())
    assert all(word in words for word in ("Growth <1>", "devices", "CPU, %", "50,000", "99"))
    assert "prefers-color-scheme:dark" in text
    heights = [float(y) for _, y in re.findall(r"(-?[\d.]+),(-?[\d.]+)", re.findall(r'points="([^"]*)"', text)[0])]
    assert all(0 <= y <= 170 for y in heights)


def test_the_chapter_says_what_a_subject_could_not_do() -> None:
    speed = {"rate": 9000.0, "cpu": 0.05, "memory_mb": 80.0, "busy": 0.4}
    ping = {"rtt_ms": 0.01, "cpu": 0.1, "lost": 0, "rtt_error": 0.02}
    figures = {
        "devices": 10,
        "python": "3.11.2",
        "rounds": 1,
        "seconds": 2.0,
        "scenes": {"all": {"collector": speed, "pysnmp": None, "collectd": {**speed, "cpu": 0.1}}},
        "lateness": {"all": {"devices": 10, "interval_s": 10.0, "late": 0.01}, "dead_5": None},
        "ping": {"targets": 10, "gap_ms": 1, "near": {"own": ping}, "own_at_full_speed": None},
    }
    text = collector(figures)
    assert "| a bare pysnmp loop | not in bounded time | | | | |" in text
    assert "| collectd, plugin snmp | 9000 | 0.100 | 2.00 | 80 | 40 % |" in text
    size = {"devices": 10, "polls_per_s": 1, "cpu_share": 0.01, "cpu": 0.1, "memory_mb": 50, "lag_s": 0.01}
    assert "| 10 | 1 | 1.0 % |" in growth(
        {"interval_s": 60.0, "python": "3.11.2", "sizes": [{**size, "full_rate": 9, "full_cpu": 0.1}]}
    )
