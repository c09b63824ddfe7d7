"""O9: identity is the asset number; serial number and MAC are evidence, the address is an attribute."""

from __future__ import annotations

from dataclasses import replace

from hypothesis import given, settings
from hypothesis import strategies as st

from collector.snmp.identity import Identity
from hallwatch.discover.changes import Change, compare
from hallwatch.discover.found import Found
from hallwatch.discover.known import Known

A, B, C = "10.1.1.21", "10.1.1.22", "10.1.1.23"
ASKED = (A, B, C)
MAC_1, MAC_2 = "00:1a:2b:3c:4d:01", "00:1a:2b:3c:4d:02"
PRINTER = Identity(printer=True)


def here(address: str, serial: str = "", *macs: str, who: Identity = PRINTER) -> Found:
    return Found(address, ping_ms=1.0, credential=0, identity=who._replace(serial=serial, macs=macs))


def known(name: str, address: str | None, serial: str = "", *macs: str, kind: str = "printer") -> Known:
    return Known(name, address, kind, "h-1", serial, macs)


def told(found: list[Found], *devices: Known, asked: tuple[str, ...] = ASKED) -> list[tuple[str, str | None, str]]:
    return [(change.what, change.device, change.address) for change in compare(found, devices, asked).changes]


def test_O9_what_is_where_it_was_is_no_change() -> None:
    assert told([here(A, "S1"), here(B)], known("P-1", A, "S1"), known("P-2", B, "S2")) == []


def test_O9_the_same_serial_number_at_another_address_has_moved_even_to_where_another_was() -> None:
    assert told([here(B, "S1")], known("P-1", A, "S1")) == [("moved", "P-1", B)]
    assert told([here(B, "S1")], known("P-1", A, "S1"), known("P-2", B, "S2")) == [
        ("moved", "P-1", B),
        ("gone", "P-2", B),
    ]
    assert told([here(B, "S1"), here(A, "S2")], known("P-1", A, "S1"), known("P-2", B, "S2")) == [
        ("moved", "P-2", A),
        ("moved", "P-1", B),
    ]
    assert told([here(B, "S1"), here(A, "S3")], known("P-1", A, "S1")) == [("new", None, A), ("moved", "P-1", B)]


def test_O9_a_mac_tells_where_no_serial_number_does() -> None:
    assert told([here(B, "", MAC_1)], known("P-1", A, "S1", MAC_1)) == [("moved", "P-1", B)]
    assert told([here(B, "S9", MAC_1)], known("P-1", A, "S1", MAC_1)) == [("new", None, B), ("gone", "P-1", A)]


def test_O9_another_serial_number_or_mac_at_the_address_is_said() -> None:
    changes = compare([here(A, "S9")], [known("P-1", A, "S1")], ASKED).changes
    assert changes == [Change("other_serial", A, "P-1", "S1", "S9")]
    changes = compare([here(A, "", MAC_2)], [known("P-1", A, "S1", MAC_1)], ASKED).changes
    assert changes == [Change("other_mac", A, "P-1", MAC_1, MAC_2)]
    assert told([here(A, "S1", MAC_2)], known("P-1", A, "S1", MAC_1)) == [], "the serial number weighs more"


def test_O9_one_device_with_several_addresses_is_one() -> None:
    found = [here(A, "S1"), here(B, "S1")]
    assert told(found, known("SW-1", A, "S1")) == [("also_at", "SW-1", B)]
    assert told(found, known("SW-1", C, "S1")) == [("moved", "SW-1", A), ("also_at", "SW-1", B)]


def test_O9_a_serial_number_that_two_devices_bear_tells_nothing() -> None:
    devices = known("P-1", A, "S1"), known("P-2", B, "S1")
    assert told([here(A, "S1"), here(B, "S1")], *devices) == []
    assert told([here(C, "S1")], *devices) == [("new", None, C), ("gone", "P-1", A), ("gone", "P-2", B)]


def test_gone_is_said_only_of_addresses_that_were_asked() -> None:
    assert told([], known("P-1", A), known("P-2", "10.9.9.9"), known("P-3", None)) == [("gone", "P-1", A)]
    assert told([], known("P-1", A), asked=(B,)) == []
    assert told([Found(A)], known("P-1", A)) == [("gone", "P-1", A)], "asked, and nothing answered"


def test_another_kind_than_the_inventory_says_is_told_where_it_can_be_told_from_outside() -> None:
    switch = Identity(bridge_ports=24)
    assert told([here(A, who=switch)], known("P-1", A)) == [("other_kind", "P-1", A)]
    assert told([here(A)], known("C-1", A, kind="copier")) == [], "a copier looks like a printer"
    assert told([here(A)], known("Z-1", A, kind="ticket_gate")) == [], "a kind of one's own may be anything"
    assert told([replace(here(A), credential=None)], known("SW-1", A, kind="switch")) == [], "ping says no kind"


def test_two_devices_at_one_address_in_the_inventory_are_told() -> None:
    devices = known("P-1", A), known("P-2", A)
    assert ("shared_address", "P-1", A) in told([here(A)], *devices)


SERIALS = st.sampled_from(["", "S1", "S2", "S3"])
FOUND = st.lists(st.builds(here, st.sampled_from(ASKED), SERIALS), max_size=3, unique_by=lambda host: host.address)
KNOWN = st.lists(st.tuples(st.sampled_from(ASKED), SERIALS), max_size=4)


@settings(max_examples=40, deadline=None)
@given(FOUND, KNOWN)
def test_O9_every_address_is_one_device_or_new_and_every_device_is_found_or_gone(
    found: list[Found], places: list[tuple[str, str]]
) -> None:
    devices = [known(f"P-{number}", address, serial) for number, (address, serial) in enumerate(places)]
    compared = compare(found, devices, ASKED)
    new = {change.address for change in compared.changes if change.what == "new"}
    gone = {change.device for change in compared.changes if change.what == "gone"}
    assert new.isdisjoint(compared.device_at)
    assert new | compared.device_at.keys() == {host.address for host in found}
    assert gone | {one.id for one in compared.device_at.values()} == {one.id for one in devices}
    assert gone.isdisjoint(one.id for one in compared.device_at.values())
