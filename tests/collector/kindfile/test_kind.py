from __future__ import annotations

import json
import re
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from collector.kind import COMMON, BadKind, kind_of, load_kinds
from collector.kindfile.file import is_check, read_kinds


def faults(tmp_path: Path, text: str) -> list[str]:
    file = tmp_path / "mine.yaml"
    file.write_text(text)
    with pytest.raises(BadKind) as bad:
        load_kinds(tmp_path)
    return [str(fault) for fault in bad.value.faults]


def test_the_kinds_of_the_contract_are_all_there() -> None:
    assert {name for name, kind in load_kinds().items() if kind.model is None} == {
        *("printer", "list_printer", "copier", "kiosk", "queue", "pc", "handheld", "switch", "router", "ups", "camera")
    }


def test_kinds_name_the_values_that_the_simulator_and_the_centre_know() -> None:
    kinds = load_kinds()
    assert set(kinds["printer"].get) == {
        *("uptime", "errors", "device_status", "printer_status", "pages", "serial"),
        *("config_changes", "console_disabled"),
    }
    supply = kinds["printer"].tables["supply"]
    assert set(supply.columns) == {*("class", "type", "description", "unit", "capacity", "level", "colorant")}
    assert set(kinds["printer"].tables["input"].columns) >= {"capacity", "level", "status"}
    assert set(kinds["switch"].tables["if"].columns) >= {"oper", "admin", "in_octets", "out_octets"}
    assert {"waiting", "counters_open", "uptime"} <= set(kinds["queue"].get)
    assert kinds["pc"].tables["cpu"].mean == {"load": "cpu_load"}
    assert kinds["kiosk"].checks == ("icmp", "snmp", "tcp:8080")


def test_C2_printers_list_printers_and_copiers_share_stopping_conditions_and_owners() -> None:
    kinds = load_kinds()
    stopping = {
        *("noPaper", "noToner", "doorOpen", "jammed", "offline", "inputTrayMissing", "outputFull"),
        *("markerSupplyMissing", "outputTrayMissing"),
    }
    hall = {
        *("noPaper", "lowPaper", "doorOpen", "offline", "outputFull", "outputNearFull", "inputTrayEmpty"),
        "inputTrayMissing",
    }
    for name in ("printer", "list_printer", "copier"):
        kind = kinds[name]
        assert kind.stopping == stopping
        assert {c for c, owner in kind.owners.items() if owner == "hall"} == hall
        assert all(owner == "vendor" for c, owner in kind.owners.items() if c not in hall | set(COMMON))
        assert list(kind.bits["errors"]) == list(range(15))
        assert kind.sleeps


def test_every_fault_of_a_file_is_told_at_once_with_place_and_near_miss(tmp_path: Path) -> None:
    told = faults(
        tmp_path,
        "kind: drawer\nintervall: 60s\nchecks: [icpm]\n"
        "get: {uptime: {oid: x, as: intger}}\n"
        "bits: {uptime: {0: noPapr}}\n"
        "conditions: {noPaper: {stops: maybe, owner: hal}}\n"
        "rules: [{condition: noPaper, value: uptme, below: 1}]\n",
    )
    text = "\n".join(told)
    assert "mine.yaml:2: intervall: unknown key (did you mean 'interval'?)" in text
    assert "checks: 'icpm' is none of" in text
    assert "get.uptime.oid" in text
    assert "get.uptime.as: 'intger'" in text
    assert "did you mean 'integer'?" in text
    assert "mine.yaml:5: bits.uptime.0: there is no condition 'noPapr' (did you mean 'noPaper'?)" in text
    assert "conditions.noPaper.stops" in text
    assert "did you mean 'hall'?" in text
    assert "mine.yaml:7: rules[0]: there is no value 'uptme' (did you mean 'uptime'?)" in text


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("", "empty"),
        ("- a", "not a mapping"),
        ("a: [", "mine.yaml:2: not YAML: did not find expected node content"),
        ("kind: x\nget:\n\ta: 1", "mine.yaml:3: not YAML: found character that cannot start any token"),
        ("get: {}", "kind: missing"),
        ("kind: x\nlike: prynter", "did you mean 'printer'?"),
        ("kind: x\nlike: x", "circle"),
        ("kind: x\ninterval: 3 weeks", "not a duration"),
        ("kind: x\ntables: {t: {oid: 1.3.6.1}}", "tables.t.columns: missing"),
        ("kind: x\ntables: {t: {oid: 1.3.6.1, columns: {a: 1}, poll: [b]}}", "there is no column 'b'"),
        ("kind: x\nconditions: {y: {owner: hall, when: {value: v, rows: r}}}", "needs one of value and rows"),
        ("kind: x\nlike: [1, 2]", "there is no kind"),
        ("kind: [x]", "is not a name"),
    ],
)
def test_a_bad_kind_file_is_refused_with_its_reason(tmp_path: Path, text: str, said: str) -> None:
    assert said in "\n".join(faults(tmp_path, text))


def test_nobody_meant_the_kind_that_goes_round_in_a_circle(tmp_path: Path) -> None:
    assert not any("did you mean" in fault for fault in faults(tmp_path, "kind: x\nlike: x"))


def test_an_unreadable_file_is_a_fault_and_no_traceback(tmp_path: Path) -> None:
    (tmp_path / "a.yaml").write_bytes(b"\xff\xfe\xfakind")
    (tmp_path / "b.yaml").mkdir()
    with pytest.raises(BadKind) as bad:
        load_kinds(tmp_path)
    assert {fault.file for fault in bad.value.faults} == {"a.yaml", "b.yaml"}


def test_a_kind_of_the_users_takes_the_place_of_ours_and_new_ones_join(tmp_path: Path) -> None:
    (tmp_path / "a.yaml").write_text("kind: ups\ninterval: 10s\nchecks: [icmp]\n")
    (tmp_path / "b.yaml").write_text("kind: lamp\nlike: ups\nchecks: ['http:80/on']\n")
    kinds = load_kinds(tmp_path)
    assert kinds["ups"].interval_s == 10
    assert kinds["lamp"].interval_s == 10
    assert kinds["lamp"].checks == ("http:80/on",)
    assert "printer" in kinds


def test_a_model_file_gives_one_model_its_own_OIDs(tmp_path: Path) -> None:
    (tmp_path / "q.yaml").write_text(
        "kind: queue\nmodel: ACME Q2\nget: {waiting: {oid: 1.3.6.1.4.1.5.1.0, as: gauge}}\n"
    )
    kinds = load_kinds(tmp_path)
    special, plain = kind_of(kinds, "queue", "ACME Q2"), kind_of(kinds, "queue", "another")
    assert special is not None
    assert plain is kinds["queue"]
    assert special.get["waiting"].oid == "1.3.6.1.4.1.5.1.0"
    assert special.get["counters_open"] == plain.get["counters_open"]
    assert special.conditions == plain.conditions
    assert kind_of(kinds, "no such kind") is None


@pytest.mark.parametrize("check", ["icmp", "snmp", "tcp:9100", "http:8080/a", "http:/a", "https:443", "http:80"])
def test_checks_that_are_known(check: str) -> None:
    assert is_check(check)


@pytest.mark.parametrize(
    "check", ["", "tcp", "tcp:0", "tcp:65536", "udp:53", "http:99999/", 5, None, "tcp:1 2", "x" * 600]
)
def test_checks_that_are_not(check: object) -> None:
    assert not is_check(check)


LEAVES = st.one_of(
    st.none(), st.booleans(), st.integers(), st.floats(),
    st.sampled_from(["icmp", "1.3.6.1", "60s", "hall", "noPaper", "uptime", "t.*.a", "printer", "x"]),
)  # fmt: skip


def test_the_files_of_the_page_on_kinds_are_kinds(tmp_path: Path) -> None:
    page = (Path(__file__).parents[3] / "docs/kinds.md").read_text()
    for number, block in enumerate(re.findall(r"```yaml\n(.*?)```", page, re.DOTALL)):
        (tmp_path / f"{number}.yaml").write_text(block)
    kinds = load_kinds(tmp_path)
    assert kinds["shelf_printer"].conditions["slotsFull"].when is not None
    assert kinds["shelf_printer"].get["pages"] == kinds["printer"].get["pages"]
    assert kinds["shelf_printer"].words["lampOut"]["en"] == "lamp broken"
    assert kinds["shelf_printer"].bits["errors"] == {**kinds["printer"].bits["errors"], 15: "lampOut"}
    assert "queue/ACME Q2" in kinds
    assert kinds["queue/ACME web"].http is not None
    assert kinds["shelf_printer"].models[0] == kinds["shelf_printer/lampworks"]
    assert all(f"`{name}`" in page for name in COMMON)


WORDS = (
    "kind like model get tables bits rules conditions oid as columns poll limit only without mean value of rows one_of "
    "below when owner stops uptime t a indexes column is else at read scale match object_id descr answers notes zh "
    "volatile every calm join into first given by most unless and like http mqtt check values processes wakes kinds "
    "words longest_sleep"
)
KEYS = st.sampled_from(WORDS.split())
DOCUMENTS = st.recursive(
    LEAVES, lambda inner: st.lists(inner, max_size=3) | st.dictionaries(KEYS, inner, max_size=5), max_leaves=20
)


@given(st.dictionaries(KEYS, DOCUMENTS, max_size=8))
@settings(max_examples=50, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_no_document_makes_the_reader_stumble(tmp_path: Path, document: dict[str, Any]) -> None:
    file = tmp_path / "any.yaml"
    file.write_text(json.dumps({"kind": "x", **document}))
    with suppress(BadKind):
        read_kinds([file])
