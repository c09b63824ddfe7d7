"""What an import would change, readable by a person and without secrets."""

from __future__ import annotations

from typing import Any

from sqlalchemy import Engine

from store import inventory
from store.database import reading, writing
from store.inventory import city_of, difference, without_secrets


def _lines(engine: Engine, document: dict[str, Any]) -> list[str]:
    with reading(engine) as conn:
        return difference(inventory.load(conn), city_of(document)).lines()


def test_the_same_file_again_makes_no_difference(engine: Engine, document: dict[str, Any]) -> None:
    assert _lines(engine, document) == []
    assert not difference(city_of(document), city_of(document))


def test_additions_changes_and_removals_are_a_line_each(engine: Engine, document: dict[str, Any]) -> None:
    document["devices"].pop(2)
    document["devices"].append({"id": "P-0009", "kind": "printer", "hall": "h-01", "interval": 60})
    document["devices"][1]["address"] = "10.1.1.22"
    document["calendars"]["hall-hours"]["week"]["mon-fri"] = ["09:00-18:00"]
    assert _lines(engine, document) == [
        "+ device P-0009",
        "~ calendar hall-hours: week.mon-fri ['08:30-18:00'] -> ['09:00-18:00']",
        "~ device P-0001: address 10.1.1.21 -> 10.1.1.22",
        "- device P-0002",
    ]


def test_a_field_that_was_not_there_shows_a_dash(engine: Engine, document: dict[str, Any]) -> None:
    document["devices"][1]["serial"] = "PHB1234567"
    del document["devices"][1]["vendor"]
    assert _lines(engine, document) == ["~ device P-0001: serial - -> PHB1234567", "~ device P-0001: vendor v-1 -> -"]


def test_a_secret_that_is_no_reference_is_hidden(engine: Engine, document: dict[str, Any]) -> None:
    document["devices"][1]["snmp"]["community"] = "geheim"
    assert _lines(engine, document) == ["~ device P-0001: snmp.community env:SNMP_COMMUNITY -> (hidden)"]
    shown = without_secrets({"list": [{"snmp": {"auth_key": "geheim", "community": "file:/etc/c", "user": "me"}}]})
    assert shown == {"list": [{"snmp": {"auth_key": "(hidden)", "community": "file:/etc/c", "user": "me"}}]}


def test_a_device_that_comes_back_is_an_addition(engine: Engine, document: dict[str, Any]) -> None:
    fewer = {**document, "devices": document["devices"][:3]}
    with writing(engine) as conn:
        inventory.apply(conn, fewer, 5, "test")
    assert _lines(engine, document) == ["+ device P-0003"]
