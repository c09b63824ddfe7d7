"""Proposed lines pass `check`, whatever a device says of itself."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import jsonschema
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st

from collector.reading import clean
from collector.snmp.identity import Identity
from hallwatch.discover.changes import compare
from hallwatch.discover.credentials import credential, of_options
from hallwatch.discover.document import Scanned, document_of
from hallwatch.discover.found import Found
from hallwatch.discover.known import Known, of_city
from hallwatch.discover.proposal import Frame, proposal
from store.city import city_of
from tests.hallwatch.inventories import CITY, judged
from tests.test_schemas import schema

PUBLIC = of_options(["public"], (), 161, False)
PRINTER = Identity(printer=True, descr="HP", model="HP LaserJet", serial="S9", macs=("00:1a:2b:3c:4d:01",))
SHANGHAI = ZoneInfo("Asia/Shanghai")


def known() -> list[Known]:
    document = judged(CITY).document
    assert document is not None
    return of_city(city_of(document), 0)


def proposed(found: list[Found], devices: list[Known], **frame: object) -> str:
    whole = Frame(devices, PUBLIC, halls=["h-01"] if devices else [], zone=SHANGHAI)._replace(**frame)  # type: ignore[arg-type]
    return proposal(found, compare(found, devices, [host.address for host in found]), whole)


def here(address: str, who: Identity = PRINTER) -> Found:
    return Found(address, True, 1.0, 0, identity=who)


def test_new_devices_stand_in_the_hall_of_their_subnet_with_the_next_number_of_their_kind() -> None:
    text = proposed([here("10.1.1.30"), here("10.1.1.31", Identity(bridge_ports=24))], known())
    one, other = yaml.safe_load(text)["devices"]
    assert (one["id"], one["hall"], one["address"], one["serial"]) == ("P-0002", "h-01", "10.1.1.30", "S9")
    assert (other["id"], other["kind"], other["hall"]) == ("SW-0002", "switch", "h-01")
    assert [fault.reason for fault in judged(CITY, text).errors] == []


def test_O9_one_new_device_with_several_addresses_gets_one_line() -> None:
    text = proposed([here("10.1.1.30"), here("10.1.1.31"), here("10.1.1.32", PRINTER._replace(serial=""))], known())
    assert [one["address"] for one in yaml.safe_load(text)["devices"]] == ["10.1.1.30", "10.1.1.32"]
    assert "# 10.1.1.31: another address of P-0002, by its serial number or MAC" in text


def test_without_a_hall_there_a_placeholder_is_named_by_check() -> None:
    text = proposed([here("10.7.7.30")], known())
    assert [(fault.reason, fault.line) for fault in judged(CITY, text).errors] == [
        ("there is no hall HALL-10.7.7.0-24", 3)
    ]
    assert judged(CITY, proposed([here("10.7.7.30")], known(), hall="h-02")).errors == []


def test_without_an_inventory_the_file_is_one_that_check_takes() -> None:
    text = proposed([here("10.1.1.30"), here("fd00::5", PRINTER._replace(serial="S8"))], [])
    assert judged(text).errors == []
    assert [hall["id"] for hall in yaml.safe_load(text)["halls"]] == ["HALL-10.1.1.0-24", "HALL-fd00---64"]


def test_what_answers_at_its_print_port_only_is_watched_there_and_what_says_nothing_is_left_to_people() -> None:
    text = proposed([Found("10.1.1.30", True, 1.0, ports=(9100, 80)), Found("10.1.1.31", True, 1.0)], known())
    (device,) = yaml.safe_load(text)["devices"]
    assert device["checks"] == ["icmp", "tcp:9100"]
    assert "# 10.1.1.31: it answers, but says nothing of itself" in text
    assert judged(CITY, text).errors == []


def test_O9_what_moved_or_was_exchanged_gets_its_line_as_a_comment_with_dates_and_without_secrets() -> None:
    plain = CITY.replace("env:SNMP_COMMUNITY", "our-secret")
    document = judged(plain).document
    assert document is not None
    devices = of_city(city_of(document), 0)
    moved = proposed([here("10.1.1.99", PRINTER._replace(serial="PHB1234567"))], devices)
    assert "# P-0001 has moved from 10.1.1.21 to 10.1.1.99" in moved
    assert "P-0001, kind: printer, hall: h-01, address: 10.1.1.99" in moved
    assert 'commissioned: "2025-03-01"' in moved
    assert "our-secret" not in moved
    (line,) = [line[3:] for line in moved.splitlines() if line.startswith("#   - {id: P-0001")]
    corrected = plain[: plain.index("  - {id: P-0001")] + f" {line}\n"
    after = judged(corrected)
    assert after.document is not None
    then = {device["id"]: device for device in after.document["devices"]}["P-0001"]
    was = {device["id"]: device for device in document["devices"]}["P-0001"]
    differing = {key for key in was if was[key] != then[key]}
    assert differing == {"address", "snmp"}, "the community is a reference now"
    assert "another serial number, S9 instead of PHB1234567" in proposed([here("10.1.1.21")], devices)


def test_a_credential_of_the_inventory_in_plain_text_is_not_repeated() -> None:
    mine = credential({"community": "our-secret"})
    text = proposed([here("10.1.1.30")], known(), credentials=[mine])
    assert "our-secret" not in text + repr(mine) + mine.said
    assert 'community: "env:SNMP_COMMUNITY"' in text
    user = {"version": "3", "user": "ops", "auth": "sha", "auth_key": "long-secret-1"}
    assert "long-secret" not in proposed([here("10.1.1.30")], known(), credentials=[credential(user)])


HOSTILE = st.text(max_size=40) | st.sampled_from(
    ["}, {id: X", "yes", "null", "a: b", "# x", "'", '"', "\u2028- {", "{}"]
)


@settings(max_examples=25, deadline=None)
@given(HOSTILE, HOSTILE, HOSTILE, HOSTILE)
def test_whatever_a_device_says_the_proposal_passes_check(descr: str, name: str, model: str, serial: str) -> None:
    who = Identity(printer=True, descr=clean(descr), name=clean(name), model=clean(model)[:128], serial=clean(serial))
    text = proposed([here("10.1.1.30", who)], known())
    assert [fault.reason for fault in judged(CITY, text).errors] == []
    (device,) = yaml.safe_load(text)["devices"]
    assert (
        str(device.get("serial", "")).split() == "".join(c if c.isprintable() else " " for c in clean(serial)).split()
    )


def test_the_json_is_as_its_schema_says_and_an_earlier_one_can_be_compared_with() -> None:
    found = [here("10.1.1.30"), Found("10.1.1.31", refused=True), Found("10.1.1.32")]
    compared = compare(found, known(), [host.address for host in found])
    scanned = Scanned(int(datetime(2026, 11, 1, tzinfo=UTC).timestamp() * 1000), ("10.1.1.0/24",), 254, 3, 60, True)
    document = document_of(scanned, found, compared, PUBLIC)
    jsonschema.validate(json.loads(json.dumps(document)), schema("discover"))
    assert [host["snmp"] for host in document["found"]] == ["v2c public", "refused"]
    assert not document["complete"]
    assert replace(found[0], mac="00:1a:2b:3c:4d:ff").macs == ("00:1a:2b:3c:4d:ff", "00:1a:2b:3c:4d:01")
