"""The inventory file: what is taken, what is refused and how it is told."""

from __future__ import annotations

import json
import time
from fractions import Fraction
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest

import sla.terms
from collector.kindfile.file import is_check
from hallwatch.inventory import Faulty, Rules, check, normalise, read_file, read_inventory
from hallwatch.inventory.contract import TERMS
from sla.clock import ALWAYS
from sla.contract import Contract, Term
from store.inventory import city_of
from tests.hallwatch.inventories import CITY, KINDS, judged, told


def document(*texts: str) -> dict[str, Any]:
    checked = judged(*texts)
    assert checked.document is not None, checked.errors
    return checked.document


def test_the_file_of_the_contract_has_no_fault() -> None:
    assert judged(CITY).faults == []


def test_durations_become_seconds_and_dates_their_first_instant_in_the_zone() -> None:
    found = document(CITY)
    printer = found["devices"][1]
    assert printer["interval"] == 60
    assert printer["commissioned"] == 1740758400000
    contract = found["contracts"][0]
    assert contract["valid"] == {"from": 1767196800000, "until": 1798732800000}
    assert contract["repair"]["targets"] == {"printer": 7200, "list_printer": 7200, "copier": 7200}
    assert contract["travel"]["halls"]["h-02"] == [{"seconds": 5400, "from": None, "until": None}]


def test_every_default_is_filled_in() -> None:
    found = document("halls: [{id: h}]\nvendors: [{id: v}]\ndevices: [{id: D, kind: pc, hall: h}]\n"
                     "contracts: [{id: c, vendor: v, valid: {from: 2026-01-01, until: 2027-01-01}}]")  # fmt: skip
    assert found["halls"][0] | {"name": "h", "kind": "own", "collector": "c-01"} == found["halls"][0]
    assert found["devices"][0]["interval"] == 60.0
    assert found["devices"][0]["collector"] == "c-01"
    contract = found["contracts"][0]
    assert contract["repair"] == {
        "start": "phone",
        "warn": [50, 75, 100],
        "targets": {"printer": 7200, "list_printer": 7200, "copier": 7200},
    }
    assert contract["payment"] == "none"


def test_the_document_is_json_and_the_store_takes_it() -> None:
    city = city_of(json.loads(json.dumps(document(CITY))))
    assert city.devices["P-0001"].interval_s == 60
    assert city.contracts["c-2026"].valid_until == 1798732800000


def test_one_target_stands_for_all_covered_kinds() -> None:
    text = CITY.replace("{printer: 2h, list_printer: 2h, copier: 2h}", "90m")
    assert document(text)["contracts"][0]["repair"]["targets"]["kiosk"] == 5400


def test_travel_entries_carry_minutes_and_dates() -> None:
    text = CITY.replace("{h-02: 90m}", "{h-02: [{minutes: 90, until: 2026-06-01}, {minutes: 60, from: 2026-06-01}]}")
    entries = document(text)["contracts"][0]["travel"]["halls"]["h-02"]
    assert [(entry["seconds"], entry["until"] or entry["from"]) for entry in entries] == [
        (5400, 1780243200000),
        (3600, 1780243200000),
    ]


def test_travel_entries_that_overlap_are_refused() -> None:
    text = CITY.replace("{h-02: 90m}", "{h-02: [{minutes: 90}, {minutes: 60, from: 2026-06-01}]}")
    assert told(text) == ["a.yaml:17 contracts[0].travel.halls.h-02[1]: its time overlaps with that of line 17"]


def test_numbers_of_terms_stay_exact() -> None:
    text = CITY.replace("points: 5,", "points: 0.1,")
    assert document(text)["contracts"][0]["terms"][0]["points"] == "0.1"


def terms(*written: str) -> list[Term]:
    """These terms of the one contract, as the rules take them."""
    head, tail = CITY.split("      - {id: T1")
    rest = "devices:" + tail.split("devices:")[1]
    text = head + "".join(f"      - {{{one}}}\n" for one in written) + rest
    return list(Contract.parse(document(text)["contracts"][0], ALWAYS, ZoneInfo("Asia/Shanghai")).terms)


def test_S1_an_allowance_that_is_left_out_is_the_terms_usual_one() -> None:
    found = terms(
        "id: a, term: self_repair_rate, points: 1, round: up",
        "id: b, term: late_repairs, points: 1, round: up, allowance: 0",
        "id: c, term: fault_count, points: 1, round: up, allowance: {per_100: 0.5}",
    )
    assert [(one.allowance, one.per_100) for one in found] == [(None, False), (0, False), (Fraction(1, 2), True)]


def test_S2_the_terms_of_time_count_linear_or_by_rectification() -> None:
    found = terms(
        "id: a, term: fault_hours, points: 1, round: exact, count: rectification",
        "id: b, term: late_minutes, points: 1, round: exact, count: linear",
        "id: c, term: late_minutes, points: 1, round: exact",
    )
    assert [one.count for one in found] == ["rectification", "linear", "linear"]


def test_S2_no_other_term_chooses_how_it_counts() -> None:
    text = CITY.replace("group: repair}", "count: rectification}")
    assert told(text) == [
        "a.yaml:22 contracts[0].terms[0].count: only fault_hours and late_minutes choose how they count"
    ]


def test_S2_the_inventory_and_the_rules_know_the_same_terms() -> None:
    assert set(TERMS) == set(sla.terms.TERMS)


def test_bands_are_sorted_from_the_best() -> None:
    text = CITY.replace("payment: none", "payment: {bands: [{from: 0, percent: 50}, {from: 90, percent: 100}]}")
    assert document(text)["contracts"][0]["payment"]["bands"][0] == {"from": "90", "percent": "100"}


def test_json_says_the_same_as_yaml() -> None:
    import yaml

    text = json.dumps(yaml.load(CITY, Loader=yaml.BaseLoader), indent=1, ensure_ascii=False)
    assert document(text) == document(CITY)


def test_several_files_are_one_inventory() -> None:
    head, devices = CITY.split("devices:\n")
    assert document(head, "devices:\n" + devices) == document(CITY)


def test_a_scalar_stays_as_it_was_written() -> None:
    found = document("halls: [{id: 012}]\ndevices: [{id: 0x1F, kind: pc, hall: 012, serial: 1e3, model: no}]")
    assert found["devices"][0]["id"] == "0x1F"
    assert (found["devices"][0]["serial"], found["devices"][0]["model"]) == ("1e3", "no")


def test_every_fault_is_told_at_once_with_its_line_and_near_miss() -> None:
    text = (
        CITY.replace("branch: liunan, kind: own", "branch: liunam, kind: owm")
        .replace("interval: 30s", "intervall: 30s")
        .replace("kind: printer, hall: h-01", "kind: printr, hall: h-1")
    )
    assert told(text) == [
        "a.yaml:7 halls[0].branch: there is no branch liunam [liunan]",
        "a.yaml:7 halls[0].kind: owm is none of built, office, other, own [own]",
        "a.yaml:25 devices[0].intervall: unknown key intervall [interval]",
        "a.yaml:26 devices[1].hall: there is no hall h-1 [h-01]",
        "a.yaml:26 devices[1].kind: unknown kind printr; known are camera, copier, handheld, kiosk, list_printer, "
        "pc, printer, queue, router, switch, ups [printer]",
    ]


def test_a_key_that_stands_twice_is_told_with_both_lines() -> None:
    assert told(CITY + "vendors: []\n") == ["a.yaml:29 vendors: vendors stands here again, first in line 9"]


def test_an_id_that_stands_twice_is_told_with_both_files_and_lines() -> None:
    found = told(CITY, "devices:\n  - {id: P-0001, kind: pc, hall: h-01}\n")
    assert found == ["b.yaml:2 devices[0]: P-0001 stands here again, first in a.yaml, line 26"]


def test_O5_a_circle_of_parents_is_told_as_a_path() -> None:
    text = CITY.replace("address: 10.1.1.1,", "address: 10.1.1.1, parent: P-0001,")
    assert told(text) == ["a.yaml:25 devices[0].parent: a circle of parents: SW-0001 -> P-0001 -> SW-0001"]


def test_O5_a_device_that_is_its_own_parent_is_a_circle() -> None:
    text = CITY.replace("address: 10.1.1.1,", "address: 10.1.1.1, parent: SW-0001,")
    assert told(text) == ["a.yaml:25 devices[0].parent: a circle of parents: SW-0001 -> SW-0001"]


def test_a_long_line_of_parents_is_checked_at_once() -> None:
    rows = "".join(f"  - {{id: D{n}, kind: pc, hall: h-01, parent: D{n + 1}}}\n" for n in range(3000))
    found = told(CITY + rows + "  - {id: D3000, kind: pc, hall: h-01, parent: D0}\n")
    assert len(found) == 1
    assert "D0 -> D1" in found[0]


OTHER = """
  - {id: c-other, vendor: v-1, valid: {from: 2026-06-01, until: 2026-07-01}, covers: {kinds: [pc], halls: [h-02]}}
"""


def test_R1_contracts_for_the_same_kind_hall_and_time_are_refused() -> None:
    text = CITY.replace("devices:\n", OTHER.strip("\n") + "\ndevices:\n")
    assert told(text) == [
        "a.yaml:24 contracts[1]: it overlaps with contract c-2026 (a.yaml, line 11): same halls and time, both cover pc"
    ]


@pytest.mark.parametrize(
    ("old", "new"), [("[pc]", "[ups]"), ("2026-06-01", "2027-01-01T00:00:00+08:00"), ("2026-06-01", "2027-01-01")]
)
def test_R1_contracts_that_differ_in_kind_or_time_are_taken(old: str, new: str) -> None:
    other = OTHER.replace(old, new).replace("2026-07-01", "2028-01-01").strip("\n")
    assert told(CITY.replace("devices:\n", other + "\ndevices:\n")) == []


def test_a_device_may_have_every_check_that_a_kind_may_have() -> None:
    checks = ["icmp", "snmp", "mqtt", "tcp:9100", "http:8080/a", "https:8443/a"]
    found = document(f"halls: [{{id: h}}]\ndevices: [{{id: D, kind: pc, hall: h, checks: {json.dumps(checks)}}}]")
    assert found["devices"][0]["checks"] == checks
    assert all(map(is_check, checks))


def test_several_devices_at_one_address_are_a_warning() -> None:
    checked = judged(CITY.replace("10.1.1.21", "10.1.1.1"))
    assert [fault.warning for fault in checked.faults] == [True]
    assert checked.document is not None


def test_a_community_in_plain_text_is_a_warning_that_does_not_show_it() -> None:
    checked = judged(CITY.replace("env:SNMP_COMMUNITY", "s3cr3t"))
    assert [fault.warning for fault in checked.faults] == [True]
    assert "s3cr3t" not in repr(checked.faults)


def test_a_key_in_plain_text_is_refused_and_not_shown() -> None:
    text = CITY.replace('{version: 2c, community: "env:SNMP_COMMUNITY"}',
                        "{version: 3, user: u, auth: sha, auth_key: s3cr3t, priv: aes, priv_key: env:K}")  # fmt: skip
    checked = judged(text)
    assert [fault.place for fault in checked.errors] == ["devices[1].snmp.auth_key"]
    assert "s3cr3t" not in repr(checked.faults)


def test_a_calendar_that_cannot_be_compiled_is_told_with_its_place() -> None:
    found = told(CITY.replace("mon-sun", "mon-son"))
    assert len(found) == 1
    assert found[0].startswith("a.yaml:4 calendars.repair-hours.week.mon-son: not a calendar: ")


def test_an_empty_inventory_is_refused_for_it_would_remove_everything() -> None:
    assert told("") == ["a.yaml:1 : there is nothing in it: an import would remove everything"]


def test_normalise_raises_with_every_fault() -> None:
    with pytest.raises(Faulty) as caught:
        normalise([read_inventory("devices: [{}]", "x")], Rules(KINDS))
    assert len(caught.value.checked.errors) == 3


def test_check_gives_the_faults_alone() -> None:
    assert check([read_inventory("[", "x")], set(KINDS))[0].reason.startswith("not YAML")


@pytest.mark.slow
def test_six_thousand_devices_are_checked_in_seconds() -> None:
    rows = "".join(
        f"  - {{id: X-{n}, kind: printer, hall: h-0{n % 2 + 1}, address: 10.2.{n >> 8}.{n & 255}, vendor: v-1}}\n"
        for n in range(6000)
    )
    start = time.process_time()
    assert judged(CITY + rows).errors == []
    assert time.process_time() - start < 5


def test_a_file_that_cannot_be_read_is_a_fault(tmp_path: Path) -> None:
    (tmp_path / "latin").write_bytes(b"a: 1\nb: \xff\n")
    assert [fault.line for fault in read_file(tmp_path / "latin").faults] == [2]
    assert read_file(tmp_path / "none").faults[0].reason == "cannot be read: No such file or directory"
    assert read_file(tmp_path).faults[0].reason == "cannot be read: Is a directory"
