from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from collector.mqtt import MqttConfig
from collector.target import BadTarget, Snmp, Target, resolve, targets_of
from collector.traps.receiver import TrapConfig
from collector.traps.usm import keys_for


def one(**entry: Any) -> Target:
    given_ = {"id": "P-1", "kind": "printer", "address": "10.0.0.1", "interval_s": 60, **entry}
    (target,) = targets_of({"collector": "c-01", "version": "d", "devices": [given_]}).targets
    return target


def test_a_part_gives_targets_and_gateways() -> None:
    part = targets_of(
        {
            "collector": "c-01",
            "version": "abc",
            "gateways": ["SW-1"],
            "devices": [
                {
                    "id": "P-1",
                    "kind": "printer",
                    "model": "M404",
                    "hall": "h-1",
                    "address": "10.0.0.1",
                    "interval_s": 30,
                    "parent": "SW-1",
                    "serial": "S1",
                    "checks": ["icmp", "tcp:9100"],
                    "snmp": {"version": "2c", "community": "secret", "port": 1161},
                }
            ],
        }
    )
    assert (part.collector, part.version, part.gateways, part.faults) == ("c-01", "abc", ("SW-1",), ())
    (target,) = part.targets
    assert target == Target(
        "P-1",
        "printer",
        "10.0.0.1",
        30.0,
        "SW-1",
        "S1",
        Snmp("2c", "secret", 1161),
        ("icmp", "tcp:9100"),
        "M404",
        "h-1",
    )


def test_secrets_are_resolved_from_environment_and_file(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("HW_COMMUNITY", "from env")
    (tmp_path / "key").write_text("from file\n")
    assert one(snmp={"community": "env:HW_COMMUNITY"}).snmp == Snmp("2c", "from env")
    assert one(snmp={"community": f"file:{tmp_path / 'key'}"}).snmp == Snmp("2c", "from file")
    assert one(snmp={"community": "plain"}).snmp == Snmp("2c", "plain")


def test_repr_never_shows_a_secret() -> None:
    target = one(
        snmp={
            "version": 3,
            "user": "u",
            "auth": "SHA-256",
            "auth_key": "very-secret-1",
            "priv": "aes",
            "priv_key": "very-secret-2",
            "community": "very-secret-3",
        }
    )
    assert target.fault is None
    assert target.snmp is not None
    assert target.snmp.auth_key == "very-secret-1"
    assert "secret" not in repr(target)
    assert "secret" not in repr(one(snmp={"community": "very-secret"}))
    assert "secret" not in repr(TrapConfig("0.0.0.0", communities=("very-secret",), users=(target.snmp,)))
    assert "secret" not in repr(MqttConfig("mqtt://u:very-secret@broker"))
    keys = keys_for(target.snmp, b"an engine's id")
    assert repr(keys) == "Keys(sha256, sealed)"


@pytest.mark.parametrize(
    ("snmp", "said"),
    [
        ({"community": "env:HW_NOT_SET"}, "HW_NOT_SET is not set"),
        ({"community": "file:/nonexistent/key"}, "No such file"),
        ({"comunity": "hidden-one"}, "did you mean community?"),
        ({"version": "4"}, "none of 1, 2c, 3"),
        ({"version": "3"}, "snmp.user: missing"),
        ({"version": "3", "user": "u", "auth": "sha"}, "snmp.auth_key: missing"),
        ({"version": "3", "user": "u", "auth_key": "hidden-one"}, "without snmp.auth"),
        ({"version": "3", "user": "u", "auth": "sha", "auth_key": "hidden"}, "shorter than 8"),
        ({"version": "3", "user": "u", "priv": "aes", "priv_key": "hidden-one"}, "needs snmp.auth"),
        ({"version": "3", "user": "u", "auth": "rot13", "auth_key": "hidden-one"}, "none of md5"),
        ({"port": 0}, "not a port"),
        ("public", "not a mapping"),
    ],
)
def test_O2_a_wrong_configuration_is_a_fault_of_that_device_alone(snmp: Any, said: str) -> None:
    target = one(snmp=snmp)
    assert target.fault is not None
    assert said in target.fault
    assert "hidden" not in repr(target)


def test_an_address_must_be_one_and_checks_must_be_known() -> None:
    assert "neither an IP address nor a host name" in (one(address="printer example").fault or "")
    assert one(address="printer.example").fault is None
    assert "tpc:9100" in (one(checks=["tpc:9100"]).fault or "")
    assert one(checks=[]).fault is not None
    assert one(address="fd00::1").fault is None


def test_entries_without_a_name_of_their_own_are_left_out_and_told() -> None:
    part = targets_of({"devices": [{"id": "a"}, {"id": "a"}, {"id": "b/c"}, {}, 5, {"id": 7}, {"id": "x\ny"}]})
    assert [target.device for target in part.targets] == ["a"]
    assert len(part.faults) == 6


def test_an_empty_secret_is_none(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("HW_EMPTY", "")
    (tmp_path / "empty").write_text("\n")
    (tmp_path / "binary").write_bytes(b"\xff\xfe")
    for reference in ("env:HW_EMPTY", f"file:{tmp_path / 'empty'}", f"file:{tmp_path / 'binary'}", f"file:{tmp_path}"):
        with pytest.raises(BadTarget):
            resolve(reference, "snmp.community")


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.sampled_from(["env:X", "3", "", "a/b", "\ud800"]),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(st.sampled_from(["version", "port", "user", "id"]), inner, max_size=3)
    ),
    max_leaves=5,
)
ENTRY = st.dictionaries(
    st.sampled_from(["id", "kind", "address", "interval_s", "parent", "serial", "snmp", "checks", "model"]), JSON
)


@given(
    st.dictionaries(
        st.sampled_from(["collector", "version", "devices", "gateways"]), JSON | st.lists(ENTRY, max_size=4)
    )
)
@settings(max_examples=50, deadline=None)
def test_no_part_makes_the_collector_stumble(part: dict[str, Any]) -> None:
    assert all(target.device for target in targets_of(part).targets)


@pytest.mark.parametrize("address", ["::ffff:192.0.2.1", "::FFFF:c000:201", "192.0.2.1"])
def test_an_IPv4_address_that_is_written_as_one_of_IPv6_is_asked_by_IPv4(address: str) -> None:
    (target,) = targets_of({"devices": [{"id": "P-1", "kind": "printer", "address": address}]}).targets
    assert (target.address, target.fault) == ("192.0.2.1", None)
