"""Who an agent says it is."""

from __future__ import annotations

import asyncio
import math
from collections.abc import Mapping, Sequence

import pytest

from collector.reading import Raw
from collector.snmp.identity import Identity, identify, is_serial, mac_of
from collector.snmp.recorded import RecordedSession
from collector.snmp.session import NoAnswer

SWITCH: dict[str, Raw] = {
    "1.3.6.1.2.1.1.1.0": b"H3C Comware",
    "1.3.6.1.2.1.1.2.0": "1.3.6.1.4.1.25506.1.1918",
    "1.3.6.1.2.1.1.7.0": 78,
    "1.3.6.1.2.1.2.1.0": 28,
    "1.3.6.1.2.1.2.2.1.3.1": 53,
    "1.3.6.1.2.1.2.2.1.3.2": 6,
    "1.3.6.1.2.1.2.2.1.3.3": 117,
    "1.3.6.1.2.1.2.2.1.6.1": bytes(6),
    "1.3.6.1.2.1.2.2.1.6.2": bytes.fromhex("001a2b3c4d5e"),
    "1.3.6.1.2.1.17.1.1.0": bytes.fromhex("001a2b3c4d50"),
    "1.3.6.1.2.1.17.1.2.0": 28,
    "1.3.6.1.2.1.47.1.1.1.1.11.1": b"",
    "1.3.6.1.2.1.47.1.1.1.1.11.2": b"219801A1YG8",
    "1.3.6.1.2.1.47.1.1.1.1.13.2": b"LS-5130S-28S-EI",
}
PRINTER: dict[str, Raw] = {  # its hrDeviceIndex is 3
    "1.3.6.1.2.1.1.2.0": "1.3.6.1.4.1.11.2.3.9.1",
    "1.3.6.1.2.1.25.3.2.1.2.1": "1.3.6.1.2.1.25.3.1.3",
    "1.3.6.1.2.1.25.3.2.1.2.3": "1.3.6.1.2.1.25.3.1.5",
    "1.3.6.1.2.1.25.3.2.1.3.1": b"a processor",
    "1.3.6.1.2.1.25.3.2.1.3.3": "HP 激光打印机".encode("gbk"),
    "1.3.6.1.2.1.43.5.1.1.17.3": b"PHB1234567 \0",
    "1.3.6.1.2.1.43.10.2.1.2.3.1": 4,
}


class OldSession(RecordedSession):
    """Version 1: one object that it lacks, and the whole request is refused."""

    async def get(self, oids: Sequence[str], until: float) -> dict[str, Raw]:
        got = await super().get(oids, until)
        return got if len(got) == len(oids) else {}


class MuteSession(RecordedSession):
    """It answers a GET and no walk but the first, of which it gives a part."""

    async def walk(self, oid: str, limit: int, until: float) -> list[tuple[str, Raw]]:
        raise NoAnswer("timeout", "", (await super().walk(oid, 1, until))[:1])


def who(objects: Mapping[str, Raw], session: type[RecordedSession] = RecordedSession) -> Identity:
    return asyncio.run(identify(session(objects), math.inf))


@pytest.mark.parametrize("session", [RecordedSession, OldSession])
def test_a_switch_says_its_ports_its_chassis_and_its_addresses(session: type[RecordedSession]) -> None:
    said = who(SWITCH, session)
    assert (said.bridge_ports, said.services, said.interfaces, said.ports, said.enterprise) == (28, 78, 28, 2, "25506")
    assert (said.serial, said.model) == ("219801A1YG8", "LS-5130S-28S-EI")
    assert said.macs == ("00:1a:2b:3c:4d:50", "00:1a:2b:3c:4d:5e")


def test_a_printer_is_known_by_its_device_type_whatever_its_index() -> None:
    said = who(PRINTER)
    assert said.printer
    assert (said.model, said.serial, said.marking) == ("HP 激光打印机", "PHB1234567", 4)


def test_a_PC_that_lists_printers_among_its_devices_is_none_and_an_OID_may_be_said_as_text() -> None:
    device = "1.3.6.1.2.1.25.3.2.1.2.1"
    assert not who({"1.3.6.1.2.1.25.1.6.0": 61, device: "1.3.6.1.2.1.25.3.1.5"}).printer
    assert who({device: b".1.3.6.1.2.1.25.3.1.5"}).printer  # Pantum


def test_an_agent_that_falls_silent_is_known_by_what_it_said_before() -> None:
    said = who(PRINTER, MuteSession)
    assert (said.object_id, said.serial, said.printer) == ("1.3.6.1.4.1.11.2.3.9.1", "", False)
    assert who({}) == Identity()


@pytest.mark.parametrize(
    ("raw", "mac"),
    [
        (bytes.fromhex("001A2B3C4D5E"), "00:1a:2b:3c:4d:5e"),
        ("00-1A-2B-3C-4D-5E", "00:1a:2b:3c:4d:5e"),
        ("001a.2b3c.4d5e", "00:1a:2b:3c:4d:5e"),
        (bytes(6), ""),
        (b"\xff" * 6, ""),
        (bytes.fromhex("01005e000001"), ""),  # of a group
        (b"\0\0\0\0\0\0\0\1", ""),
        ("somewhere", ""),
        (None, ""),
        (5, ""),
    ],
)
def test_O9_only_one_cards_own_address_is_evidence(raw: object, mac: str) -> None:
    assert mac_of(raw) == mac


@pytest.mark.parametrize(("text", "said"), [("PHB1", True), ("unknown", False), ("0000000", False), ("XXXX", False),
                                            (" ", False), ("N/A", False), ("219801A", True)])  # fmt: skip
def test_O9_a_serial_number_that_says_nothing_is_none(text: str, said: bool) -> None:
    assert is_serial(text) is said
