"""A scan is bounded, and with what agents are asked is never shown."""

from __future__ import annotations

import asyncio
import time
from pathlib import Path

import pytest

from collector.snmp.identity import Identity
from hallwatch.discover.arp import neighbours
from hallwatch.discover.credentials import BadCredential, of_inventory, of_options
from hallwatch.discover.found import Found
from hallwatch.discover.guess import guess
from hallwatch.discover.known import BadScan, of_scan
from hallwatch.discover.pace import Pace
from hallwatch.discover.ranges import BadRange, addresses_of, networks_of


def test_every_host_of_the_ranges_is_asked_once_in_no_order() -> None:
    addresses = addresses_of(networks_of(["10.1.1.0/24", "10.1.1.7", "10.1.2.5/24"]))
    assert len(addresses) == len(set(addresses)) == 508
    assert "10.1.1.0" not in addresses
    assert "10.1.1.255" not in addresses
    assert addresses[:20] != sorted(addresses)[:20]
    few = sorted(addresses_of(networks_of(["10.1.1.4/31", "fd00::/126"])))
    assert few == ["10.1.1.4", "10.1.1.5", "fd00::1", "fd00::2", "fd00::3"]


@pytest.mark.parametrize(
    ("ranges", "reason"),
    [
        (["10.0.0.0/8"], "16777216 addresses are more than the 65536"),
        (["10.0.0.0/16", "10.1.0.0/32"], "65537 addresses"),
        (["fe80::/64"], "prefix of /116 or longer"),
        (["10.1.1.300/24"], "no range such as"),
        (["printer\x1b[31m"], "printer\\?"),
        (["224.0.0.0/24"], "no device is"),
        (["0.0.0.0/32"], "no device is"),
    ],
)
def test_what_is_too_large_or_no_range_is_refused_with_a_reason(ranges: list[str], reason: str) -> None:
    with pytest.raises(BadRange, match=reason):
        networks_of(ranges)
    assert len(networks_of(["10.0.0.0/15"], 1 << 17)) == 1


def test_never_more_packets_a_second_than_allowed() -> None:
    async def send() -> tuple[float, int]:
        pace, began = Pace(500), time.monotonic()
        await asyncio.gather(*(pace.take(2) for _ in range(40)))
        return time.monotonic() - began, pace.sent

    took, sent = asyncio.run(send())
    assert sent == 80
    assert took >= 78 / 500 - 0.01


def test_secrets_come_by_reference_only_and_are_not_shown(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("OURS", "hall-7")
    key = tmp_path / "key"
    key.write_text("pass-phrase-1\n")
    user = f"user=ops,auth=sha256,auth_key=file:{key},priv=aes,priv_key=env:OURS_2"
    monkeypatch.setenv("OURS_2", "pass-phrase-2")
    found = of_options(["env:OURS", "public"], [user], 1161, old=True)
    assert [one.said for one in found] == ["v2c env:OURS", "v1 env:OURS", "v2c public", "v1 public", "v3 ops"]
    assert {one.snmp.port for one in found} == {1161}
    assert found[0].snmp.community == "hall-7"
    assert "hall-7" not in repr(found) and "pass-phrase" not in repr(found)  # noqa: PT018


@pytest.mark.parametrize(
    ("community", "user", "reason"),
    [
        ("hall-7", "", "env:NAME or file:PATH"),
        ("env:NOT_SET_HERE", "", "NOT_SET_HERE is not set"),
        ("public", "user=ops,auth_key=hall-7-secret", "auth_key=env:NAME"),
        ("public", "user=ops,autth=sha", "not autth"),
        ("public", "user=ops,auth=sha", "auth_key: missing"),
    ],
)
def test_a_credential_that_cannot_be_used_is_told_without_the_secret(community: str, user: str, reason: str) -> None:
    with pytest.raises(BadCredential, match=reason) as caught:
        of_options([community], [user] if user else [], 161, old=False)
    assert "hall-7" not in str(caught.value)


def test_the_inventorys_credentials_are_tried_the_most_used_first_and_the_broken_are_named() -> None:
    entries = [{"community": "a"}, {"community": "b"}, {"community": "b"}, {"community": "env:NOT_SET_HERE"}]
    found, wrong = of_inventory(entries)
    assert [one.snmp.community for one in found] == ["b", "a"]
    assert wrong == ["snmp.community: the variable NOT_SET_HERE is not set"]


PRINTER = Identity(printer=True)


@pytest.mark.parametrize(
    ("found", "kind"),
    [
        (Found("a", credential=0, identity=PRINTER), "printer"),
        (Found("a", credential=0, identity=PRINTER._replace(marking=7)), "list_printer"),
        (Found("a", credential=0, identity=PRINTER._replace(descr="RICOH Network Scanner C model")), "copier"),
        (Found("a", credential=0, identity=PRINTER._replace(model="多功能一体机")), "copier"),
        (Found("a", credential=0, identity=PRINTER._replace(processes=60)), "printer"),
        (Found("a", credential=0, identity=Identity(ups=True)), "ups"),
        (Found("a", credential=0, identity=Identity(bridge_ports=24, processes=90)), "switch"),
        (Found("a", credential=0, identity=Identity(services=2, interfaces=28)), "switch"),
        (Found("a", credential=0, identity=Identity(services=76, interfaces=3, processes=90, forwarding=1)), "pc"),
        (Found("a", credential=0, identity=Identity(services=4, interfaces=3, forwarding=1)), "router"),
        (Found("a", credential=0, identity=Identity(ports=20)), "switch"),
        (Found("a", credential=0, identity=Identity(ports=4)), None),
        (Found("a", credential=0, identity=Identity()), None),
        (Found("a", credential=0, identity=Identity(processes=9), answers=("queue",)), "queue"),
        (Found("a", ports=(515, 80)), "printer"),
        (Found("a", ports=(80,)), None),
        (Found("a", ping_ms=1.0), None),
    ],
)
def test_a_kind_is_proposed_only_by_what_the_standards_let_conclude(found: Found, kind: str | None) -> None:
    proposed, reason = guess(found)
    assert proposed == kind
    assert reason


def test_neighbours_are_read_from_the_systems_table_where_there_is_one(tmp_path: Path) -> None:
    table = tmp_path / "arp"
    table.write_text(
        "IP address       HW type     Flags       HW address            Mask     Device\n"
        "10.1.1.21        0x1         0x2         00:1A:2b:3c:4d:5e     *        eth0\n"
        "10.1.1.22        0x1         0x0         00:00:00:00:00:00     *        eth0\nbroken\n"
    )
    assert neighbours(table) == {"10.1.1.21": "00:1a:2b:3c:4d:5e"}
    assert neighbours(tmp_path / "none") == {}


@pytest.mark.parametrize("text", ["", "[]", '{"found": 5}', '{"found": [{"address": 5}]}', "[" * 100_000, "\xff"])
def test_a_file_that_is_no_scan_of_ours_says_so(tmp_path: Path, text: str) -> None:
    file = tmp_path / "scan.json"
    file.write_text(text, encoding="latin-1")
    with pytest.raises(BadScan, match="was not written by hallwatch discover --json"):
        of_scan(file)
    with pytest.raises(BadScan, match="cannot be read"):
        of_scan(tmp_path / "none")
