"""What `hallwatch doctor` says of devices that sleep for too long."""

from __future__ import annotations

from pathlib import Path

from sqlalchemy import update

from hallwatch.checkup_devices import overslept
from hallwatch.compose import now_ms, open_store
from hallwatch.settings import Settings
from hallwatch.settings_file import Loaded
from store import inventory
from store.database import writing
from store.schema import devices
from tests.store.conftest import DOCUMENT
from tests.store.test_sleeping import lived


def test_O2_doctor_names_who_sleeps_for_longer_than_its_kind_and_nobody_else(tmp_path: Path) -> None:
    (tmp_path / "var").mkdir()
    here, now = Loaded(Settings(), tmp_path), now_ms()
    engine = open_store(here)
    with writing(engine) as conn:
        inventory.apply(conn, DOCUMENT, at=1_000, by="test")
    lived(engine, "P-0001", [("awake", 2), ("asleep", 25)], now)
    lived(engine, "P-0002", [("awake", 2), ("asleep", 23)], now)
    lived(engine, "P-0003", [("asleep", 12), ("off", 60), ("asleep", 11)], now)
    lived(engine, "SW-0001", [("asleep", 25)], now)  # of a kind that does not
    (found,) = overslept(here)
    assert (found.grade, found.values["n"], found.values["devices"]) == ("look", 1, "P-0001")
    assert "switch it off and on" in found.told(str)
    with writing(engine) as conn:
        conn.execute(update(devices).where(devices.c.id == "P-0001").values(gone_at=now))
    assert list(overslept(here)) == []
    engine.dispose()
