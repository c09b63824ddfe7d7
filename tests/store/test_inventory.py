"""The inventory: all or nothing, identities kept (O9), what is gone keeps its facts."""

from __future__ import annotations

from typing import Any

import pytest
from sqlalchemy import Engine, func, select
from sqlalchemy.exc import SQLAlchemyError

from store import changes, inventory
from store.city import City, Device, Hall
from store.database import reading, writing
from store.schema import imports


def _apply(engine: Engine, document: dict[str, Any], at: int = 2_000) -> City:
    with writing(engine) as conn:
        return inventory.apply(conn, document, at, "test")


def _load(engine: Engine) -> City:
    with reading(engine) as conn:
        return inventory.load(conn)


def test_what_was_imported_is_what_is_loaded(engine: Engine) -> None:
    city = _load(engine)
    assert city.branches["liunan"].name == "柳南分公司"
    assert city.vendors["v-1"].notify == ("mailto:duty@vendor.example",)
    assert city.contracts["c-2026"].valid_until == 2_000_000_000_000
    assert city.halls["h-01"].gateway == "SW-0001"
    assert city.devices["P-0001"].interval_s == 60
    assert city.devices["P-0001"].n > 0


def test_every_import_is_kept_and_the_newest_known_by_its_digest(engine: Engine, document: dict[str, Any]) -> None:
    document["halls"][0]["name"] = "新名"
    _apply(engine, document)
    with reading(engine) as conn:
        assert conn.scalar(select(func.count()).select_from(imports)) == 2
        assert inventory.imported(conn) == inventory.digest_of(document)
        assert changes.since(conn, 0)[-1].kind == "inventory"


def test_the_digest_does_not_depend_on_the_order_of_keys(document: dict[str, Any]) -> None:
    assert inventory.digest_of(document) == inventory.digest_of(dict(reversed(document.items())))


def test_O9_a_device_that_moves_is_the_same_device(engine: Engine, document: dict[str, Any]) -> None:
    before = _load(engine).devices["P-0001"].n
    document["devices"][1].update(address="10.9.9.9", hall="h-02", kind="copier")
    after = _apply(engine, document).devices["P-0001"]
    assert (after.n, after.address, after.hall, after.kind) == (before, "10.9.9.9", "h-02", "copier")


def test_a_device_that_is_absent_is_gone_since_then_and_may_come_back(engine: Engine, document: dict[str, Any]) -> None:
    n = _load(engine).devices["P-0003"].n
    row = document["devices"].pop()
    assert _apply(engine, document, at=2_000).devices["P-0003"].gone_at == 2_000
    assert _apply(engine, document, at=3_000).devices["P-0003"].gone_at == 2_000
    document["devices"].append(row)
    back = _apply(engine, document, at=4_000).devices["P-0003"]
    assert (back.n, back.gone_at) == (n, None)


def test_what_gone_devices_refer_to_is_kept_and_the_rest_forgotten(engine: Engine, document: dict[str, Any]) -> None:
    document.update(devices=[], contracts=[], vendors=[], calendars={}, halls=[], branches=[])
    city = _apply(engine, document)
    assert set(city.vendors) == {"v-1"}
    assert not city.contracts
    assert {hall.gone_at for hall in city.halls.values()} == {2_000}
    assert set(city.calendars) == {"hall-hours"}


def test_an_import_that_fails_changes_nothing(engine: Engine, document: dict[str, Any]) -> None:
    before = _load(engine)
    document["halls"][0]["name"] = "changed"
    document["devices"][3]["hall"] = "h-99"
    with pytest.raises(SQLAlchemyError):
        _apply(engine, document)
    assert _load(engine) == before


def test_a_collector_polls_its_own_part(engine: Engine) -> None:
    with reading(engine) as conn:
        first, second = (inventory.collector_part(conn, name) for name in ("c-01", "c-02"))
    assert [row["id"] for row in first["devices"]] == ["P-0001", "P-0003", "SW-0001"]
    assert [row["id"] for row in second["devices"]] == ["P-0002"]
    assert first["gateways"] == ["SW-0001"]
    assert first["devices"][0]["parent"] == "SW-0001"
    assert first["devices"][2]["parent"] is None


def test_O2_a_collector_is_told_where_a_gateway_of_its_halls_is_that_another_polls(
    engine: Engine, document: dict[str, Any]
) -> None:
    gateway = next(device for device in document["devices"] if device["id"] == "SW-0001")
    gateway["collector"] = "c-02"
    _apply(engine, document)
    with reading(engine) as conn:
        first, second = (inventory.collector_part(conn, name) for name in ("c-01", "c-02"))
    assert (first["gateways"], first["references"]) == (["SW-0001"], [gateway["address"]])
    assert second["references"] == []


def test_the_part_keeps_secrets_as_references(engine: Engine) -> None:
    with reading(engine) as conn:
        part = inventory.collector_part(conn, "c-01")
    assert part["devices"][0]["snmp"]["community"] == "env:SNMP_COMMUNITY"


def test_the_version_of_a_part_changes_with_it_and_only_then(engine: Engine, document: dict[str, Any]) -> None:
    def versions() -> list[str]:
        with reading(engine) as conn:
            return [inventory.collector_part(conn, name)["version"] for name in ("c-01", "c-02")]

    before = versions()
    _apply(engine, document)
    assert versions() == before
    document["devices"][2]["address"] = "10.2.1.99"
    _apply(engine, document)
    after = versions()
    assert after[0] == before[0]
    assert after[1] != before[1]


def test_a_gone_device_is_nobodys_to_poll(engine: Engine, document: dict[str, Any]) -> None:
    del document["devices"][1]
    _apply(engine, document)
    with reading(engine) as conn:
        assert "P-0001" not in [row["id"] for row in inventory.collector_part(conn, "c-01")["devices"]]


def test_a_hall_without_a_collector_belongs_to_the_first_one_named() -> None:
    halls = [{"id": "a", "name": "a", "kind": "own"}, {"id": "b", "name": "b", "kind": "own", "collector": "c-07"}]
    devices = [{"id": "P-1", "kind": "printer", "hall": "a"}]
    assert inventory.city_of({"halls": halls, "devices": devices}).devices["P-1"].collector == "c-07"
    assert inventory.city_of({"halls": halls[:1], "devices": devices}).devices["P-1"].collector == "c-01"


def test_O5_ancestors_are_the_named_parent_else_the_halls_gateway(engine: Engine) -> None:
    city = _load(engine)
    assert inventory.ancestors(city, "P-0001") == ["SW-0001"]
    assert inventory.ancestors(city, "P-0003") == ["P-0002"]
    assert inventory.ancestors(city, "SW-0001") == []
    assert inventory.ancestors(city, "nobody") == []


def test_O5_a_circle_of_parents_ends() -> None:
    def device(id: str, parent: str) -> Device:
        return Device(0, id, "pc", "h", "c-01", 60, parent=parent)

    city = City(halls={"h": Hall("h", "h", "own")}, devices={"a": device("a", "b"), "b": device("b", "a")})
    assert inventory.ancestors(city, "a") == ["b"]
