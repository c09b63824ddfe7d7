"""What became of a statement is checked against the seals in its pack: no points more, no person fewer (S5, S6)."""

from __future__ import annotations

import hashlib
import io
import json
import os
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from reports.evidence import verify
from reports.evidence.pack import evidence_pack
from store.database import reading
from store.inventory import load
from store.papers import canonical
from tests.reports.stated import LATER, OCTOBER, SEPTEMBER, Stated

pytestmark = pytest.mark.slow
Told = dict[str, Any]


@pytest.fixture(scope="module")
def files(stated_file: Path, tmp_path_factory: pytest.TempPathFactory) -> dict[str, bytes]:
    """The pack of a sealed month, two points of which were given back, with an amendment."""
    city = Stated(tmp_path_factory.mktemp("life"), stated_file)
    city.sealed(SEPTEMBER)
    city.publish()
    n = city.dispute()
    city.answer(n, "2.00")
    city.approve(n)
    city.seal()
    city.found()
    city.amend()
    with reading(city.engine) as conn:
        packed = evidence_pack(conn, load(conn), "c-1", OCTOBER, {}, LATER, {})
    city.engine.dispose()
    with zipfile.ZipFile(io.BytesIO(packed)) as archive:
        return {name: archive.read(name) for name in archive.namelist()}


def differing(files: dict[str, bytes], change: Callable[[Told], object]) -> list[str]:
    """What differs where somebody rewrote statement.json and every digest of the manifest."""
    said = json.loads(files["statement.json"])
    change(said)
    return judged(files | {"statement.json": canonical(said)})


def judged(files: dict[str, bytes]) -> list[str]:
    listed = {name: hashlib.sha256(data).hexdigest() for name, data in files.items() if name != "manifest.json"}
    manifest = json.loads(files["manifest.json"]) | {"files": listed, "root": verify.digest(canonical(listed))}
    rows = verify.verify(files | {"manifest.json": canonical(manifest)}, {}).rows
    return [what for same, what, _, _ in rows if not same]


def test_s6_a_sealed_and_amended_pack_is_good(files: dict[str, bytes]) -> None:
    assert differing(files, lambda said: None) == []


def more(said: Told) -> None:
    """All of the line, with the score and payment that this makes."""
    said["counter_entries"][0]["points"] = said["disputes"][0]["answer"]["points"] = "5.00"
    said["settlement"][0]["numbers"] |= {"given": "5.00", "score": "98.50"}
    said["settlement"][1]["numbers"] |= {"percent": "98.5", "payment": "19700.00"}
    said |= {"score": "98.50", "payment": "19700.00"}


def alone(said: Told) -> None:
    said["counter_entries"][0]["approved_by"] = said["counter_entries"][0]["by"]


@pytest.mark.parametrize(
    ("change", "what"),
    [
        (more, "counter_entries as it was sealed"),
        (alone, "points of dispute 3, given back by two"),
        (lambda said: said.update(counter_entries=[]), "points given back"),
        (lambda said: said["disputes"][0].update(reason="ours"), "disputes as it was sealed"),
        (lambda said: said.update(dispute_until=None), "dispute_until as it was sealed"),
        (lambda said: said.update(state="answered"), "sealed"),
        (lambda said: said["seal"].update(hash="0" * 64), "hashes of its seals"),
        (lambda said: said["seal"].update(overrides=[{}]), "what seal 2 says"),
        (lambda said: said["amendments"][0].update(score="100.00"), "what seal 3 says"),
        (lambda said: said.update(amendments=[]), "hashes of its seals"),
        (lambda said: said["settlement"][0]["numbers"].update(given="9.00"), "settlement arithmetic 1, given"),
        (lambda said: said.update(settlement=[]), "steps of the settlement"),
    ],
)
def test_s5_a_life_that_its_seals_do_not_tell_is_found(
    files: dict[str, bytes], change: Callable[[Told], object], what: str
) -> None:
    assert what in differing(files, change)


def test_s6_a_sealed_statement_without_its_seals_is_found(files: dict[str, bytes]) -> None:
    assert judged(files | {"seals.json": b"[]"}) == ["sealed", "hashes of its seals"]


def test_s6_hours_of_more_spans_than_a_pack_can_have_are_refused_at_once(files: dict[str, bytes]) -> None:
    hours = json.loads(files["facts/calendars.json"])
    hours["hours"]["week"]["mon-sun"] *= 100_000
    with pytest.raises(verify.Bad, match="more than 1000000 spans"):
        judged(files | {"facts/calendars.json": canonical(hours)})


def test_s6_what_is_no_file_in_an_unpacked_folder_is_not_waited_for(files: dict[str, bytes], tmp_path: Path) -> None:
    (tmp_path / "manifest.json").write_bytes(files["manifest.json"])
    os.mkfifo(tmp_path / "README.txt")
    with pytest.raises(verify.Bad, match=r"README\.txt is no file"):
        verify.files_of(str(tmp_path))
