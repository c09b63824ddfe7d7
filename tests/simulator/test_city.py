"""The city: the same for the same seed, of the size that was asked for, and an inventory that the product accepts."""

from __future__ import annotations

import ipaddress
import json
from pathlib import Path

import pytest

from collector.kind import load_kinds
from hallwatch.inventory.checking import Rules, judge
from hallwatch.inventory.reading import read_file, read_inventory
from simulator.city import BadCity, build, with_besides
from simulator.inventory import inventory_of

RULES = Rules({name: kind.interval_s for name, kind in load_kinds().items()})
SAMPLE = Path(__file__).parents[2] / "deploy" / "halls.example.yaml"


def test_a_city_is_the_same_for_the_same_seed() -> None:
    assert build(5) == build(5) != build(6)


@pytest.mark.parametrize(("halls", "devices"), [(1, 1), (1, 40), (12, 150), (300, 6000)])
def test_a_city_has_the_size_that_was_asked_for(halls: int, devices: int) -> None:
    city = build(1, halls, devices)
    assert (len(city.halls), len(city.devices)) == (halls, devices)
    for of in ("id", "address", "serial"):
        assert len({getattr(device, of) for device in city.devices}) == devices
    assert len({hall.name for hall in city.halls}) == halls
    assert all(ipaddress.ip_address(device.address).is_loopback for device in city.devices)


@pytest.mark.parametrize(("halls", "devices"), [(0, 10), (10, 5), (1, 300), (9999, 99999)])
def test_an_impossible_city_is_refused(halls: int, devices: int) -> None:
    with pytest.raises(BadCity):
        build(1, halls, devices)


@pytest.mark.parametrize(("halls", "devices"), [(1, 1), (12, 150), (60, 900)])
def test_the_inventory_of_a_city_is_accepted_without_an_error(halls: int, devices: int) -> None:
    text = json.dumps(inventory_of(build(2, halls, devices)), ensure_ascii=False)
    checked = judge([read_inventory(text, "city.json")], RULES)
    assert [str(fault) for fault in checked.errors] == []
    assert checked.document is not None
    assert len(checked.document["devices"]) == devices


def test_a_ups_a_router_and_a_camera_may_stand_in_the_first_hall_besides() -> None:
    city = build(2)
    more = with_besides(city, 8080)
    assert more.devices[: len(city.devices)] == city.devices
    assert [(one.kind, one.checks) for one in more.devices[len(city.devices) :]] == [
        ("ups", ("snmp",)), ("router", ("snmp",)), ("camera", ("tcp:8080",)),
    ]  # fmt: skip
    assert len({one.address for one in more.devices}) == len(more.devices)
    checked = judge([read_inventory(json.dumps(inventory_of(more)), "city.json")], RULES)
    assert [str(fault) for fault in checked.errors] == []


def test_everything_stands_behind_its_halls_switch() -> None:
    city = build(2)
    behind = city.behind()
    assert sum(map(len, behind.values())) + len(behind) == len(city.devices)
    assert all(hall.gateway in {device.id for device in city.devices if device.kind == "switch"} for hall in city.halls)


def test_the_sample_inventory_is_accepted_without_an_error_or_warning() -> None:
    checked = judge([read_file(SAMPLE)], RULES)
    assert [(fault.line, str(fault)) for fault in checked.faults] == []
    kinds = {device["kind"] for device in (checked.document or {})["devices"]}
    assert {"switch", "printer", "list_printer", "copier", "kiosk", "queue", "pc"} <= kinds
