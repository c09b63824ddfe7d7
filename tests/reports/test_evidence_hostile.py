"""A pack from nobody knows where: one clear line, never a traceback, and nothing that takes long."""

from __future__ import annotations

import io
import json
import zipfile
from collections.abc import Callable
from pathlib import Path
from random import Random
from typing import Any

import pytest

from reports.evidence import verify
from store.papers import canonical, digest_of
from tests.reports import checked, packed

DEEP = b"[" * 200_000
HUGE = 300 << 20


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory) -> dict[str, bytes]:
    """The files of a good pack."""
    with packed.databases(tmp_path_factory.mktemp("hostile")) as empty, packed.told(empty, 59) as told:
        return checked.files(told.papers())


def sealed(files: dict[str, bytes]) -> dict[str, bytes]:
    """The same under a manifest that fits."""
    rest = {name: data for name, data in files.items() if name != "manifest.json"}
    digests = {name: verify.digest(data) for name, data in rest.items()}
    facts, paper = verify.digest(verify.facts_bytes(rest)), verify.digest(rest.get("paper.json", b""))
    manifest = {"v": 1, "files": digests, "root": digest_of(digests), "facts": facts, "statement": paper}
    return rest | {"manifest.json": canonical(manifest)}


def zipped(place: Path, files: dict[str, bytes]) -> Path:
    path = place / "pack.zip"
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in files.items():
            archive.writestr(name, data)
    return path


def refused(path: Path, capsys: pytest.CaptureFixture[str]) -> str:
    """The one line that is said of it."""
    assert verify.main([str(path)]) == 1
    said, error = capsys.readouterr()
    assert error == ""
    assert said.count("\n") == 1
    assert said.startswith("cannot be checked 无法核对: ")
    assert len(said) < 400
    return said


@pytest.mark.parametrize("data", [b"", b"PK\x03\x04", b"no zip at all", b"PK\x05\x06" + b"\0" * 18])
def test_what_is_no_pack_is_refused(data: bytes, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "pack.zip").write_bytes(data)
    refused(tmp_path / "pack.zip", capsys)
    refused(tmp_path / "missing.zip", capsys)
    refused(tmp_path, capsys)


@pytest.mark.slow
def test_a_cut_or_scratched_zip_is_refused(
    whole: dict[str, bytes], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    good, chance = zipped(tmp_path, whole).read_bytes(), Random(1)
    path = tmp_path / "bad.zip"
    for _ in range(12):
        at = chance.randrange(len(good))
        scratched = bytearray(good)
        scratched[at] ^= 1 + chance.randrange(255)
        for data in (good[:at], bytes(scratched)):
            path.write_bytes(data)
            verify.main([str(path), "--quiet"])
            assert "Traceback" not in "".join(capsys.readouterr())
    path.write_bytes(good[: len(good) // 2])
    refused(path, capsys)


def test_a_zip_that_unpacks_to_too_much_is_refused(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = zipped(tmp_path, {"manifest.json": b"0" * 77_777})
    said, huge = (size.to_bytes(4, "little") for size in (77_777, HUGE))
    path.write_bytes(path.read_bytes().replace(said, huge))
    assert "larger than" in refused(path, capsys)


def test_too_many_files_names_that_lead_away_and_doubles_are_refused(
    whole: dict[str, bytes], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    refused(zipped(tmp_path, {f"a{n}.json": b"" for n in range(100)}), capsys)
    for name in (
        "../../etc/passwd.txt",
        "/etc/passwd.txt",
        "facts/../../x.json",
        "a\nb.txt",
        "facts\\x.json",
        "é.json",
    ):
        assert "no name of a file" in refused(zipped(tmp_path, whole | {name: b"x"}), capsys)
    path = tmp_path / "twice.zip"
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("manifest.json", b"{}")
        with pytest.warns(UserWarning, match="Duplicate"):
            archive.writestr("manifest.json", b"{}")
    assert "twice" in refused(path, capsys)


def test_a_folder_whose_manifest_leads_away_is_refused(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    several: list[Any] = [{"../secret.txt": ""}, {"/etc/hostname.txt": ""}, [], 5, {"facts": ""}]
    for listed in several:
        (tmp_path / "manifest.json").write_bytes(canonical({"files": listed}))
        refused(tmp_path, capsys)


@pytest.mark.slow
@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"{",
        b"[]",
        b"5",
        b"null",
        b'"x"',
        b"NaN",
        b'{"a":1,"a":1}',
        b"\xff\xfe",
        DEEP,
        b"1" * 5000,
        b'[{"id":1e999999999}]',
        b'{"x":{"always":true}}',
    ],
)
def test_a_fact_that_is_no_fact_is_refused(
    data: bytes, whole: dict[str, bytes], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    names = ["facts/tickets.json", "facts/calendars.json", "facts/month.json", "statement.json", "paper.json"]
    for name in [*names, "manifest.json"]:
        files = whole | {name: data}
        path = zipped(tmp_path, files if name == "manifest.json" else sealed(files))
        assert verify.main([str(path), "--quiet"]) == 1, name
        said = "".join(capsys.readouterr())
        assert said.startswith(("cannot be checked", "DIFFERS")), (name, said)
        assert "Traceback" not in said


@pytest.mark.parametrize("name", ["manifest.json", "statement.json", "paper.json", "seals.json", "facts/devices.json"])
def test_a_file_that_is_missing_is_named(
    name: str, whole: dict[str, bytes], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    left = {other: data for other, data in whole.items() if other != name}
    refused(zipped(tmp_path, left), capsys)


def _put(path: tuple[Any, ...], value: Any) -> Callable[[dict[str, Any]], None]:
    def put(facts: dict[str, Any]) -> None:
        place: Any = facts
        for step in path[:-1]:
            place = place[step]
        place[path[-1]] = value

    return put


@pytest.mark.parametrize(
    "change",
    [
        _put(("calendars", "repairs", "days"), ["0001-01-01", "9999-12-31"]),
        _put(("calendars", "repairs", "days"), ["2026-13-01", "x"]),
        _put(("calendars", "repairs", "week"), {"mon-sun": ["00:00-" + "9" * 50]}),
        _put(("zones", "Asia/Shanghai"), [[None, 10**15]]),
        _put(("zones", "Asia/Shanghai"), []),
        _put(("devices", 0, "parent"), "SW-1"),
        _put(("devices", 0, "judged_by"), [0, 0]),
        _put(("devices", 0, "interval_ms"), -5),
        _put(("tickets", 0, "events", 0, "at"), 1 << 70),
        _put(("tickets", 0, "events", 0, "at"), "now"),
        _put(("tickets", 0, "events", 0, "detail"), None),
        _put(("contract", "terms", 0, "unit"), "0"),
        _put(("contract", "terms", 0, "points"), "1e99999999"),
        _put(("contract", "fee"), "9" * 70),
        _put(("outages", 0, "start"), None),
        _put(("observations",), {"SW-1": [[1, "odd", 1, []]]}),
    ],
)
def test_facts_that_cannot_be_are_refused_or_differ_and_soon(
    change: Callable[[dict[str, Any]], None],
    whole: dict[str, bytes],
    capsys: pytest.CaptureFixture[str],
    tmp_path: Path,
) -> None:
    facts = {name[6:-5]: json.loads(data) for name, data in whole.items() if name.startswith("facts/")}
    change(facts)
    files = whole | {f"facts/{noun}.json": canonical(said) for noun, said in facts.items()}
    verify.main([str(zipped(tmp_path, sealed(files))), "--quiet"])
    said = "".join(capsys.readouterr())
    assert "Traceback" not in said
    assert said


@pytest.mark.slow
def test_no_value_anywhere_makes_it_stumble(whole: dict[str, bytes]) -> None:
    chance = Random(1)
    odd: list[Any] = [None, -1, 10**17, "x", [], {}, [[]], True, 0, "", "9" * 61, 1.5, {"a": None}]
    names = [name for name in whole if name.startswith("facts/") or name in ("statement.json", "paper.json")]
    for _ in range(250):
        name = chance.choice(names)
        document = json.loads(whole[name])
        if places := [path for path, _ in checked.leaves(document) if path]:
            path = chance.choice(places)
            _put(path[: 1 + chance.randrange(len(path))], chance.choice(odd))(document)
            assert "\n" not in _said(sealed(whole | {name: canonical(document)}))


def _said(files: dict[str, bytes]) -> str:
    """Why it cannot be checked, where it cannot."""
    try:
        verify.verify(files, {})
    except verify.Bad as bad:
        return str(bad)
    return ""


def test_hostile_names_are_printed_as_text(
    whole: dict[str, bytes], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    statement = json.loads(whole["statement.json"])
    statement["vendor_name"] = "\x1b[2J\u202e" + "x" * 100_000
    path = zipped(tmp_path, sealed(whole | {"statement.json": canonical(statement)}))
    assert verify.main([str(path), "--quiet"]) == 1
    said = capsys.readouterr().out
    assert "\x1b" not in said
    assert "\u202e" not in said
    assert max(map(len, said.splitlines())) < 1000


def test_printing_survives_a_narrow_terminal(
    whole: dict[str, bytes], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    out = io.TextIOWrapper(io.BytesIO(), encoding="ascii")
    monkeypatch.setattr("sys.stdout", out)
    assert verify.main([str(zipped(tmp_path, whole))]) == 0
