"""What pages say of values, conditions and instants."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import update

from api import values
from api.words import MOST, told
from collector.kind import load_kinds
from hallwatch.compose import speaking
from hallwatch.settings import Collector, Settings
from hallwatch.settings_file import Loaded
from hallwatch.translations import translator, worded
from recorder.roster import KindPolicy
from store.database import writing
from store.schema import device_states
from tests.api.conftest import Served

TEXTS = ("text", "bits", "oid", "mac", "date", "hex")
EN, ZH = translator("en"), translator("zh")


def _fields() -> set[str]:
    """The numbers that any kind or model can give, those of programs and devices that speak for themselves too."""
    found = {"rtt_ms", "loss", "state"}
    for kind in load_kinds().values():
        found |= {name for name, one in kind.get.items() if one.form not in TEXTS}
        found |= {name for said in (kind.http, kind.mqtt) if said for name in said.values}
        for table in kind.tables.values():
            rows = table.into or table.name
            found |= {f"{rows}.3.{name}" for name, one in table.columns.items() if one.form not in TEXTS}
            found |= {*table.mean.values(), *table.most.values()}
    return found


@pytest.mark.parametrize("field", sorted(_fields()))
def test_every_value_of_a_kind_has_words_in_both_languages(field: str) -> None:
    assert values.known(field)
    english, chinese = (values.field_of(field, {}, _).title for _ in (EN, ZH))
    assert field not in (english, chinese) or field in ("processes",)
    assert re.search(r"[\u4e00-\u9fff]", chinese)
    assert "{n}" not in english + chinese


def test_an_unknown_value_keeps_its_name_and_stands_last() -> None:
    fields = ["own.figure", "if.10.in_octets", "if.2.out_octets", "if.2.in_octets", "pages", "a"]
    assert " ".join(sorted(fields, key=values.order)) == (
        "pages if.2.in_octets if.2.out_octets if.10.in_octets a own.figure"
    )
    assert values.field_of("own.figure", {}, EN).title == "own.figure"


def test_a_row_says_its_unit_and_its_end() -> None:
    said: dict[str, float | int | str] = {
        "supply.1.capacity": 80,
        "supply.1.description": "Toner",
        "input.2.capacity": 250,
    }
    said |= {
        "storage.1.unit": 4096,
        "storage.1.size": 1 << 26,
        "storage.1.description": "C:\\ Label:  Serial Number 5e1f",
    }
    assert values.field_of("supply.1.level", said, EN).title == "Toner (%)"
    assert values.field_of("supply.1.level", said, EN).form.most == 100
    assert values.field_of("input.2.level", said, EN).form.most == 250
    disk = values.field_of("storage.1.used", said, EN)
    assert (disk.title, disk.form.most) == ("C:\\ · used (%)", 100)
    assert values.shown("storage.1.size", said, EN) == "256 GB"


def test_values_have_units_once_and_thousands_apart() -> None:
    said: dict[str, Any] = {"cpu_load": 69.5, "memory_kb": 16_777_216, "pages": 1_234_567, "uptime": 8_640_000}
    assert {name: values.shown(name, said, EN) for name in said} == {
        "cpu_load": "69.5 %",
        "memory_kb": "16 GB",
        "pages": "1,234,567",
        "uptime": "1 d 0 h",
    }


OWN = """
kind: shelf_printer
like: printer
get: {lamp_hours: {oid: 1.3.6.1.4.1.5.1.0, as: gauge}}
tables: {slot: {oid: 1.3.6.1.4.1.5.2.1, columns: {wear: 5, age: 6}}}
conditions: {lampOut: {stops: true, owner: vendor}}
words:
  shelf_printer: {zh: 货架打印机, en: shelf printer}
  lampOut: {zh: 灯坏}
  lamp_hours: {en: lamp hours}
  slot.*.wear: {zh: "槽 {n} 磨损", en: "slot {n}: wear"}
  slot.*.age: {en: age of slot}
  noPaper: {en: something else}
"""


def test_words_of_a_kinds_file_are_said_wherever_codes_are_and_ours_stay(tmp_path: Path) -> None:
    (tmp_path / "own.yaml").write_text(OWN)
    loaded = Loaded(Settings(collector=Collector(kinds=tmp_path)), tmp_path)
    english, chinese = (speaking(loaded)(language) for language in ("en", "zh"))
    assert (english("shelf_printer"), chinese("shelf_printer")) == ("shelf printer", "货架打印机")
    assert (told("lampOut", english, {"lampOut"}), english("noPaper"), english("strange")) == (
        "灯坏",
        "out of paper",
        "strange",
    )
    fields = ("lamp_hours", "slot.3.wear", "slot.上联.wear", "slot.3.age", "slot.3.other", "pages")
    assert [values.field_of(field, {}, english).words for field in fields] == [
        "lamp hours",
        "slot 3: wear",
        "slot 上联: wear",
        "age of slot 3",
        "slot.3.other",
        "pages printed",
    ]
    assert values.field_of("slot.3.wear", {}, chinese).words == "槽 3 磨损"


def test_a_text_that_nobody_knows_is_said_to_be_a_strangers() -> None:
    assert told("noPaper", EN) == "out of paper"
    assert told("ours", EN, {"ours"}) == "ours"
    assert told("call 555\u202e now\x1b[2J", EN) == "other: call 555  now [2J"
    assert len(told("x" * 9999, ZH)) <= MOST + 5


@pytest.mark.slow
def test_pages_say_other_and_json_keeps_the_text(fresh: Callable[..., Any]) -> None:
    text = "Pay here <b>now</b>"
    own = worded({"lampOut": {"en": "the <i>lamp</i> is broken"}})
    with fresh(translate=own, policies={"shelf_printer": KindPolicy({"lampOut": "vendor"})}) as city:
        with writing(city.engine) as conn:
            conn.execute(update(device_states).values(state="down", cause=text))
        page = city.as_("viewer", cookies={"hallwatch_language": "en"}).get("/").text
        assert "other: Pay here &lt;b&gt;now" in page
        assert city.as_("viewer").get("/api/v1/devices/PR-0101").json()["cause"] == text
        with writing(city.engine) as conn:
            conn.execute(update(device_states).values(cause="lampOut"))
        page = city.as_("viewer", cookies={"hallwatch_language": "en"}).get("/").text
        assert "the &lt;i&gt;lamp&lt;/i&gt; is broken" in page


def test_a_ticket_shows_instants_on_the_halls_wall(city: Served) -> None:
    page = city.as_("viewer", cookies={"hallwatch_language": "en"}).get("/tickets/T-000001").text
    assert "2026-11-21 07:53:00" in page
    assert not re.search(r">[^<]*\b1[0-9]{12}\b", page)
