"""Recorded walks as people send them in."""

from __future__ import annotations

import asyncio
import contextlib
import os
import subprocess
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from collector.reading import Raw, clean
from collector.snmp.recorded import RecordedSession
from collector.walkfile.file import BadWalk, read_walk, walk_of
from tests.snmpd import COMMUNITY, Snmpd, snmpd

NET_SNMP = rb"""
.1.3.6.1.2.1.1.1.0 = STRING: "HP \"ETHERNET\" \\ JD153"
.1.3.6.1.2.1.1.2.0 = OID: .1.3.6.1.4.1.11.2.3.9.1
.1.3.6.1.2.1.1.3.0 = Timeticks: (123) 0:00:01.23
.1.3.6.1.2.1.1.4.0 = ""
.1.3.6.1.2.1.1.6.0 = STRING: first line
second 1.5 line
.1.3.6.1.2.1.2.2.1.6.1 = Hex-STRING: 00 1A 2B 3C 4D 5E
.1.3.6.1.2.1.2.2.1.6.2 = STRING: 0:1a:2b:3c:4d:5f
.1.3.6.1.2.1.2.2.1.8.1 = INTEGER: up(1)
.1.3.6.1.2.1.4.20.1.1.10.1.1.9 = IpAddress: 10.1.1.9
.1.3.6.1.2.1.4.99.0 = Network Address: 0A:00:00:01
.1.3.6.1.2.1.25.1.2.0 = STRING: 2026-11-22,16:3:47.0,+8:0
.1.3.6.1.2.1.25.3.5.1.2.1 = Hex-STRING: 00 01 02 03 04 05 06 07 08 09 0A 0B 0C 0D 0E 0F
10 11
.1.3.6.1.2.1.25.3.5.1.2.2 = BITS: C0 noPaper(0) lowPaper(1)
.1.3.6.1.2.1.31.1.1.1.6.1 = Counter64: 18446744073709551615
.1.3.6.1.2.1.33.1.2.3.0 = INTEGER: 12.5 minutes
.1.3.6.1.2.1.43.1.0 = No Such Object available on this agent at this OID
.1.3.6.1.2.1.43.5.1.1.16.1 = STRING: "two
.1.3.6.1.9 = lines"
.1.3.6.1.2.1.43.5.1.1.17.1 = Wrong Type (should be OCTET STRING): INTEGER: 5
.1.3.6.1.4.1.2021.10.1.6.1 = Opaque: Float: 0.262695
.1.3.6.1.4.1.2021.10.1.6.2 = Gauge32: 7 kB
.1.3.6.1.4.1.2021.10.1.6.3 = OID: ccitt.0
Timeout: No Response from 10.1.1.9
""".replace(b"second", "第二 ".encode("gbk") + b"second")

HOLDS: dict[str, Raw] = {
    "1.3.6.1.2.1.1.1.0": b'HP "ETHERNET" \\ JD153',
    "1.3.6.1.2.1.1.2.0": "1.3.6.1.4.1.11.2.3.9.1",
    "1.3.6.1.2.1.1.3.0": 123,
    "1.3.6.1.2.1.1.4.0": b"",
    "1.3.6.1.2.1.1.6.0": b"first line\n\xb5\xda\xb6\xfe second 1.5 line",
    "1.3.6.1.2.1.2.2.1.6.1": bytes.fromhex("001a2b3c4d5e"),
    "1.3.6.1.2.1.2.2.1.6.2": bytes.fromhex("001a2b3c4d5f"),
    "1.3.6.1.2.1.2.2.1.8.1": 1,
    "1.3.6.1.2.1.4.20.1.1.10.1.1.9": "10.1.1.9",
    "1.3.6.1.2.1.4.99.0": "10.0.0.1",
    "1.3.6.1.2.1.25.1.2.0": bytes((7, 234, 11, 22, 16, 3, 47, 0)) + b"+\x08\0",
    "1.3.6.1.2.1.25.3.5.1.2.1": bytes(range(18)),
    "1.3.6.1.2.1.25.3.5.1.2.2": b"\xc0",
    "1.3.6.1.2.1.31.1.1.1.6.1": 18446744073709551615,
    "1.3.6.1.2.1.33.1.2.3.0": 125,
    "1.3.6.1.2.1.43.5.1.1.16.1": b"two\n.1.3.6.1.9 = lines",
    "1.3.6.1.2.1.43.5.1.1.17.1": 5,
    "1.3.6.1.4.1.2021.10.1.6.1": 0.262695,
    "1.3.6.1.4.1.2021.10.1.6.2": 7,
    "1.3.6.1.4.1.2021.10.1.6.3": "0.0",
}

SNMPREC = rb"""# printed by snmprec
1.3.6.1.2.1.1.1.0|4|HP | ETHERNET
1.3.6.1.2.1.1.2.0|6|1.3.6.1.4.1.11.2.3.9.1
1.3.6.1.2.1.1.3.0|67|123
1.3.6.1.2.1.1.6.0|4e|two\nlines \x41
1.3.6.1.2.1.2.2.1.6.1|4x|001a2b3c4d5e
1.3.6.1.2.1.4.20.1.1.10.1.1.9|64|10.1.1.9
1.3.6.1.2.1.4.20.1.1.10.1.1.10|64x|0a01010a
1.3.6.1.2.1.25.3.9.0|5|
1.3.6.1.2.1.31.1.1.1.6.1|70|18446744073709551615
1.3.6.1.2.1.43.11.1.1.9.1.1|2|-3
1.3.6.1.4.1.2021.10.1.6.1|68x|9f7804 3f000000
"""


def test_a_walk_of_net_snmp_is_read_with_every_type() -> None:
    walk = walk_of(NET_SNMP)
    assert walk.form == "net-snmp"
    assert dict(walk.objects) == HOLDS
    assert list(walk.objects) == list(HOLDS), "in the order of a walk"
    assert clean(HOLDS["1.3.6.1.2.1.1.6.0"]) == "first line 第二 second 1.5 line"  # type: ignore[arg-type]


@pytest.mark.parametrize("equals", [" = ", " "])
def test_a_walk_without_types_is_read_by_the_form_of_its_values(equals: str) -> None:
    text = """.1.3.6.1.2.1.1.1.0#"HP \\"JD\\""\n.1.3.6.1.2.1.1.2.0#.1.3.6.1.4.1.11\n.1.3.6.1.2.1.1.3.0#0:16:17:13.25
.1.3.6.1.2.1.1.7.0#72\n.1.3.6.1.2.1.2.2.1.6.1#"4E E5 6B B1 F8 09 "\n.1.3.6.1.2.1.4.20.1.1#127.0.0.1
.1.3.6.1.2.1.5#up(1)\n.1.3.6.1.4.1.2021.10.1.6.1#0.25\n"""
    assert list(walk_of(text.replace("#", equals).encode()).objects.values()) == [
        b'HP "JD"', "1.3.6.1.4.1.11", 5863325, 72, bytes.fromhex("4ee56bb1f809"), "127.0.0.1", 1, 0.25,
    ]  # fmt: skip


def test_octets_that_are_shown_as_text_too_are_read_once() -> None:
    told = b".1.3.6.1.2.1.1.5.0 = Hex-STRING: E8 90 A5 E4 B8 9A E5 8E 85   [.........]\n"
    told += b".1.3.6.1.2.1.1.6.0 = Hex-STRING: " + b"5B 41 5D 0A " * 4 + b" [[A]\n[A]\n[A]\n[A]\n]\n0B  [.]\n"
    assert list(walk_of(told).objects.values()) == ["营业厅".encode(), b"[A]\n" * 4 + b"\x0b"]


def test_what_stands_before_the_first_object_is_not_the_agents() -> None:
    told = b"$ snmpwalk -v2c -c public -On 10.1.1.9\nMIB search path: /usr/share/snmp/mibs\n"
    told += b"Cannot find module (HCNUM-TC): At line 37 in /usr/share/snmp/mibs/UCD-SNMP-MIB.txt\n" * 900
    assert dict(walk_of(told + GOOD).objects) == {"1.3.6.1.2.1.1.3.0": 3}


def test_an_snmprec_file_is_read() -> None:
    walk = walk_of(SNMPREC)
    assert walk.form == "snmprec"
    assert list(walk.objects.values()) == [
        b"HP | ETHERNET", "1.3.6.1.4.1.11.2.3.9.1", 123, b"two\nlines A", bytes.fromhex("001a2b3c4d5e"), "10.1.1.9",
        "10.1.1.10", 18446744073709551615, -3, 0.5,
    ]  # fmt: skip


@pytest.mark.parametrize(
    "make",
    [
        lambda raw: raw.replace(b"\n", b"\r\n"),
        lambda raw: b"\xef\xbb\xbf" + raw,
        lambda raw: raw.decode().encode("utf-16"),
        lambda raw: raw.replace(b".1.3.6", b"iso.3.6"),
        lambda raw: b"\n".join(reversed(raw.strip().split(b"\n"))),
    ],
)
def test_line_ends_marks_powershell_and_another_order_change_nothing(make: object) -> None:
    raw = b'.1.3.6.1.2.1.1.1.0 = STRING: "a"\n.1.3.6.1.2.1.1.3.0 = INTEGER: 3\n.1.3.6.1.2.1.1.10.0 = INTEGER: 4\n'
    assert callable(make)
    assert list(walk_of(make(raw)).objects.items()) == [
        ("1.3.6.1.2.1.1.1.0", b"a"), ("1.3.6.1.2.1.1.3.0", 3), ("1.3.6.1.2.1.1.10.0", 4),
    ]  # fmt: skip


GOOD = b".1.3.6.1.2.1.1.3.0 = INTEGER: 3\n"


@pytest.mark.parametrize(
    ("raw", "line", "reason"),
    [
        (b"", 0, "empty"),
        (b"hello\nworld\n", 1, "neither"),
        (b"Timeout: No Response from 10.1.1.9\n", 0, "did not answer"),
        (b"snmpwalk: Unknown host (10.1.1.999)\n", 0, "did not answer"),
        (b"\x7fELF\0\0\0", 0, "binary"),
        (b"\xff\xfea", 0, "UTF-16"),
        (b"\nSNMPv2-MIB::sysDescr.0 = STRING: x\n", 2, "-On"),
        (b"system.sysDescr.0 = STRING: x\n", 1, "-On"),
        (GOOD + b"and what is this\n", 2, "no object"),
        (GOOD + b".1.3.6.1.2 = INTEGER: three\n", 2, "no INTEGER"),
        (GOOD + b".1.3.6.1.2 = Hex-STRING: 0G\n", 2, "no Hex-STRING"),
        (GOOD + b'.1.3.6.1.2 = STRING: "never\n' + GOOD, 2, "never closed"),
        (GOOD + b".1.3.99999999999 = INTEGER: 3\n", 2, "no OID"),
        (GOOD + b".1.3.4294967296 = INTEGER: 3\n", 2, "no OID"),
        (GOOD + b".1" + b".1" * 128 + b" = INTEGER: 3\n", 2, "no OID"),
        (b".1.3.6.1.2.1.43 = No Such Object available on this agent at this OID\n", 0, "did not answer"),
        (b"1.3.6.1|4|a\n1.3.6.2|4\n", 2, "OID|TAG|VALUE"),
        (b"1.3.6.1|2|x\n", 1, "no number of its type"),
        (b"1.3.6.1|65|-1\n", 1, "no number of its type"),
        (b"1.3.6.1|4x|0g\n", 1, "not hexadecimal"),
        (b"1.3.6.1|64|1.2.3\n", 1, "no address"),
        (b"1.3.6.1|99|1\n", 1, "no value of tag 99"),
        (b"1.3.6.1|2:numeric|rate=3\n", 1, "variation module 'numeric'"),
        (b"1.3.6.1|:delay|wait=3\n", 1, "variation module 'delay'"),
        (b"1.3.6.1|4|" + b"a" * 140_000, 1, "more than 65535 octets"),
        (b'.1.3.6.1 = STRING: "' + (b"a" * 99 + b"\n") * 2_700, 1, "more than 65535 octets"),
    ],
)
def test_a_bad_file_gives_one_message_with_its_line(raw: bytes, line: int, reason: str) -> None:
    with pytest.raises(BadWalk, match=r"^w\.txt:") as caught:
        walk_of(raw, "w.txt")
    assert caught.value.line == line
    assert reason in caught.value.reason
    assert caught.value.reason.isprintable()


def test_too_large_a_file_and_too_many_objects_are_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    file = tmp_path / "walk"
    with file.open("wb") as sparse:
        sparse.truncate((32 << 20) + 1)
    with pytest.raises(BadWalk, match="larger than 32 MiB"):
        read_walk(file)
    with pytest.raises(BadWalk, match="No such file"):
        read_walk(tmp_path / "none")
    monkeypatch.setattr("collector.walkfile.file.MAX_OBJECTS", 2)
    with pytest.raises(BadWalk, match="more than 2 objects"):
        walk_of(b"".join(b"1.3.6.%d|2|1\n" % n for n in range(3)))


@settings(max_examples=30, deadline=None)
@given(st.sampled_from([NET_SNMP, SNMPREC]), st.data())
def test_no_mutation_of_a_walk_gives_anything_but_a_walk_or_a_message(raw: bytes, data: st.DataObject) -> None:
    at = data.draw(st.integers(0, len(raw)))
    cut = data.draw(st.integers(0, 40))
    with contextlib.suppress(BadWalk):
        walk = walk_of(raw[:at] + data.draw(st.binary(max_size=20)) + raw[at + cut :])
        assert all(isinstance(value, str | bytes | int | float) for value in walk.objects.values())


async def _asked() -> None:
    session = RecordedSession(walk_of(NET_SNMP).objects)
    assert await session.get(["1.3.6.1.2.1.1.3.0", "1.3.6.1.2.1.1.9.0"], 0) == {"1.3.6.1.2.1.1.3.0": 123}
    assert await session.walk("1.3.6.1.2.1.2.2.1.6", 9, 0) == [
        ("1.3.6.1.2.1.2.2.1.6.1", HOLDS["1.3.6.1.2.1.2.2.1.6.1"]),
        ("1.3.6.1.2.1.2.2.1.6.2", HOLDS["1.3.6.1.2.1.2.2.1.6.2"]),
    ]
    assert len(await session.walk("1.3.6.1.2.1", 3, 0)) == 3
    assert await session.walk("1.3.6.1.2.1.1.3.0", 3, 0) == []
    assert await session.walk("1.3.7", 3, 0) == []


def test_a_recorded_walk_answers_as_the_agent_did() -> None:
    asyncio.run(_asked())


@pytest.mark.server
def test_what_net_snmp_prints_of_a_real_agent_says_the_same_in_every_form(tmp_path: Path) -> None:
    told: dict[str, str | int] = {
        "1.3.6.1.4.1.5.1.0": 'it says \\"hi\\" there',
        "1.3.6.1.4.1.5.2.0": "飞鹅路",
        "1.3.6.1.4.1.5.3.0": 7,
    }
    with snmpd(tmp_path, told) as agent:
        walks = {form: _printed(agent, form) for form in ("-On", "-One", "-OnQ", "-Onq")}
        walks["iso"] = _printed(agent)
    first = walks["-On"]
    assert len(first) > 30
    for walk in walks.values():
        assert walk.keys() == first.keys()
        assert {oid: type(value) for oid, value in walk.items()} == {oid: type(value) for oid, value in first.items()}
        assert [oid for oid in first if walk[oid] != first[oid] and not isinstance(first[oid], int)] == []
    assert first["1.3.6.1.4.1.5.1.0"] == b'it says "hi" there'
    assert first["1.3.6.1.4.1.5.2.0"] == "飞鹅路".encode()


def _printed(agent: Snmpd, *form: str) -> dict[str, Raw]:
    to = ["snmpwalk", "-v2c", "-c", COMMUNITY, *form, f"127.0.0.1:{agent.port}"]
    environment = {**os.environ, "MIBS": ""}
    raw = b"".join(
        subprocess.run([*to, oid], capture_output=True, check=True, timeout=20, env=environment).stdout
        for oid in ("1.3.6.1.2.1.1", "1.3.6.1.2.1.2.2", "1.3.6.1.4.1.5")
    )
    return dict(walk_of(raw).objects)
