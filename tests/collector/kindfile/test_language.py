"""What kind files can say, and how they are told what is wrong."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest

from collector.kind import BadKind, Kind, load_kinds
from collector.kindfile.file import read_kinds
from collector.kindfile.forms import date, hexed, mac
from collector.snmp.rows import learn, plan_of, unlearned
from tests.collector.kinds.hosts import HUAWEI, KINDS, Asking, Objects, column, poll, system

HEAD = "kind: x\n"
TABLE = "tables: {t: {oid: 1.3.6.1.9, columns: {a: 1, b: {number: 2, as: text}}, %s}}"


def kind(folder: Path, text: str, name: str = "x") -> Kind:
    (folder / "x.yaml").write_text(text)
    return (read_kinds(sorted(folder.glob("*.yaml"))) if name == "x" else load_kinds(folder))[name]


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("indexes: {d: {colum: 1.3}}", "indexes.d.colum: unknown key (did you mean 'column'?)"),
        ("indexes: {d: {column: x}}", "indexes.d.column: 'x' is not an OID"),
        ("indexes: {d: {column: 1.3, is: [[]]}}", "indexes.d.is: not a list of numbers or words"),
        ("indexes: {d: {column: 1.3, else: one}}", "indexes.d.else: 'one' is not an index in numbers"),
        ("indexes: {device: {column: 1.3}}\nget: {a: {oid: 1.3, at: devise}}", "get.a.at: there is no index 'devise'"),
        ("get: {a: {oid: 1.3, read: [1]}}", "get.a.read: not a mapping of answers to values"),
        ("get: {a: {oid: 1.3, read: {1: [2]}}}", "get.a.read: not a mapping of numbers or texts"),
        ("get: {a: {oid: 1.3, scale: 0}}", "get.a.scale: 0 is not a number from 1e-09 to 1e+09"),
        ("get: {a: {oid: 1.3, as: datum}}", "get.a.as: 'datum' is none of"),
        (TABLE % "by: c", "tables.t: there is no column 'c'"),
        (TABLE % "volatile: {when: up}", "tables.t.volatile.when: there is no value 'up'"),
        (TABLE % "volatile: {evry: 5s}", "tables.t.volatile.evry: unknown key (did you mean 'every'?)"),
        (TABLE % "most: {c: worst}", "tables.t: there is no column 'c'"),
        ("tables: {t: {oid: 1.3, columns: {a: {number: 1, unless: c}}}}", "tables.t: there is no column 'c'"),
        ("match: {objectid: [1.3]}", "match.objectid: unknown key (did you mean 'object_id'?)"),
        ("match: {}", "match: needs object_id, descr or answers"),
        ("match: {object_id: [linux]}", "match.object_id: 'linux' is not an OID"),
        ("kinds: [pc]", "kinds: only in a model's file"),
        ("notes: {fr: Rien}", "notes.fr: unknown key"),
        ("notes: {en: 5}", "notes.en: not a text of 1 to 1000 characters"),
        ("words: {noSnpm: {en: a}}", "words.noSnpm: neither a value nor a condition nor this kind (did you"),
        ("words: {x: {fr: a}}", "words.x.fr: unknown key"),
        ("words: {x: {en: 'a\u202eb'}}", "words.x.en: not a text of 1 to 60 characters in one line"),
        ("words: {x: a}", "words.x: not a mapping"),
        ("words: {x: {}}", "words.x: needs zh or en"),
        ("checks: [mqqt]", "did you mean 'mqtt'?"),
        ("http: {check: 'http:80/a', values: {a: b}}", "http.check: 'http:80/a' is not among the kind's checks"),
        ("checks: [mqtt]\nmqtt: {values: {a: 'b..c'}}", "mqtt.values.a: 'b..c' is not a path such as queue.waiting"),
        ("checks: [mqtt]\nmqtt: {value: {}}", "mqtt.value: unknown key (did you mean 'values'?)"),
        ("processes: [[]]", "processes: '[]' is not a text of 1 to 256 characters"),
        ("wakes: often", "wakes: 'often' is not a number from 1 to 3600"),
        ("get: {a: {oid: 1.3}}\nrules: [{condition: asleep, value: a, like: []}]", "rules[0].like: an empty list"),
        ("rules: [{condition: asleep, value: a, below: 1, and: {value: b, below: 1}}]", "rules[0].and[0]: there is no"),
    ],
)  # fmt: skip
def test_a_fault_names_its_place_and_the_near_miss(tmp_path: Path, text: str, said: str) -> None:
    (tmp_path / "x.yaml").write_text(("" if "kinds" in text else HEAD) + text)
    with pytest.raises(BadKind) as bad:
        read_kinds([tmp_path / "x.yaml"])
    assert said in "\n".join(str(fault) for fault in bad.value.faults)


LONG = """\
kind: x
like: printer
get:
  colour: {oid: 1.3.6.1.9.1, as: gauge,
    scale: big}
  dotted.name:
    oid: 1.3
    form: text
rules:
  - {condition: jammed, value: colour, below: 1}
  - condition: jamed
    value: colour
    at_least: 1
    and:
      - {value: colour, one_of: [2]}
      - {value: color, one_of: [3]}
conditions:
  jammed:
    stops: true

    owner: vendr
"""


LINES = (
    "x.yaml:5: get.colour.scale: 'big' is not a number",
    "x.yaml:6: get.dotted.name: not a name",
    "x.yaml:8: get.dotted.name.form: unknown key",
    "x.yaml:11: rules[1].condition: there is no condition 'jamed' (did you mean 'jammed'?)",
    "x.yaml:16: rules[1].and[1]: there is no value 'color' (did you mean 'colour'?)",
    "x.yaml:21: conditions.jammed.owner: 'vendr' is none of vendor",
)


def test_a_fault_names_its_line_and_a_rule_by_its_number_in_this_file(tmp_path: Path) -> None:
    (tmp_path / "x.yaml").write_text(LONG)
    with pytest.raises(BadKind) as bad:
        load_kinds(tmp_path)
    assert [line for line in LINES if line not in str(bad.value)] == []


def test_a_fault_of_what_is_another_kinds_names_the_line_that_says_so(tmp_path: Path) -> None:
    (tmp_path / "x.yaml").write_text("kind: x\ninterval: 5s\nlike: printer\nconditions: {jammed: null}\n")
    with pytest.raises(BadKind) as bad:
        load_kinds(tmp_path)
    assert "x.yaml:3: bits.errors.5: there is no condition 'jammed'" in str(bad.value)
    assert "x.yaml:3: like.rules[0].condition: there is no condition 'jammed'" in str(bad.value)


def test_a_word_that_takes_away_what_is_not_there_is_a_slip(tmp_path: Path) -> None:
    (tmp_path / "x.yaml").write_text("kind: x\nlike: printer\ntables:\n  suply: null\n")
    with pytest.raises(BadKind) as bad:
        load_kinds(tmp_path)
    told = "x.yaml:4: tables.suply: nothing of that name is there to be taken away (did you mean 'supply'?)"
    assert str(bad.value) == told


def test_a_file_of_nothing_but_faults_is_told_in_good_time(tmp_path: Path) -> None:
    (tmp_path / "x.yaml").write_text("kind: x\n" + "".join(f"key{n}: 1\n" for n in range(3000)))
    with pytest.raises(BadKind) as bad:
        read_kinds([tmp_path / "x.yaml"])
    assert len(bad.value.faults) == 1000
    assert bad.value.faults[-1].line == 1001


def test_an_index_is_found_by_walking_and_stands_where_the_file_says_while_it_is_not(tmp_path: Path) -> None:
    device = kind(
        tmp_path,
        HEAD + "indexes: {d: {column: 1.3.6.1.9.1, is: [1.3.6.1.5], else: '1'}}\n"
        "get: {a: {oid: 1.3.6.1.9.2, at: d}, b: {oid: 1.3.6.1.9.3, at: d.2}}\n",
    )
    found: Objects = {
        "1.3.6.1.9.1.4": "1.3.6.1.4",
        "1.3.6.1.9.1.7": "1.3.6.1.5",
        "1.3.6.1.9.2.7": 5,
        "1.3.6.1.9.3.7.2": 6,
    }
    values = asyncio.run(poll(device, found)).values
    assert (values["a"], values["b"]) == (5, 6)
    assert unlearned(device).plan.oids == ("1.3.6.1.9.2.1", "1.3.6.1.9.3.1.2")
    assert asyncio.run(poll(device, {"1.3.6.1.9.2.1": 8})).values["a"] == 8


def test_read_maps_scales_and_forms(tmp_path: Path) -> None:
    device = kind(
        tmp_path,
        HEAD + "get:\n  a: {oid: 1.3.6.1.9.1.0, scale: 0.1, read: {-1: null, -100: 0}}\n"
        "  b: {oid: 1.3.6.1.9.2.0, as: text, read: {'on': 1}}\n  c: {oid: 1.3.6.1.9.3.0, as: mac}\n",
    )

    def read(*raws: object) -> dict[str, object]:
        objects = {f"1.3.6.1.9.{n}.0": raw for n, raw in enumerate(raws, 1)}
        return dict(asyncio.run(poll(device, objects)).values)  # type: ignore[arg-type]

    assert read(235, b"on", b"\x00\x1b\xa9\x01\x02\x03") == {"a": 23.5, "b": 1, "c": "00:1b:a9:01:02:03"}
    assert read(-1, b"off", b"\0" * 6) == {"b": "off"}
    assert read(-100) == {"a": 0}


def test_dates_octets_and_addresses_of_any_octets_are_read_or_left_out() -> None:
    assert date(b"\x07\xea\x0b\x16\x10\x05\x09\x00+\x08\x00") == "2026-11-22T16:05:09+08:00"
    assert date(b"\x07\xea\x0b\x16\x10\x05\x09\x00") == "2026-11-22T16:05:09"
    assert [date(raw) for raw in (b"", b"\0" * 8, b"\x07\xea\x0d\x16\x10\x05\x09\x00", b"\xff" * 11, 5, None)] == [
        None
    ] * 6
    assert hexed(b"\x01\xff") == "01ff"
    assert len(str(hexed(b"x" * 999))) == 128
    assert mac("not six") is None


def test_rows_are_named_by_a_column_where_that_is_fit_and_not_taken(tmp_path: Path) -> None:
    device = kind(tmp_path, HEAD + TABLE % "poll: [a], by: b")
    rows = {**column("1.3.6.1.9.1", 1, 2, 3, 4), **column("1.3.6.1.9.2", "上联.1".encode(), b"two", b"two", b"\0 ")}
    values = asyncio.run(poll(device, rows)).values
    assert {name: values[name] for name in values if name.endswith(".a")} == {
        "t.上联_1.a": 1, "t.two.a": 2, "t.3.a": 3, "t.4.a": 4,
    }  # fmt: skip


def test_agents_whose_rows_are_alike_share_one_plan() -> None:
    async def main() -> None:
        first, second = [await learn(KINDS["switch"], Asking(HUAWEI)) for _ in range(2)]
        assert first.plan is second.plan
        assert unlearned(KINDS["switch"]).plan is plan_of(KINDS["switch"])
        other = await learn(KINDS["switch"], Asking({**HUAWEI, **column("1.3.6.1.2.1.2.2.1.7", 1, 1, 1)}))
        assert other.plan is not first.plan

    asyncio.run(main())


MODELS = {
    "maker": "match: {object_id: [1.3.6.1.4.1.5]}",
    "series": "match: {object_id: [1.3.6.1.4.1.5.9, 1.3.6.1.4.1.6]}",
    "words": "match: {object_id: [1.3.6.1.4.1.5], descr: [Deluxe]}",
    "answering": "match: {answers: 1.3.6.1.4.1.77.1}",
    "named": "",
}


@pytest.mark.parametrize(
    ("object_id", "descr", "more", "model"),
    [
        ("1.3.6.1.4.1.5.1", "Plain", {}, "maker"),
        ("1.3.6.1.4.1.51.1", "Plain", {}, None),
        ("1.3.6.1.4.1.5.9.3", "Plain", {}, "series"),
        ("1.3.6.1.4.1.5.1", "The DELUXE one", {}, "words"),
        ("1.3.6.1.4.1.9999", "", {"1.3.6.1.4.1.77.1.4": 1}, "answering"),
        ("1.3.6.1.4.1.9999", "", {}, None),
    ],
)
def test_the_model_that_fits_best_is_chosen(
    tmp_path: Path, object_id: str, descr: str, more: Objects, model: str | None
) -> None:
    for name, match in MODELS.items():
        (tmp_path / f"{name}.yaml").write_text(f"model: {name}\nkinds: [x]\n{match}\n")
    values = asyncio.run(poll(kind(tmp_path, HEAD), {**system(object_id, descr), **more})).values
    assert values.get("model_file") == model
    assert values["identity.object_id"] == object_id


def test_a_model_of_the_users_wins_and_one_that_the_inventory_names_stays(tmp_path: Path) -> None:
    (tmp_path / "mine.yaml").write_text("model: mine\nkinds: [switch]\nmatch: {object_id: [1.3.6.1.4.1.2011.2]}\n")
    kinds = load_kinds(tmp_path)
    assert asyncio.run(poll(kinds["switch"], HUAWEI)).values["model_file"] == "mine"
    assert asyncio.run(poll(kinds["router"], HUAWEI)).values["model_file"] == "mine"  # a router is like a switch
    assert asyncio.run(poll(kinds["switch/cisco"], HUAWEI)).values["model_file"] == "cisco"


def test_our_models_stay_where_they_fit_a_kind_that_takes_the_place_of_ours(tmp_path: Path) -> None:
    fitting = kind(tmp_path, "kind: switch\nget: {uptime: {oid: 1.3.6.1.2.1.1.3.0}}\n", "switch")
    assert {model.model for model in fitting.models} >= {"h3c", "huawei"}
    assert "cisco" not in {model.model for model in fitting.models}  # its conditions are not there


def test_conditions_that_only_a_model_has_have_an_owner_for_the_centre_too(tmp_path: Path) -> None:
    model = "model: m\nkinds: [x]\nmatch: {descr: [m]}\nconditions: {odd: {stops: true, owner: hall}}\n"
    (tmp_path / "m.yaml").write_text(model)
    whole = kind(tmp_path, HEAD)
    assert whole.owners["odd"] == "hall"
    assert "odd" in whole.stopping
