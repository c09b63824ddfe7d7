"""`hallwatch poll --walk` and `--record`: a device that is misread can be sent in."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import jsonschema
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from typer.testing import CliRunner, Result

from collector.reading import Raw
from collector.walkfile.file import walk_of
from hallwatch import cli
from hallwatch.walk_record import NAMES, _lines, masked
from simulator.city import City
from simulator.inventory import inventory_of
from tests.simulator.conftest import one, serving, small_city, told
from tests.test_schemas import schema

WALK = """\
.1.3.6.1.2.1.1.1.0 = STRING: "HP ETHERNET"
.1.3.6.1.2.1.1.2.0 = OID: .1.3.6.1.4.1.99999.1
.1.3.6.1.2.1.1.3.0 = Timeticks: (664828587) 76 days, 22:44:45.87
.1.3.6.1.2.1.1.5.0 = STRING: "hall-printer"
.1.3.6.1.2.1.25.3.2.1.2.1 = OID: .1.3.6.1.2.1.25.3.1.5
.1.3.6.1.2.1.25.3.2.1.5.1 = INTEGER: running(2)
.1.3.6.1.2.1.25.3.5.1.1.1 = INTEGER: idle(3)
.1.3.6.1.2.1.25.3.5.1.2.1 = Hex-STRING: 20 00
.1.3.6.1.2.1.43.5.1.1.17.1 = STRING: "PHB1234567"
.1.3.6.1.2.1.43.10.2.1.4.1.1 = Counter32: 10231
.1.3.6.1.2.1.43.11.1.1.4.1.1 = INTEGER: 3
.1.3.6.1.2.1.43.11.1.1.6.1.1 = Hex-STRING: BA DA B7 DB
.1.3.6.1.2.1.43.11.1.1.8.1.1 = INTEGER: 100
.1.3.6.1.2.1.43.11.1.1.9.1.1 = INTEGER: 7
.1.3.6.1.2.1.43.11.1.1.4.1.2 = INTEGER: 3
.1.3.6.1.2.1.43.11.1.1.6.1.2 = STRING: "Drum"
.1.3.6.1.2.1.43.11.1.1.8.1.2 = INTEGER: -2
.1.3.6.1.2.1.43.11.1.1.9.1.2 = INTEGER: -3
"""


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "w.txt").write_text(WALK)
    return tmp_path


def say(*words: str) -> Result:
    return CliRunner().invoke(cli.app_of(cli.COMMANDS), list(words), catch_exceptions=False)


def test_C3_a_recorded_walk_is_judged_as_the_agent_would_be_and_its_supplies_keep_their_quality() -> None:
    polled = say("poll", "--walk", "w.txt", "--kind", "printer", "--json")
    document = json.loads(polled.stdout)
    jsonschema.validate(document, schema("poll"))
    assert (polled.exit_code, document["state"], document["conditions"]) == (0, "degraded", ["lowToner"])
    said = [(one["description"], one["quality"], one["percent"]) for one in document["supplies"]]
    assert said == [("黑粉", "exact", 7.0), ("Drum", "some", None)]
    assert document["identity"]["serial"] == "PHB1234567"
    assert document["values"]["pages"] == 10231
    assert not Path("var").exists()


def test_how_the_verdict_came_about_is_told_in_words() -> None:
    told = say("poll", "--walk", "w.txt", "--kind", "printer").stdout
    assert "C2: errors = 2000: low on toner\n  low on toner: degraded\n  state: degraded\n" in told
    assert "supply 2: Drum: some is left (-3 / -2)" in told
    assert told.endswith("not said: config_changes, console_disabled\ndegraded: low on toner\n")


def test_an_agent_with_nothing_of_its_kind_makes_the_kind_doubtful(folder: Path) -> None:
    (folder / "few.txt").write_text("\n".join(WALK.splitlines()[:4]))
    assert "check the kind" in say("poll", "--walk", "few.txt", "--kind", "printer").stdout
    (folder / "pc.txt").write_text(
        "\n".join(WALK.splitlines()[:4]) + "\n.1.3.6.1.2.1.25.3.2.1.5.1 = INTEGER: running(2)\n"
    )
    assert "does not look like its kind" in say("poll", "--walk", "pc.txt", "--kind", "printer").stdout
    real = say("poll", "--walk", "w.txt", "--kind", "printer").stdout
    assert "the kind" not in real
    assert "its kind" not in real


def test_without_a_kind_it_is_proposed_from_what_is_there(folder: Path) -> None:
    polled = say("poll", "--walk", "w.txt")
    assert "Taken for the kind printer: it has the Printer-MIB" in polled.stderr
    assert "lowToner" in polled.stdout or "low" in polled.stdout
    (folder / "few.txt").write_text("\n".join(WALK.splitlines()[:2]))
    unclear = say("poll", "--walk", "few.txt")
    assert unclear.exit_code == 1
    assert "name it by --kind" in unclear.stderr


@pytest.mark.parametrize(
    ("words", "code", "message"),
    [
        (("--walk", "w.txt", "--kind", "priner"), 1, "did you mean printer?"),
        (
            ("--walk", "w.txt", "--kind", "printer", "--model", "no such"),
            1,
            "No model file no such of the kind printer",
        ),
        (("--walk", "none.txt"), 1, "none.txt: No such file"),
        (("--walk", "halls.yaml"), 1, "halls.yaml:1: neither"),
        ((), 2, "Name either"),
        (("P-1", "--walk", "w.txt"), 2, "Name either"),
        (("P-1", "--kind", "printer"), 2, "belong to --walk"),
        (("--walk", "w.txt", "--record", "r"), 2, "recorded already"),
        (("P-1", "--record", "w.txt"), 2, "is there already"),
        (("P-1", "--with-names"), 2, "belong to --record"),
        (("P-1",), 1, "No device P-1"),
    ],
)
def test_wrong_use_gives_one_message(folder: Path, words: tuple[str, ...], code: int, message: str) -> None:
    (folder / "halls.yaml").write_text("devices: []\n")
    said = say("poll", *words)
    assert said.exit_code == code
    assert message in said.stderr
    assert "Traceback" not in said.output


@pytest.fixture(scope="module")
def city() -> Iterator[City]:
    built = small_city()
    with serving(built, told()):
        yield built


def test_a_device_is_recorded_without_what_says_which_it_is_and_reads_back_as_itself(city: City, folder: Path) -> None:
    (folder / "halls.json").write_text(json.dumps(inventory_of(city)))
    (folder / "hallwatch.toml").write_text('[inventory]\nfiles = ["halls.json"]\n')
    device = one(city, "printer")
    assert say("poll", device.id, "--record", "sent.snmprec").exit_code == 0
    text = Path("sent.snmprec").read_text()
    assert device.serial not in text
    assert device.id not in text
    live = json.loads(say("poll", device.id, "--json").stdout)
    jsonschema.validate(live, schema("poll"))
    read = json.loads(say("poll", "--walk", "sent.snmprec", "--kind", "printer", "--json").stdout)
    assert [one["description"] for one in read["supplies"]] == [one["description"] for one in live["supplies"]]
    assert (read["state"], read["conditions"], read["model_file"]) == (
        live["state"],
        live["conditions"],
        live["model_file"],
    )
    assert say("poll", device.id, "--record", "named.snmprec", "--with-names").exit_code == 0
    assert device.serial in Path("named.snmprec").read_text()


SECRET = b"our-community"
VALUES = st.one_of(
    st.binary(max_size=20),
    st.integers(-(1 << 31), (1 << 64) - 1),
    st.sampled_from(["1.3.6.1.4.1.11", "0.0"]),
    st.floats(-1e9, 1e9),
)
OIDS = st.lists(st.integers(0, 1 << 32 - 1), min_size=1, max_size=6).map(lambda ns: ".".join(map(str, [1, 3, *ns])))


@settings(max_examples=25, deadline=None)
@given(st.dictionaries(OIDS, VALUES, min_size=1, max_size=6))
def test_what_is_recorded_is_what_walk_reads(objects: dict[str, str | bytes | int | float]) -> None:
    written = "".join(_lines(objects)).encode()
    assert dict(walk_of(written).objects) == objects


def test_names_serial_numbers_addresses_and_secrets_are_kept_out_wherever_they_stand() -> None:
    named: dict[str, Raw] = {f"{oid}.1": b"hall seven" for oid in NAMES}
    texts: dict[str, Raw] = {
        "1.3.6.1.4.1.5.1": b"this is hall seven's, at 10.1.1.21 (00:1a:2b:3c:4d:5e), ops@hall.example, https://10.1.1.1/x",
        "1.3.6.1.4.1.5.2": b"snmp-server community our-community",
        "1.3.6.1.4.1.5.3": "10.1.1.21",
        "1.3.6.1.4.1.5.4": 7,
        "1.3.6.1.4.1.5.5": b"Samsung ML-2850; S/N 4F66BKEQ410592R",
    }
    kept = masked({**named, **texts}, [SECRET])
    whole = repr(kept)
    for gone in ("hall seven", "10.1.1.21", "00:1a", "ops@", "10.1.1.1", "our-community", "4F66BK"):
        assert gone not in whole
    assert kept["1.3.6.1.4.1.5.4"] == 7
    assert {len(value) for oid, value in kept.items() if oid in named and isinstance(value, bytes)} == {10}
    with_names = repr(masked({**named, **texts}, [SECRET], names=True))
    assert "hall seven" in with_names
    assert "our-community" not in with_names, "a secret never"
