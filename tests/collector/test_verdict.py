from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from collector.kind import load_kinds
from collector.observation import MAX_BYTES, Observation, Value, decode
from collector.probe import Answer
from collector.reading import bounded, clean
from collector.target import Target
from collector.verdict import Verdict, named_bits, verdict

KINDS = load_kinds()
PING, NO_PING = Answer(True, None, 1.0, 0.0), Answer(False, "timeout", None, 1.0)
SILENT, CLOSED = Answer(False, "timeout"), Answer(False, "refused")
OPEN = Answer(True, None, 0.5)


def judged(kind: str, answers: dict[str, Answer], explain: bool = False, **more: Any) -> Verdict:
    return verdict(KINDS[kind], Target("D-1", kind, "10.0.0.1", **more), answers, explain)


def printer(errors: bytes | None, **values: Value) -> Verdict:
    said: dict[str, Value] = {"uptime": 1, **values}
    if errors is not None:
        said["errors"] = errors.hex()
    return judged("printer", {"icmp": PING, "snmp": Answer(True, None, 2.0, None, said)})


def trays(count: int) -> dict[str, Value]:
    return {f"input.{n}.level": -3 for n in range(1, count + 1)}


def test_O2_a_device_that_answers_and_complains_of_nothing_is_up() -> None:
    assert printer(b"\0")[:3] == ("up", (), None)


def test_O2_no_answer_to_ping_nor_SNMP_is_down_without_a_condition() -> None:
    assert judged("printer", {"icmp": NO_PING, "snmp": SILENT})[:3] == ("down", (), "timeout")
    assert judged("printer", {"icmp": NO_PING, "snmp": CLOSED})[:3] == ("down", (), "refused")


def test_O2_no_answer_to_ping_nor_SNMP_nor_the_application_is_down() -> None:
    assert judged("kiosk", {"icmp": NO_PING, "snmp": SILENT, "tcp:8080": SILENT})[:2] == ("down", ())


def test_O2_ping_without_SNMP_is_asleep_and_up_for_a_kind_that_sleeps() -> None:
    assert judged("printer", {"icmp": PING, "snmp": SILENT})[:3] == ("up", ("asleep",), None)


def test_O2_ping_without_SNMP_is_degraded_for_other_kinds() -> None:
    assert judged("switch", {"icmp": PING, "snmp": SILENT})[:3] == ("degraded", ("noSnmp",), "timeout")


@pytest.mark.parametrize("cause", ["refused", "bad_answer", "no_such_object"])
def test_O2_a_printer_that_answers_SNMP_wrongly_does_not_sleep(cause: Any) -> None:
    assert judged("printer", {"icmp": PING, "snmp": Answer(False, cause)})[:3] == ("degraded", ("noSnmp",), cause)


def test_O2_SNMP_without_ping_is_up_for_many_devices_drop_pings() -> None:
    assert judged("pc", {"icmp": NO_PING, "snmp": Answer(True, values={"uptime": 1})}).state == "up"


def test_O2_ping_left_out_is_judged_by_the_others() -> None:
    assert judged("pc", {"snmp": Answer(True, values={"uptime": 1})}).state == "up"
    assert judged("pc", {"snmp": SILENT})[:3] == ("down", (), "timeout")
    assert judged("printer", {"snmp": SILENT, "tcp:9100": OPEN})[:2] == ("up", ("asleep",))


def test_O2_high_loss_is_degraded_a_single_lost_ping_is_not() -> None:
    good = Answer(True, values={"uptime": 1})
    assert judged("pc", {"icmp": Answer(True, None, 1.0, 2 / 3), "snmp": good})[:2] == ("degraded", ("highLoss",))
    assert judged("pc", {"icmp": Answer(True, None, 1.0, 1 / 3), "snmp": good})[:2] == ("up", ())


@pytest.mark.parametrize("cause", ["auth", "config"])
def test_O2_refused_credentials_and_wrong_configuration_are_unknown_never_down(cause: Any) -> None:
    for ping in (PING, NO_PING):
        assert judged("printer", {"icmp": ping, "snmp": Answer(False, cause)})[:3] == ("unknown", (), cause)


def test_O2_a_target_with_a_fault_and_a_poll_without_a_check_are_unknown() -> None:
    assert judged("printer", {}, fault="snmp.community: the variable X is not set")[:3] == ("unknown", (), "config")
    assert judged("printer", {})[:3] == ("unknown", (), "config")


def test_O2_a_kiosk_whose_application_is_gone_is_down_a_printer_whose_port_is_busy_degraded() -> None:
    said = Answer(True, values={"uptime": 1})
    for wrong in (SILENT, CLOSED):
        assert judged("kiosk", {"icmp": PING, "snmp": said, "tcp:8080": wrong})[:3] == (
            *("down", ("noApplication",)),
            wrong.cause,
        )
        assert judged("printer", {"icmp": PING, "snmp": said, "tcp:9100": wrong})[:2] == (
            "degraded",
            ("noApplication",),
        )
    assert judged("kiosk", {"icmp": PING, "snmp": said, "tcp:8080": OPEN}).state == "up"


@pytest.mark.parametrize(
    ("octets", "condition", "state"),
    [
        (b"\x80", "lowPaper", "degraded"),
        (b"\x40", "noPaper", "down"),
        (b"\x20", "lowToner", "degraded"),
        (b"\x10", "noToner", "down"),
        (b"\x08", "doorOpen", "down"),
        (b"\x04", "jammed", "down"),
        (b"\x02", "offline", "degraded"),
        (b"\x01", "serviceRequested", "degraded"),
        (b"\x00\x80", "inputTrayMissing", "degraded"),
        (b"\x00\x40", "outputTrayMissing", "down"),
        (b"\x00\x20", "markerSupplyMissing", "down"),
        (b"\x00\x10", "outputNearFull", "degraded"),
        (b"\x00\x08", "outputFull", "down"),
        (b"\x00\x04", "inputTrayEmpty", "degraded"),
        (b"\x00\x02", "overduePreventMaint", "degraded"),
    ],
)
def test_C2_every_error_bit_by_name_and_effect(octets: bytes, condition: str, state: str) -> None:
    assert printer(octets)[:2] == (state, (condition,))


@pytest.mark.parametrize("octets", [b"", b"\0", b"\0\0", None, b"\0\x01", b"\0\0\xff"])
def test_C2_absent_octets_are_zero_and_bits_beyond_the_known_ones_mean_nothing(octets: bytes | None) -> None:
    assert printer(octets)[:2] == ("up", ())


def test_C2_several_bits_at_once_are_all_told_and_the_worst_counts() -> None:
    assert printer(b"\xa4\x10")[:2] == ("down", ("jammed", "lowPaper", "lowToner", "outputNearFull"))


@pytest.mark.parametrize(("status", "state"), [(5, "down"), (3, "degraded"), (2, "degraded"), (-1, "degraded")])
def test_C2_offline_stops_only_where_the_device_says_down(status: int, state: str) -> None:
    assert printer(b"\x02", device_status=status)[:2] == (state, ("offline",))


def test_C2_a_missing_tray_stops_a_printer_of_one_tray_only() -> None:
    assert printer(b"\0\x80", **trays(1)).state == "down"
    assert printer(b"\0\x80", **trays(2)).state == "degraded"


def test_C2_an_empty_tray_is_degraded_with_one_tray_as_with_several() -> None:
    assert printer(b"\0\x04", **trays(1)).state == "degraded"
    assert printer(b"\x40\x04", **trays(1)).state == "down"  # its noPaper says the rest


@pytest.mark.parametrize("level", [-1, -2, -3])
def test_C3_a_level_without_a_figure_stays_as_it_is_and_raises_nothing(level: int) -> None:
    values: dict[str, Value] = {"supply.1.level": level, "supply.1.capacity": -2, "supply.1.unit": 19}
    seen = printer(b"\0", **values)
    assert (seen.state, seen.conditions) == ("up", ())
    assert {name: seen.values[name] for name in values} == values


def test_O9_another_serial_number_at_the_address_is_a_condition() -> None:
    def seen(serial: str) -> Verdict:
        said = Answer(True, values={"serial": serial})
        return judged("printer", {"snmp": said}, serial="PHB123")

    assert seen("PHB999")[:2] == ("degraded", ("otherSerial",))
    for same in ("PHB123", " phb123 ", "", "unknown", "0000000000", "XXXXXXXX"):  # nobody has set these
        assert seen(same)[:2] == ("up", ())


@pytest.mark.parametrize(
    ("used", "size", "state"), [(95, 100, "degraded"), (94, 100, "up"), (5, 0, "up"), (5, -1, "up")]
)
def test_a_rule_on_a_quotient_holds_for_any_row_and_never_divides_by_nothing(used: int, size: int, state: str) -> None:
    said: dict[str, Value] = {
        "storage.1.used": 1,
        "storage.1.size": 100,
        "storage.7.used": used,
        "storage.7.size": size,
    }
    assert judged("pc", {"snmp": Answer(True, values=said)}).state == state


def test_why_says_how_the_verdict_came_about() -> None:
    said = Answer(True, values={"errors": "42", "device_status": 5})
    why = "\n".join(judged("printer", {"icmp": PING, "snmp": said}, explain=True).why)
    assert "C2: errors = 42: noPaper, offline" in why
    assert "noPaper: stops the device" in why
    assert "state: down" in why
    assert judged("printer", {"icmp": PING, "snmp": said}).why == ()


def test_a_condition_that_its_kind_does_not_list_degrades() -> None:
    kind = replace(KINDS["pc"], conditions={})
    seen = verdict(kind, Target("D", "pc", "10.0.0.1"), {"icmp": PING, "snmp": SILENT})
    assert seen.state == "degraded"


@given(st.binary(max_size=4))
def test_C2_bits_are_read_from_the_most_significant_one(octets: bytes) -> None:
    names = tuple((bit, str(bit)) for bit in range(15))
    expected = tuple(
        str(bit) for bit in range(15) if (int.from_bytes(octets.ljust(2, b"\0")[:2], "big") >> (15 - bit)) & 1
    )
    assert named_bits(octets.hex(), names) == expected


@pytest.mark.slow
@given(
    st.dictionaries(
        st.text("abc.", min_size=1, max_size=20), st.text(max_size=256) | st.integers(-9, 1 << 63), max_size=600
    )
)
@settings(max_examples=30, deadline=None)
def test_values_are_bounded_so_that_an_observation_is_one(values: dict[str, Value]) -> None:
    kept = bounded({name: clean(v) if isinstance(v, str) else v for name, v in values.items()})
    seen = Observation("D" * 128, "c" * 128, 0, "up", ("lowToner",), 60, 1.0, 0.0, None, kept, "e" * 36, 1 << 60)
    assert len(seen.encode()) <= MAX_BYTES
    assert decode(seen.encode()) == seen
