"""A contract whose statements were published stays its vendor's: another vendor would read and dispute them (S5)."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from hallwatch.inventory import Rules, read_inventory
from hallwatch.inventory_import import Importer, Taken
from hallwatch.settings_file import load
from store import statement_events
from store.database import migrate, open_database, writing
from tests.hallwatch.inventories import CITY, KINDS

OTHER = CITY.replace("vendors: [", "vendors: [{id: v-2, name: 二公司}, ").replace(
    "    vendor: v-1\n", "    vendor: v-2\n"
)


@pytest.fixture
def importer(tmp_path: Path) -> Iterator[Importer]:
    """Of a city whose October is published."""
    engine = open_database(f"sqlite:///{tmp_path / 'city.db'}")
    migrate(engine)
    found = Importer(load(None), engine, {}, lambda: 1)
    found.rules = Rules(KINDS)
    assert taken(found, CITY).ok
    with writing(engine) as conn:
        statement_events.append(conn, "c-2026", "2026-10", "published", 1, "ann", {"vendor": "v-1"})
    yield found
    engine.dispose()


def taken(importer: Importer, text: str, *, dry_run: bool = False) -> Taken:
    return importer.take([read_inventory(text, "city.yaml")], "test", dry_run)


@pytest.mark.parametrize("dry_run", [True, False])
def test_s5_a_contract_with_published_statements_is_not_given_to_another_vendor(
    importer: Importer, *, dry_run: bool
) -> None:
    refused = taken(importer, OTHER, dry_run=dry_run)
    (fault,) = refused.checked.errors
    assert (refused.ok, fault.place) == (False, "contracts.c-2026.vendor")
    assert fault.reason.startswith("statements of v-1 were published under this contract")


def test_s5_nor_by_way_of_an_inventory_without_it(importer: Importer) -> None:
    begin, rest = CITY.split("contracts:\n")
    devices = rest[rest.index("devices:") :]
    assert taken(importer, begin + devices).ok
    assert not taken(importer, OTHER).ok
    assert taken(importer, CITY).ok


def test_s5_under_another_id_it_may_be_any_vendors(importer: Importer) -> None:
    assert taken(importer, OTHER.replace("id: c-2026", "id: c-2027")).ok
