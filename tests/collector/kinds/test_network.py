"""Switches, routers and UPS: what is read of them, and what it means."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest

from collector.kind import load_kinds
from sla.counters import Reading, steps
from tests.collector.kinds.hosts import (
    ALARM,
    APC,
    APC_UPS,
    CISCO,
    EATON,
    H3C,
    HUAWEI,
    IF,
    MGE,
    MGE_UPS,
    OLD_SWITCH,
    RFC1628,
    RUIJIE,
    UPS,
    XUPS,
    ZTE,
    Objects,
    column,
    poll,
    ports,
)


@pytest.mark.parametrize(
    ("objects", "model", "figures"),
    [
        (CISCO, "cisco", {"cpu_load": 14, "memory.Processor.used": 60_000_000, "temperature": 41}),
        (H3C, "h3c", {"cpu_load": 17, "memory_load": 58, "temperature": 44, "serial": "210235A1XXXXXX000001"}),
        (HUAWEI, "huawei", {"cpu_load": 11, "memory_load": 39, "temperature": 47}),
        (RUIJIE, "ruijie", {"cpu_load": 9, "memory_load": 63}),
        (ZTE, "zte", {"cpu_load": 21, "memory_load": 44}),
    ],
)
@pytest.mark.parametrize("kind", ["switch", "router"])
def test_a_makers_file_is_chosen_by_what_the_agent_says(
    kind: str, objects: Objects, model: str, figures: dict[str, object]
) -> None:
    seen = asyncio.run(poll(kind, objects))
    assert seen.values["model_file"] == model
    assert {name: seen.values[name] for name in figures} == figures
    assert (seen.values["if.1.in_octets"], seen.values["if.1.speed"]) == (1 << 40, 1000)
    assert seen.values["identity.mac"] == "70:f9:6d:00:00:01"
    assert (seen.judged.state, seen.conditions) == ("up", ())


def test_C4_an_agent_without_ifXTable_is_asked_for_its_counters_of_32_bits() -> None:
    values = asyncio.run(poll("switch", OLD_SWITCH)).values
    assert "if.1.in_octets" not in values
    assert (values["if.2.in_octets_32"], values["if.2.out_octets_32"]) == (1, 1)
    assert "if.1.in_octets_32" not in asyncio.run(poll("switch", H3C)).values


def test_C4_what_a_port_counts_goes_on_over_its_wrap_and_a_restart_hides_a_step() -> None:
    def counted(*polls: tuple[int, int]) -> list[int | None]:
        """The steps between polls, a minute apart, that say (sysUpTime, ifInOctets)."""
        readings: list[Reading] = []
        for n, (uptime, octets) in enumerate(polls):
            said = {**OLD_SWITCH, "1.3.6.1.2.1.1.3.0": uptime, f"{IF}.10.1": octets}
            values = asyncio.run(poll("switch", said)).values
            readings.append(Reading(n * 60_000, int(values["if.1.in_octets_32"]), int(values["uptime"])))
        return [one.amount for one in steps(readings)]

    assert counted((1000, (1 << 32) - 10), (7000, 20), (13000, 50)) == [30, 30]
    assert counted((900_000, (1 << 32) - 10), (3000, 20), (9000, 50)) == [None, 30]
    assert counted(((1 << 32) - 1000, 500), (5000, 560)) == [60]  # sysUpTime wraps after 497 days


@pytest.mark.parametrize(
    ("alias", "admin", "found"),
    [
        (b"uplink to core", 1, ("uplinkDown",)),
        ("至核心上联".encode(), 1, ("uplinkDown",)),
        (b"desk 4", 1, ()),
        (b"UPLINK", 2, ()),
    ],
)
def test_a_port_that_nobody_called_an_uplink_is_no_fault_when_it_is_down(
    alias: bytes, admin: int, found: tuple[str, ...]
) -> None:
    switch = {**H3C, **ports(2, oper=[1, 2], admin=[1, admin], alias=[b"", alias])}
    assert asyncio.run(poll("switch", switch)).conditions == found


@pytest.mark.parametrize("count", [24, 48])
def test_of_a_switch_with_many_ports_the_last_columns_give_way_and_not_its_identity(count: int) -> None:
    names = [f"GigabitEthernet1/0/{n}".encode() for n in range(1, count + 1)]
    seen = asyncio.run(poll("switch", {**H3C, **ports(count, name=names)}))
    assert {f"if.{count}.oper", f"if.{count}.in_octets", f"if.{count}.out_octets", "model_file"} <= seen.values.keys()
    assert len(seen.values) <= 512
    assert ("if.1.out_discards" in seen.values) == (count == 24)


def test_of_a_stack_with_many_ports_a_kind_of_ones_own_watches_the_uplinks(tmp_path: Path) -> None:
    (tmp_path / "stack.yaml").write_text(
        "kind: stack\nlike: switch\ntables:\n  if:\n    oid: 1.3.6.1.2.1.2.2.1\n"
        "    columns: {admin: 7, oper: 8, alias: {oid: 1.3.6.1.2.1.31.1.1.1.18, as: text}}\n"
        "    poll: [admin, oper]\n    limit: 512\n    only: {alias: ['*uplink*']}\n"
    )
    alias = [b""] * 199 + [b"uplink"]
    stack = {**H3C, **ports(200, oper=[1] * 199 + [2], alias=alias)}
    assert asyncio.run(poll("switch", stack)).conditions == ()
    seen = asyncio.run(poll(load_kinds(tmp_path)["stack"], stack))
    assert (seen.conditions, seen.values["if.200.alias"]) == (("uplinkDown",), "uplink")


def test_virtual_interfaces_are_no_ports() -> None:
    seen = asyncio.run(poll("switch", {**H3C, **column(f"{IF}.3", 6, 53)}))
    assert [name for name in seen.values if name.endswith(".oper")] == ["if.1.oper"]


def test_what_Cisco_says_of_heat_fans_and_power_supplies() -> None:
    broken = {
        **CISCO,
        "1.3.6.1.4.1.9.9.13.1.3.1.6.1006": 2,
        "1.3.6.1.4.1.9.9.13.1.4.1.3.1004": 3,
        "1.3.6.1.4.1.9.9.13.1.5.1.3.1003": 3,
    }
    assert asyncio.run(poll("switch", broken)).conditions == ("fanFailed", "highTemperature", "powerSupplyFailed")


def test_a_UPS_after_RFC_1628() -> None:
    seen = asyncio.run(poll("ups", RFC1628))
    assert {name: seen.values[name] for name in ("charge", "minutes_left", "battery_voltage", "output.1.load")} == {
        "charge": 100, "minutes_left": 34, "battery_voltage": 54.7, "output.1.load": 31,
    }  # fmt: skip
    assert (seen.judged.state, seen.conditions) == ("up", ())


@pytest.mark.parametrize(
    ("ups", "changes", "found"),
    [
        (RFC1628, {f"{UPS}.4.1.0": 5}, ("onBattery",)),
        (RFC1628, {f"{UPS}.4.1.0": 5, f"{UPS}.2.1.0": 3}, ("batteryLow", "onBattery")),
        (RFC1628, {f"{UPS}.6.1.0": 1, f"{UPS}.6.2.1.2.7": f"{ALARM}.1"}, ("replaceBattery",)),
        (RFC1628, {f"{UPS}.6.1.0": 1, f"{UPS}.6.2.1.2.7": f"{ALARM}.8"}, ("overload",)),
        (RFC1628, {f"{UPS}.4.4.1.5.1": 104}, ("overload",)),
        (RFC1628, {f"{UPS}.6.1.0": 1, f"{UPS}.6.2.1.2.9": f"{ALARM}.16"}, ("upsFault",)),
        (APC_UPS, {}, ()),
        (APC_UPS, {f"{APC}.4.1.1.0": 3}, ("onBattery",)),
        (APC_UPS, {f"{APC}.4.1.1.0": 3, f"{APC}.2.1.1.0": 3}, ("batteryLow", "onBattery")),
        (APC_UPS, {f"{APC}.2.2.4.0": 2}, ("replaceBattery",)),
        (APC_UPS, {f"{APC}.4.2.3.0": 101}, ("overload",)),
        (APC_UPS, {f"{APC}.4.1.1.0": 9}, ("onBypass",)),
        (EATON, {}, ()),
        (EATON, {f"{XUPS}.4.5.0": 5}, ("onBattery",)),
        (EATON, {f"{XUPS}.7.1.0": 1, f"{XUPS}.7.2.1.2.1": f"{XUPS}.7.4"}, ("batteryLow",)),
        (EATON, {f"{XUPS}.2.9.0": 1}, ("replaceBattery",)),
        (EATON, {f"{XUPS}.7.1.0": 1, f"{XUPS}.7.2.1.2.1": f"{XUPS}.7.8"}, ("upsFault",)),
        (RFC1628, {f"{UPS}.4.1.0": 2}, ()),  # some cards say `none` of a UPS that supplies its load
        (RFC1628, {f"{UPS}.4.1.0": 2, f"{UPS}.4.4.1.2.1": -1}, ()),  # and nothing of its voltage
        (MGE_UPS, {}, ()),
        (MGE_UPS, {f"{MGE}.7.3.0": 1, f"{MGE}.5.14.0": 1}, ("batteryLow", "onBattery")),
        (MGE_UPS, {f"{MGE}.5.11.0": 1}, ("replaceBattery",)),
    ],
)
def test_what_a_UPS_says_of_its_battery(ups: Objects, changes: Objects, found: tuple[str, ...]) -> None:
    seen = asyncio.run(poll("ups", {**ups, **changes}))
    assert (seen.judged.state, seen.conditions) == ("degraded" if found else "up", found)


def test_what_a_UPS_card_calls_minus_one_is_no_value() -> None:
    unknown = {f"{UPS}.{at}": -1 for at in ("2.2.0", "2.3.0", "2.4.0", "2.5.0", "3.3.1.3.1", "4.4.1.2.1", "4.4.1.5.1")}
    seen = asyncio.run(poll("ups", {**RFC1628, **unknown}))
    assert {name for name, value in seen.values.items() if isinstance(value, int | float) and value < 0} == set()
    assert (seen.judged.state, "charge" in seen.values, "output.1.load" in seen.values) == ("up", False, False)


def test_a_makers_UPS_says_the_same_in_the_same_units() -> None:
    apc, eaton, mge = (asyncio.run(poll("ups", ups)).values for ups in (APC_UPS, EATON, MGE_UPS))
    assert [round(float(one["minutes_left"]), 1) for one in (apc, eaton, mge)] == [34.0, 21.0, 30.0]
    assert [one["model_file"] for one in (apc, eaton, mge)] == ["apc", "eaton", "mge"]
    assert apc["serial"] == "AS1234567890"


def test_a_UPS_whose_output_is_off_is_down() -> None:
    dead = {f"{UPS}.4.1.0": 2, f"{UPS}.4.4.1.2.1": 0}
    for ups in ({**APC_UPS, f"{APC}.4.1.1.0": 7}, {**EATON, f"{XUPS}.4.5.0": 2}, {**RFC1628, **dead}):
        seen = asyncio.run(poll("ups", ups)).judged
        assert (seen.state, seen.conditions) == ("down", ("noOutput",))


def test_alarms_of_a_UPS_are_walked_when_there_are_any_and_gone_when_they_are() -> None:
    async def main() -> None:
        first = await poll("ups", RFC1628)
        alarmed = {**RFC1628, f"{UPS}.6.1.0": 1, f"{UPS}.6.2.1.2.7": f"{ALARM}.2"}
        assert (await poll("ups", alarmed, first.rows, now=5)).conditions == ("onBattery",)
        more = {**alarmed, f"{UPS}.6.2.1.2.8": f"{ALARM}.3"}
        assert (await poll("ups", more, first.rows, now=15)).conditions == ("onBattery",)  # at most every 20 s
        assert (await poll("ups", more, first.rows, now=30)).conditions == ("batteryLow", "onBattery")
        assert (await poll("ups", RFC1628, first.rows, now=60)).conditions == ()

    asyncio.run(main())


def test_an_older_ZTE_tells_its_CPU_of_two_minutes() -> None:
    old = {oid: raw for oid, raw in ZTE.items() if not oid.startswith("1.3.6.1.4.1.3902.3.3.1.1.12")}
    seen = asyncio.run(poll("switch", {**old, **column("1.3.6.1.4.1.3902.3.3.1.1.5", 33)}))
    assert (seen.values["cpu_load"], seen.values["memory_load"]) == (33, 44)
    both = asyncio.run(poll("switch", {**ZTE, **column("1.3.6.1.4.1.3902.3.3.1.1.5", 99)}))
    assert both.values["cpu_load"] == 21


def test_a_switch_with_unused_ports_is_up() -> None:
    """Recorded of a Ruijie S6220: 20 of 52 ports are down, an aggregate, VLANs and loopbacks beside them."""
    oper = [2 if n % 5 < 2 else 1 for n in range(52)]
    seen = asyncio.run(
        poll("switch", {**RUIJIE, **ports(52, oper=oper), **column(f"{IF}.3", 53, 1, 136, 24, first=53)})
    )
    assert (seen.judged.state, seen.conditions) == ("up", ())
    assert sum(name.endswith(".oper") for name in seen.values) == 52
