"""Makers' habits over real loopback: collector, observation, supplies' quality, conditions (C2, C3)."""

from __future__ import annotations

import pytest

from collector.observation import Value
from collector.poll import Polled
from collector.probe import Answer
from collector.target import Target
from collector.verdict import verdict
from sla.supplies import Supply, supplies_of
from tests.collector.kinds.printers import KINDS, MINUTE, Printer, asked

JAM: dict[str, Value] = {"alert.1.severity": 3, "alert.1.training": 3, "alert.1.group": 13, "alert.1.code": 8}


async def once(printer: Printer) -> Polled:
    return await printer.poll()


async def twice(printer: Printer) -> Polled:
    await printer.poll()
    return await printer.poll(MINUTE)


def supplies(seen: Polled) -> dict[str, Supply]:
    return {one.description: one for one in supplies_of(seen.values)}


def test_C3_Ricoh_says_some_of_anything_and_its_own_table_says_how_much() -> None:
    seen = asked("Ricoh MP 3055", once, kind="copier")
    toner, waste = supplies(seen)["Black Toner"], supplies(seen)["Waste Toner Bottle"]
    assert seen.values["model_file"] == "ricoh"
    assert seen.values["supply.1.level"] == -3
    assert (toner.quality, toner.percent, toner.unit) == ("exact", 80.0, "19")
    assert (waste.quality, waste.percent, waste.is_receptacle) == ("some", None, True)


def test_C3_Ricoh_says_minus_100_for_empty() -> None:
    seen = asked("Ricoh MP 3055", once, [("low_toner", 0, 9)], kind="copier")
    assert supplies(seen)["Black Toner"].percent == 0.0
    assert seen.conditions == ("lowToner",)


def test_C3_Brother_knows_three_levels_or_says_some_of_a_capacity_that_it_does_not_know() -> None:
    coarse, vague = (supplies(asked(model, once)) for model in ("Brother HL-5590", "Brother MFC-L2710DW"))
    assert coarse["Black Toner Cartridge"].percent == 100.0
    assert (coarse["Black Toner Cartridge"].level, coarse["Black Toner Cartridge"].capacity) == (3, 3)
    toner, drum = vague["Black Toner Cartridge"], vague["Drum Unit"]
    assert (toner.quality, toner.percent, toner.capacity) == ("some", None, -2)
    assert drum.quality == "exact"
    assert drum.percent == pytest.approx(95.84, abs=0.01)


def test_C2_a_printer_that_is_the_fifth_device_is_found() -> None:
    seen = asked("hrDeviceIndex 5", once, [("jam", 0, 9)], kind="copier")
    assert (seen.state, seen.conditions) == ("down", ("jammed",))
    assert (seen.values["device_status"], seen.values["serial"]) == (5, "SN1")
    assert seen.values["pages"] > 0  # type: ignore[operator]


def test_C2_bits_of_two_octets_and_of_none() -> None:
    assert asked("hrDeviceIndex 5", once).values["errors"] == "0000"
    assert asked("One by one", once).values["errors"] == ""
    low = asked("hrDeviceIndex 5", once, [("low_paper", 0, 9)])
    assert (low.state, low.conditions, low.values["errors"]) == ("degraded", ("lowPaper",), "8000")


def test_C3_words_in_GBK_a_waste_box_and_a_capacity_of_nothing() -> None:
    seen = asked("hrDeviceIndex 5", once)
    told = supplies(seen)
    assert list(told) == ["黑色墨粉盒", "废粉盒", "感光鼓"]
    assert (told["黑色墨粉盒"].percent, told["黑色墨粉盒"].colorant) == (80.0, "black")
    assert (told["废粉盒"].is_receptacle, told["废粉盒"].percent) == (True, 35.0)
    assert (told["感光鼓"].quality, told["感光鼓"].percent) == ("exact", None)
    assert seen.values["console"] == "READY 请稍候"
    assert (seen.values["input.1.name"], seen.values["output.1.level"]) == ("纸盒 1", 90)


def test_C3_rows_at_index_0_or_at_one_index_only_are_found() -> None:
    office, pantum = asked("HP Officejet 8600", once), asked("Pantum", once)
    assert supplies(office)["black ink"].percent == pytest.approx(80.03, abs=0.01)
    assert office.values["serial"] == "SN1"
    (toner,) = supplies_of(pantum.values)
    assert (toner.percent, toner.unit, toner.colorant) == (80.0, "19", "black")
    assert all(one.values["pages"] >= 3000 for one in (office, pantum))  # type: ignore[operator]


def test_C2_where_the_bits_are_silent_the_alerts_say_why_a_printer_is_down() -> None:
    async def story(printer: Printer) -> list[tuple[str, tuple[str, ...]]]:
        told = [await printer.poll()]
        told += [await printer.poll(61 * MINUTE) for _ in range(6)]
        return [(seen.state, seen.conditions) for seen in told]

    faults = [
        ("paper", 60, 62),
        ("jam", 121, 123),
        ("door", 182, 184),
        ("toner_out", 243, 245),
        ("low_toner", 304, 306),
    ]
    assert asked("Alerts alone", story, faults) == [
        ("up", ()),
        ("down", ("noPaper",)),
        ("down", ("jammed",)),
        ("down", ("doorOpen",)),
        ("down", ("noToner",)),
        ("degraded", ("lowToner",)),
        ("up", ()),
    ]


@pytest.mark.parametrize(
    ("values", "state", "conditions"),
    [
        ({"cover.1.status": 4, "cover.2.status": 3}, "down", ("doorOpen",)),
        ({"output.1.level": 0, "output.1.capacity": 150}, "down", ("outputFull",)),
        ({"output.1.level": -2, "output.1.capacity": -2}, "up", ()),
        ({"errors": "4000", "cover.1.status": 3, **JAM}, "down", ("noPaper",)),
        (JAM, "down", ("jammed",)),
        (JAM | {"alert.1.severity": 4}, "up", ()),
        (JAM | {"device_status": 2}, "up", ()),
        (
            JAM | {"printer_status": 3, "alert.1.group": 8, "alert.1.code": 808},
            "up",
            (),
        ),  # idle: another tray has paper
        (JAM | {"alert.1.group": 8, "alert.1.code": 13}, "down", ("noPaper",)),
        (JAM | {"alert.1.group": 11, "alert.1.code": 13}, "down", ("noToner",)),
        (JAM | {"alert.1.training": 5, "alert.1.code": 30, "device_status": 3}, "degraded", ("serviceRequested",)),
        ({"device_status": 3, "alert.1.code": 1112, "alert.1.group": 10}, "degraded", ("overduePreventMaint",)),
    ],
)
def test_C2_alerts_covers_and_outputs_speak_only_where_the_bits_are_silent(
    values: dict[str, Value], state: str, conditions: tuple[str, ...]
) -> None:
    said: dict[str, Value] = {"errors": "00", "device_status": 5, "printer_status": 1, **values}
    seen = verdict(KINDS["printer"], Target("P-1", "printer", "10.0.0.1"), {"snmp": Answer(True, values=said)})
    assert (seen.state, seen.conditions) == (state, conditions)


def test_C1_each_of_these_conditions_has_its_owner() -> None:
    owners = KINDS["printer"].owners
    hall = {"noPaper", "lowPaper", "doorOpen", "offline", "outputFull", "outputNearFull"}
    hall |= {"inputTrayEmpty", "inputTrayMissing"}
    assert {name for name in KINDS["printer"].bits["errors"].values() if owners[name] == "hall"} == hall


def test_C2_an_alert_table_whose_index_wraps_is_read_in_order_and_named_shortly() -> None:
    async def story(printer: Printer) -> dict[str, object]:
        await printer.poll()
        return dict((await printer.poll(10 * MINUTE)).values)

    faults = [("low_paper", 0, 20), ("low_toner", 1, 20), ("jam", 2, 20)]  # 2147483646, 2147483647, 1
    values = asked("Alerts alone", story, faults)
    assert [values[f"alert.{n}.code"] for n in (1, 2, 3)] == [807, 1104, 8]
    assert "alert.4.code" not in values


def test_C2_alerts_that_are_never_taken_away_stop_no_printer_that_runs() -> None:
    async def story(printer: Printer) -> Polled:
        await printer.poll()
        await printer.poll(10 * MINUTE)
        return await printer.poll(10 * MINUTE)

    seen = asked("Alerts kept", story, [("jam", 9, 12)])
    assert (seen.state, seen.conditions) == ("up", ())
    assert seen.values["alert.1.description"] == "Paper jam in the rear"


@pytest.mark.parametrize("version", ["1", "2c"])
def test_C2_a_printer_that_takes_one_variable_a_request_is_understood(version: str) -> None:
    seen = asked("One by one", twice, [("paper", 0, 9)], version=version)
    assert (seen.state, seen.conditions) == ("down", ("noPaper",))
    assert supplies(seen)["Toner"].percent == 80.0


def test_O2_a_slow_answer_within_the_deadline_is_an_answer_and_the_rows_are_learned_over_several_polls() -> None:
    async def story(printer: Printer) -> list[Polled]:
        told = [await printer.poll(within=0.3)]
        while len(told) < 100 and not is_known(supplies(told[-1])):
            told.append(await printer.poll(1000, within=0.3))
        return told

    def is_known(told: dict[str, Supply]) -> bool:
        return bool(told) and told["Toner"].percent is not None

    seen = asked("Slow", story, [("jam", 0, 9)])
    assert {(one.state, one.conditions) for one in seen} == {("down", ("jammed",))}
    assert supplies(seen[0]) == {}
    assert supplies(seen[-1])["Toner"].percent == 80.0
