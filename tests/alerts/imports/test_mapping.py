"""K1: the mapping's own faults are told at once, with the near miss."""

from __future__ import annotations

import json

import pytest

from alerts.imports.fault import Unreadable
from alerts.imports.mapping import read_mapping
from tests.alerts.imports.files import MAPPING

SMALL = '[columns]\nexternal_id = "a"\ndevice = "b"\nopened = "c"\n'


def faults(text: str) -> list[tuple[str, str, str | None]]:
    with pytest.raises(Unreadable) as caught:
        read_mapping(text, "m.toml")
    return [(one.column, one.told(), one.near_miss) for one in caught.value.faults]


def test_toml_and_json_say_the_same() -> None:
    written = json.dumps({"columns": {"external_id": "a", "device": "b", "opened": "c"}})
    assert read_mapping(SMALL, "m.toml") == read_mapping(written, "m.json")
    assert read_mapping(MAPPING, "m.toml").values["how"]["修复"] == "repaired"


def test_every_fault_is_told_at_once_with_the_near_miss() -> None:
    found = faults('sistem = "x"\nzone = "Mars/Base"\ntimes = ["%d"]\n[columns]\nexternal_id = "a"\nopend = "c"\n')
    assert ("columns.opend", "unknown key", "opened") in found
    assert ("sistem", "unknown key", "system") in found
    assert ("zone", "not an IANA time zone such as Asia/Shanghai", None) in found
    assert {place for place, _, _ in found} >= {"times.0", "columns.opened"}


def test_a_mapping_that_finds_no_device_is_refused() -> None:
    assert "a device is found by" in faults('[columns]\nexternal_id = "a"\nopened = "c"\nhall = "h"\n')[0][1]


def test_values_mean_only_what_there_is() -> None:
    assert "telephone is none of phone" in faults(SMALL + '[values.source]\n"电话" = "telephone"\n')[0][1]


@pytest.mark.parametrize("text", ["{", "a = ", "[columns", "{" * 5000, '{"columns": [' + "[" * 90_000])
def test_what_is_no_mapping_is_refused(text: str) -> None:
    assert faults(text)


def test_a_mapping_has_a_bound() -> None:
    assert faults("#" * 300_000) == [("", "larger than 256 KiB", None)]
